"""What is known of all blocks together: the rows, and what plans of all items cost and use, by group of items."""

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from stockrail.model.guardrail_blocks import BlockSize, GuardrailBlock
from stockrail.model.instance import Instance
from stockrail.model.rows import Rows
from stockrail.model.tree import Array, ScenarioTree
from stockrail.solvers.blocks.item_block import Asked, Priced, Size
from stockrail.solvers.blocks.split import MOST_GROUPS, Split
from stockrail.solvers.blocks.workers import Workers


@dataclass(frozen=True)
class SharedRows(Rows):
    """The rows of an instance whose items are elsewhere. The tree has the demand of no item."""

    of_instance: Instance
    of_tree: ScenarioTree
    blocks: tuple[GuardrailBlock, ...]

    @property
    def instance(self) -> Instance:
        """What the rows belong to."""
        return self.of_instance

    @property
    def tree(self) -> ScenarioTree:
        """Its scenario tree."""
        return self.of_tree


LEAST_TYPICAL, LEAST_SHARE = 1e-300, 1e-6
"""What keeps rows that a sample has no demand in from a size of 0."""

Sizes = list[Size]
"""By block of items."""


def sizes_of(split: Split, workers: Workers) -> Sizes:
    """How large each block of items is."""
    sizes = dict(workers.ask("size", (), dict.fromkeys(range(len(split.sources)), ())))
    return [sizes[number] for number in range(len(split.sources))]


def shared_rows(instance: Instance, split: Split, sizes: Sizes) -> SharedRows:
    """The rows of an instance, sized by all its blocks."""
    blocks = (block.sized(size) for block, size in zip(split.frame.rows, _total(sizes), strict=True))
    return SharedRows(instance, split.frame.tree, tuple(blocks))


def sample_rows(rows: SharedRows, sizes: Sizes, numbers: Sequence[int]) -> SharedRows:
    """The rows of some blocks of items, with the share of each limit that their demand has in all demand."""
    part, everyone = _total([sizes[number] for number in numbers]), _total(sizes)
    blocks = []
    for block, own, all_items in zip(rows.blocks, part, everyone, strict=True):
        share = float(own.typical.sum()) / max(float(all_items.typical.sum()), LEAST_TYPICAL)
        limit = block.limit if block.has_plan_denominator else block.limit * share
        blocks.append(
            replace(
                block,
                limit=limit,
                constant=block.constant * share,
                scale=block.scale * max(share, LEAST_SHARE),
            )
        )
    return SharedRows(rows.instance, rows.tree, tuple(blocks))


def _total(sizes: Sizes) -> list[BlockSize]:
    return [reduce(operator.add, of_block) for of_block in zip(*(size.rows for size in sizes), strict=True)]


@dataclass(frozen=True)
class Answer:
    """What all blocks answered to prices.

    Attributes
    ----------
    asked : the plan's number and its prices.
    least : no plan has a smaller cost plus priced use.
    cost, usage : of the plan, [groups] and [groups, rows].
    """

    asked: Asked
    least: float
    cost: Array
    usage: Array

    @property
    def value(self) -> float:
        """Cost plus priced use of the plan."""
        prices = self.asked.prices
        used = 0.0 if prices is None else float(prices @ self.usage.sum(axis=0))
        return float(self.cost.sum()) + used


class StoppedError(Exception):
    """A question was given up because the user or a limit said stop."""


class SharedPool:
    """Plans of some blocks of items in the order they were asked for.

    Parameters
    ----------
    numbers : the blocks.
    answers : those that are known from an earlier run.
    first_number : of the plans that are asked for; plans have a number of their own in each block.
    is_over : asked after each block's answer; True gives the question up.

    Attributes
    ----------
    group_count : groups of items that the master mixes plans for; where blocks have more together, they share them.
    """

    def __init__(
        self,
        split: Split,
        workers: Workers,
        rows: int,
        is_over: Callable[[], bool],
        *,
        numbers: Sequence[int] | None = None,
        answers: Sequence[Answer] = (),
        first_number: int = 0,
    ) -> None:
        self.split = split
        self.workers = workers
        self.answers = list(answers)
        self.numbers = range(len(split.sources)) if numbers is None else numbers
        self.next_number = first_number + len(self.answers)
        self._rows = rows
        self._is_over = is_over
        counts = [split.sources[number].group_count for number in self.numbers]
        ends = np.cumsum([0, *counts])
        self.group_count = int(min(ends[-1], MOST_GROUPS))
        self._groups = {
            number: np.arange(ends[k], ends[k + 1]) % self.group_count
            for k, number in enumerate(self.numbers)
        }

    def ask(self, prices: Array | None) -> Answer:
        """The best plan of every item at some prices, which joins the pool; None for the plan without free orders.

        Raises
        ------
        StoppedError
            If it was given up.
        """
        asked = Asked(self.next_number, prices)
        priced: dict[int, Priced] = {}
        for number, answer in self.workers.ask("price", (asked,), self.everyone):
            priced[number] = answer
            self.check()
        self.next_number += 1
        cost, usage = np.zeros(self.group_count), np.zeros((self.group_count, self._rows))
        least = 0.0
        # In the order of blocks, so that sums do not depend on who was faster.
        for number in self.numbers:
            np.add.at(cost, self._groups[number], priced[number].cost)
            np.add.at(usage, self._groups[number], priced[number].usage)
            least += priced[number].least
        self.answers.append(Answer(asked, least, cost, usage))
        return self.answers[-1]

    def bound(self, prices: Array, levels: int) -> float:
        """A lower bound on cost plus priced use of all items, with at most `levels` grid levels per node."""
        bounds: dict[int, float] = {}
        for number, bound in self.workers.ask("bound", (prices, levels), self.everyone):
            bounds[number] = bound
            self.check()
        return float(sum(bounds[number] for number in self.numbers))

    def weights_of(self, number: int, weights: Array) -> Array:
        """Weights of plans [plans, groups] by a block's own groups."""
        return np.asarray(weights[:, self._groups[number]])

    @property
    def everyone(self) -> dict[int, tuple[()]]:
        """All blocks, with no arguments of their own."""
        return dict.fromkeys(self.numbers, ())

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """Questions in the block are answered even if it is over."""
        is_over, self._is_over = self._is_over, lambda: False
        try:
            yield
        finally:
            self._is_over = is_over

    def check(self) -> None:
        """Give up where it is over."""
        if self._is_over():
            raise StoppedError
