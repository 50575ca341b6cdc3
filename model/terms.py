"""Terms: weighted lines of the ledger, summed along the path where a window says so (docs/formulation.md, section 6)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from stockrail.model.arrivals import apply
from stockrail.model.lines import LINES
from stockrail.model.stock import LinearForm
from stockrail.model.tables import Tables
from stockrail.model.tree import Array


@dataclass(frozen=True)
class Window:
    """A weighted sum along the path, by item: operators [nodes, nodes] and which operator each item uses."""

    operators: tuple[sp.csr_matrix, ...]
    item_operator: np.ndarray

    def apply(self, values: Array, *, is_transposed: bool = False) -> Array:
        """Window of values [items, nodes], or its adjoint."""
        out = np.zeros_like(values)
        for index, operator in enumerate(self.operators):
            members = np.flatnonzero(self.item_operator == index)
            if len(members):
                out[members] = apply(operator.T.tocsr() if is_transposed else operator, values[members])
        return out


@dataclass(frozen=True)
class Term:
    """`coefficient * line`, optionally summed over a window of the path. Coefficients are [items, nodes]."""

    line: str
    coefficient: Array
    window: Window | None = None

    def values(self, line: Callable[[str], Array]) -> Array:
        """The term's value [items, nodes], given lines by name."""
        value = self.coefficient * line(self.line)
        return value if self.window is None else self.window.apply(value)

    def pull(self, tables: Tables, form: LinearForm, weight: Array) -> None:
        """Add weight [items, nodes] times this term to a form."""
        inner = weight if self.window is None else self.window.apply(weight, is_transposed=True)
        LINES[self.line].pull(tables, form, self.coefficient * inner)

    def scaled(self, factor: float) -> "Term":
        """The term times a number."""
        return replace(self, coefficient=self.coefficient * factor)


def total(terms: list[Term], line: Callable[[str], Array]) -> Array:
    """Sum of terms [items, nodes], given lines by name. Terms that share a window pass through it together."""
    inner: dict[int, tuple[Window | None, Array]] = {}
    for term in terms:
        value = term.coefficient * line(term.line)
        key = id(term.window)
        inner[key] = (term.window, inner[key][1] + value if key in inner else value)
    sums = [value if window is None else window.apply(value) for window, value in inner.values()]
    return sums[0] if len(sums) == 1 else np.asarray(sum(sums[1:], sums[0]))


def unpaid_window(tables: Tables, days: Array) -> Window:
    """Window over what `days` [items] leave unpaid: weight clip(days / period length - j, 0, 1) on period j ago."""
    distinct, item_operator = np.unique(
        days / tables.instance.settings.period_length_days, return_inverse=True
    )
    size = len(tables.tree)
    operators = []
    for periods in distinct:
        operator, step = sp.csr_matrix((size, size)), sp.identity(size, format="csr")
        for back in range(min(int(np.ceil(periods)), tables.tree.periods)):
            operator = operator + min(periods - back, 1.0) * step
            step = step @ tables.tree.to_parent
        operators.append(operator.tocsr())
    return Window(tuple(operators), item_operator)


def path_window(tables: Tables) -> Window:
    """Window over the whole path from the root to the node."""
    everything = np.full(
        len(tables.lot_size), tables.tree.periods * tables.instance.settings.period_length_days
    )
    return unpaid_window(tables, everything.astype(np.float64))


def customer_window(tables: Tables) -> Window:
    """Window over what customers have not paid yet: `receivable_days`."""
    return unpaid_window(tables, np.full(len(tables.lot_size), tables.instance.settings.receivable_days))


def supplier_window(tables: Tables) -> Window:
    """Window over what suppliers have not been paid yet: `payment_days` of the item's supplier."""
    return unpaid_window(tables, tables.instance.supplier_column("payment_days"))
