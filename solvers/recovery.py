"""From a mix of plans to one plan: draw, repair and improve by swaps, and ask for new plans where swaps are not enough."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from stockrail.model.tree import Array, IntArray
from stockrail.solvers.master import Mix
from stockrail.solvers.pool import PlanArray, PlanPool
from stockrail.solvers.restricted_master import MOST_ENTRIES, choose
from stockrail.solvers.swaps import improve

RELEVANT_SHARE = 0.9
"""Rows of which some plan in the mix uses at least this share are watched from the start."""

MOST_JOINS = 6
SAFETY = 1e-6
"""Share of a hard limit kept free, because use is kept in single precision."""

FIRST_PRESSURE, LEAST_PRESSURE, PRESSURE = 3.0, 1e-4, 3.0
"""Cost of a violation at first, in row prices and in full penalties, and its growth from round to round."""

NO_ORDERS = 1
"""Place in the pool of the plan without free orders: dear for any item, but often the swap that makes a plan hold."""

URGENT_PRESSURE, URGENT_GROWTH = 1e-2, 10.0
"""The same where any plan is wanted soon."""

STEP = 0.5
"""Growth of the price of a row that the integer plan breaks, and spread of the prices tried to improve one that holds."""


class Recovery:
    """Makes integer plans. Remembers the rows it watches, and their use, from call to call.

    Parameters
    ----------
    pool : plans found so far; new ones are added to it.
    limits, penalties : [rows]; a unit of violation costs its penalty.
    is_soft : bool [rows].
    ask : answers prices [rows] with a plan, which joins the pool.
    respond : answers a plan and prices and penalties [rows] with each item's best plan while the others stay, which joins
        the pool.
    """

    def __init__(
        self,
        pool: PlanPool,
        limits: Array,
        penalties: Array,
        is_soft: NDArray[np.bool_],
        ask: Callable[[Array], object],
        respond: Callable[[PlanArray, Array, Array], None],
        generator: np.random.Generator,
    ) -> None:
        self._pool = pool
        self._limits = limits
        self._penalties = penalties
        self._is_soft = is_soft
        self._ask = ask
        self._respond = respond
        self._generator = generator
        self._usage: dict[int, NDArray[np.float32]] = {}
        self._rows = np.zeros(0, dtype=np.int64)

    def plans(self, mix: Mix, prices: Array, rounds: int, *, is_urgent: bool = False) -> Iterator[PlanArray]:
        """Yield plans, each from one more plan to choose from, starting with the mix alone.

        A drawn plan is worth about what the mix is worth, but breaks rows a little. Violations cost little more than the
        rows' prices at first and `PRESSURE` times as much in each round that leaves some, so that they go where they cost
        least. In turn join: each item's best response to the last plan, and the answer to prices varied at random,
        which go up for rows that are broken. If `is_urgent`, violations are dear from the start: a plan soon, not the best.
        """
        least, growth = (URGENT_PRESSURE, URGENT_GROWTH) if is_urgent else (LEAST_PRESSURE, PRESSURE)
        used = [int(index) for index in np.flatnonzero(mix.weights.max(axis=1) > 1e-9)]
        choice = self._draw(mix, np.array(used))
        if is_urgent and NO_ORDERS not in used:
            used.append(NO_ORDERS)
        totals = np.array([self._pool.usage[index].sum(axis=0) for index in used])
        self._join(np.flatnonzero((totals > RELEVANT_SHARE * self._limits).any(axis=0)))
        repair = prices.copy()
        penalties = np.where(
            self._is_soft, self._penalties, FIRST_PRESSURE * prices + least * self._penalties
        )
        for round_number in range(rounds + 1):
            penalties = np.minimum(penalties, self._penalties)
            choice, over = self._improve(np.array(used), choice, penalties)
            plan = self._plan(np.array(used), choice)
            yield plan
            is_broken = (over > 0) & ~self._is_soft
            if round_number % 2 == 0:
                self._respond(plan, repair, penalties)
            else:
                repair = np.minimum(
                    repair + STEP * np.maximum(repair, prices.mean()) * is_broken, self._penalties
                )
                varied = repair * np.exp(STEP * self._generator.normal(size=len(prices)))
                self._ask(np.minimum(varied, self._penalties))
            if is_broken.any():
                penalties = np.where(self._is_soft, penalties, growth * penalties)
            used.append(len(self._pool.plans) - 1)

    def best_choice(
        self, *, time_limit: float, seed: int, is_cancelled: Callable[[], bool]
    ) -> PlanArray | None:
        """The best choice among all plans of the pool, by integer programming; None where that is too large or fails."""
        used = list(range(len(self._pool.plans)))
        cost = np.array(self._pool.costs)
        if cost.size * len(self._limits) > MOST_ENTRIES:
            return None
        rows = np.arange(len(self._limits))
        usage = np.array([self._pool.item_usage(index, rows) for index in used], dtype=np.float64)
        choice = choose(
            cost,
            usage,
            self._limits - np.where(self._is_soft, 0.0, SAFETY * np.abs(self._limits)),
            np.where(self._is_soft, self._penalties, np.inf),
            time_limit=time_limit,
            seed=seed,
            is_cancelled=is_cancelled,
        )
        return None if choice is None else self._plan(np.array(used), choice)

    def _draw(self, mix: Mix, used: IntArray) -> IntArray:
        """Each item takes a plan with the probability its group gives it."""
        share = mix.weights[used] / mix.weights[used].sum(axis=0)
        cumulative = np.cumsum(share, axis=0)[:, self._pool.groups]
        draw = self._generator.random(len(self._pool.groups))
        return np.asarray(np.minimum((draw > cumulative).sum(axis=0), len(used) - 1))

    def _improve(self, used: IntArray, choice: IntArray, penalties: Array) -> tuple[IntArray, Array]:
        """Swaps over the watched rows; rows that the result breaks are watched too, until it breaks no other."""
        cost = np.array([self._pool.costs[index] for index in used])
        for _ in range(MOST_JOINS):
            rows = self._rows
            usage = np.array([self._item_usage(index) for index in used])
            # Use is kept in single precision, so hard rows keep a distance of its rounding.
            limits = self._limits[rows] - np.where(
                self._is_soft[rows], 0.0, SAFETY * np.abs(self._limits[rows])
            )
            choice = improve(choice, cost, usage, limits, penalties[rows], self._generator)
            _, over = self._pool.outcome(self._plan(used, choice))
            broken = np.setdiff1d(np.flatnonzero(over > 0), rows)
            if not len(broken):
                break
            self._join(broken)
        return choice, over

    def _plan(self, used: IntArray, choice: IntArray) -> PlanArray:
        plan = np.empty_like(self._pool.plans[0])
        for position in np.unique(choice):
            members = np.flatnonzero(choice == position)
            plan[members] = self._pool.plans[used[position]][members]
        return plan

    def _item_usage(self, index: int) -> NDArray[np.float32]:
        if index not in self._usage:
            self._usage[index] = self._pool.item_usage(index, self._rows)
        return self._usage[index]

    def _join(self, rows: IntArray) -> None:
        new = np.setdiff1d(rows, self._rows)
        if len(new):
            self._rows = np.concatenate([self._rows, new])
            self._usage.clear()
