"""What is known of all blocks together: the rows, and what plans of all items cost and use, by group of items."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrail_blocks import BlockSize, GuardrailBlock
from stockrail.model.instance import Instance
from stockrail.model.rows import Rows
from stockrail.model.tree import Array, ScenarioTree
from stockrail.solvers.blocks.item_block import Asked, Priced
from stockrail.solvers.blocks.split import Split
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


def shared_rows(instance: Instance, split: Split, workers: Workers) -> SharedRows:
    """The rows of an instance, sized by all its blocks."""
    sizes: list[list[BlockSize]] = [[] for _ in split.sources]
    for number, answer in workers.ask("sizes", (), dict.fromkeys(range(len(split.sources)), ())):
        sizes[number] = answer
    rows = []
    for place, block in enumerate(split.frame.rows):
        size = sizes[0][place]
        for other in sizes[1:]:
            size = size + other[place]
        rows.append(block.sized(size))
    return SharedRows(instance, split.frame.tree, tuple(rows))


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
    """Plans of all items in the order they were asked for.

    Parameters
    ----------
    answers : those that are known from an earlier run.
    is_over : asked after each block's answer; True gives the question up.
    """

    def __init__(
        self,
        split: Split,
        workers: Workers,
        rows: int,
        answers: list[Answer],
        is_over: Callable[[], bool],
    ) -> None:
        self.split = split
        self.workers = workers
        self.answers = answers
        self._rows = rows
        self._is_over = is_over

    def ask(self, prices: Array | None) -> Answer:
        """The best plan of every item at some prices, which joins the pool; None for the plan without free orders.

        Raises
        ------
        StoppedError
            If it was given up.
        """
        asked = Asked(len(self.answers), prices)
        priced: dict[int, Priced] = {}
        for number, answer in self.workers.ask("price", (asked,), self.everyone):
            priced[number] = answer
            self.check()
        cost, usage = np.zeros(self.split.group_count), np.zeros((self.split.group_count, self._rows))
        least = 0.0
        # In the order of blocks, so that sums do not depend on who was faster.
        for number, source in enumerate(self.split.sources):
            here = slice(source.first_group, source.first_group + source.group_count)
            cost[here] += priced[number].cost
            usage[here] += priced[number].usage
            least += priced[number].least
        self.answers.append(Answer(asked, least, cost, usage))
        return self.answers[-1]

    def bound(self, prices: Array, levels: int) -> float:
        """A lower bound on cost plus priced use of all items, with at most `levels` grid levels per node."""
        bounds = np.zeros(len(self.split.sources))
        for number, bound in self.workers.ask("bound", (prices, levels), self.everyone):
            bounds[number] = bound
            self.check()
        return float(bounds.sum())

    @property
    def everyone(self) -> dict[int, tuple[()]]:
        """All blocks, with no arguments of their own."""
        return dict.fromkeys(range(len(self.split.sources)), ())

    def check(self) -> None:
        """Give up where it is over."""
        if self._is_over():
            raise StoppedError
