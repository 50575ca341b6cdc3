"""Money parts and guardrail metrics as weighted sums of ledger lines (docs/formulation.md, sections 5 and 6).

To add a metric: write one class with a `name` and `terms`, and decorate it with `@metric`. The ledger, the guardrails
and the pricing of both solvers follow from its terms. See docs/add-a-metric.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

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
    """Sum of terms [items, nodes], given lines by name."""
    value = terms[0].values(line)
    for term in terms[1:]:
        value = value + term.values(line)
    return value


MONEY_PARTS: dict[str, int] = {
    "revenue": 1,
    "landed_cost": -1,
    "order_cost": -1,
    "holding": -1,
    "expedite": -1,
    "stockout": -1,
    "write_off": -1,
    "terminal_value": 1,
}
"""The parts of the expected margin and their sign in it."""


def part_terms(tables: Tables, part: str) -> list[Term]:
    """The terms of one part of the margin, as a positive amount per item and node."""
    at_leaf = (tables.tree.period == tables.tree.periods - 1).astype(np.float64)
    value, premium = tables.unit_value[:, None], tables.expedite_premium[:, None]
    everywhere = np.ones_like(tables.demand)
    match part:
        case "revenue":
            return [Term("served", tables.price)]
        case "landed_cost":
            return [
                Term("received_value", everywhere),
                Term("netted", -tables.landed_cost),
                Term("expedited", tables.landed_cost),
            ]
        case "order_cost":
            return [Term("is_order", tables.order_cost)]
        case "holding":
            return [Term("on_hand", tables.holding_rate * value * everywhere)]
        case "expedite":
            return [Term("expedited", premium * everywhere)]
        case "stockout":
            return [
                Term("lost", tables.churn_cost[:, None] * tables.price),
                Term("waiting", tables.backorder_cost[:, None] * tables.price),
            ]
        case "write_off":
            return [Term("newly_aged", tables.write_off_share[:, None] * value * everywhere)]
        case "terminal_value":
            share = tables.instance.settings.terminal_stock_share
            return [
                Term("on_hand", share * value * at_leaf),
                Term("waiting", (tables.price - tables.landed_cost - premium) * at_leaf),
            ]
    raise KeyError(part)


class Metric(Protocol):
    """What a guardrail can limit: a name, and per item and node a sum of terms.

    `constant` [nodes] is what belongs to the instance as a whole; it enters scope `all` only.
    """

    name: str

    def terms(self, tables: Tables) -> list[Term]:
        """The metric per item and node, in its unit."""

    def constant(self, tables: Tables) -> Array:
        """Instance-wide amount at each node [nodes]."""


METRICS: dict[str, Metric] = {}
"""Every registered metric by name."""


def metric(cls: type[Metric]) -> type[Metric]:
    """Register a metric class."""
    METRICS[cls.name] = cls()
    return cls


def metric_names() -> tuple[str, ...]:
    """Names a guardrail may use."""
    return tuple(METRICS)


class _NoConstant:
    def constant(self, tables: Tables) -> Array:
        """Nothing belongs to the instance as a whole."""
        return np.zeros(len(tables.tree))


@metric
class InventoryValue(_NoConstant):
    """Stock on hand at standard value, with pipeline stock where ownership passes at shipment."""

    name = "inventory_value"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of on-hand and owned pipeline units."""
        value = tables.unit_value[:, None] * np.ones_like(tables.demand)
        is_owned = np.array(
            [tables.instance.suppliers[v].ownership == "shipment" for v in tables.instance.item_supplier]
        )
        terms = [Term("on_hand", value)]
        if is_owned.any():
            terms.append(Term("in_transit", value * is_owned[:, None]))
        return terms


@metric
class Purchases(_NoConstant):
    """Landed cost of what is ordered in the period."""

    name = "purchases"

    def terms(self, tables: Tables) -> list[Term]:
        """Value of orders at the node where they are placed."""
        return [Term("ordered", tables.landed_cost)]


@metric
class OrderedUnits(_NoConstant):
    """Units ordered in the period; supplier capacity limits it."""

    name = "ordered_units"

    def terms(self, tables: Tables) -> list[Term]:
        """Units of orders at the node where they are placed."""
        return [Term("ordered", np.ones_like(tables.demand))]


@metric
class Receivables:
    """Revenue of the last `receivable_days`."""

    name = "receivables"

    def terms(self, tables: Tables) -> list[Term]:
        """Revenue not yet collected."""
        days = np.full(len(tables.lot_size), tables.instance.settings.receivable_days)
        return [replace(term, window=unpaid_window(tables, days)) for term in part_terms(tables, "revenue")]

    def constant(self, tables: Tables) -> Array:
        """Opening receivables not yet collected."""
        settings = tables.instance.settings
        return settings.opening_receivables * _run_off(tables, settings.receivable_days)


@metric
class Payables:
    """Landed cost of the receipts of the last `payment_days` of the supplier."""

    name = "payables"

    def terms(self, tables: Tables) -> list[Term]:
        """Receipts not yet paid."""
        window = unpaid_window(tables, tables.instance.supplier_column("payment_days"))
        return [replace(term, window=window) for term in part_terms(tables, "landed_cost")]

    def constant(self, tables: Tables) -> Array:
        """Opening payables not yet paid, over the items' average payment terms."""
        days = float(tables.instance.supplier_column("payment_days").mean())
        return tables.instance.settings.opening_payables * _run_off(tables, days)


@metric
class WorkingCapital:
    """Inventory value + receivables - payables."""

    name = "working_capital"

    def terms(self, tables: Tables) -> list[Term]:
        """The three balances, with their signs."""
        return [
            *METRICS["inventory_value"].terms(tables),
            *METRICS["receivables"].terms(tables),
            *(term.scaled(-1.0) for term in METRICS["payables"].terms(tables)),
        ]

    def constant(self, tables: Tables) -> Array:
        """Opening balances not yet settled."""
        return METRICS["receivables"].constant(tables) - METRICS["payables"].constant(tables)


@metric
class Cash:
    """Cash balance: what has been collected, less what has been paid."""

    name = "cash"

    def terms(self, tables: Tables) -> list[Term]:
        """Margin items that are cash, cumulated, moved by receivables and payables."""
        so_far = path_window(tables)
        held = tables.cash_holding_rate * tables.unit_value[:, None] * np.ones_like(tables.demand)
        flows = [
            *part_terms(tables, "revenue"),
            *(
                term.scaled(-1.0)
                for part in ("landed_cost", "order_cost", "expedite")
                for term in part_terms(tables, part)
            ),
            Term("on_hand", -held),
        ]
        return [
            *(replace(term, window=so_far) for term in flows),
            *(term.scaled(-1.0) for term in METRICS["receivables"].terms(tables)),
            *METRICS["payables"].terms(tables),
        ]

    def constant(self, tables: Tables) -> Array:
        """Opening cash, what opening balances have brought and cost, fixed payments."""
        settings = tables.instance.settings
        collected = settings.opening_receivables - METRICS["receivables"].constant(tables)
        paid = settings.opening_payables - METRICS["payables"].constant(tables)
        fixed = settings.fixed_payments_per_period * (tables.tree.period + 1)
        return np.asarray(settings.opening_cash + collected - paid - fixed)


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


def _run_off(tables: Tables, days: float) -> Array:
    if days == 0:
        return np.zeros(len(tables.tree))
    elapsed = (tables.tree.period + 1) * tables.instance.settings.period_length_days
    return np.asarray(np.maximum(0.0, 1.0 - elapsed / days))
