"""The strategy `band`: the best plan within the targets of the options (docs/formulation.md, section 10).

For given options it is the search for the best plan, with the recursion kept to the band. At the prices found every option of the
menus is then valued by the recursion: this gives a bound over all options, and options that promise more are tried in turn.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.policy import Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets, targets_of_options
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.band import Band
from stockrail.solvers.chance import let_go, resolved
from stockrail.solvers.decomposition import solve_in
from stockrail.solvers.departures import best_fee, by_segment_at
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import (
    InfeasibleError,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
    relative_gap,
)
from stockrail.solvers.rule_result import RuleResult
from stockrail.solvers.session import Session

SHARE_WITHIN_RULE = 0.6
"""Of the time, for the rule's options where others could be better: the rest is for the bound over all of them, and for others."""

MOST_CHANGES = 2
"""Times that segments change their options for ones that promise more."""


@dataclass(frozen=True)
class BandResult:
    """The best plan found within targets.

    Attributes
    ----------
    by_segment, by_item : int [segments], [items]: place of the option in the rule's `plans.options`.
    result : the plan; its bound is over all options of the menus.
    within_rule : the best plan within the targets of the rule's options; its bound is for those.
    """

    by_segment: IntArray
    by_item: IntArray
    result: SolveResult
    within_rule: SolveResult


def solve_band(tables: Tables, options: SolveOptions, rule: RuleResult) -> BandResult:
    """The best plan within the targets of options, beginning with the rule's and its plan.

    Raises
    ------
    InfeasibleError
        No plan in the band of the rule's options keeps the hard guardrails.
    """
    return _BandSearch(tables, options, rule).solve()


class _BandSearch:
    def __init__(self, tables: Tables, options: SolveOptions, rule: RuleResult) -> None:
        self._tables = tables
        self._options = options
        self._rule = rule
        self._began = time.perf_counter()
        self._forecast = Forecast.of(tables)
        self._judge = Guardrails.build(tables)
        rows = resolved(self._judge)
        self._problem = MarginProblem(rows, let_go(self._judge, self._judge.limits))
        self._bound = np.inf
        self._promise: IntArray = rule.by_segment

    def solve(self) -> BandResult:
        """Plan within the rule's options, then within those that promise more, as long as they do."""
        rule = self._rule
        with threads(self._options.workers) as executor:
            recursion = Recursion(self._tables, executor, self._options.workers)
            share = SHARE_WITHIN_RULE if rule.plans.is_offered.sum(axis=1).max() > 1 else 1.0
            best = self._plan(
                recursion, rule.by_segment, [rule.plan] if rule.is_feasible else [], share * self._left()
            )
            within_rule = best.result
            tried = {tuple(rule.by_segment)}
            while self._is_open(best) and len(tried) <= MOST_CHANGES and tuple(self._promise) not in tried:
                by_segment = self._promise
                tried.add(tuple(by_segment))
                try:
                    other = self._plan(recursion, by_segment, [], self._left())
                except InfeasibleError:
                    break
                if other.result.objective > best.result.objective:
                    best = other
        result = replace(best.result, bound=self._bound)
        if result.gap > self._options.gap and result.solution_status is SolutionStatus.PROVEN:
            result = replace(
                result,
                solution_status=SolutionStatus.FEASIBLE,
                termination_reason=TerminationReason.STALLED,
            )
        return replace(best, result=result, within_rule=within_rule)

    def _plan(
        self, recursion: Recursion, by_segment: IntArray, incumbents: list[PlanArray], seconds: float
    ) -> BandResult:
        """The best plan within the targets of some options; at its prices, what all options promise."""
        by_item = by_segment[self._tables.instance.item_segment]
        by_item[self._rule.departures] = self._rule.by_item[self._rule.departures]
        policy = Policy.of(self._tables.instance, [self._rule.plans.options[k] for k in by_item])
        recursion.band = Band.of(self._tables, PolicyTargets.of(self._tables, self._forecast, policy))
        session = Session(self._tables, self._judge, recursion, self._options.seed)
        session.incumbents += incumbents
        result = solve_in(session, self._judge, replace(self._options, time_limit=seconds))
        proofs = session.proofs_for(self._problem)
        # Without any bound over all options yet, one is worth the seconds it takes beyond the limit.
        if proofs and (np.isinf(self._bound) or self._left() > 0) and not self._options.is_cancelled():
            self._look_around(
                recursion,
                min(proofs, key=lambda proof: self._problem.worth(proof.prices) - proof.least).prices,
            )
        return BandResult(by_segment, by_item, result, result)

    def _look_around(self, recursion: Recursion, prices: Array) -> None:
        """Value every option at some prices: a bound over all of them, and those that promise most."""
        plans = self._rule.plans
        form = self._judge.pull(prices)
        form.add(plans.objective)
        everyone = np.arange(len(self._tables.lot_size))
        valued = np.empty((len(plans.options), len(everyone)))
        for k, targets in enumerate(targets_of_options(self._tables, self._forecast, plans.options)):
            recursion.band = Band.of(self._tables, targets)
            valued[k] = recursion.lower_bound(form, recursion.grid, everyone)
        segment = self._tables.instance.item_segment
        valued[~plans.is_offered[segment].T] = np.inf
        fee, least = best_fee(valued, segment, plans.is_offered, self._rule.most_departures)
        self._bound = min(self._bound, self._problem.worth(prices) - least)
        self._promise = by_segment_at(fee, valued, segment, plans.is_offered).argmin(axis=0)
        self._promise[self._rule.by_segment < 0] = -1

    def _is_open(self, best: BandResult) -> bool:
        return relative_gap(best.result.objective, self._bound) > self._options.gap and self._left() > 0

    def _left(self) -> float:
        return max(self._options.time_limit - (time.perf_counter() - self._began), 0.0)
