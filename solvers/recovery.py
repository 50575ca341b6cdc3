"""From a mix of plans to one plan: draw, repair and improve by swaps, and ask for new plans where swaps are not enough."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stockrail.model.rows import ROUNDING
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.column_choice import Columns, choose
from stockrail.solvers.master import Mix
from stockrail.solvers.pool import PlanArray, PlanPool
from stockrail.solvers.problem import Problem
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.surrogate import Surrogate
from stockrail.solvers.swaps import improve

RELEVANT_SHARE = 0.1
"""Rows that some plan in the mix brings within this share of their scale of the limit are watched from the start."""

MOST_JOINS = 6
MOST_ENTRIES = 400_000
"""Items times plans times rows up to which the best choice among known plans is worth an integer program."""

SAFETY = 1e-6
"""Share of a hard row's scale kept free, because use is kept in single precision."""

LEAST_PRESSURE, PRESSURE = 1e-4, 3.0
"""Least cost of a violation at first, as a share of the most it may cost, and its growth from round to round."""

NO_ORDERS = 1
"""Place in the pool of the plan without free orders: dear for any item, but often the swap that makes a plan hold."""

URGENT_PRESSURE, URGENT_GROWTH = 1e-2, 10.0
"""The same where any plan is wanted soon."""

STEP = 0.5
"""Growth of the price of a row that the integer plan breaks, and spread of the prices tried to improve one that holds."""


@dataclass(frozen=True)
class Candidate:
    """A plan with its cost, all items, and its use of all rows [rows]."""

    plan: PlanArray
    cost: float
    usage: Array


class Recovery:
    """Makes integer plans. Remembers the rows it watches, and their use, from call to call.

    Parameters
    ----------
    pool : plans found so far; new ones are added to it.
    problem : the rows, and what violations may cost.
    cost : cost by item [items] of a plan of the pool, by its place.
    ask : answers prices [rows] with a plan, which joins the pool.
    respond : answers a plan, prices [rows] and a surrogate of the rows with each item's best plan while the others stay,
        which joins the pool.
    """

    def __init__(
        self,
        pool: PlanPool,
        problem: Problem,
        cost: Callable[[int], Array],
        ask: Callable[[Array], object],
        respond: Callable[[PlanArray, Array, Surrogate], None],
        generator: np.random.Generator,
    ) -> None:
        self._pool = pool
        self._problem = problem
        self._guardrails = problem.guardrails
        self._most = problem.most
        self._cost = cost
        self._ask = ask
        self._respond = respond
        self._generator = generator
        self._watched = _Watched(pool)

    def plans(self, mix: Mix, prices: Array, rounds: int, *, is_urgent: bool = False) -> Iterator[Candidate]:
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
        aim = self._problem.aim(mix.usage)
        surrogate = self._surrogate(aim, mix.usage, prices, least, growth)
        totals = np.array([self._pool.usage[index].sum(axis=0) for index in used])
        margin = RELEVANT_SHARE * self._guardrails.scale
        self._join(np.flatnonzero((totals > surrogate.limits - margin).any(axis=0)))
        repair = prices.copy()
        for round_number in range(rounds + 1):
            choice, candidate = self._improve(np.array(used), choice, surrogate)
            yield candidate
            over = self._guardrails.assess(candidate.usage, aim)
            is_broken = surrogate.broken(over, candidate.usage)
            if round_number % 2 == 0:
                self._respond(candidate.plan, repair, surrogate)
            else:
                repair = self._vary(repair, is_broken)
                self._ask(repair * np.exp(STEP * self._generator.normal(size=len(prices))))
            surrogate.tighten(over)
            used.append(len(self._pool.plans) - 1)

    def best_choice(self, options: SolveOptions) -> PlanArray | None:
        """The best choice of one known plan per item, by integer programming; None where that is too large or fails."""
        count, items = len(self._pool.plans), len(self._pool.groups)
        rows = np.flatnonzero(np.isfinite(self._problem.limits))
        if count * items * len(rows) > MOST_ENTRIES:
            return None
        usage = np.zeros((count * items, len(self._problem.limits)))
        for index in range(count):
            usage[index * items : (index + 1) * items, rows] = self._pool.item_usage(index, rows)
        columns = Columns(
            group=np.tile(np.arange(items), count),
            cost=np.concatenate([self._cost(index) for index in range(count)]),
            usage=usage,
            budget_use=np.zeros(count * items),
        )
        choice, _ = choose(columns, self._problem, self._guardrails, options, tightened=SAFETY)
        return None if choice is None else self._plan(np.arange(count), choice.columns // items)

    def _surrogate(self, aim: Array, usage: Array, prices: Array, least: float, growth: float) -> Surrogate:
        return Surrogate(self._guardrails, aim, usage, prices, self._most, least=least, growth=growth)

    def _vary(self, prices: Array, is_broken: NDArray[np.bool_]) -> Array:
        """Prices that have gone up for broken rows."""
        scale = self._guardrails.scale
        typical = float((prices * scale).mean()) / scale
        return np.minimum(prices + STEP * np.maximum(prices, typical) * is_broken, self._most)

    def _draw(self, mix: Mix, used: IntArray) -> IntArray:
        """Each item takes a plan with the probability its group gives it."""
        share = mix.weights[used] / mix.weights[used].sum(axis=0)
        cumulative = np.cumsum(share, axis=0)[:, self._pool.groups]
        draw = self._generator.random(len(self._pool.groups))
        return np.asarray(np.minimum((draw > cumulative).sum(axis=0), len(used) - 1))

    def _improve(self, used: IntArray, choice: IntArray, surrogate: Surrogate) -> tuple[IntArray, Candidate]:
        """Swaps over the watched rows; rows that the result breaks are watched too, until it breaks no other."""
        cost = np.array([self._cost(int(index)) for index in used])
        watched = self._watched
        tolerance = ROUNDING * self._guardrails.scale
        for _ in range(MOST_JOINS):
            rows = watched.rows
            usage = watched.usage(used)
            limits = surrogate.limits[rows] - self._safety(surrogate, rows)
            choice = improve(choice, cost, usage, limits, surrogate.costs[rows], self._generator)
            plan = self._plan(used, choice)
            total = self._pool.total_usage(plan)
            broken = np.setdiff1d(np.flatnonzero(total > surrogate.limits + tolerance), rows)
            if not len(broken):
                break
            self._join(broken)
        chosen = float(cost[choice, np.arange(cost.shape[1])].sum())
        return choice, Candidate(plan, chosen, total)

    def _safety(self, surrogate: Surrogate, rows: IntArray) -> Array:
        """What exact rows keep free [rows given]."""
        return np.asarray(np.where(surrogate.is_exact[rows], SAFETY * self._guardrails.scale[rows], 0.0))

    def _plan(self, used: IntArray, choice: IntArray) -> PlanArray:
        plan = np.empty_like(self._pool.plans[0])
        for position in np.unique(choice):
            members = np.flatnonzero(choice == position)
            plan[members] = self._pool.plans[used[position]][members]
        return plan

    def _join(self, rows: IntArray) -> None:
        self._watched.join(rows[np.isfinite(self._problem.limits[rows])])


class _Watched:
    """Rows that swaps look at, with the use of them by each item under the plans in play, in single precision."""

    def __init__(self, pool: PlanPool) -> None:
        self._pool = pool
        self.rows: IntArray = np.zeros(0, dtype=np.int64)
        self._plans: list[int] = []
        self._usage = np.zeros((0, 0, 0), dtype=np.float32)

    def join(self, rows: IntArray) -> None:
        """Watch further rows."""
        new = np.setdiff1d(rows, self.rows)
        if len(new):
            self.rows = np.concatenate([self.rows, new])
            self._plans.clear()

    def usage(self, plans: IntArray) -> NDArray[np.float32]:
        """Use by each item [plans, items, rows]. Plans that were in play before are not evaluated again."""
        wanted = [int(index) for index in plans]
        if self._plans != wanted[: len(self._plans)]:
            self._plans.clear()
        if not self._plans or len(self._usage) < len(wanted):
            grown = np.empty((2 * len(wanted), len(self._pool.groups), len(self.rows)), dtype=np.float32)
            grown[: len(self._plans)] = self._usage[: len(self._plans)] if self._plans else 0.0
            self._usage = grown
        for position in range(len(self._plans), len(wanted)):
            self._usage[position] = self._pool.item_usage(wanted[position], self.rows)
        self._plans = wanted
        return self._usage[: len(wanted)]
