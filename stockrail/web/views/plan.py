"""A plan: key figures with its certificate, capital against limits, buys, stock by purpose, margin, limits with prices, checks, approval."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from stockrail.formats import MISSING, finite, ranges
from stockrail.model.what_if import BASE
from stockrail.reports import words
from stockrail.reports.checks import check_lines
from stockrail.reports.guardrails import kept_by_name
from stockrail.web.plan_contents import PlanContents, contents_of
from stockrail.web.views import compare, compared
from stockrail.web.views.plan_approval import approval_view
from stockrail.web.views.plan_buys import By, heat_map
from stockrail.web.views.plan_parts import (
    ExcessRow,
    Fan,
    FanLimit,
    FanRow,
    GuardrailRow,
    KeyFigures,
    MarginStep,
    OtherPlan,
    PlanView,
    SplitRow,
    SupplierRow,
)
from stockrail.web.views.runs import verifications_of
from stockrail.workbench.governance.freezes import notes_of
from stockrail.workbench.runs.files import INNER
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, Scenario

MOST_OTHERS = 30
"""Other plans that this one can be held against: the latest."""

_PURPOSES = ("safety", "cycle", "build", "excess", "on_hand")


def view(store: Store, actor: str, run_id: int, by: By = "items", against: int | None = None) -> PlanView:
    """The plan of a run.

    Parameters
    ----------
    by : rows of the heat map.
    against : another run; then `against` says how its margin becomes this one's.

    Raises
    ------
    NotFoundError
        There is no such run, or it has no plan.
    StateError
        The two runs cannot be compared.
    """
    run = get(store, run_id)
    plan = contents_of(store, run)
    report, summary = plan.report, plan.summary
    others, name = _others(store, run)
    told = verifications_of(run)
    return PlanView(
        run_id=run.id,
        run_state=run.state,
        requested_by=run.requested_by,
        finished_at=run.finished_at,
        scenario=name,
        scenario_version=run.scenario_version,
        baseline_id=run.baseline_id,
        instance=str(summary["instance_name"]),
        currency=plan.currency,
        start=str(summary["start"])[:10],
        periods=int(summary["periods"]),
        period_days=float(summary["period_length_days"]),
        items=int(summary["items"]),
        scenarios=int(summary["scenarios"]),
        figures=_figures(plan),
        certificate=tuple(report["certificate"]),
        verdict=tuple(report["verdict"]),
        relaxation=report["relaxation"],
        verification=told[0] if told else None,
        notes=tuple(summary["notes"]),
        held=tuple(notes_of(store, run.id)),
        fans=tuple(_fan(one) for one in report["fans"]),
        guardrails=_guardrails(report["guardrails"]),
        suppliers=tuple(_supplier(row) for row in report["suppliers"]),
        buys=heat_map(plan, by),
        split=tuple(_split(row) for row in report["checks"].get("split", ())),
        excess=tuple(_excess(row) for row in report["checks"].get("avoidable_excess", ())),
        steps=tuple(MarginStep(name=step.name, value=step.value) for step in report["steps"]),
        against=None if against is None else bridge_from(store, against, run_id),
        others=others,
        checks=tuple(check_lines(plan.checks, plan.currency)),
        approval=approval_view(store, actor, run_id),
        files=tuple(sorted(set(run.artifacts) - set(INNER))),
        charts=tuple(plan.charts),
    )


def bridge_from(store: Store, origin: int, target: int) -> compared.Bridge:
    """How the margin of one run's plan becomes that of another: by changed facts, then by new orders."""
    return compared.of_comparison(compare.comparison_of(store, [origin, target])).bridges[0]


def _figures(plan: PlanContents) -> KeyFigures:
    summary, report = plan.summary, plan.report
    projection = plan.projection
    inventory = projection.loc[projection["metric"] == "inventory_value", "mean"].astype(float)
    now = report["now"]
    kept = kept_by_name(report["guardrails"])
    return KeyFigures(
        **{
            name: finite(summary.get(name))
            for name in ("objective", "expected_margin", "bound", "gap", "fill_rate")
        },
        status=str(summary["status"]),
        orders_now=len(now),
        value_now=float(sum(row["value"] for row in now)),
        suppliers_now=len(report["suppliers"]),
        mean_inventory=float(inventory.mean()) if len(inventory) else None,
        guardrails=len(kept),
        guardrails_kept=sum(map(bool, kept.values())),
        guardrails_earning=len({row["name"] for row in report["guardrails"] if row["earned"]}),
    )


def _fan(told: Mapping[str, Any]) -> Fan:
    return Fan(
        metric=told["metric"],
        label=told["label"],
        chart=told["chart"].key,
        limits=tuple(FanLimit(**row) for row in told["limits"]),
        rows=tuple(
            FanRow(**{**row, "date": str(row["date"])[:10], "limits": tuple(_known(row["limits"]))})
            for row in told["rows"]
        ),
    )


def _known(values: Iterable[Any]) -> list[float]:
    return [number for value in values if (number := finite(value)) is not None]


def _guardrails(rows: Iterable[Mapping[str, Any]]) -> tuple[GuardrailRow, ...]:
    made = [_guardrail(row) for row in rows]
    return tuple(sorted(made, key=lambda row: (row.is_kept is not False, not row.is_binding)))


def _guardrail(row: Mapping[str, Any]) -> GuardrailRow:
    binding = row["binding_periods"]
    periods = (
        ranges(int(period) for period in binding) if isinstance(binding, list | tuple) else str(binding or "")
    )
    # Percent and days are written with their unit in words; raw numbers stay in the unit of the file.
    return GuardrailRow(
        name=row["name"],
        side=row["side"],
        metric=words.label(row["metric"]),
        limited=row["limited"],
        **{name: finite(row[name]) for name in ("limit", "worst", "slack", "price", "return_looser")},
        is_kept=row["is_kept"],
        is_loosened=row["is_loosened"],
        binding_periods=periods,
        is_binding=bool(row["earned"]) or periods not in ("", MISSING),
        rule=row["rule"],
        owner=row["owner"] or "",
        earns=row["earns"],
        costs=row["costs"],
        price_holds=row["price_holds"] or None,
    )


def _supplier(row: Mapping[str, Any]) -> SupplierRow:
    return SupplierRow(**{**row, "supplier": str(row["supplier"])})


def _split(row: Mapping[str, Any]) -> SplitRow:
    return SplitRow(segment=str(row["segment"]), **{name: row[f"{name}_value"] for name in _PURPOSES})


def _excess(row: Mapping[str, Any]) -> ExcessRow:
    return ExcessRow(**{name: row[name] for name in ExcessRow.model_fields})


def _others(store: Store, run: Run) -> tuple[tuple[OtherPlan, ...], str]:
    """Other finished plans, the latest first, and the name of this run's scenario."""
    finished = sa.select(Run).where(Run.kind == "plan", Run.state == "finished", Run.id != run.id)
    with store.read() as session:
        found = list(session.scalars(finished.order_by(Run.id.desc()).limit(MOST_OTHERS)))
        names: dict[int | None, str] = {row.id: row.name for row in session.scalars(sa.select(Scenario))}
    names[None] = BASE
    currency = (run.certificate or {}).get("currency")
    others = (
        OtherPlan(
            run_id=other.id,
            scenario=names[other.scenario_id],
            expected_margin=(other.certificate or {}).get("expected_margin"),
        )
        for other in found
        if (other.certificate or {}).get("currency") == currency
    )
    return tuple(others), names[run.scenario_id]
