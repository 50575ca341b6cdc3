"""From an instance to a plan: choose a solver, solve, and lay the result out as data. `Plan` is plain data."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stockrail.announced import Announced
from stockrail.certificate import Earnings, certificate
from stockrail.checks import FRAMES, USUAL_CHECKS, Check
from stockrail.files import write_json, write_tables
from stockrail.finance.plan_prices import Pricing
from stockrail.finance.price_words import price_lines
from stockrail.finance.relaxing import RelaxedSolve
from stockrail.findings import Findings
from stockrail.formats import money_plain, percent
from stockrail.held import standings
from stockrail.measures.statistical_gap import gap_in_short
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.order_changes import change_lines
from stockrail.solvers.result import NoPlanError, Progress, SolveOptions
from stockrail.solving import solving
from stockrail.tabulate import orders_table, projection_table, segments_table
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
    orders: pd.DataFrame = field(repr=False)
    projection: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)
    guardrails: pd.DataFrame = field(repr=False)
    guardrail_periods: pd.DataFrame = field(repr=False)
    checks: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    announced: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def is_gap_met(self) -> bool:
        """Whether the gap asked for was proven."""
        return bool(self.certificate["status"] == "proven")

    def report(self, path: Path | str) -> Path:
        """Write the report, one HTML file that needs no network, and return its path."""
        from stockrail.reports.report import write_report

        target = Path(path)
        write_report(
            self.certificate,
            self.orders,
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
            "orders": self.orders,
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
        self.report(target / "report.html")
        return target

    def write_json(self, path: Path | str) -> Path:
        """Write the certificate as JSON; what is not a number there is null."""
        return write_json(self.certificate, path)

    def summary(self) -> pd.Series:
        """The headline numbers as a short table."""
        numbers, currency = self.certificate, self.certificate["currency"]
        now = self.orders[self.orders["period"] == 0]
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
    on_progress: Callable[[Progress], None] = lambda progress: None,
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
    on_progress, is_cancelled : called during the solve; cancelling returns the best plan so far.

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
    tables = Tables.build(instance, build_tree(instance))
    built = time.perf_counter() - began
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        dask=dask,
        checkpoint=resume,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    with solving(tables, options, solver, relax=relax) as open_solve:
        if open_solve.solved.result.cumulative_lots is None:
            raise NoPlanError(
                f"The solve ended ({open_solve.solved.result.termination_reason}) before it had a plan that keeps every hard "
                "guardrail. Allow more time, or make a limit soft with a soft_price."
            )
        findings = Findings.of(open_solve, prices, checks, time.perf_counter() - began)
    made = lay_out(tables, open_solve.solved, findings, seed, built, time.perf_counter() - began)
    if told is None:
        return made
    source = {"plan": str(told.source.resolve()), "periods": told.periods}
    notes = [*made.certificate["notes"], *told.notes]
    return replace(
        made, certificate={**made.certificate, "announced_from": source, "notes": notes}, announced=told.table
    )


def lay_out(
    tables: Tables,
    solved: RelaxedSolve,
    findings: Findings,
    seed: int,
    built_seconds: float,
    total_seconds: float,
) -> Plan:
    """A solved plan as data. Everything is told of the limits as stated, also where the solve had wider ones."""
    result = solved.result
    assert result.cumulative_lots is not None
    ledger, guardrails = Ledger(tables, result.cumulative_lots), Guardrails.build(tables)
    held = standings(ledger, guardrails)
    segments = segments_table(ledger)
    guardrail_frame = guardrails_table(held, findings.prices)
    numbers = certificate(
        ledger,
        Earnings.of(ledger, guardrails),
        result,
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
        orders=orders_table(ledger),
        projection=projection_table(ledger),
        segments=segments,
        guardrails=guardrail_frame,
        guardrail_periods=guardrail_periods_table(ledger, held, findings.prices),
        checks=findings.checks,
    )
