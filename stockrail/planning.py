"""From an instance to a plan: choose a solver, solve, and lay the result out as data. `Plan` is plain data."""

import datetime as dt
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stockrail.formats import money_plain
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.reader import digest
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers import solve
from stockrail.solvers.result import Progress, SolveOptions, SolveResult
from stockrail.tabulate import (
    guardrail_periods_table,
    guardrails_table,
    orders_table,
    projection_table,
    segments_table,
)

SolverName = Literal["auto", "extensive", "decomposition"]


class NoPlanError(Exception):
    """The solve ended before it had a plan that keeps every hard guardrail."""


@dataclass(frozen=True)
class Plan:
    """A buy plan with its proof.

    Attributes
    ----------
    certificate : the numbers of `plan.json`: status, termination_reason, expected_margin, bound, gap, seconds,
        margin_parts, guardrails, segments, notes and more. Money is in the instance's currency.
    orders : item, description, segment, supplier, decision, period, date, node, probability, lots, units, value,
        due_period, due_date, pay_date.
    projection : metric, period, date, mean, p05, p25, p50, p75, p95, min, max.
    segments : segment, items, safety_stock_units, safety_stock_value, safety_stock_days, implied_z, average_lot,
        orders_per_year, fill_rate, inventory_value, turns, expected_margin.
    guardrails : name, metric, scope, scope_value, side, holds, limit, worst, slack, price, binding_periods, hard, owner.
    guardrail_periods : name, metric, side, period, date, limit, mean, p05, p95, worst, price.
    """

    certificate: dict[str, Any]
    orders: pd.DataFrame = field(repr=False)
    projection: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)
    guardrails: pd.DataFrame = field(repr=False)
    guardrail_periods: pd.DataFrame = field(repr=False)

    @property
    def is_gap_met(self) -> bool:
        """Whether the gap asked for was proven."""
        return bool(self.certificate["status"] == "proven")

    def report(self, path: Path | str) -> Path:
        """Write the report, one HTML file that needs no network, and return its path."""
        from stockrail.report import write_report

        target = Path(path)
        write_report(
            self.certificate,
            self.orders,
            self.projection,
            self.segments,
            self.guardrails,
            self.guardrail_periods,
            target,
        )
        return target

    def write(self, folder: Path | str) -> Path:
        """Write plan.json, orders.csv, projection.csv, segments.csv, guardrails.csv, guardrail_periods.csv, report.html."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        frames = {
            "orders": self.orders,
            "projection": self.projection,
            "segments": self.segments,
            "guardrails": self.guardrails,
            "guardrail_periods": self.guardrail_periods,
        }
        for name, frame in frames.items():
            frame.to_csv(target / f"{name}.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n")
        self.write_json(target / "plan.json")
        self.report(target / "report.html")
        return target

    def write_json(self, path: Path | str) -> Path:
        """Write the certificate as JSON; what is not a number there is null."""
        target = Path(path)
        text = json.dumps(_plain(self.certificate), indent=2, ensure_ascii=False, allow_nan=False)
        target.write_text(text + "\n", encoding="utf-8")
        return target

    def summary(self) -> pd.Series:
        """The headline numbers as a short table."""
        numbers, currency = self.certificate, self.certificate["currency"]
        now = self.orders[self.orders["period"] == 0]
        return pd.Series(
            {
                "expected margin": money_plain(numbers["expected_margin"], currency),
                "no plan earns more than": money_plain(numbers["bound"], currency),
                "gap": f"{numbers['gap']:.3%}",
                "status": f"{numbers['status']} ({numbers['termination_reason']})",
                "orders to place now": f"{len(now)}, {money_plain(now['value'].sum(), currency)}",
                "fill rate": f"{numbers['fill_rate']:.2%}",
                "seconds": f"{numbers['seconds']:.1f}",
            },
            name=numbers["instance_name"],
        )

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
    on_progress: Callable[[Progress], None] = lambda progress: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """Make a buy plan.

    Parameters
    ----------
    instance : a validated instance, from `load`.
    solver : "extensive" for small instances and as the specification, "decomposition" for the rest, "auto" to choose.
    time_limit : seconds.
    gap : relative gap between the plan and the bound at which to stop; 0.003 is 0.3%.
    seed : the same seed gives the same plan where the time limit does not intervene.
    workers : threads, by default one per processor.
    on_progress, is_cancelled : called during the solve; cancelling returns the best plan so far.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails; the message names guardrail, node and least relaxation.
    NoPlanError
        The limit or the cancel came before there was a plan.
    """
    began = time.perf_counter()
    tables = Tables.build(instance, build_tree(instance))
    built = time.perf_counter() - began
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers or os.cpu_count() or 1,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    used, result = solve(tables, options, solver)
    if result.cumulative_lots is None:
        raise NoPlanError(
            f"The solve ended ({result.termination_reason}) before it had a plan that keeps every hard guardrail. "
            "Allow more time, or make a limit soft with a soft_price."
        )
    seconds = {"tables": built, **result.seconds}
    return _lay_out(tables, result, used, seed, time.perf_counter() - began, seconds)


def _lay_out(
    tables: Tables,
    result: SolveResult,
    solver: str,
    seed: int,
    total_seconds: float,
    seconds: dict[str, float],
) -> Plan:
    assert result.cumulative_lots is not None
    instance, tree = tables.instance, tables.tree
    ledger, guardrails = Ledger(tables, result.cumulative_lots), Guardrails.build(tables)
    segments = segments_table(ledger)
    guardrail_frame = guardrails_table(ledger, guardrails, result.prices)
    short = float((ledger.line("short") @ tree.probability).sum())
    demand = float((tables.demand @ tree.probability).sum())
    penalty = guardrails.penalty(ledger.stock)
    margin = ledger.expected_margin - penalty
    certificate: dict[str, Any] = {
        "instance": None if instance.source is None else str(instance.source.resolve()),
        "instance_digest": None if instance.source is None else digest(instance.source),
        "instance_name": instance.settings.name,
        "currency": instance.settings.currency,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "start": instance.settings.start.isoformat(),
        "period_length_days": instance.settings.period_length_days,
        "periods": tree.periods,
        "scenarios": len(tree.leaves),
        "items": len(instance.items),
        "nodes": len(tree),
        "solver": solver,
        "seed": seed,
        "status": str(result.solution_status),
        "termination_reason": str(result.termination_reason),
        "expected_margin": margin,
        "bound": result.bound,
        "gap": (result.bound - margin) / max(abs(margin), 1.0),
        "physical_margin": ledger.physical_margin - penalty,
        "fill_rate": 1.0 - short / demand if demand > 0 else 1.0,
        "seconds": total_seconds,
        "seconds_by_phase": seconds,
        "notes": list(result.notes),
        "margin_parts": {**ledger.margin_parts, "guardrail_penalty": penalty},
        "guardrails": guardrail_frame.to_dict("records"),
        "segments": segments.to_dict("records"),
    }
    return Plan(
        certificate=certificate,
        orders=orders_table(ledger),
        projection=projection_table(ledger),
        segments=segments,
        guardrails=guardrail_frame,
        guardrail_periods=guardrail_periods_table(ledger, guardrails, result.prices),
    )


def _plain(value: Any) -> Any:
    """Values that JSON knows: NumPy numbers as Python's, what is not finite as null."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
