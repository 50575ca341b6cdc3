"""The lot recursion over all items: exact where the lots of an item are few, coarse to fine with a valid bound elsewhere."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stockrail.model.stock import LinearForm, ancestors
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.band import Band
from stockrail.solvers.recursion_kernel import solve_items
from stockrail.solvers.stock_room import StockRoom

REFINEMENT = 8
"""Each finer grid is this many times finer than the one before."""

RADIUS = 10
"""Levels on each side of the coarser plan that a finer grid looks at: a little more than one coarse step."""

BLOCKS_PER_WORKER = 8

PlanArray = NDArray[np.int32]


@dataclass(frozen=True)
class Answer:
    """Best plans for one form.

    Attributes
    ----------
    lower_bound : [items], no plan of the item has a smaller value of the form.
    plan : int32 [items, nodes], cumulative lots of the best plan found; exact where the item's grid is 1.
    """

    lower_bound: Array
    plan: PlanArray


class Recursion:
    """Minimises linear forms item by item. Holds the immutable arrays of the instance and a pool of threads.

    Parameters
    ----------
    tables : parameters of the instance.
    executor : threads that share the work; the compiled kernel releases the interpreter lock.
    levels : most grid levels per node; an item with more whole lots than that gets a coarser grid.
    band : which plans it looks at; all by default.
    """

    def __init__(
        self,
        tables: Tables,
        executor: Executor,
        workers: int,
        levels: int = 128,
        band: Band | None = None,
    ) -> None:
        self._tables = tables
        self._executor = executor
        self._workers = workers
        self._ancestors = ancestors(tables.tree, max(int(tables.shelf_life.max()) + 1, 0))
        self._cumulative_demand = cumulate(tables.tree, tables.demand)
        self._fixed = cumulate(tables.tree, tables.fixed_lots.astype(np.float64)).astype(np.int64)
        self.grid = _grid(tables.lots_limit, levels)
        self.band = Band.none(tables) if band is None else band

    @property
    def coarse_items(self) -> int:
        """Number of items whose bound comes from buckets of several lots."""
        return int((self.grid > 1).sum())

    def no_free_orders(self) -> PlanArray:
        """The plan that orders nothing but what is fixed; in a band, where that may not be, the one it is a band around."""
        return self._fixed.astype(np.int32) if self.band.rule is None else self.band.rule.copy()

    def finer_grid(self, levels: int) -> IntArray:
        """Grid that keeps each item within `levels` levels, no coarser than the present one [items]."""
        return np.minimum(_grid(self._tables.lots_limit, levels), self.grid)

    def minimise(self, form: LinearForm) -> Answer:
        """Best plan and lower bound for each item."""
        everyone = np.arange(len(self.grid))
        lower_bound, plan = self._run(form, everyone, self.grid)
        wide = np.flatnonzero(self.grid > 1)
        if len(wide):
            self._refine(form, wide, plan)
            lower_bound[wide] = self.lower_bound(form, self.grid, wide)
        return Answer(lower_bound, plan)

    def respond(self, form: LinearForm, room: StockRoom) -> PlanArray:
        """Best plan for each item where stock on hand outside of its room costs a penalty, other items staying as they are."""
        _, plan = self._run(form, np.arange(len(self.grid)), self.grid, room=room)
        self._refine(form, np.flatnonzero(self.grid > 1), plan, room)
        return plan

    def lower_bound(self, form: LinearForm, grid: IntArray, members: IntArray) -> Array:
        """Lower bound of the form for some items with buckets of `grid` [items] lots."""
        value, _ = self._run(form, members, grid, is_relaxed=True)
        return value[members]

    def _refine(
        self, form: LinearForm, wide: IntArray, plan: PlanArray, room: StockRoom | None = None
    ) -> None:
        """Replace coarse plans by finer ones around them, grid by grid, down to whole lots."""
        grid = self.grid.copy()
        while len(wide):
            grid[wide] = np.maximum(grid[wide] // REFINEMENT, 1)
            centre = (plan - self._fixed).astype(np.int32)
            _, finer = self._run(form, wide, grid, centre=centre, radius=RADIUS, room=room)
            plan[wide] = finer[wide]
            wide = wide[grid[wide] > 1]
        # Grids of several lots see a band roughly only.
        self.band.repair(plan)

    def _run(
        self,
        form: LinearForm,
        members: IntArray,
        grid: IntArray,
        *,
        centre: PlanArray | None = None,
        radius: int = -1,
        is_relaxed: bool = False,
        room: StockRoom | None = None,
    ) -> tuple[Array, PlanArray]:
        tables = self._tables
        shape = tables.demand.shape
        value = np.zeros(shape[0])
        plan = np.zeros((1, 1) if is_relaxed else shape, dtype=np.int32)
        middle = np.zeros((1, 1), dtype=np.int32) if centre is None else centre
        limit = StockRoom.none() if room is None else room
        tiers, changes = tables.tiers, tables.order_changes

        def run(block: IntArray) -> None:
            solve_items(
                block, tables.tree.parent, tables.arrivals.arrived, tables.arrivals.item_lane,
                self._ancestors, tables.shelf_life, tables.base_stock, tables.demand,
                self._cumulative_demand, tables.sigma, tables.lot_size, self._fixed,
                tables.is_order_allowed, tables.minimum_lots, tables.maximum_lots, tables.lots_limit,
                tables.forward_demand, tiers.count, tiers.first, tiers.last, tiers.fixed, tiers.slope,
                tables.tree.period, changes.announced,
                form.backlog, form.opening_backlog, form.aged, form.aged_older, form.beyond_cover, form.in_full,
                form.cumulative_lots, form.is_order, form.saving, form.order_change, form.constant,
                grid, middle, radius, is_relaxed, tables.unit_value, limit.need, limit.room, limit.penalty,
                self.band.floor, self.band.ceiling, value, plan,
            )  # fmt: skip

        # Items of like size share a block, so that scratch space fits and threads finish together.
        by_size = members[np.argsort(tables.lots_limit[members] // grid[members], kind="stable")]
        blocks = np.array_split(by_size, min(len(by_size), BLOCKS_PER_WORKER * self._workers))
        list(self._executor.map(run, reversed(blocks)))
        return value, plan


@contextmanager
def threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of worker threads that ends with the block."""
    with ThreadPoolExecutor(max_workers=workers) as executor:
        yield executor


def _grid(lots_limit: IntArray, levels: int) -> IntArray:
    """Smallest power of two that keeps each item within `levels` grid levels."""
    steps = np.maximum(lots_limit / levels, 1.0)
    exponent = np.ceil(np.log2(steps) - 1e-12)
    return np.asarray(2**exponent, dtype=np.int64)
