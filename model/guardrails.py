"""What plans use of the rows of guardrails, and the way back from prices on rows to the costs that items see."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock
from stockrail.model.guardrail_rows import blocks_of
from stockrail.model.instance import Instance
from stockrail.model.lines import LineValues
from stockrail.model.metrics import METRICS, Term, total
from stockrail.model.rows import Rows
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree

DENOMINATOR = "/denominator"


@dataclass(frozen=True)
class Guardrails(Rows):
    """The rows of an instance with what plans use of them."""

    tables: Tables
    blocks: tuple[GuardrailBlock, ...]
    terms: dict[str, list[Term]]

    @property
    def instance(self) -> Instance:
        """What the rows belong to."""
        return self.tables.instance

    @property
    def tree(self) -> ScenarioTree:
        """Its scenario tree."""
        return self.tables.tree

    @staticmethod
    def build(tables: Tables) -> "Guardrails":
        """Rows of every guardrail in the instance, of every capacity, and of the margin's tail in the objective."""
        return Guardrails.over(tables, blocks_of(tables))

    @staticmethod
    def over(tables: Tables, blocks: tuple[GuardrailBlock, ...]) -> "Guardrails":
        """Rows that are known for the items of `tables`."""
        terms: dict[str, list[Term]] = {}
        for block in blocks:
            metric = METRICS[block.metric]
            terms[block.metric] = metric.terms(tables)
            denominator = metric.denominator(tables)
            if isinstance(denominator, list):
                terms[block.metric + DENOMINATOR] = denominator
        return Guardrails(tables, blocks, terms)

    def metric_values(self, stock: Stock) -> dict[str, Array]:
        """Each guarded metric, and each denominator that depends on the plan, per item and node [items, nodes].

        A metric is computed when it is first asked for.
        """
        return _MetricValues(self.terms, LineValues(stock))

    def usage(self, values: dict[str, Array], groups: IntArray | None = None, count: int = 1) -> Array:
        """Signed use of each row by group of items [count, rows]; by default all items are one group."""
        out = np.empty((count, len(self)))
        for block, where in self.each():
            members = np.flatnonzero(block.items)
            group = np.zeros(len(members), dtype=np.int64) if groups is None else groups[members]
            gather = sp.csr_matrix((np.ones(len(members)), (group, members)), shape=(count, len(block.items)))
            amounts = block.rows @ np.asarray(gather @ values[block.metric]).T
            if block.has_plan_denominator:
                below = block.rows @ np.asarray(gather @ values[block.metric + DENOMINATOR]).T
                amounts = amounts - block.limit[:, None] * below
            out[:, where] = block.sign * np.asarray(amounts).T
        return out

    def item_usage(self, values: dict[str, Array], rows: IntArray) -> Array:
        """Signed use of some rows by each item [items, rows given]."""
        out = np.zeros((len(self.tables.lot_size), len(rows)))
        for block, where in self.each():
            here = np.flatnonzero((rows >= where.start) & (rows < where.stop))
            if len(here):
                position = rows[here] - where.start
                selected = block.rows[position]
                amounts = selected @ values[block.metric][block.items].T
                if block.has_plan_denominator:
                    below = selected @ values[block.metric + DENOMINATOR][block.items].T
                    amounts = amounts - block.limit[position, None] * below
                out[np.ix_(block.items, here)] = (block.sign * amounts).T
        return out

    def pull(self, prices: Array) -> LinearForm:
        """The form whose value is the sum over rows of price [rows] times use, by item."""
        form = LinearForm.zero(self.tables)
        weights: dict[str, Array] = {}

        def add(name: str, items: BoolArray, by_node: Array) -> None:
            weight = weights.setdefault(name, np.zeros_like(self.tables.demand))
            weight[items] += by_node

        for block, where in self.each():
            price = block.sign * prices[where]
            if price.any():
                add(block.metric, block.items, block.rows.T @ price)
                if block.has_plan_denominator:
                    add(block.metric + DENOMINATOR, block.items, -(block.rows.T @ (price * block.limit)))
        for name, weight in weights.items():
            for term in self.terms[name]:
                term.pull(self.tables, form, weight)
        return form

    def costs(self, stock: Stock) -> dict[str, float]:
        """The parts `overtime` and `guardrail_penalty` of a plan."""
        return self.shared_costs(self.usage(self.metric_values(stock))[0])

    def per_stated_unit(self, stock: Stock | None) -> Array:
        """What one more unit of a limit as stated adds to the right-hand side of each row [rows], unsigned.

        For a ratio whose denominator depends on the plan it is the plan's denominator, NaN without a plan.
        """
        values = None if stock is None else self.metric_values(stock)
        parts = []
        for block in self.blocks:
            if not block.has_plan_denominator:
                parts.append(block.base)
            elif values is None:
                parts.append(np.full(len(block.limit), np.nan))
            else:
                below = values[block.metric + DENOMINATOR][block.items].sum(axis=0)
                parts.append(np.asarray(block.rows @ below))
        return _concatenate(parts)

    def prices_by_node(self, prices: Array, stock: Stock | None) -> dict[tuple[str, str], Array]:
        """Objective earned by one more unit of limit as stated, by (guardrail, side), at the rows' nodes [nodes].

        At least 0 for an upper limit, at most 0 for a lower one, whose raising costs.
        """
        by_node: dict[tuple[str, str], Array] = {}
        per_unit = self.per_stated_unit(stock)
        for block, where in self.each():
            if block.name != MARGIN_TAIL:
                at = by_node.setdefault((block.name, block.side), np.zeros(len(self.tables.tree)))
                np.add.at(at, block.node, block.sign * prices[where] * per_unit[where])
        return by_node


class _MetricValues(dict[str, Array]):
    def __init__(self, terms: dict[str, list[Term]], line: LineValues) -> None:
        super().__init__()
        self._terms = terms
        self._line = line

    def __missing__(self, name: str) -> Array:
        self[name] = total(self._terms[name], self._line)
        return self[name]


def _concatenate(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0)
