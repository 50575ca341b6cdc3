"""The search of `stockrail.solvers.search` for instances that are priced block by block.

Master, trust region, laws of prices and pressures are the same. What differs is that plans of items stay where their block is:
here only their cost and use by group are known.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from stockrail.model.tree import Array
from stockrail.solvers.blocks.recovery import Selection, selections
from stockrail.solvers.blocks.shared import Answer, SharedPool, SharedRows, StoppedError
from stockrail.solvers.blocks.unavoidable import cannot_hold, refuse_at_once
from stockrail.solvers.found import ROUNDING, Standing
from stockrail.solvers.master import Master, Mix
from stockrail.solvers.problem import PENALTY_FACTOR, MarginProblem
from stockrail.solvers.result import SolveOptions, TerminationReason, relative_gap
from stockrail.solvers.search import CONVERGED, MOST_ESCALATIONS, MOST_ROUNDS, PRECISION
from stockrail.solvers.session import FINE_LEVELS
from stockrail.solvers.trust_region import TrustRegion

SWEEPS, LAST_SWEEPS = 4, 16
"""Passes over all blocks in a recovery after the first, and in the last one."""

MORE_SWEEPS, NEARLY = 4, 0.01
"""Further passes where a plan nearly holds, and by what share of a limit it may be broken for that."""

LAST_RESORT_SWEEPS = 24
"""The same where a stop comes before there is a plan."""

Result = TypeVar("Result")

_logger = logging.getLogger(__name__)


@dataclass
class BlocksFound(Standing):
    """What the search knows."""

    selection: Selection | None = None


class BlockSearch:
    """A search for the best plan, block by block.

    Parameters
    ----------
    pool : plans known so far; those of an earlier run are used.
    start : prices to begin with.
    seeks_plan : False where prices are all that is wanted.
    best : the best plan of an earlier run.
    on_answer : called after each answer and each better plan, to keep what has been found.
    """

    def __init__(
        self,
        pool: SharedPool,
        rows: SharedRows,
        options: SolveOptions,
        began: float,
        on_answer: Callable[["BlocksFound"], None] = lambda found: None,
        *,
        best: Selection | None = None,
        start: Sequence[Array] = (),
        seeks_plan: bool = True,
    ) -> None:
        self._pool = pool
        self._rows = rows
        self._problem = MarginProblem(rows, rows.limits)
        self._options = options
        self._began = began
        self._on_answer = on_answer
        self._start = start
        self._seeks_plan = seeks_plan
        self._finest: Array | None = None
        self._at_master = 0
        self.seconds = {"pricing": 0.0, "master": 0.0, "recovery": 0.0}
        self.found = BlocksFound(self._problem.first_prices)
        for answer in pool.answers:
            self._learn(answer)
        if best is not None:
            self._judge(best)

    def run(self) -> BlocksFound:
        """Run rounds until the gap, a limit or the user says stop.

        Raises
        ------
        InfeasibleError
            A hard limit is broken whatever is ordered, which is asked before anything else.
        """
        found = self.found
        try:
            found.reason = self._run()
        except StoppedError:
            found.reason = self._reason() or TerminationReason.CANCELLED
        if self._seeks_plan and found.selection is None and len(self._pool.answers) > 1 and len(self._rows):
            with self._pool.urgent():
                self._find_any_plan()
            found.reason = self._reason() or found.reason
        return found

    def _find_any_plan(self) -> None:
        """A plan where a stop came before there was any: the time it takes is worth more than having none."""
        master = self._master()
        anywhere = np.full(len(self._problem.limits), np.inf)
        mix = master.solve(self.found.prices, anywhere)
        for selection in selections(
            self._pool, self._problem, mix, self.found.prices, LAST_RESORT_SWEEPS, self._options.seed
        ):
            self._judge(selection)
            if self.found.selection is not None:
                break
        self._on_answer(self.found)

    def _run(self) -> TerminationReason:
        pool = self._pool
        if not pool.answers:
            if self._seeks_plan:
                refuse_at_once(pool, self._rows)
            elif cannot_hold(pool, self._rows):
                return (
                    TerminationReason.INFEASIBLE
                )  # prices of a sample that cannot hold its share say nothing
            self._ask(self._problem.first_prices)
        if len(pool.answers) == 1:
            pool.ask(None)
            self._on_answer(self.found)
        for prices in self._start[len(pool.answers) - 2 :]:
            self._ask(prices)
        if not len(self._rows):
            self._judge(self._first_selection())
            self._close_bound()
            return self._reason() or TerminationReason.STALLED
        return self._reason() or self._rounds() or TerminationReason.STALLED

    def _rounds(self) -> TerminationReason | None:
        problem, found = self._problem, self.found
        master = self._master()
        # Answers are compared by what all items use, so the first price steps are those of the first answer's money.
        region = TrustRegion(problem.price_unit(float(abs(self._pool.answers[0].cost.sum()))))
        converged = max(PRECISION, CONVERGED * self._options.gap)
        escalations = 0
        for round_number in range(MOST_ROUNDS):
            self._add_plans(master)
            before, centre = found.target, found.prices
            mix = self._timed("master", partial(master.solve, centre, region.reach))
            hoped = before + mix.value
            answer = self._ask(mix.prices)
            gained = before - (problem.worth(mix.prices) - answer.value)
            region.learn(hoped, gained, mix.prices - centre, answer.usage.sum(axis=0) - problem.limits)
            mix_gap = hoped / max(abs(before), 1.0)
            _logger.debug(
                "round %d: model %.8g, target %.8g, bound %.8g, gained %.2g of %.2g, radius %.1g, rows %d, %.1f s",
                round_number, -mix.value, found.target, found.bound, gained, hoped, region.radius,
                len(master.active_rows), time.perf_counter() - self._began,
            )  # fmt: skip
            is_capped = mix.is_capped & problem.must_hold
            if found.selection is None and is_capped.any() and escalations < MOST_ESCALATIONS:
                escalations += 1
                master.raise_prices(np.flatnonzero(is_capped), PENALTY_FACTOR)
            if self._reason() is not None:
                return self._reason()
            if mix_gap < converged and not self._seeks_plan:
                return TerminationReason.OPTIMAL
            if mix_gap < converged:
                is_last = mix_gap < PRECISION
                self._add_plans(master)
                anywhere = np.full(len(problem.limits), np.inf)
                best_mix = self._timed("master", partial(master.solve, found.prices, anywhere))
                self._recover(best_mix, LAST_SWEEPS if is_last else SWEEPS, round_number)
                converged = max(PRECISION, min(converged, 0.3 * mix_gap))
                if is_last or self._reason() is not None:
                    self._close_bound()
                    return self._reason()
        return None

    def _master(self) -> Master:
        problem, first = self._problem, self._pool.answers[0]
        master = Master(
            problem.limits,
            self._rows.scale,
            problem.largest,
            problem.laws,
            lambda usage: self._rows.assess(usage, problem.limits),
            self._pool.group_count,
            max(float(np.abs(first.cost).sum()) / self._item_count, 1.0),
            self._options.seed,
        )
        self._at_master = 0
        self._add_plans(master)
        master.activate(np.flatnonzero(self.found.prices > 0))
        return master

    @property
    def _item_count(self) -> int:
        return sum(len(self._pool.split.sources[number].members) for number in self._pool.numbers)

    def _add_plans(self, master: Master) -> None:
        for answer in self._pool.answers[self._at_master :]:
            master.add_plan(answer.cost, answer.usage)
        self._at_master = len(self._pool.answers)

    def _ask(self, prices: Array) -> Answer:
        answer = self._timed("pricing", lambda: self._pool.ask(prices))
        self._learn(answer)
        self._on_answer(self.found)
        return answer

    def _learn(self, answer: Answer) -> None:
        """Take the bound that an answer gives, if its prices keep the laws: those varied in a recovery may not."""
        found, prices = self.found, answer.asked.prices
        if prices is None or not self._keeps_laws(prices):
            return
        worth = self._problem.worth(prices)
        if worth - answer.value < found.target:
            found.target, found.prices = worth - answer.value, prices
        if worth - answer.least < found.bound:
            found.bound = worth - answer.least
            self._report("pricing")

    def _broken_by(self, usage: Array) -> float:
        """By how much the worst of the limits that must hold is broken, as a share of its size."""
        over = self._rows.assess(usage) / self._rows.scale
        return float(over[self._problem.must_hold].max(initial=0.0))

    def _keeps_laws(self, prices: Array) -> bool:
        if (prices > self._problem.largest * (1.0 + ROUNDING)).any():
            return False
        return all(law.allows(prices) for law in self._problem.laws)

    def _recover(self, mix: Mix, sweeps: int, round_number: int) -> None:
        """Integer plans from a mix until one closes the gap or a limit says stop."""
        began, priced = time.perf_counter(), self.seconds["pricing"]
        seed = self._options.seed + 1 + round_number
        plans = selections(self._pool, self._problem, mix, self.found.prices, sweeps + MORE_SWEEPS, seed)
        for sweep, selection in enumerate(plans):
            self._judge(selection)
            broken = self._broken_by(selection.usage)
            _logger.debug(
                "plan %.8g breaks limits by %.2g, %.1f s",
                -selection.cost, broken, time.perf_counter() - self._began,
            )  # fmt: skip
            self._on_answer(self.found)
            if relative_gap(self.found.objective, self.found.target) <= self._options.gap:
                self._close_bound()
            is_nearly = 0.0 < broken < NEARLY
            if self._reason() is not None or (sweep >= sweeps and not is_nearly):
                break
        self.seconds["recovery"] += time.perf_counter() - began - (self.seconds["pricing"] - priced)

    def _judge(self, selection: Selection) -> None:
        over = self._rows.assess(selection.usage)
        if over[self._problem.must_hold].any():
            return
        objective = -selection.cost - self._problem.violation_cost(over)
        if objective > self.found.objective:
            self.found.objective, self.found.selection = objective, selection
            self._on_answer(self.found)  # what is told of is kept
            self._report("recovery")

    def _first_selection(self) -> Selection:
        """The first answer as it is."""
        pool = self._pool
        asked = (pool.answers[0].asked,)
        own = {
            number: (np.ones((1, source.group_count)), (0,))
            for number, source in enumerate(pool.split.sources)
        }
        chosen = dict(pool.workers.ask("draw", (asked,), own))
        return Selection(asked, tuple(chosen[number] for number in range(len(own))))

    def _close_bound(self) -> None:
        """The bound at the best prices on a much finer grid for items with very many lots."""
        found = self.found
        if self._finest is found.prices or self._reason() is not None:
            return
        self._finest = found.prices
        least = self._timed("pricing", lambda: self._pool.bound(found.prices, FINE_LEVELS))
        found.bound = min(found.bound, self._problem.worth(found.prices) - least)
        self._report("closing bound")

    def _reason(self) -> TerminationReason | None:
        return self.found.reason_to_stop(self._options, self._began)

    def _report(self, phase: str) -> None:
        self.found.report(phase, self._options, self._began)

    def _timed(self, phase: str, work: Callable[[], Result]) -> Result:
        began = time.perf_counter()
        try:
            return work()
        finally:
            self.seconds[phase] += time.perf_counter() - began
