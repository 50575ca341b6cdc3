"""From an instance to a plan: choose a solver, solve, and lay the result out as data. `Plan` is plain data."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stockrail.announced import Announced
from stockrail.certificate import certificate
from stockrail.checks import FRAMES, USUAL_CHECKS, Check
from stockrail.files import write_json, write_tables, written
from stockrail.finance.plan_prices import Pricing
from stockrail.finance.price_words import price_lines
from stockrail.finance.relaxing import RelaxedSolve
from stockrail.findings import Findings
from stockrail.formats import money_plain, percent
from stockrail.measures.statistical_gap import gap_in_short
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.scenarios import build_tree
from stockrail.order_changes import change_lines, summary_of
from stockrail.order_rows import OrderRows
from stockrail.plan_sums import PlanSums
from stockrail.solvers import takes_blocks
from stockrail.solvers.result import Incumbent, NoPlanError, Progress, SolveOptions
from stockrail.solving import solving
from stockrail.tabulate import projection_of, segments_of
from stockrail.tabulate_guardrails import guardrail_periods_table, guardrails_table

SolverName = Literal["auto", "extensive", "decomposition", "blocks"]

CENT = 0.005
"""Amounts of money that differ by less are written the same."""


@dataclass(frozen=True)
class Plan:
    """A buy plan with its proof.

    Attributes
    ----------
    certificate : the numbers of `plan.json`: status, termination_reason, objective, expected_margin, cvar_margin, bound, gap,
        seconds, margin_parts, order_changes, relaxations, guardrails, segments, notes and more. Money is in the instance's currency.
    order_rows : the orders, packed; `orders` lays all of them out as a table.
    orders : item, description, segment, supplier, decision, period, date, node, probability, lots, units, value, deposit,
        due_period, due_date, pay_date.
    projection : metric, period, date, mean, p05, p25, p50, p75, p95, min, max.
    segments : segment, items, safety_stock_units, safety_stock_value, safety_stock_days, implied_z, average_lot,
        orders_per_year, fill_rate, inventory_value, turns, expected_margin.
    guardrails : name, metric, scope, scope_value, side, holds, alpha, measured, first_period, last_period, limit, worst,
        slack, price, price_up, price_down, range_from, range_to, return_per_year, return_up_per_year,
        return_down_per_year, price_holds, binding_periods, hard, owner. `LimitPrice` says what the prices mean.
    guardrail_periods : name, metric, side, period, date, limit, mean, p05, p95, worst, price, price_up, price_down, range_from,
        range_to.
    checks : the frames of `stockrail.checks.run_checks`, by name, of the checks that were made.
    announced : item, period, units of the orders that were taken from an earlier plan; None where the instance has its own.
    """

    certificate: dict[str, Any]
    order_rows: OrderRows = field(repr=False)
    projection: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)
    guardrails: pd.DataFrame = field(repr=False)
    guardrail_periods: pd.DataFrame = field(repr=False)
    checks: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    announced: pd.DataFrame | None = field(default=None, repr=False)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Every order, one row per item and node. Of very many items it is large; `order_rows.pieces()` has it in pieces."""
        return self.order_rows.frame()

    @property
    def is_gap_met(self) -> bool:
        """Whether the gap asked for was proven."""
        return bool(self.certificate["status"] == "proven")

    def report(self, path: Path | str) -> Path:
        """Write the report, one HTML file that needs no network, and return its path."""
        return self._report(Path(path), self.order_rows.pieces())

    def _report(self, target: Path, orders: Iterator[pd.DataFrame]) -> Path:
        from stockrail.reports.report import write_report

        write_report(
            self.certificate,
            orders,
            self.projection,
            self.segments,
            self.guardrails,
            self.guardrail_periods,
            target,
            checks=self.checks,
        )
        return target

    def write(self, folder: Path | str) -> Path:
        """Write plan.json, orders.csv, projection.csv, segments.csv, guardrails.csv, guardrail_periods.csv, report.html.

        Each frame of the checks is a CSV file, too; files of checks that an earlier plan left there are removed. The same goes for
        order_changes.csv where orders had been announced, and announced_orders.csv where an earlier plan told them.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {
            "projection": self.projection,
            "segments": self.segments,
            "guardrails": self.guardrails,
            "guardrail_periods": self.guardrail_periods,
            **self.checks,
        }
        if (changes := self.certificate.get("order_changes")) is not None:
            frames["order_changes"] = pd.DataFrame(changes["by_period"])
        if self.announced is not None:
            frames["announced_orders"] = self.announced
        for names in (*FRAMES.values(), ("order_changes", "announced_orders")):
            for name in set(names) - set(frames):
                (target / f"{name}.csv").unlink(missing_ok=True)
        write_tables(frames, target)
        self.write_json(target / "plan.json")
        # The report reads the orders as they are written, so that very many are laid out once and some at a time.
        self._report(target / "report.html", written(self.order_rows.pieces(), target / "orders.csv"))
        return target

    def write_json(self, path: Path | str) -> Path:
        """Write the certificate as JSON; what is not a number there is null."""
        return write_json(self.certificate, path)

    def summary(self) -> pd.Series:
        """The headline numbers as a short table."""
        numbers, currency = self.certificate, self.certificate["currency"]
        now = self.order_rows.now
        rows = {"expected margin": money_plain(numbers["expected_margin"], currency)}
        # The objective is the expected margin, except where the instance weighs the worst scenarios.
        is_blended = numbers["margin_cvar_weight"] > 0
        if is_blended:
            tail = f"margin in the worst {percent(1.0 - numbers['margin_cvar_alpha'], 0)}"
            rows[tail] = money_plain(numbers["cvar_margin"], currency)
        if abs(numbers["objective"] - numbers["expected_margin"]) >= CENT:
            rows["objective, both weighed"] = money_plain(numbers["objective"], currency)
        verb = "reaches" if is_blended else "earns"
        rows |= {
            f"no plan {verb} more than": money_plain(numbers["bound"], currency),
            "gap": f"{numbers['gap']:.3%}",
            "statistical gap": gap_in_short(numbers["statistical_gap"]),
            "status": f"{numbers['status']} ({numbers['termination_reason']})",
            "orders to place now": f"{len(now)}, {money_plain(now['value'].sum(), currency)}",
            "fill rate": f"{numbers['fill_rate']:.2%}",
        }
        rows |= change_lines(numbers.get("order_changes"), currency)
        if loosened := numbers["relaxations"]:
            money = money_plain(sum(row["money"] for row in loosened), currency)
            rows["limits loosened"] = f"{len(loosened)}, worth {money}"
        rows |= price_lines(self.guardrails)
        rows["seconds"] = f"{numbers['seconds']:.1f}"
        return pd.Series(rows, name=numbers["instance_name"])

    def __repr__(self) -> str:
        return self.summary().to_string()

    def _repr_html_(self) -> str:
        return self.summary().to_frame().to_html()


def plan(
    instance: Instance,
    *,
    solver: SolverName = "auto",
    time_limit: float = 300.0,
    gap: float = 0.003,
    seed: int = 0,
    workers: int | None = None,
    dask: str | None = None,
    resume: Path | None = None,
    relax: bool = False,
    prices: Pricing = "quick",
    checks: Sequence[Check] = USUAL_CHECKS,
    announced: Path | None = None,
    start: Incumbent | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_plan: Callable[[Incumbent], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """Make a buy plan.

    Parameters
    ----------
    instance : a validated instance, from `load`.
    solver : "extensive" for small instances and as the specification, "decomposition" for the rest, "blocks" of items for
        very many items, on processes or a cluster, "auto" to choose.
    time_limit : seconds.
    gap : relative gap between the plan and the bound at which to stop; 0.003 is 0.3%.
    seed : the same seed gives the same plan where the time limit does not intervene.
    workers : threads, or processes for blocks of items; by default one per processor.
    dask : address of the scheduler of a Dask cluster, which then plans blocks of items; needs the extra `dask`.
    resume : file that a run in blocks of items is kept in; where it is there already, the run goes on from it.
    relax : where no plan keeps the hard guardrails, loosen their limits by the cheapest relaxation and plan with those. The
        certificate then has `relaxations`: which limits, in which periods, by how much, and what that is worth.
    prices : what to spend on the prices of limits: "none", "quick" (a budget of rounds; the most valuable limits come first),
        "all", or "by period". The last two take up to `time_limit` on top of the solve. The extensive form has only prices
        of the plan's neighbourhood, and says so.
    checks : of `stockrail.checks.CHECKS`; those that do not apply are left out. "horizon" takes as long as several plans.
    announced : folder of an earlier plan whose orders were announced to suppliers, in place of those of the instance.
    start : the best plan of an earlier solve of the same instance, to begin with; not in blocks, which `resume` is for.
    on_progress, is_cancelled : called during the solve; cancelling returns the best plan so far.
    on_plan : called with each better plan as it is found, before `on_progress` tells of it; not in blocks.

    Raises
    ------
    AnnouncedError
        `announced` holds no plan that fits the instance.
    InfeasibleError
        No plan keeps the hard guardrails. The message names those that cannot hold together and the cheapest relaxation;
        `diagnosis` has both as data.
    NoPlanError
        The limit or the cancel came before there was a plan.
    """
    began = time.perf_counter()
    told = None if announced is None else Announced.read(announced, instance)
    instance = instance if told is None else told.instance
    groups = ItemGroups(instance, build_tree(instance))
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        dask=dask,
        checkpoint=resume,
        start=start,
        on_progress=on_progress,
        on_plan=on_plan,
        is_cancelled=is_cancelled,
    )
    if relax or not takes_blocks(groups.tree.demand.size, options, solver):
        _ = groups.whole
    built = time.perf_counter() - began
    with solving(groups, options, solver, relax=relax) as open_solve:
        if open_solve.solved.result.cumulative_lots is None:
            raise NoPlanError(
                f"The solve ended ({open_solve.solved.result.termination_reason}) before it had a plan that keeps every hard "
                "guardrail. Allow more time, or make a limit soft with a soft_price."
            )
        findings = Findings.of(open_solve, prices, checks, time.perf_counter() - began)
    result = open_solve.solved.result

    def show() -> None:
        on_progress(Progress("laying out", result.objective, result.bound, 0.0))

    made = lay_out(groups, open_solve.solved, findings, seed, built, time.perf_counter() - began, show)
    return made if told is None else tell_announced(made, told, str(told.source.resolve()))


def tell_announced(made: Plan, told: Announced, source: str) -> Plan:
    """A plan of an instance whose announced orders an earlier plan told, with where from and what the reader should know."""
    announced_from = {"plan": source, "periods": told.periods}
    notes = [*made.certificate["notes"], *told.notes]
    changed = {**made.certificate, "announced_from": announced_from, "notes": notes}
    return replace(made, certificate=changed, announced=told.table)


def lay_out(
    groups: ItemGroups,
    solved: RelaxedSolve,
    findings: Findings,
    seed: int,
    built_seconds: float,
    total_seconds: float,
    on_group: Callable[[], None] = lambda: None,
) -> Plan:
    """A solved plan as data. Everything is told of the limits as stated, also where the solve had wider ones.

    Parameters
    ----------
    groups : the items, which are gone over some at a time; `on_group` is called before each group.
    """
    result = solved.result
    assert result.cumulative_lots is not None
    sums = PlanSums.of(groups, result.cumulative_lots, on_group)
    instance, settings = groups.instance, groups.instance.settings
    segments = segments_of(instance, sums.measures)
    guardrail_frame = guardrails_table(sums.standings, findings.prices)
    numbers = certificate(
        instance,
        groups.tree,
        sums.earnings,
        result,
        fill_rate=sums.fill_rate,
        order_changes=summary_of(instance, sums.changes),
        solver=solved.solver,
        seed=seed,
        seconds=total_seconds,
        seconds_by_phase={"tables": built_seconds, **result.seconds, **findings.seconds},
        relaxations=solved.relaxations,
        more_notes=findings.notes,
    )
    return Plan(
        certificate=numbers
        | {"guardrails": guardrail_frame.to_dict("records"), "segments": segments.to_dict("records")},
        order_rows=sums.orders,
        projection=projection_of(instance, groups.tree, sums.balances),
        segments=segments,
        guardrails=guardrail_frame,
        guardrail_periods=guardrail_periods_table(settings, sums.standings, findings.prices),
        checks=findings.checks,
    )
