"""The measures of stochastic programming for one instance, from one call (docs/stochastic-measures.md)."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.files import write_json, write_tables
from stockrail.measures.information import DRIVERS, Information, groups_of, inform, scenarios_of
from stockrail.measures.mean_anew import stage_starts
from stockrail.measures.mean_plan import MeanPlan, follow_mean_plan, stage_ends
from stockrail.measures.ranged import Ranged
from stockrail.measures.replications import Replications, replicate
from stockrail.measures.rows import measures_frame, scenarios_frame
from stockrail.measures.sampled_trees import source_of
from stockrail.measures.solving import BASIS_TIMES, Evaluation, Solved, solve_feasible
from stockrail.measures.statistical_gap import gap_record
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.found import ROUNDING
from stockrail.solvers.result import NoPlanError, SolveOptions, relative_gap


@dataclass(frozen=True)
class Measures:
    """What the scenarios, perfect information and certainty are worth, and how good a plan is beyond its tree. Money in `currency`.

    Attributes
    ----------
    plan : the plan that is judged, [items, nodes].
    plan_objective : what it reaches.
    optimum : the best objective there is on the tree.
    mean_plans : the plan for the mean of everything, and, where there is forecast error beside the tree, for the mean with that.
    wait_and_see : with all scenarios known from the start; None where it was cancelled before.
    drivers : with one driver known from the start, by driver; those that do not vary are no solve. None where it was cancelled before.
    replications : None where none was asked for.
    gap_asked : relative gap at which each solve may stop.
    """

    instance: Instance
    tables: Tables
    plan: IntArray
    plan_objective: float
    optimum: Ranged
    mean_plans: tuple[MeanPlan, ...]
    wait_and_see: Information
    drivers: Mapping[str, Information | None]
    replications: Replications | None
    gap_asked: float
    is_complete: bool
    seconds: float

    @property
    def currency(self) -> str:
        """Currency of all amounts."""
        return self.instance.settings.currency

    @property
    def gap(self) -> float:
        """The solver's gap of the plan on its tree."""
        return relative_gap(self.plan_objective, self.optimum.most)

    def is_proven(self, optimum: Ranged) -> bool:
        """Whether a solve reached the gap asked for; not where it has no plan."""
        return relative_gap(optimum.value, optimum.most) <= max(self.gap_asked, ROUNDING)

    def expected_value_of_perfect_information(self, driver: str | None = None) -> Ranged:
        """What it is worth to know the whole scenario from the start, or one driver only; exactly 0 where that does not vary."""
        if driver is None:
            return self.wait_and_see.optimum.less(self.optimum)
        known = self.drivers[driver]
        return Ranged.exactly(0.0) if known is None else known.optimum.less(self.optimum)

    def cost_of_variability(self, *, has_error: bool = False) -> Ranged:
        """What the plan for the mean reaches more where the mean happens than the best plan does; `has_error` as in `MeanPlan`."""
        for mean in self.mean_plans:
            if mean.has_error == has_error:
                return mean.solved.optimum.less(self.optimum)
        return self.cost_of_variability()

    def frame(self) -> pd.DataFrame:
        """measure, detail, status, value, least, most, note; see docs/stochastic-measures.md."""
        return measures_frame(self)

    def scenarios(self) -> pd.DataFrame:
        """scenario, probability, status, wait_and_see, bound, plan, missed."""
        return scenarios_frame(self)

    def record(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "instance_name": self.instance.settings.name,
            "currency": self.currency,
            "is_complete": self.is_complete,
            "seconds": self.seconds,
            "plan": {"objective": self.plan_objective, "bound": self.optimum.most, "gap": self.gap},
            "measures": self.frame().to_dict("records"),
            "scenarios": self.scenarios().to_dict("records"),
            "statistical_gap": gap_record(self.replications, self.instance),
        }

    def write(self, folder: Path | str) -> Path:
        """Write measures.json, measures.csv, wait_and_see.csv and, where there are any, replications.csv."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {"measures": self.frame(), "wait_and_see": self.scenarios()}
        if self.replications is not None:
            frames["replications"] = self.replications.frame()
        write_tables(frames, target)
        write_json(self.record(), target / "measures.json")
        return target


def measure(
    instance: Instance,
    *,
    plan: IntArray | None = None,
    time_limit: float = 60.0,
    gap: float = 0.001,
    replications: int = 10,
    seed: int = 0,
    workers: int | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, name: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Measures:
    """Compute all measures of an instance.

    Parameters
    ----------
    plan : int [items, nodes], a plan to judge; by default the best one found.
    time_limit, gap : of each solve: seconds, five times as many for the best plan and the mean plans, and the relative gap at which it may stop. Measures are small differences of large numbers,
        so a wide gap leaves them open.
    replications : fresh trees for the statistical gap; 0 for none.
    on_progress : solves done, solves in all at most, what is next.
    is_cancelled : a cancel keeps what is done; `is_complete` is then False.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails.
    NoPlanError
        The limit or the cancel came before there was a plan.
    ValueError
        The plan given does not keep the hard limits.
    """
    began = time.perf_counter()
    options = SolveOptions(time_limit, gap, seed, workers or os.cpu_count() or 1, is_cancelled=is_cancelled)
    tables = Tables.build(instance, build_tree(instance))
    tree = tables.tree
    groups = {name: groups_of(tree, facts(tree)) for name, facts in DRIVERS.items()}
    kinds = (False, True) if tables.sigma.any() else (False,)
    apart = {_key(own): len(own) for own in (scenarios_of(tree), *groups.values()) if len(own) > 1}
    of_mean = len(stage_ends(tree)) + len(stage_starts(tree))
    total = 1 + len(kinds) * of_mean + sum(apart.values()) + replications
    steps = _Steps(on_progress, total)
    steps.next("best plan")
    solved = _best(tables, plan, options)
    judged = solved.cumulative_lots if plan is None else plan
    assert judged is not None
    mean_plans = []
    for has_error in kinds:
        if not is_cancelled():
            mean_plans.append(
                follow_mean_plan(tables, has_error=has_error, options=options, on_solve=steps.next)
            )

    def known(name: str, own: list[IntArray]) -> Information:
        total = len(own)
        return inform(
            tables,
            own,
            judged,
            options,
            lambda k: steps.next(f"{name} known, {k + 1} of {total}"),
        )

    scenarios = scenarios_of(tree)
    wait_and_see = known("scenario", scenarios)
    done = {_key(scenarios): wait_and_see}
    drivers: dict[str, Information | None] = {}
    for name, own in groups.items():
        if len(own) > 1 and _key(own) not in done:
            done[_key(own)] = known(name, own)
        drivers[name] = done[_key(own)] if len(own) > 1 else None
    replicated = None
    if replications:
        replicated = replicate(
            tables,
            judged,
            source_of(instance, tree),
            replications,
            seed,
            options,
            lambda k: steps.next(f"fresh tree {k + 1} of {replications}"),
        )
    return Measures(
        instance=instance,
        tables=tables,
        plan=judged,
        plan_objective=Evaluation.of(tables, judged).objective,
        optimum=solved.optimum,
        mean_plans=tuple(mean_plans),
        wait_and_see=wait_and_see,
        drivers=drivers,
        replications=replicated,
        gap_asked=gap,
        is_complete=not is_cancelled(),
        seconds=time.perf_counter() - began,
    )


def _key(groups: list[IntArray]) -> tuple[tuple[int, ...], ...]:
    """Groups of scenarios as something that can be looked up: drivers that tell the same apart are worth the same."""
    return tuple(tuple(group.tolist()) for group in groups)


def _best(tables: Tables, plan: IntArray | None, options: SolveOptions) -> Solved:
    """The best plan found, from the one given where there is one."""
    if plan is not None and (broken := Evaluation.of(tables, plan).broken):
        raise ValueError(
            f"The plan does not keep {', '.join(broken)}. Measures compare with plans that keep every hard limit: plan without "
            "--relax, or make the limit soft with a soft_price."
        )
    options = replace(options, time_limit=BASIS_TIMES * options.time_limit)
    solved = solve_feasible(tables, options, () if plan is None else (plan,))
    if solved.cumulative_lots is None:
        raise NoPlanError(
            "The solve ended before it had a plan that keeps every hard guardrail. Allow more time for each solve with --time-limit."
        )
    return solved


class _Steps:
    """How many solves are done, of how many at most."""

    def __init__(self, on_progress: Callable[[int, int, str], None], total: int) -> None:
        self._on_progress, self._total, self._begun = on_progress, total, 0

    def next(self, name: str) -> None:
        """Say what comes next."""
        self._on_progress(self._begun, self._total, name)
        self._begun += 1
