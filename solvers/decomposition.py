"""Decomposition: prices from the master, plans from the recursion, an integer plan from recovery, and a valid bound.

Each round: the master mixes known plans and prices the guardrail rows; the prices are smoothed towards the best known
ones; the recursion answers them with a plan per item, whose value is a valid bound whatever the prices are.
"""

import logging
import time
from dataclasses import dataclass

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

SMOOTHING = 0.6
"""Share of the best known prices in the prices that are asked next (Wentges smoothing)."""

MOST_GROUPS = 100
FIRST_RADIUS = 0.0005
MOST_ROUNDS = 400
CLOSING_ROUNDS = 40
"""Plans asked for at the end to turn the converged mix into an integer plan."""

CONVERGED = 0.1
"""The mix has converged when it is within this share of the gap asked for of its target."""

PENALTY_FACTOR = 10.0
FINE_LEVELS = 2048
"""Grid levels of the closing bound for items with very many lots."""

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
    `bound`, elsewhere it is what the bound would be on a grid of whole lots, and serves to steer.
    """

    bound: float = np.inf
    target: float = np.inf
    prices: Array | None = None
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
        self._group_count = min(items, MOST_GROUPS)
        groups = self._generator.permutation(np.arange(items) % self._group_count)
        self._pool = PlanPool(self._guardrails, self._objective, groups, self._group_count)
        self._limits = self._guardrails.limits
        self._is_soft = np.isfinite(self._guardrails.soft_prices)
        self._best = _Best()
        self._seconds = {"recursion": 0.0, "master": 0.0, "recovery": 0.0, "evaluation": 0.0}

    def solve(self) -> SolveResult:
        """Run rounds until the gap, a limit or the user says stop."""
        self._ask(np.zeros(len(self._limits)))
        self._consider(self._pool.plans[-1])
        reason = self._reason()
        if reason is None and len(self._limits):
            reason = self._rounds()
        if reason is None or reason is TerminationReason.STALLED:
            self._close_bound()
            reason = self._reason() or TerminationReason.STALLED
        return self._result(reason)

    def _rounds(self) -> TerminationReason | None:
        master = Master(
            self._limits,
            np.where(self._is_soft, self._guardrails.soft_prices, self._hard_penalties()),
            self._group_count,
            money_scale=max(abs(self._pool.costs[0]).sum() / len(self._pool.costs[0]), 1.0),
            seed=self._options.seed,
        )
        penalties = np.where(self._is_soft, self._guardrails.soft_prices, 10.0 * self._hard_penalties())
        self._recovery = Recovery(
            self._pool, self._limits, penalties, self._is_soft, self._ask, self._generator
        )
        recovered_at = np.inf
        radius = FIRST_RADIUS
        for round_number in range(MOST_ROUNDS):
            for index in range(master.plan_count, len(self._pool.plans)):
                master.add_plan(self._pool.group_cost(index), self._pool.usage[index])
            centre, before = self._best.prices, self._best.target
            reach = radius * master.penalties
            mix = self._timed("master", lambda: master.solve(centre, reach))
            hoped = before + mix.value
            self._ask(mix.prices)
            got = before - self._last_target
            if got > 0.5 * hoped:
                radius = min(2.0 * radius, 1.0)
            elif got < 0.0:
                radius = max(0.5 * radius, 1e-6)
            is_broken = (mix.violation > 0) & ~self._is_soft
            mix_gap = hoped / max(abs(before), 1.0)
            _logger.debug("round %d: model %.7g, target %.7g, bound %.7g, got %.2g of %.2g, radius %.2g, edge %s, broken %d, rows %d", round_number, -mix.value, self._best.target, self._best.bound, got, hoped, radius, mix.is_at_edge, is_broken.sum(), len(master.active_rows))
            reason = self._reason()
            if reason is not None:
                return reason
            if mix_gap < CONVERGED * self._options.gap:
                self._close_bound()
                self._recover(mix, rounds=CLOSING_ROUNDS)
                return self._reason() or TerminationReason.STALLED
        return TerminationReason.STALLED

    def _ask(self, prices: Array) -> None:
        """Ask the recursion for the best plan at some prices; keep the plan and improve the bound."""
        form = self._priced(prices)
        answer = self._timed("recursion", lambda: self._recursion.minimise(form))
        bound = -(float(answer.lower_bound.sum()) - float(prices @ self._limits))
        self._timed("evaluation", lambda: self._pool.add(answer.plan))
        slack = self._limits - self._pool.usage[-1].sum(axis=0)
        target = -(float(self._pool.costs[-1].sum()) - float(prices @ slack))
        self._last_target = target
        if target < self._best.target:
            self._best.target, self._best.prices = target, prices
        if bound < self._best.bound:
            self._best.bound = bound
            self._report("pricing")

    def _priced(self, prices: Array) -> LinearForm:
        form = self._guardrails.pull(prices)
        form.add(self._objective)
        return form

    def _recover(self, mix: Mix, rounds: int) -> None:
        """Integer plans from the mix until one closes the gap, a limit says stop, or `rounds` plans have been asked."""
        assert self._best.prices is not None
        for plan in self._recovery.plans(mix, self._best.prices, rounds):
            self._consider(plan)
            if self._reason() is not None:
                break

    def _consider(self, plan: PlanArray) -> None:
        """Take a plan as incumbent if it keeps the hard rows and earns more."""
        over = self._pool.violation(plan)
        if over[~self._is_soft].any():
            return
        margin = -self._pool.cost(plan) - float(self._guardrails.soft_prices[self._is_soft] @ over[self._is_soft])
        if margin > self._best.margin:
            self._best.margin, self._best.plan = margin, plan.astype(np.int64)
            self._report("recovery")

    def _close_bound(self) -> None:
        """Lower bound of coarse items at the best prices on a much finer grid."""
        wide = np.flatnonzero(self._recursion.grid > 1)
        prices = self._best.prices
        if len(wide) == 0 or prices is None or self._reason() is not None:
            return
        form = self._priced(prices)
        everyone = np.arange(len(self._recursion.grid))
        fine = np.maximum(-(-self._tables.lots_limit // FINE_LEVELS), 1)
        grid = np.where(self._recursion.grid > 1, np.minimum(fine, self._recursion.grid), 1)
        values = self._timed("recursion", lambda: self._recursion.lower_bound(form, grid, everyone))
        bound = -(float(values.sum()) - float(prices @ self._limits))
        self._best.bound = min(self._best.bound, bound)
        self._report("closing bound")

    def _hard_penalties(self) -> Array:
        """Starting cost per unit of violation: more than a unit of the metric can earn at the row's node."""
        tables = self._tables
        unit_worth = float(tables.price.max()) if len(tables.lot_size) else 1.0
        return np.concatenate(
            [
                PENALTY_FACTOR * block.probability * (unit_worth if block.metric == "ordered_units" else 1.0)
                for block in self._guardrails.blocks
            ]
            or [np.zeros(0)]
        )

    def _escalate(self, master: Master, mix: Mix, is_broken: np.ndarray) -> bool:
        """Raise the penalties of rows still broken near convergence, a few times; False when that is used up."""
        self._escalations = getattr(self, "_escalations", 0) + 1
        if self._escalations > 6:
            return False
        master.raise_penalties(np.flatnonzero(is_broken), 5.0)
        return True

    def _reason(self) -> TerminationReason | None:
        if relative_gap(self._best.margin, self._best.bound) <= self._options.gap:
            return TerminationReason.GAP_REACHED
        if self._options.is_cancelled():
            return TerminationReason.CANCELLED
        if time.perf_counter() - self._began > self._options.time_limit:
            return TerminationReason.TIME_LIMIT
        return None

    def _report(self, phase: str) -> None:
        elapsed = time.perf_counter() - self._began
        self._options.on_progress(Progress(phase, self._best.margin, self._best.bound, elapsed))

    def _timed(self, phase, work):  # type: ignore[no-untyped-def]
        began = time.perf_counter()
        try:
            return work()
        finally:
            self._seconds[phase] += time.perf_counter() - began

    def _result(self, reason: TerminationReason) -> SolveResult:
        prices = {}
        if self._best.prices is not None:
            starts = self._guardrails.starts
            for block, start, stop in zip(self._guardrails.blocks, starts, starts[1:], strict=False):
                by_node = prices.setdefault((block.name, block.side), np.zeros(len(self._tables.tree)))
                np.add.at(by_node, block.node, self._best.prices[start:stop])
        status = SolutionStatus.FEASIBLE if self._best.plan is not None else SolutionStatus.NONE
        if reason is TerminationReason.GAP_REACHED:
            status = SolutionStatus.PROVEN
        notes = []
        if self._recursion.coarse_items:
            notes.append(
                f"The bound treats {self._recursion.coarse_items} items with very many lots in buckets of several lots; "
                "it is valid for whole lots, and a little wider than it could be."
            )
        return SolveResult(
            cumulative_lots=self._best.plan,
            expected_margin=self._best.margin,
            bound=self._best.bound,
            termination_reason=reason,
            solution_status=status,
            prices=prices,
            seconds=dict(self._seconds),
            notes=tuple(notes),
        )
