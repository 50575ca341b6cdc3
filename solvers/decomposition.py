"""Decomposition: prices from the master, plans from the recursion, an integer plan from recovery, and a valid bound.

Each round: the master prices the guardrail rows within reach of the best prices known (a trust region); the recursion answers
with the best plan of every item at these prices, whose value is a valid bound whatever the prices are. When the master's
model agrees with the recursion, its mix of plans is turned into one plan.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import objective_form
from stockrail.model.stock import LinearForm
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.infeasibility import explain
from stockrail.solvers.master import Master, Mix
from stockrail.solvers.pool import PlanArray, PlanPool
from stockrail.solvers.recovery import Recovery
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import (
    Progress,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
    relative_gap,
)
from stockrail.solvers.trust_region import TrustRegion

MOST_GROUPS = 64
MOST_ROUNDS = 400

CONVERGED = 0.1
"""The mix has converged when it is within this share of the gap asked for of the bound."""

PRECISION = 1e-7
"""Relative difference of mix and bound below which more rounds change nothing."""

ROUNDING = 1e-9
"""Gap that sums of floating-point numbers leave; a smaller one is none."""

EARLY_PLAN = 0.02
"""Plans are made while prices still move once the mix is this close to the bound, so that an early stop has one."""

RECOVERY_EVERY = 4
"""Rounds between plans made while prices still move: one of them may close the gap early."""

ROUNDS_OF_RECOVERY = 8
"""Plans asked for by each recovery before the last."""

MOST_CLOSINGS = 8
"""Attempts at the very end while there is no plan at all; each draws anew."""

LAST_RESORT_ROUNDS = 6
"""Plans still asked for when a stop comes before any recovery: a few seconds that make a plan."""

CLOSING_ROUNDS = 40
"""Plans asked for at the very end to turn the converged mix into an integer plan."""

PENALTY_FACTOR = 10.0

SUSPICION_ROUND = 3
"""Round at which, without a plan, the most broken rows are tested one by one for whether they can hold at all."""

MOST_ESCALATIONS = 4

FINE_LEVELS = 2048
"""Grid levels of the closing bound for items with very many lots."""

Result = TypeVar("Result")

_logger = logging.getLogger(__name__)


def solve_decomposition(tables: Tables, options: SolveOptions) -> SolveResult:
    """Solve an instance of any size to a proven gap.

    Raises
    ------
    InfeasibleError
        If no plan keeps the hard guardrails.
    """
    with threads(options.workers) as executor:
        return _Run(tables, options, Recursion(tables, executor, options.workers)).solve()


@dataclass
class _Best:
    """The best known plan and proof. Margins, so larger is better.

    `target` is the value of the priced plans at `prices`, the best prices known: where every item's grid is 1 it equals
    `bound`, elsewhere it is about what the bound would be on a grid of whole lots, and serves to steer.
    """

    prices: Array
    bound: float = np.inf
    target: float = np.inf
    margin: float = -np.inf
    plan: IntArray | None = None


class _Run:
    """One solve: its state is the pool of plans, the master and the best known plan and prices."""

    def __init__(self, tables: Tables, options: SolveOptions, recursion: Recursion) -> None:
        self._began = time.perf_counter()
        self._tables = tables
        self._options = options
        self._recursion = recursion
        self._generator = np.random.default_rng(options.seed)
        self._guardrails = Guardrails.build(tables)
        self._objective = objective_form(tables)
        items = len(tables.lot_size)
        group_count = min(items, MOST_GROUPS)
        groups = self._generator.permutation(np.arange(items) % group_count)
        self._pool = PlanPool(self._guardrails, self._objective, groups, group_count)
        self._limits = self._guardrails.limits
        self._is_soft = np.isfinite(self._guardrails.soft_prices)
        self._best = _Best(np.zeros(len(self._limits)))
        self._closed_at: Array | None = None
        self._is_recovered = False
        self._seconds = {"recursion": 0.0, "evaluation": 0.0, "master": 0.0, "recovery": 0.0}
        self._seconds["tables"] = time.perf_counter() - self._began

    def solve(self) -> SolveResult:
        """Run rounds until the gap, a limit or the user says stop."""
        self._ask(self._best.prices)
        self._consider(self._pool.plans[-1])
        self._pool.add(self._recursion.no_free_orders())
        self._consider(self._pool.plans[-1])
        reason = self._reason()
        if reason is None and len(self._limits):
            reason = self._rounds()
        if reason is None:
            self._close_bound()
            reason = self._reason() or TerminationReason.STALLED
        return self._result(reason)

    def _rounds(self) -> TerminationReason | None:
        penalties = np.where(self._is_soft, self._guardrails.soft_prices, self._hard_penalties())
        scale = max(float(np.abs(self._pool.costs[0]).mean()), 1.0)
        master = Master(self._limits, penalties, self._pool.group_count, scale, self._options.seed)
        # Recovery looks for a plan that holds, so there a violation must cost more than the mix may ever pay.
        recovery = Recovery(
            self._pool,
            self._limits,
            np.where(self._is_soft, penalties, PENALTY_FACTOR * penalties),
            self._is_soft,
            self._ask,
            self._respond,
            self._generator,
        )
        region, escalations = TrustRegion(), 0
        converged = max(PRECISION, CONVERGED * self._options.gap)
        for round_number in range(MOST_ROUNDS):
            for index in range(master.plan_count, len(self._pool.plans)):
                master.add_plan(self._pool.group_cost(index), self._pool.usage[index])
            before = self._best.target
            mix = self._timed("master", partial(master.solve, self._best.prices, region.radius))
            hoped = before + mix.value
            gained = before - self._ask(mix.prices)
            region.learn(hoped, gained)
            mix_gap = hoped / max(abs(before), 1.0)
            _logger.debug(
                "round %d: model %.8g, target %.8g, bound %.8g, gained %.2g of %.2g, radius %.1g, rows %d",
                round_number, -mix.value, self._best.target, self._best.bound, gained, hoped, region.radius,
                len(master.active_rows),
            )  # fmt: skip
            is_capped = mix.is_capped & ~self._is_soft
            if self._best.plan is None and (round_number == SUSPICION_ROUND or is_capped.any()):
                explain(
                    self._guardrails,
                    self._recursion,
                    self._pool,
                    self._is_soft,
                    mix.prices,
                    is_final=escalations >= MOST_ESCALATIONS,
                )
                master.raise_penalties(np.flatnonzero(is_capped), PENALTY_FACTOR)
                escalations += int(is_capped.any())
            is_due = round_number % RECOVERY_EVERY == 1 and mix_gap < EARLY_PLAN
            if self._reason() is None and (is_due or mix_gap < converged):
                is_last = mix_gap < PRECISION
                self._recover(recovery, mix, CLOSING_ROUNDS if is_last else ROUNDS_OF_RECOVERY)
                converged = max(PRECISION, min(converged, 0.3 * mix_gap))
                if is_last:
                    for _ in range(MOST_CLOSINGS):
                        self._choose(recovery)
                        if self._best.plan is not None or self._reason() is not None:
                            break
                        self._recover(recovery, mix, CLOSING_ROUNDS)
                    return self._reason()
            if self._reason() is not None:
                if not self._is_recovered:
                    self._recover(recovery, mix, LAST_RESORT_ROUNDS, is_urgent=True)
                return self._reason()
        return None

    def _ask(self, prices: Array) -> float:
        """Ask the recursion for the best plan at some prices; keep it, improve the bound, return the plan's value."""
        form = self._priced(prices)
        answer = self._timed("recursion", lambda: self._recursion.minimise(form))
        self._timed("evaluation", lambda: self._pool.add(answer.plan))
        bound = float(prices @ self._limits) - float(answer.lower_bound.sum())
        slack = self._limits - self._pool.usage[-1].sum(axis=0)
        target = float(prices @ slack) - float(self._pool.costs[-1].sum())
        if target < self._best.target:
            self._best.target, self._best.prices = target, prices
        if bound < self._best.bound:
            self._best.bound = bound
            self._report("pricing")
        return target

    def _respond(self, plan: PlanArray, prices: Array, penalties: Array) -> None:
        """Add each item's best plan while all others keep theirs. Stock limits are exact, other rows enter by price."""
        room = self._guardrails.stock_room(self._pool.stock(plan), penalties)
        form = self._priced(np.where(room.covers, 0.0, prices))
        answer = self._timed("recursion", lambda: self._recursion.respond(form, room))
        self._timed("evaluation", lambda: self._pool.add(answer))

    def _priced(self, prices: Array) -> LinearForm:
        form = self._guardrails.pull(prices)
        form.add(self._objective)
        return form

    def _recover(self, recovery: Recovery, mix: Mix, rounds: int, *, is_urgent: bool = False) -> None:
        """Integer plans from the mix until one closes the gap, a limit says stop, or `rounds` plans have been asked.

        An urgent recovery goes on through a stop until there is a plan from the mix.
        """
        began = time.perf_counter()
        elsewhere = self._seconds["recursion"] + self._seconds["evaluation"]
        for plan in recovery.plans(mix, self._best.prices, rounds, is_urgent=is_urgent):
            self._is_recovered |= self._consider(plan)
            is_close = relative_gap(self._best.margin, self._best.target) <= self._options.gap
            if is_close and self._closed_at is not self._best.prices:
                self._close_bound()
            if self._reason() is not None and (self._is_recovered or not is_urgent):
                break
        elsewhere = self._seconds["recursion"] + self._seconds["evaluation"] - elsewhere
        self._seconds["recovery"] += time.perf_counter() - began - elsewhere

    def _choose(self, recovery: Recovery) -> None:
        """The best choice among all known plans, exactly, where that is small."""
        left = self._options.time_limit - (time.perf_counter() - self._began)
        if self._reason() is None:
            plan = self._timed(
                "recovery",
                lambda: recovery.best_choice(
                    time_limit=left, seed=self._options.seed, is_cancelled=self._options.is_cancelled
                ),
            )
            if plan is not None:
                self._consider(plan)

    def _consider(self, plan: PlanArray) -> bool:
        """Take a plan as incumbent if it keeps the hard rows and earns more; says whether it did."""
        cost, over = self._pool.outcome(plan)
        if over[~self._is_soft].any():
            return False
        margin = -cost - float(self._guardrails.soft_prices[self._is_soft] @ over[self._is_soft])
        if margin <= self._best.margin:
            return False
        self._best.margin, self._best.plan = margin, plan.astype(np.int64)
        self._report("recovery")
        return True

    def _close_bound(self) -> None:
        """Bound of coarse items at the best prices on a much finer grid."""
        self._closed_at = self._best.prices
        if not self._recursion.coarse_items or self._reason() is not None:
            return
        form = self._priced(self._best.prices)
        grid = self._recursion.finer_grid(FINE_LEVELS)
        everyone = np.arange(len(grid))
        values = self._timed("recursion", lambda: self._recursion.lower_bound(form, grid, everyone))
        bound = float(self._best.prices @ self._limits) - float(values.sum())
        self._best.bound = min(self._best.bound, bound)
        self._report("closing bound")

    def _hard_penalties(self) -> Array:
        """Most that a unit of a hard row may be paid for, to begin with: far more than it is likely to earn."""
        worth = {"ordered_units": float(self._tables.price.max(initial=1.0))}
        blocks = self._guardrails.blocks
        return np.concatenate(
            [PENALTY_FACTOR * block.probability * worth.get(block.metric, 1.0) for block in blocks]
        )

    def _reason(self) -> TerminationReason | None:
        if relative_gap(self._best.margin, self._best.bound) <= max(self._options.gap, ROUNDING):
            return TerminationReason.GAP_REACHED
        if self._options.is_cancelled():
            return TerminationReason.CANCELLED
        if time.perf_counter() - self._began > self._options.time_limit:
            return TerminationReason.TIME_LIMIT
        return None

    def _report(self, phase: str) -> None:
        elapsed = time.perf_counter() - self._began
        self._options.on_progress(Progress(phase, self._best.margin, self._best.bound, elapsed))

    def _timed(self, phase: str, work: Callable[[], Result]) -> Result:
        began = time.perf_counter()
        result = work()
        self._seconds[phase] += time.perf_counter() - began
        return result

    def _result(self, reason: TerminationReason) -> SolveResult:
        status = SolutionStatus.FEASIBLE if self._best.plan is not None else SolutionStatus.NONE
        if reason is TerminationReason.GAP_REACHED:
            status = SolutionStatus.PROVEN
        notes = []
        coarse = self._recursion.coarse_items
        if coarse:
            notes.append(
                f"The bound treats {coarse} items that have very many lots in buckets of several lots: it is valid for "
                "every plan in whole lots, and somewhat wider than a bound lot by lot."
            )
        if reason is not TerminationReason.GAP_REACHED and not self._is_recovered and len(self._limits):
            notes.append(
                "The search ended before it had looked for a plan: this one is only the first that keeps the guardrails."
            )
        return SolveResult(
            cumulative_lots=self._best.plan,
            expected_margin=self._best.margin,
            bound=self._best.bound,
            termination_reason=reason,
            solution_status=status,
            prices=self._guardrails.prices_by_node(self._best.prices),
            seconds=dict(self._seconds),
            notes=tuple(notes),
        )
