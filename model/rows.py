"""Guardrails as rows `usage <= limit` (docs/formulation.md, section 7), and how violations of them are judged.

Lower limits enter with both sides negated, so that all rows read the same way and inside the engine every price is at
least 0. How a plan's violations count follows from how a guardrail holds: `Rows.assess`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock
from stockrail.model.holds import released, tail_mean
from stockrail.model.instance import Instance
from stockrail.model.overtime import OvertimeSpend
from stockrail.model.tables import BoolArray, discount_of
from stockrail.model.tree import Array, IntArray, ScenarioTree

ROUNDING = 1e-9
"""Share of a row's scale by which rounding alone may break it."""


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


class Rows(ABC):
    """All rows of an instance, blocks one after the other. What a plan uses of them is not known here.

    Attributes
    ----------
    blocks : rows of every guardrail, of every capacity, and of the margin's tail in the objective.
    """

    blocks: tuple[GuardrailBlock, ...]

    @property
    @abstractmethod
    def instance(self) -> Instance:
        """What the rows belong to."""

    @property
    @abstractmethod
    def tree(self) -> ScenarioTree:
        """Its scenario tree."""

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def discount(self) -> Array:
        """Factor that takes money of each node's period to now [nodes]."""
        return discount_of(self.instance, self.tree)

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
                if block.has_plan_denominator
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
                price = price * self.discount[block.node]
            prices.append(price if block.holds == "cvar" else price * block.probability)
        return _concatenate(prices)

    @cached_property
    def groups(self) -> tuple[RowGroup, ...]:
        """Rows that are judged together: `cvar` and `chance`, by block and period."""
        found = []
        for block, where in self.each():
            if block.has_tail:
                period = self.tree.period[block.node]
                for t in np.unique(period):
                    here = np.flatnonzero(period == t)
                    probability = block.probability[here]
                    found.append(RowGroup(block, where.start + here, probability / probability.sum()))
        return tuple(found)

    @cached_property
    def overtime(self) -> OvertimeSpend:
        """How rows on overtime spend hang on the capacities."""
        return OvertimeSpend.of(self)

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

    def shared_costs(self, usage: Array) -> dict[str, float]:
        """The parts `overtime` and `guardrail_penalty` of a plan, for the use of all items [rows]."""
        over = self.assess(usage)
        parts = {"overtime": 0.0, "guardrail_penalty": 0.0}
        for block, where in self.each():
            if block.soft_price is not None and block.name != MARGIN_TAIL:
                part = "overtime" if block.is_capacity else "guardrail_penalty"
                parts[part] += float(self.soft_prices[where] @ over[where])
        return parts

    @property
    def is_soft(self) -> BoolArray:
        """Rows that may be violated at a price [rows]."""
        return np.asarray(np.isfinite(self.soft_prices))

    def cost(self, over: Array) -> float:
        """What the violations of soft rows, overtime and the margin's tail take from the objective, discounted."""
        return float(self.soft_prices[self.is_soft] @ over[self.is_soft])

    def rows_that_use_changed_limits(self, other: "Rows") -> BoolArray:
        """Rows whose use differs between these guardrails and the same ones with other limits [rows]."""
        changed = np.zeros(len(self), dtype=bool)
        for (block, where), new in zip(self.each(), other.blocks, strict=True):
            changed[where] = block.has_plan_denominator & (block.limit != new.limit)
        return changed

    def describe(self, row: int) -> tuple[GuardrailBlock, int]:
        """The block a row belongs to and its position there."""
        index = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.blocks[index], row - int(self.starts[index])


def _concatenate(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0)
