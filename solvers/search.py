"""One search: prices from the master, plans from the recursion, an integer plan from recovery, and a valid bound.

Each round: the master prices the guardrail rows within reach of the best prices known (a trust region); the recursion answers
with the best plan of every item at these prices, whose value is a valid bound whatever the prices are. When the master's
model agrees with the recursion, its mix of plans is turned into one plan.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.solvers.found import Found
from stockrail.solvers.master import Master, Mix
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import PENALTY_FACTOR, Problem
from stockrail.solvers.recovery import Recovery
from stockrail.solvers.result import SolveOptions, TerminationReason, relative_gap
from stockrail.solvers.session import Proof, Session
from stockrail.solvers.surrogate import Surrogate
from stockrail.solvers.trust_region import TrustRegion

MOST_ROUNDS = 400

CONVERGED = 0.1
"""The mix has converged when it is within this share of the gap asked for of the bound."""

PRECISION = 1e-7
"""Relative difference of mix and bound below which more rounds change nothing."""

EARLY_PLAN = 0.02
"""Plans are made while prices still move once the mix is this close to the bound, so that an early stop has one."""

RECOVERY_EVERY = 3
"""Rounds between plans made while prices still move: one of them may close the gap early."""

MANY_ROWS, RECOVERY_SELDOM = 1500, (11, 12)
"""Number of rows in the master from which on plans are made less often while prices still move."""

ROUNDS_OF_RECOVERY = 8
"""Plans asked for by each recovery before the last."""

MOST_CLOSINGS = 8
"""Attempts at the very end while there is no plan at all; each draws anew."""

LAST_RESORT_ROUNDS = 6
"""Plans still asked for when a stop comes before any recovery: a few seconds that make a plan."""

CLOSING_ROUNDS = 40
"""Plans asked for at the very end to turn the converged mix into an integer plan."""

CHOICE_GAP = 1e-6
"""Gap of the best choice among known plans."""

MOST_PLANS_AT_START = 120
"""Plans of earlier searches that the master begins with, the latest ones."""

MOST_INCUMBENTS = 8
"""Plans of earlier searches that are tried first, the latest ones."""

MOST_ESCALATIONS = 6
"""Times that the largest prices of hard rows are raised tenfold because a mix would rather pay than hold."""

SUSPICION_ROUND, LATE_ROUND = 3, 5
"""Rounds from which on, without a plan, it is asked whether there can be one: where there are signs, and in any case."""

_logger = logging.getLogger(__name__)


class Search:
    """A search for the best plan of one problem.

    Parameters
    ----------
    session : plans and proofs so far; what is found joins them.
    judge, limits : the guardrails and limits [rows] that decide whether a plan counts; they may be wider than the
        problem's, where that is a restriction.
    check : called before the first round if no plan known counts; raises where that is because of a single limit.
    suspect : called while there is no plan; raises where there can be none.
    on_better : called with what is found at each better plan, before it is reported.
    start : prices [rows] to begin with beside those of the session's proofs; they keep every law.
    most_rounds : rounds at most.
    is_one_plan_enough : plans are looked for once only, when the mix has converged or the rounds are over, from the best mix
        of the plans known, whatever its prices.
    patience : rounds before plans are looked for.
    wants_plan : asked just before that; False where what is found already makes a plan needless.
    seeks_plan : False where bound and mix are all that is wanted.
    is_decided : asked after each round with what is found and a function that makes the best mix of the plans known, whatever
        its prices; True ends the search.
    """

    def __init__(
        self,
        session: Session,
        problem: Problem,
        options: SolveOptions,
        judge: Guardrails,
        limits: Array,
        *,
        began: float,
        check: Callable[[], None] = lambda: None,
        suspect: Callable[[], None] = lambda: None,
        on_better: Callable[[Found], None] = lambda found: None,
        is_decided: Callable[[Found, Callable[[], Mix]], bool] = lambda found, best_mix: False,
        radius: float | None = None,
        seeks_plan: bool = True,
        most_rounds: int = MOST_ROUNDS,
        start: Array | None = None,
        is_one_plan_enough: bool = False,
        wants_plan: Callable[[Found], bool] = lambda found: True,
        patience: int = 0,
    ) -> None:
        self._session = session
        self._problem = problem
        self._options = options
        self._judge = judge
        self._limits = limits
        self._began = began
        self._check = check
        self._suspect = suspect
        self._on_better = on_better
        self._is_decided = is_decided
        self._seeks_plan = seeks_plan
        self._most_rounds = most_rounds
        self._start = start
        self._is_one_plan_enough = is_one_plan_enough
        self._wants_plan = wants_plan
        self._patience = patience
        self._radius = radius
        self._closed_at: Array | None = None
        self._at_master: list[int] = []
        self.found = Found(problem.first_prices)

    def run(self) -> Found:
        """Run rounds until the gap, a limit or the user says stop."""
        pool = self._session.pool
        for proof in self._session.proofs_for(self._problem):
            self._learn(proof)
        if self._start is not None:
            self._ask(self._start)
        elif self.found.proof is None:
            self._ask(self._problem.first_prices)
        if len(pool.plans) == 1:
            self._session.add_no_orders()
        if self._seeks_plan:
            for plan in (*pool.plans[:2], *self._session.incumbents[-MOST_INCUMBENTS:]):
                self._consider(plan)
            if self.found.plan is None:
                self._check()
        reason = self._reason()
        if reason is None and np.isfinite(self._problem.limits).any():
            reason = self._rounds()
        if reason is None:
            self._close_bound()
            reason = self._reason() or TerminationReason.STALLED
        self.found.reason = reason
        if self.found.plan is not None and self._problem.cost_weight:
            self._session.incumbents.append(self.found.plan)
        return self.found

    def _rounds(self) -> TerminationReason | None:
        problem, found = self._problem, self.found
        master = self._make_master()
        recovery = Recovery(
            self._session.pool,
            problem,
            self._cost,
            self._ask_for_plan,
            self._respond,
            self._session.generator,
        )
        converged = max(PRECISION, CONVERGED * self._options.gap)
        unit = problem.price_unit(float(abs(self._session.pool.costs[0].sum())))
        region = TrustRegion(unit) if self._radius is None else TrustRegion(unit, self._radius)
        is_suspected, escalations = False, 0
        for round_number in range(self._most_rounds):
            self._add_plans(master, len(self._session.pool.plans))
            before = found.target
            centre = found.prices
            mix = self._session.timed("master", partial(master.solve, centre, region.reach))
            found.mix = mix = self._in_pool(mix)
            hoped = before + mix.value
            gained = before - self._ask(mix.prices)
            excess = self._session.pool.usage[-1].sum(axis=0) - problem.limits
            region.learn(hoped, gained, mix.prices - centre, excess)
            mix_gap = hoped / max(abs(before), 1.0)
            has_many_rows = len(master.active_rows) > MANY_ROWS
            is_settled = mix_gap < converged and not (has_many_rows and region.is_misled)
            _logger.debug(
                "round %d: model %.8g, target %.8g, bound %.8g, gained %.2g of %.2g, radius %.1g, rows %d",
                round_number, -mix.value, found.target, found.bound, gained, hoped, region.radius,
                len(master.active_rows),
            )  # fmt: skip
            if self._is_decided(found, partial(self._best_mix, master)):
                return TerminationReason.OPTIMAL
            if not self._seeks_plan and (mix_gap < converged or self._reason() is not None):
                return self._reason() or TerminationReason.OPTIMAL
            is_capped = mix.is_capped & problem.must_hold
            if found.plan is None and is_capped.any() and escalations < MOST_ESCALATIONS:
                escalations += 1
                master.raise_prices(np.flatnonzero(is_capped), PENALTY_FACTOR)
            if found.plan is None and not is_suspected and self._is_suspicious(round_number, is_capped):
                is_suspected = True
                self._suspect()
            if not self._seeks_plan:
                continue
            # The more rows, the dearer a plan and the less likely that an early mix leads to one.
            first, every = RECOVERY_SELDOM if has_many_rows else (1, RECOVERY_EVERY)
            is_due = round_number % every == first and mix_gap < EARLY_PLAN
            if self._is_one_plan_enough:
                if mix_gap >= converged and round_number < self._most_rounds - 1 and self._reason() is None:
                    continue
                if self._wants_plan(found):
                    self._recover_and_choose(recovery, self._best_mix(master))
                return self._reason() or TerminationReason.STALLED
            is_time = round_number >= self._patience and (is_due or is_settled)
            if self._reason() is None and is_time:
                is_last = mix_gap < PRECISION
                self._recover(recovery, mix, CLOSING_ROUNDS if is_last else ROUNDS_OF_RECOVERY)
                converged = max(PRECISION, min(converged, 0.3 * mix_gap))
                if is_last:
                    for _ in range(MOST_CLOSINGS):
                        self._choose(recovery)
                        if found.plan is not None or self._reason() is not None:
                            break
                        self._recover(recovery, mix, CLOSING_ROUNDS)
                    return self._reason()
            if self._reason() is not None:
                if not found.is_recovered:
                    self._recover(recovery, mix, LAST_RESORT_ROUNDS, is_urgent=True)
                return self._reason()
        return None

    def _make_master(self) -> Master:
        problem, pool = self._problem, self._session.pool
        money_scale = max(float(np.abs(pool.costs[0]).mean()), 1.0)
        master = Master(
            problem.limits,
            problem.guardrails.scale,
            problem.largest,
            problem.laws,
            lambda usage: problem.guardrails.assess(usage, problem.limits),
            pool.group_count,
            money_scale,
            self._options.seed,
        )
        kept = sorted({0, 1, *range(max(0, len(pool.plans) - MOST_PLANS_AT_START), len(pool.plans))})
        for index in kept:
            self._add_plan(master, index)
        master.activate(np.flatnonzero(self.found.prices > 0))
        return master

    def _add_plan(self, master: Master, index: int) -> None:
        pool = self._session.pool
        master.add_plan(pool.by_group(self._cost(index)), pool.usage[index])
        self._at_master.append(index)

    def _add_plans(self, master: Master, count: int) -> None:
        for index in range(self._at_master[-1] + 1, count):
            self._add_plan(master, index)

    def _best_mix(self, master: Master) -> Mix:
        """The best mix of the plans known. Prices within reach are what the next plan needs; this one has none such in mind."""
        anywhere = np.full(len(self._problem.limits), np.inf)
        mix = self._session.timed("master", partial(master.solve, self.found.prices, anywhere))
        return self._in_pool(mix)

    def _in_pool(self, mix: Mix) -> Mix:
        """The mix by place in the pool rather than in the master."""
        weights = np.zeros((len(self._session.pool.plans), mix.weights.shape[1]))
        weights[self._at_master] = mix.weights
        return replace(mix, weights=weights)

    def _cost(self, index: int) -> Array:
        return self._problem.cost_weight * self._session.pool.costs[index]

    def _is_suspicious(self, round_number: int, is_capped: BoolArray) -> bool:
        """Whether rows cost the most they may, every mix of the plans known breaks some row, or it just takes long."""
        if is_capped.any() or round_number < SUSPICION_ROUND + self._patience:
            return bool(is_capped.any())
        if round_number >= LATE_ROUND + self._patience:
            return True
        least = np.min(self._session.pool.usage, axis=0).sum(axis=0)
        return bool((least > self._problem.limits)[self._problem.must_hold].any())

    def _ask(self, prices: Array) -> float:
        """Ask the recursion for the best plan at some prices; keep it, improve the bound, return the plan's value."""
        proof = self._session.ask(self._problem, prices, is_proof=True)
        self._learn(proof)
        return self._problem.worth(prices) - proof.value

    def _learn(self, proof: Proof) -> None:
        """Take the bound that a proof gives under this problem's limits."""
        found = self.found
        worth = self._problem.worth(proof.prices)
        if worth - proof.value < found.target:
            found.target, found.prices, found.proof = worth - proof.value, proof.prices, proof
        if worth - proof.least < found.bound:
            found.bound = worth - proof.least
            self._report("pricing")

    def _ask_for_plan(self, prices: Array) -> None:
        """Ask at prices that need not keep every law: a plan to choose from, no bound."""
        self._session.ask(self._problem, prices, is_proof=False)

    def _respond(self, plan: PlanArray, prices: Array, surrogate: Surrogate) -> None:
        self._session.respond(self._problem, plan, prices, surrogate)

    def _recover(self, recovery: Recovery, mix: Mix, rounds: int, *, is_urgent: bool = False) -> None:
        """Integer plans from the mix until one closes the gap, a limit says stop, or `rounds` plans have been asked.

        An urgent recovery goes on through a stop until there is a plan from the mix.
        """
        found, seconds = self.found, self._session.seconds
        began = time.perf_counter()
        elsewhere = seconds["recursion"] + seconds["evaluation"]
        for candidate in recovery.plans(mix, found.prices, rounds, is_urgent=is_urgent):
            found.is_recovered |= self._judge_candidate(candidate.plan, candidate.cost, candidate.usage)
            is_close = relative_gap(found.objective, found.target) <= self._options.gap
            if is_close and self._closed_at is not found.prices:
                self._close_bound()
            if self._reason() is not None and (found.is_recovered or not is_urgent):
                break
        elsewhere = seconds["recursion"] + seconds["evaluation"] - elsewhere
        seconds["recovery"] += time.perf_counter() - began - elsewhere

    def _recover_and_choose(self, recovery: Recovery, mix: Mix) -> None:
        """A plan from a mix; where all choices can be weighed, again and again with more plans to choose from."""
        for _ in range(MOST_CLOSINGS):
            self._recover(recovery, mix, ROUNDS_OF_RECOVERY, is_urgent=True)
            if not self._choose(recovery):
                break

    def _choose(self, recovery: Recovery) -> bool:
        """The best choice among all known plans, exactly, where that is small; says whether it was."""
        if self._reason() is not None:
            return False
        left = self._options.time_limit - (time.perf_counter() - self._began)
        options = replace(self._options, time_limit=left, gap=CHOICE_GAP)
        plan = self._session.timed("recovery", lambda: recovery.best_choice(options))
        if plan is not None:
            self._consider(plan)
        return plan is not None

    def _consider(self, plan: PlanArray) -> bool:
        """Take a plan as incumbent if it keeps the rows it must and is better; says whether it did."""
        cost, usage = self._session.pool.outcome(plan)
        return self._judge_candidate(plan, self._problem.cost_weight * cost, usage)

    def _judge_candidate(self, plan: PlanArray, cost: float, usage: Array) -> bool:
        found = self.found
        over = self._judge.assess(usage, self._limits)
        if over[self._problem.must_hold].any():
            return False
        objective = -cost - self._problem.violation_cost(over)
        if objective <= found.objective:
            return False
        found.objective, found.plan = objective, plan
        self._on_better(found)
        self._report("recovery")
        return True

    def _close_bound(self) -> None:
        """Bound of coarse items at the best prices on a much finer grid."""
        found = self.found
        self._closed_at = found.prices
        if found.proof is None or not self._session.recursion.coarse_items or self._reason() is not None:
            return
        proof = self._session.finer_proof(self._problem, found.proof)
        found.bound = min(found.bound, self._problem.worth(proof.prices) - proof.least)
        self._report("closing bound")

    def _reason(self) -> TerminationReason | None:
        return self.found.reason_to_stop(self._options, self._began)

    def _report(self, phase: str) -> None:
        self.found.report(phase, self._options, self._began)
