"""The three strategies solved one after the other, each from what the one before it found (docs/formulation.md, section 10)."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from stockrail.model.tables import Tables
from stockrail.solvers.band_search import BandResult, solve_band
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import (
    InfeasibleError,
    NoPlanError,
    Progress,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
    relative_gap,
)
from stockrail.solvers.rule_choice import solve_rule
from stockrail.solvers.rule_result import RuleResult

Strategy = Literal["rule", "all"]
"""The rule alone, or rule, band and free."""

RULE_SHARE, BAND_SHARE = 0.4, 0.7
"""Of the seconds left, where other strategies follow. Those start from what is found, and mostly need less."""

STOPPED = "The time limit, or Ctrl-C, came before it."


@dataclass(frozen=True)
class Strategies:
    """What each strategy found, with bounds that hold for it.

    Attributes
    ----------
    rule : the best rule; `is_feasible` says whether it keeps the hard guardrails.
    results : by name of the strategy, "rule", "within_rule", "band" or "free"; only those with a plan that keeps the hard
        guardrails. Values are ordered as the strategies are, and so are bounds.
    missing : by name, in words, why a strategy has no plan.
    infeasible : names of strategies of which it is proven, or explained by a diagnosis, that no plan keeps the hard guardrails.
    """

    rule: RuleResult
    results: dict[str, SolveResult]
    missing: dict[str, str]
    infeasible: tuple[str, ...]


def solve_strategies(
    tables: Tables, options: SolveOptions, *, strategy: Strategy, most_departures: int
) -> Strategies:
    """Solve the rule, and with `all` the band and the free plan, within one time limit.

    Raises
    ------
    NoPlanError
        The limit, or the cancel, came before there was any choice of options.
    """
    return _Calibration(tables, options, strategy, most_departures).solve()


class _Calibration:
    def __init__(
        self, tables: Tables, options: SolveOptions, strategy: Strategy, most_departures: int
    ) -> None:
        self._tables = tables
        self._options = options
        self._strategy = strategy
        self._most_departures = most_departures
        self._began = time.perf_counter()
        self._results: dict[str, SolveResult] = {}
        self._missing: dict[str, str] = {}
        self._infeasible: list[str] = []

    def solve(self) -> Strategies:
        """Solve one strategy after the other."""
        share = RULE_SHARE if self._strategy == "all" else 1.0
        options = self._phase("rule", share)
        rule = solve_rule(self._tables, options, most_departures=self._most_departures)
        if rule.is_feasible:
            self._results["rule"] = self._of_rule(rule)
        else:
            self._missing["rule"] = "No choice of options keeps the hard guardrails."
            self._infeasible.append("rule")
        if self._strategy == "all":
            band = self._try("band", lambda: self._band(rule))
            self._try("free", lambda: self._free(rule, band))
        return Strategies(rule, self._ordered(), self._missing, tuple(self._infeasible))

    def _try(self, name: str, solve: Callable[[], BandResult | None]) -> BandResult | None:
        """Solve a strategy; where that is not possible, note why."""
        if self._options.is_cancelled() or self._left() <= 0:
            self._missing[name] = STOPPED
            return None
        try:
            return solve()
        except InfeasibleError as error:
            self._missing[name] = str(error)
            self._infeasible.append(name)
        except NoPlanError as error:
            self._missing[name] = str(error)
        return None

    def _band(self, rule: RuleResult) -> BandResult:
        found = solve_band(self._tables, self._phase("band", BAND_SHARE), rule)
        self._keep("within_rule", found.within_rule)
        self._keep("band", found.result)
        return found

    def _free(self, rule: RuleResult, band: BandResult | None) -> None:
        known = [rule.plan] if rule.is_feasible else []
        if band is not None and band.result.cumulative_lots is not None:
            known = [band.result.cumulative_lots.astype(np.int32), *known]
        options = self._phase("free", 1.0)
        with open_session(self._tables, options) as session:
            session.incumbents += known
            self._keep("free", solve_in(session, session.guardrails, options))

    def _keep(self, name: str, result: SolveResult) -> None:
        if result.cumulative_lots is None:
            self._missing[name] = STOPPED
        else:
            self._results[name] = result

    def _of_rule(self, rule: RuleResult) -> SolveResult:
        return SolveResult(
            cumulative_lots=rule.plan.astype(np.int64),
            objective=rule.objective,
            bound=rule.bound,
            termination_reason=TerminationReason.STALLED,  # `_proven` says better
            solution_status=SolutionStatus.FEASIBLE,
            seconds=dict(rule.seconds),
        )

    def _ordered(self) -> dict[str, SolveResult]:
        """Results with the best plan known for each, and the smallest bound that is valid for it."""
        results = dict(self._results)
        order = [name for name in ("rule", "within_rule", "band", "free") if name in results]
        for before, name in pairwise(order):
            # A plan of a stricter strategy is one of a looser one, too.
            if results[name].objective < results[before].objective:
                results[name] = replace(
                    results[name],
                    objective=results[before].objective,
                    cumulative_lots=results[before].cumulative_lots,
                )
        bound = results["free"].bound if "free" in results else math.inf
        if "band" in results:
            results["band"] = replace(results["band"], bound=min(results["band"].bound, bound))
            bound = results["band"].bound
            if "within_rule" in results:
                results["within_rule"] = replace(
                    results["within_rule"], bound=min(results["within_rule"].bound, bound)
                )
        if "rule" in results:
            results["rule"] = replace(results["rule"], bound=min(results["rule"].bound, bound))
        return {name: self._proven(results[name]) for name in order}

    def _proven(self, result: SolveResult) -> SolveResult:
        """The same with the status that its gap has."""
        if relative_gap(result.objective, result.bound) <= max(self._options.gap, 1e-9):
            return replace(
                result,
                solution_status=SolutionStatus.PROVEN,
                termination_reason=TerminationReason.GAP_REACHED,
            )
        reason = result.termination_reason
        if self._options.is_cancelled():
            reason = TerminationReason.CANCELLED
        elif self._left() <= 0:
            reason = TerminationReason.TIME_LIMIT
        elif reason is TerminationReason.GAP_REACHED:
            reason = TerminationReason.STALLED
        return replace(result, solution_status=SolutionStatus.FEASIBLE, termination_reason=reason)

    def _phase(self, name: str, share: float) -> SolveOptions:
        """Options of a strategy: a share of the time left, and progress under its name."""

        def show(progress: Progress) -> None:
            self._options.on_progress(replace(progress, phase=f"{name}: {progress.phase}"))

        return replace(self._options, time_limit=share * self._left(), on_progress=show)

    def _left(self) -> float:
        return max(self._options.time_limit - (time.perf_counter() - self._began), 0.0)
