"""From an instance to targets for the ERP: choose the options of segments, and lay out what they change, earn and cost."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stockrail.calibration.certificate import calibration_certificate, plan_record
from stockrail.calibration.changes import Worth, changes_table
from stockrail.calibration.departures import departures_table
from stockrail.calibration.service import guardrail_prices_table, service_costs_table
from stockrail.calibration.since import Compared, LastRun
from stockrail.calibration.solve import Strategies, Strategy, solve_strategies
from stockrail.calibration.targets import BROKEN_TARGETS, TARGETS, ItemTargets, segments_table, targets_table
from stockrail.calibration.values import Valued, values_table
from stockrail.files import write_csv, write_json
from stockrail.finance.plan_prices import PlanPrices
from stockrail.finance.relaxing import RelaxedSolve
from stockrail.findings import Findings
from stockrail.measures.statistical_gap import statistical_gaps
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.policy import Policy
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.planning import Plan, lay_out
from stockrail.solvers.result import Progress, SolveOptions
from stockrail.verification.verify import Verification, checks_of

MOST_CHECKED = 500_000
"""Items times nodes up to which plans are checked without being asked: some seconds a plan."""

PLANS = ("rule", "band", "free")
"""Strategies whose plans are written, each in a folder that `stockrail verify` takes."""

FRAMES = ("changes", "values", "segments", "service_costs", "guardrails", "departures", "segment_moves")
"""Tables beside the targets, each a CSV file; one without rows is not written."""


@dataclass(frozen=True)
class Calibration:
    """Targets for the ERP with their proof.

    Attributes
    ----------
    certificate : the numbers of `calibration.json`: status, strategies, options by segment, money of the changes, verification of each
        plan, notes. Money is in the instance's currency.
    targets : one row per item, see `stockrail.calibration.targets.targets_table`.
    changes : against the present targets, see `stockrail.calibration.changes.changes_table`; without rows where there are none.
    values : one row per strategy, see `stockrail.calibration.values.values_table`.
    segments, service_costs, guardrails, departures : see the functions of the same names.
    compared : what it is compared with: today's targets, and the segments of an earlier run.
    plans : by strategy; only those with a plan that keeps the hard guardrails.
    """

    certificate: dict[str, Any]
    targets: pd.DataFrame = field(repr=False)
    changes: pd.DataFrame = field(repr=False)
    values: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)
    service_costs: pd.DataFrame = field(repr=False)
    guardrails: pd.DataFrame = field(repr=False)
    departures: pd.DataFrame = field(repr=False)
    compared: Compared = field(repr=False)
    plans: Mapping[str, Plan] = field(default_factory=dict, repr=False)

    @property
    def segment_moves(self) -> pd.DataFrame:
        """What moved between segments since the earlier run, see `Compared.segment_moves`."""
        return self.compared.segment_moves

    @property
    def is_feasible(self) -> bool:
        """Whether the targets keep the hard guardrails."""
        return bool(self.certificate["status"] != "infeasible")

    @property
    def holds_nothing(self) -> bool:
        """Whether no strategy that was tried has a plan that keeps the hard guardrails."""
        return not self.plans

    @property
    def is_gap_met(self) -> bool:
        """Whether every strategy asked for has a plan, proven within the gap asked for."""
        return bool(self.certificate["status"] == "proven")

    def write(self, folder: Path | str) -> Path:
        """Write the tables as CSV, calibration.json, report.html, and each plan into a folder of its own.

        Files that an earlier calibration left there and this one has not are removed.
        """
        from stockrail.calibration.report import write_calibration_report

        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        (target / (BROKEN_TARGETS if self.is_feasible else TARGETS)).unlink(missing_ok=True)
        write_csv(self.targets, target / (TARGETS if self.is_feasible else BROKEN_TARGETS))
        for name in FRAMES:
            frame: pd.DataFrame = getattr(self, name)
            if frame.empty:
                (target / f"{name}.csv").unlink(missing_ok=True)
            else:
                write_csv(frame, target / f"{name}.csv")
        for name in PLANS:
            if name in self.plans:
                self.plans[name].write(target / name)
            else:
                _remove_plan(target / name)
        self.compared.segments.write_json(target, self.compared.moves)
        write_json(self.certificate, target / "calibration.json")
        write_calibration_report(self, target / "report.html")
        return target

    def __repr__(self) -> str:
        from stockrail.calibration.display import calibration_lines

        return "\n".join(calibration_lines(self))


def calibrate(
    instance: Instance,
    *,
    strategy: Strategy = "all",
    most_departures: int | None = None,
    since: LastRun | None = None,
    time_limit: float = 600.0,
    gap: float = 0.005,
    seed: int = 0,
    workers: int | None = None,
    check: bool | None = None,
    replications: int = 0,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Calibration:
    """Choose the option of every segment so that the expected margin is highest under all guardrails.

    Parameters
    ----------
    instance : a validated instance, from `load`; its menus are `policy_options`, or 40 options for each segment. With
        `current_targets` the changes are laid out.
    strategy : "rule" for targets alone; "all" also finds the best plan within bands of targets and the best of all plans, so
        that what uniform targets cost is known.
    most_departures : items that may have another option than their segment's; by default what the instance says.
    since : an earlier run, from `read_last_run`: what moved between segments is told, and without `current_targets` its targets count
        as today's.
    time_limit : seconds of the search, all strategies together.
    gap : relative gap between each plan and its bound at which to stop; 0.005 is 0.5%.
    check : hold every plan against the independent checker; by default where there are at most `MOST_CHECKED` items times nodes,
        as it takes longer than the search where there are many more.
    replications : fresh trees for the statistical gap of each strategy's plan, on top of the time limit; 0 for none.
    on_progress, is_cancelled : called during the search; cancelling keeps what there is.

    Raises
    ------
    NoPlanError
        The limit or the cancel came before there was a choice of options.
    InstanceError
        `current_targets` has rows, but not for every item.
    """
    began = time.perf_counter()
    if most_departures is None:
        stated = instance.settings.calibration
        most_departures = 0 if stated is None else stated.most_departures
    compared = Compared.of(instance, since)
    tables = Tables.build(instance, build_tree(instance))
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    found = solve_strategies(tables, options, strategy=strategy, most_departures=most_departures)
    solved = time.perf_counter() - began

    def doing(what: str) -> None:
        on_progress(Progress(what, found.rule.objective, found.rule.bound, 0.0))

    gaps = statistical_gaps(
        tables,
        {
            name: result.cumulative_lots
            for name, result in found.results.items()
            if result.cumulative_lots is not None
        },
        replications,
        replace(options, on_progress=lambda progress: None),
        lambda k: doing(f"fresh tree {k + 1} of {replications}"),
    )
    doing("laying out")
    facts = {"strategy": strategy, "most_departures": most_departures, "gap": gap, "seed": seed}
    is_checked = tables.demand.size <= MOST_CHECKED if check is None else check
    return _lay_out(tables, found, gaps, compared, facts, is_checked, began, solved)


def _lay_out(
    tables: Tables,
    found: Strategies,
    gaps: Mapping[str, dict[str, Any] | None],
    compared: Compared,
    facts: dict[str, Any],
    is_checked: bool,
    began: float,
    solved: float,
) -> Calibration:
    """The calibration as data."""
    rule, instance = found.rule, tables.instance
    stated, priced = Guardrails.build(tables), rule.plans.guardrails
    options = rule.options_by_item()
    chosen = ItemTargets.of(tables, Policy.of(instance, options))
    now = None if compared.policy is None else ItemTargets.of(tables, compared.policy)
    own = Valued.of(chosen.ledger, stated)
    before = None if now is None else Valued.of(now.ledger, stated)
    departs = np.isin(np.arange(len(options)), rule.departures)
    changes = service = prices = departures = pd.DataFrame()
    if rule.is_feasible:
        # The prices of a relaxation that breaks guardrails are those of breaking them, and no worth of targets.
        worth = Worth.of(chosen, priced, rule.prices)
        if now is not None:
            changes = changes_table(now, chosen, priced, rule.prices, departs)
        service = service_costs_table(chosen, rule, priced, worth, rule.prices)
        prices = guardrail_prices_table(chosen, priced, rule.prices)
        departures = departures_table(chosen, rule, priced, worth, rule.prices)
    by_segment = [None if k < 0 else rule.plans.options[k] for k in rule.by_segment.tolist()]
    values = values_table(found, own, before, stated, gaps)
    plans = {
        name: lay_out(
            ItemGroups.of(tables),
            RelaxedSolve(name, result),
            Findings(PlanPrices()),
            facts["seed"],
            0.0,
            solved,
        )
        for name, result in found.results.items()
        if name in PLANS
    }
    plans = {
        name: replace(plan, certificate={**plan.certificate, "statistical_gap": gaps[name]})
        for name, plan in plans.items()
    }
    checked = {
        name: plan_record(_verified(plan, instance)) if is_checked else None for name, plan in plans.items()
    }
    return Calibration(
        certificate=calibration_certificate(
            tables,
            found,
            own,
            before,
            values,
            by_segment,
            checked,
            compared,
            {**facts, "statistical_gap": gaps},
            {"solve": solved, "total": time.perf_counter() - began},
        ),
        targets=targets_table(chosen, options, rule.departures),
        changes=changes,
        values=values,
        segments=segments_table(chosen, by_segment, rule.departures, now),
        service_costs=service,
        guardrails=prices,
        departures=departures,
        compared=compared,
        plans=plans,
    )


def _verified(plan: Plan, instance: Instance) -> Verification:
    """What the independent checker says of a plan, from its files as they would be written."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table in ("orders", "projection", "segments", "guardrails", "guardrail_periods"):
            write_csv(getattr(plan, table), folder / f"{table}.csv")
        plan.write_json(folder / "plan.json")
        record = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        return Verification(tuple(checks_of(folder, record, instance)))


def _remove_plan(folder: Path) -> None:
    """Remove the plan that an earlier calibration left, and nothing else."""
    if (folder / "plan.json").is_file():
        for file in (*folder.glob("*.csv"), folder / "plan.json", folder / "report.html"):
            file.unlink(missing_ok=True)
        with suppress(OSError):  # a file of somebody else is in it
            folder.rmdir()
