"""Guardrails as rows `usage <= limit` (docs/formulation.md, section 7).

Lower limits enter with both sides negated, so that all rows read the same way and inside the engine every price is at
least 0. How a plan's violations count follows from how a guardrail holds: `Guardrails.assess`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock, blocks_of
from stockrail.model.holds import released, tail_mean
from stockrail.model.lines import LineValues
from stockrail.model.metrics import METRICS, Term, total
from stockrail.model.overtime import OvertimeSpend
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray

ROUNDING = 1e-9
"""Share of a row's scale by which rounding alone may break it."""

DENOMINATOR = "/denominator"


@dataclass(frozen=True)
class RowGroup:
    """Rows of one block and period that are judged together."""

    block: GuardrailBlock
    rows: IntArray
    probability: Array

    @property
    def is_margin_tail(self) -> bool:
        """Whether the group is the scenario margins in the objective."""
        return self.block.name == MARGIN_TAIL


@dataclass(frozen=True)
class Guardrails:
    """All guardrail rows of an instance, blocks one after the other."""

    tables: Tables
    blocks: tuple[GuardrailBlock, ...]
    terms: dict[str, list[Term]]

    @staticmethod
    def build(tables: Tables) -> "Guardrails":
        """Rows of every guardrail in the instance, of every capacity, and of the margin's tail in the objective."""
        blocks = blocks_of(tables)
        terms: dict[str, list[Term]] = {}
        for block in blocks:
            metric = METRICS[block.metric]
            terms[block.metric] = metric.terms(tables)
            denominator = metric.denominator(tables)
            if isinstance(denominator, list):
                terms[block.metric + DENOMINATOR] = denominator
        return Guardrails(tables, blocks, terms)

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def starts(self) -> IntArray:
        """First row of each block, and the number of rows at the end."""
        return np.concatenate([[0], np.cumsum([len(block.limit) for block in self.blocks])]).astype(np.int64)

    def each(self) -> Iterator[tuple[GuardrailBlock, slice]]:
        """Blocks with their rows."""
        for block, start, stop in zip(self.blocks, self.starts, self.starts[1:], strict=False):
            yield block, slice(int(start), int(stop))

    @cached_property
    def limits(self) -> Array:
        """Right-hand sides [rows] of `usage <= limit`: signed, times the denominator, instance-wide amounts moved over."""
        return _concatenate(
            [
                np.zeros(len(block.limit))
                if self._has_denominator(block)
                else block.sign * (block.limit * block.base - block.constant)
                for block in self.blocks
            ]
        )

    @cached_property
    def scale(self) -> Array:
        """The size of each row's amounts [rows]."""
        return _concatenate([block.scale for block in self.blocks])

    @cached_property
    def probability(self) -> Array:
        """Probability of each row's node [rows]; 1 for expectations."""
        return _concatenate([block.probability for block in self.blocks])

    @cached_property
    def soft_prices(self) -> Array:
        """Money per unit of violation in the objective [rows], infinite for hard rows.

        Rows judged by their tail count by the violation of the tail, which `assess` puts on the group's first row.
        """
        prices = []
        for block in self.blocks:
            price = np.full(len(block.limit), np.inf if block.soft_price is None else block.soft_price)
            if block.name != MARGIN_TAIL:
                price = price * self.tables.discount[block.node]
            prices.append(price if block.holds == "cvar" else price * block.probability)
        return _concatenate(prices)

    @cached_property
    def groups(self) -> tuple[RowGroup, ...]:
        """Rows that are judged together: `cvar` and `chance`, by block and period."""
        found = []
        for block, where in self.each():
            if block.has_tail:
                period = self.tables.tree.period[block.node]
                for t in np.unique(period):
                    here = np.flatnonzero(period == t)
                    probability = block.probability[here]
                    found.append(RowGroup(block, where.start + here, probability / probability.sum()))
        return tuple(found)

    @cached_property
    def overtime(self) -> OvertimeSpend:
        """How rows on overtime spend hang on the capacities."""
        return OvertimeSpend.of(self)

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
            if self._has_denominator(block):
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
                if self._has_denominator(block):
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
                if self._has_denominator(block):
                    add(block.metric + DENOMINATOR, block.items, -(block.rows.T @ (price * block.limit)))
        for name, weight in weights.items():
            for term in self.terms[name]:
                term.pull(self.tables, form, weight)
        return form

    def assess(self, usage: Array, limits: Array | None = None) -> Array:
        """Violation of each row [rows] for the use of all items [rows]; what rounding explains is none.

        Rows that are judged together have theirs on the first row (`cvar`) or on the nodes that are not released
        (`chance`). The margin's tail has its tail mean, of either sign.
        """
        limits = self.limits if limits is None else limits
        usage = self.overtime.add_to(usage, limits)
        over = np.maximum(usage - limits, 0.0)
        over[over <= ROUNDING * self.scale] = 0.0
        for group in self.groups:
            rows, alpha = group.rows, group.block.alpha or 0.0
            if not np.isfinite(limits[rows[0]]):
                continue  # let go
            if group.block.holds == "chance":
                over[rows] = np.where(released(over[rows], group.probability, alpha), 0.0, over[rows])
                continue
            mean = tail_mean(usage[rows] - limits[rows], group.probability, alpha)
            over[rows] = 0.0
            if group.is_margin_tail or mean > ROUNDING * self.scale[rows[0]]:
                over[rows[0]] = mean
        return over

    @property
    def is_soft(self) -> BoolArray:
        """Rows that may be violated at a price [rows]."""
        return np.asarray(np.isfinite(self.soft_prices))

    def cost(self, over: Array) -> float:
        """What the violations of soft rows, overtime and the margin's tail take from the objective, discounted."""
        return float(self.soft_prices[self.is_soft] @ over[self.is_soft])

    def costs(self, stock: Stock) -> dict[str, float]:
        """The parts `overtime` and `guardrail_penalty` of a plan."""
        over = self.assess(self.usage(self.metric_values(stock))[0])
        parts = {"overtime": 0.0, "guardrail_penalty": 0.0}
        for block, where in self.each():
            if block.soft_price is not None and block.name != MARGIN_TAIL:
                part = "overtime" if block.is_capacity else "guardrail_penalty"
                parts[part] += float(self.soft_prices[where] @ over[where])
        return parts

    def rows_that_use_changed_limits(self, other: "Guardrails") -> BoolArray:
        """Rows whose use differs between these guardrails and the same ones with other limits [rows]."""
        changed = np.zeros(len(self), dtype=bool)
        for (block, where), new in zip(self.each(), other.blocks, strict=True):
            changed[where] = self._has_denominator(block) & (block.limit != new.limit)
        return changed

    def per_stated_unit(self, stock: Stock | None) -> Array:
        """What one more unit of a limit as stated adds to the right-hand side of each row [rows], unsigned.

        For a ratio whose denominator depends on the plan it is the plan's denominator, NaN without a plan.
        """
        values = None if stock is None else self.metric_values(stock)
        parts = []
        for block in self.blocks:
            if not self._has_denominator(block):
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

    def describe(self, row: int) -> tuple[GuardrailBlock, int]:
        """The block a row belongs to and its position there."""
        index = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.blocks[index], row - int(self.starts[index])

    def _has_denominator(self, block: GuardrailBlock) -> bool:
        return block.metric + DENOMINATOR in self.terms


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
