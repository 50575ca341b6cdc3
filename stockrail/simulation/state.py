"""What a policy sees when it orders: stock, orders under way, and what has been known up to now."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import IntArray
from stockrail.simulation.books import Books
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.pipeline import Pipeline
from stockrail.simulation.world import BoolArray, World


@dataclass(frozen=True)
class State:
    """All paths at the moment of ordering in a period: the period's facts are known, its receipts have not arrived yet.

    Nothing in it looks ahead. Arrays are [paths, items] unless said otherwise; policies must neither change nor keep them.

    Attributes
    ----------
    period : the period.
    on_hand, waiting : units in stock, and units that customers wait for, at the end of the period before.
    under_way, arriving : units ordered or scheduled that have not arrived, and those of them that arrive now.
    pipeline : the same order by order; `due` reads it.
    books : money and metrics of the periods before.
    ordered_lots : int, lots ordered so far.
    demanded : units demanded in the periods before.
    unserved : units expedited or lost so far: demand that no order needs to cover any more.
    can_order : bool, where the order rules leave a choice.
    memory : what a policy wants to remember until the next period of the same simulation; empty in the first one.
    """

    world: World
    period: int
    on_hand: Array
    waiting: Array
    under_way: Array
    arriving: Array
    ordered_lots: IntArray
    demanded: Array
    unserved: Array
    can_order: BoolArray
    pipeline: Pipeline = field(repr=False)
    books: Books = field(repr=False)
    paths: DemandPaths = field(repr=False)
    memory: dict[str, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.on_hand)

    def only(self, path: int) -> "State":
        """The state of one path, with a memory of its own."""
        one = slice(path, path + 1)
        return State(
            world=self.world,
            period=self.period,
            on_hand=self.on_hand[one],
            waiting=self.waiting[one],
            under_way=self.under_way[one],
            arriving=self.arriving[one],
            ordered_lots=self.ordered_lots[one],
            demanded=self.demanded[one],
            unserved=self.unserved[one],
            can_order=self.can_order[one],
            pipeline=self.pipeline.only(path),
            books=self.books.only(path),
            paths=self.paths.take(one),
            memory=self.memory.setdefault(f"path {path}", {}),
        )

    def seen(self, period: int) -> Array:
        """Demand up to a period, as it was known when that period's orders were placed [paths, items, periods], units."""
        paths = self.paths
        demand = paths.demand[:, :, : period + 1]
        if paths.foreseen is None:
            return demand
        return np.concatenate([demand[:, :, :period], paths.foreseen[:, :, period : period + 1]], axis=2)

    @property
    def history(self) -> Array:
        """Demand so far, that of this period included as far as it is known [paths, items, periods so far], units."""
        return self.seen(self.period)

    @cached_property
    def demand(self) -> Array:
        """Demand of this period as far as it is known, units."""
        known = self.paths.demand if self.paths.foreseen is None else self.paths.foreseen
        return np.ascontiguousarray(known[:, :, self.period])

    @property
    def delay_periods(self) -> IntArray:
        """Delay of orders placed now [paths, suppliers]."""
        return self.paths.delay_periods[:, :, self.period]

    @property
    def node(self) -> IntArray | None:
        """Node of the tree that each path is at [paths]; None where paths were not drawn from a tree."""
        return None if self.paths.node is None else self.paths.node[:, self.period]

    @property
    def due(self) -> Array:
        """Units under way by the periods until they arrive, 0 now [periods from now, paths, items]."""
        return self.pipeline.due(self.period)[0]

    @cached_property
    def leaving(self) -> Array:
        """Units of this period's demand that are sure to be expedited or lost, as no order placed now arrives in time."""
        world = self.world
        missing = np.maximum(self.waiting + self.demand - self.on_hand - self.arriving, 0.0)
        short = np.minimum(missing, self.demand)
        is_late = world.lead_time_periods + self.delay_periods[:, world.supplier] > 0
        return np.asarray(np.where(is_late, (1.0 - world.waiting_share) * short, 0.0))

    @cached_property
    def position(self) -> Array:
        """Inventory position: stock and what is under way, less what customers wait for and this period's demand.

        Demand of this period that is expedited or lost whatever is ordered now does not count.
        """
        return np.asarray(self.on_hand + self.under_way - self.waiting - self.demand + self.leaving)
