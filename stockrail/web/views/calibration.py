"""A calibration: the targets it proposes by segment with what they earn and why, and what was decided on them."""

import datetime as dt
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from stockrail.calibration.report import changes_chart, service_chart, values_chart
from stockrail.calibration.targets import BROKEN_TARGETS, TARGETS
from stockrail.calibration.values import WORDS
from stockrail.formats import finite
from stockrail.reports.chart_parts import Chart
from stockrail.web import files
from stockrail.web.views.item_charts import of_key
from stockrail.web.views.proposed_segment import ProposedSegment, proposed, seen_of_segment
from stockrail.workbench.calibrations import decisions
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState


class DepartureView(BaseModel):
    """An item with an option of its own. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    item: str
    segment: str
    segment_option: str
    option: str
    worth_change: float = Field(description="What its own option earns more than its segment's.")


class MoveView(BaseModel):
    """An item or a customer that is in another segment than in the earlier calibration."""

    model_config = ConfigDict(frozen=True)

    of: str = Field(description="item or customer.")
    name: str
    before: str
    now: str
    reason: str


class StrategyRow(BaseModel):
    """What a strategy is worth. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    strategy: str
    words: str
    objective: float | None
    bound: float | None
    gap: float | None
    fill_rate: float | None
    inventory_value: float | None
    keeps_guardrails: bool | None


class CalibrationView(BaseModel):
    """A calibration with everything that a decision needs. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    state: RunState
    requested_by: str
    requested_at: dt.datetime
    baseline_id: int
    instance_name: str
    currency: str
    start: str = Field(description="Day as of which the targets are.")
    status: str = Field(description="proven, feasible, or infeasible; blank until it has ended.")
    error: str | None
    infeasible_because: str | None
    notes: tuple[str, ...]
    has_targets: bool = Field(description="There are targets that keep the hard guardrails.")
    knows_today: bool = Field(description="Today's targets are known, so that changes can be told.")
    margin_change: float | None = Field(description="Of all targets together.")
    strategies: tuple[StrategyRow, ...]
    segments: tuple[ProposedSegment, ...]
    departures: tuple[DepartureView, ...]
    moves: tuple[MoveView, ...]
    accepted: int
    rejected: int
    may_decide: bool
    cannot_decide: str = Field(description="Why the visitor cannot; blank where they may.")


def view(store: Store, actor: str, run_id: int) -> CalibrationView:
    """A calibration.

    Raises
    ------
    NotFoundError
        There is no such run, or it is a plan.
    """
    run = calibration_run(store, run_id)
    certificate = run.certificate or {}
    changes = table_of(store, run, "changes")
    with store.read() as session:
        decided, in_force = decisions.of_run(session, run_id), decisions.in_force(session)
        newest = decisions.latest(session)
    has_targets = files.has_file(run, TARGETS)
    verdicts = [row.verdict for row in decided.values()]
    cannot = _cannot_decide(store, actor, run)
    return CalibrationView(
        run_id=run_id,
        state=run.state,
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        baseline_id=run.baseline_id,
        instance_name=str(certificate.get("instance_name", "")),
        currency=files.currency_of(store, run.baseline_id),
        start=str(certificate.get("start", "")),
        status=str(certificate.get("status", "")),
        error=run.error,
        infeasible_because=certificate.get("infeasible_because"),
        notes=tuple(certificate.get("notes", ())),
        has_targets=has_targets,
        knows_today=not changes.empty,
        margin_change=finite((certificate.get("change") or {}).get("expected_margin")),
        strategies=tuple(_strategy(row) for row in certificate.get("values", ())),
        segments=tuple(
            proposed(
                row,
                changes,
                table_of(store, run, "service_costs"),
                decided.get(row["segment"]),
                in_force.get(row["segment"]),
                seen_of_segment(run_id, newest.get(row["segment"], decisions.NOTHING_SEEN)),
            )
            for row in (table_of(store, run, "segments").to_dict("records") if has_targets else ())
        ),
        departures=tuple(
            DepartureView.model_validate({name: row[name] for name in DepartureView.model_fields})
            for row in table_of(store, run, "departures").to_dict("records")
        ),
        moves=tuple(
            MoveView.model_validate({name: row[name] for name in MoveView.model_fields})
            for row in table_of(store, run, "segment_moves").to_dict("records")
        ),
        accepted=verdicts.count("accepted"),
        rejected=verdicts.count("rejected"),
        may_decide=not cannot,
        cannot_decide=cannot,
    )


def charts(store: Store, run_id: int) -> list[Chart]:
    """What each strategy is worth, what service costs, and what the largest changes earn, as far as they are known."""
    run = calibration_run(store, run_id)
    currency = files.currency_of(store, run.baseline_id)
    makers = {"values": values_chart, "service_costs": service_chart, "changes": changes_chart}
    tables = {name: table_of(store, run, name) for name in makers}
    return [makers[name](table, currency) for name, table in tables.items() if not table.empty]


def chart_of(store: Store, run_id: int, key: str) -> Chart:
    """One of them; NotFoundError where there is none with this key."""
    return of_key(charts(store, run_id), key)


def calibration_run(store: Store, run_id: int) -> Run:
    """The run of a calibration; NotFoundError where it is another one."""
    run = get(store, run_id)
    if run.kind != "calibrate":
        raise NotFoundError(f"Run {run_id} is a {run.kind} run, not a calibration.")
    return run


def _cannot_decide(store: Store, actor: str, run: Run) -> str:
    """Why the visitor cannot decide, as the library would say it."""
    if files.has_file(run, BROKEN_TARGETS):
        return "The targets break hard guardrails: there is nothing to accept."
    if run.state != "finished" or not files.has_file(run, TARGETS):
        return f"The run is {run.state}: targets are decided on once it has finished."
    if not store.governance.allows(actor, Permission.TARGET_APPROVE):
        roles = ", ".join(store.governance.roles_with(Permission.TARGET_APPROVE))
        return f"Decided on by {roles}." if roles else "No role has the permission target.approve yet."
    if run.requested_by == actor:
        return "You asked for this calibration: somebody else decides on its targets."
    return ""


def _strategy(row: dict[str, Any]) -> StrategyRow:
    name = str(row["strategy"])
    numbers = ("objective", "bound", "gap", "fill_rate", "inventory_value")
    return StrategyRow(
        strategy=name,
        words=WORDS.get(name, name),
        keeps_guardrails=row.get("keeps_guardrails"),
        **{key: finite(row.get(key)) for key in numbers},
    )


def table_of(store: Store, run: Run, name: str) -> pd.DataFrame:
    """A table of a calibration by its name without ending; empty where it has none."""
    file = f"{name}.csv"
    return files.table_of(store, run, file) if files.has_file(run, file) else pd.DataFrame()
