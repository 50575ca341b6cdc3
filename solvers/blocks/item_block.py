"""One block of items: its best plans at given prices, what they cost and use, and the best choice among them.

Nothing here depends on what was asked before. Plans are kept, but one that is not known is made again from the prices it was
the answer to, so that a block can go on anywhere.
"""

import zlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stockrail.model.guardrail_blocks import BlockSize
from stockrail.model.guardrails import Guardrails
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.blocks.split import BlockSource, Frame, Split
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.pool import PlanArray, cost_form
from stockrail.solvers.recursion import Recursion
from stockrail.solvers.swaps import improve
from stockrail.solvers.unavoidable import LeastUse

PARAMETER_BYTES = 300
"""Of parameters, coefficients and scratch, per item and node."""

USAGE_BYTES = 48
"""Of use of rows, per item and node: some ten plans in single precision, with a row for each node."""

MEMORY = 6e9
"""Bytes that may be kept of each of the two."""

PRESSURES = 0.01, 0.1, 1.0
"""Shares of the costs of violation at which a block swaps in turn, so that violations go where that costs least."""


@dataclass(frozen=True)
class Keeps:
    """What there is memory for in all blocks at once.

    Attributes
    ----------
    parameters : what pricing needs, about `PARAMETER_BYTES` for each item and node.
    usage : what items use of rows in the plans that a recovery chooses from.
    """

    parameters: bool
    usage: bool

    @staticmethod
    def of(split: Split) -> "Keeps":
        """By the number of items and nodes."""
        size = sum(source.demand.size for source in split.sources)
        return Keeps(size * PARAMETER_BYTES <= MEMORY, size * USAGE_BYTES <= MEMORY)


@dataclass(frozen=True)
class Size:
    """How large a block of items is.

    Attributes
    ----------
    rows : what its items add to the size of each block of rows.
    coarse_items : items whose bound comes from buckets of several lots.
    """

    rows: list[BlockSize]
    coarse_items: int


@dataclass(frozen=True)
class Asked:
    """A plan by what it answers: its number, and the prices [rows]; None for the plan without free orders."""

    number: int
    prices: Array | None


@dataclass(frozen=True)
class Priced:
    """A block's answer to prices.

    Attributes
    ----------
    least : no plan of the block has a smaller cost plus priced use.
    cost : [groups of the block], cost of the plan.
    usage : [groups of the block, rows], its use of rows.
    """

    least: float
    cost: Array
    usage: Array


@dataclass(frozen=True)
class Chosen:
    """One plan for each item of a block, out of those asked for.

    Attributes
    ----------
    choice : int [items], place of the plan in the list.
    cost : of all items.
    usage : [rows], of all items.
    """

    choice: IntArray
    cost: float
    usage: Array


class ItemBlock:
    """A block of items.

    Parameters
    ----------
    keeps : what stays in memory between two questions; otherwise it is computed anew.
    """

    def __init__(self, frame: Frame, source: BlockSource, keeps: Keeps) -> None:
        self._frame = frame
        self._source = source
        self._keeps = keeps
        self._kept: _Parameters | None = None
        self._plans: dict[int, tuple[np.dtype[Any], bytes]] = {}
        self._costs: dict[int, Array] = {}
        self._usage: dict[int, NDArray[np.float32]] = {}
        self._rows: IntArray = np.zeros(0, dtype=np.int64)

    def size(self) -> Size:
        """What the block adds to the size of each block of rows, and how many of its items have very many lots."""
        parameters = self._parameters()
        rows = [BlockSize.of(block, parameters.tables) for block in parameters.guardrails.blocks]
        return Size(rows, parameters.recursion.coarse_items)

    def least_use(self) -> LeastUse:
        """What any plan of the block uses of rows at least."""
        parameters = self._parameters()
        return LeastUse.of(parameters.guardrails, LineRanges(parameters.tables))

    def price(self, asked: Asked) -> Priced:
        """The best plan of each item at some prices, which is kept."""
        parameters = self._parameters()
        if asked.prices is None:
            least, plan = -np.inf, parameters.recursion.no_free_orders()
        else:
            answer = parameters.recursion.minimise(parameters.priced(asked.prices))
            least, plan = float(answer.lower_bound.sum()), answer.plan
        self._keep(asked.number, plan)
        stock = parameters.stock(plan)
        cost = self._costs[asked.number] = parameters.objective.value(stock)
        source, guardrails = self._source, parameters.guardrails
        return Priced(
            least,
            np.asarray(
                np.bincount(source.group, weights=cost, minlength=source.group_count), dtype=np.float64
            ),
            guardrails.usage(guardrails.metric_values(stock), source.group, source.group_count),
        )

    def bound(self, prices: Array, levels: int) -> float:
        """A lower bound on cost plus priced use, with at most `levels` grid levels per node."""
        parameters = self._parameters()
        recursion = parameters.recursion
        everyone = np.arange(len(self._source.members))
        grid = recursion.finer_grid(levels)
        return float(recursion.lower_bound(parameters.priced(prices), grid, everyone).sum())

    def draw(self, asked: Sequence[Asked], weights: Array, seed: Sequence[int]) -> Chosen:
        """Each item takes one of some plans with the probability its group gives it, `weights` [plans, groups]."""
        cumulative = np.cumsum(weights / weights.sum(axis=0), axis=0)[:, self._source.group]
        drawn = np.random.default_rng(list(seed)).random(len(self._source.members))
        choice = np.minimum((drawn > cumulative).sum(axis=0), len(asked) - 1)
        return self._chosen(asked, choice, self._parameters())

    def swap(
        self,
        asked: Sequence[Asked],
        choice: IntArray,
        rows: IntArray,
        room: Array,
        costs: Array,
        seed: Sequence[int],
    ) -> Chosen:
        """Swap plans of single items while cost plus violations fall.

        Parameters
        ----------
        rows, room, costs : int [r], [r] and [r]: rows that are looked at, what the other blocks leave of their limits, and
            what a unit beyond costs.
        """
        parameters = self._parameters()
        usage = self._usage_of(asked, rows, parameters)
        cost = np.array([self._cost_of(plan) for plan in asked])
        generator = np.random.default_rng(list(seed))
        for pressure in PRESSURES:
            choice = improve(choice, cost, usage, room, pressure * costs, generator)
        return self._chosen(asked, choice, parameters)

    def plan(self, asked: Sequence[Asked], choice: IntArray) -> PlanArray:
        """Cumulative lots [items, nodes] of a choice."""
        plan: PlanArray = np.empty(self._source.demand.shape, dtype=np.int32)
        for place in np.unique(choice):
            members = np.flatnonzero(choice == place)
            plan[members] = self._plan_of(asked[place])[members]
        return plan

    def _parameters(self) -> "_Parameters":
        """What pricing needs; where it is not kept it takes longer than most of what is done with it, so ask for it once."""
        if self._kept is not None:
            return self._kept
        parameters = _Parameters.of(self._frame, self._source)
        if self._keeps.parameters:
            self._kept = parameters
        return parameters

    def _chosen(self, asked: Sequence[Asked], choice: IntArray, parameters: "_Parameters") -> Chosen:
        cost = np.array([self._cost_of(plan) for plan in asked])
        total = float(cost[choice, np.arange(cost.shape[1])].sum())
        stock = parameters.stock(self.plan(asked, choice))
        usage = parameters.guardrails.usage(parameters.guardrails.metric_values(stock))[0]
        return Chosen(choice, total, usage)

    def _cost_of(self, asked: Asked) -> Array:
        if asked.number not in self._costs:
            self.price(asked)
        return self._costs[asked.number]

    def _usage_of(
        self, asked: Sequence[Asked], rows: IntArray, parameters: "_Parameters"
    ) -> NDArray[np.float32]:
        """Use of some rows by each item [plans, items, rows], in single precision."""
        if not np.array_equal(rows, self._rows):
            self._usage.clear()
            self._rows = rows
        out = np.empty((len(asked), len(self._source.members), len(rows)), dtype=np.float32)
        for place, plan in enumerate(asked):
            if plan.number in self._usage:
                out[place] = self._usage[plan.number]
                continue
            stock = parameters.stock(self._plan_of(plan))
            out[place] = parameters.guardrails.item_usage(parameters.guardrails.metric_values(stock), rows)
            if self._keeps.usage:
                self._usage[plan.number] = out[place].copy()
        return out

    def _keep(self, number: int, plan: PlanArray) -> None:
        # Lots of single orders are mostly 0, so that a plan packs into a tenth of a byte per item and node or so.
        lots = plan.copy()
        lots[:, 1:] -= plan[:, self._frame.tree.parent[1:]]
        smallest = np.min_scalar_type(int(lots.max(initial=0)))
        self._plans[number] = smallest, zlib.compress(lots.astype(smallest).tobytes(), level=1)

    def _plan_of(self, asked: Asked) -> PlanArray:
        if asked.number not in self._plans:
            self.price(asked)
        kind, packed = self._plans[asked.number]
        lots = np.frombuffer(zlib.decompress(packed), dtype=kind).reshape(self._source.demand.shape)
        return cumulate(self._frame.tree, lots.astype(np.int32))


@dataclass(frozen=True)
class _Parameters:
    """What pricing needs of a block, computed from its source."""

    tables: Tables
    guardrails: Guardrails
    objective: LinearForm
    recursion: Recursion

    @staticmethod
    def of(frame: Frame, source: BlockSource) -> "_Parameters":
        tables = source.tables(frame)
        rows = tuple(
            replace(block, items=is_in) for block, is_in in zip(frame.rows, source.is_in_rows, strict=True)
        )
        rows = tuple(block.sized(BlockSize.of(block, tables)) for block in rows)
        recursion = Recursion(tables, _InPlace(), workers=1)
        return _Parameters(tables, Guardrails.over(tables, rows), cost_form(tables), recursion)

    def priced(self, prices: Array) -> LinearForm:
        """The cost of items with the prices of rows added."""
        form = self.guardrails.pull(prices)
        form.add(self.objective)
        return form

    def stock(self, plan: PlanArray) -> Stock:
        """The basis functions of a plan."""
        return Stock.of(self.tables, plan.astype(np.int64))


class _InPlace(Executor):
    """Does work where it is submitted: blocks run beside one another already."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
