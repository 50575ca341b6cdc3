"""Calibrations: which there are, and how far their targets have been decided on."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import finite
from stockrail.model.what_if import BASE
from stockrail.workbench.calibrations import decisions
from stockrail.workbench.calibrations.proposal import KIND
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import BaselineVersion, Decision, Run, RunState, Scenario

MOST = 100
"""Calibrations that are listed, the latest ones."""


class CalibrationRow(BaseModel):
    """A calibration in the list. Money in the currency of its own baseline."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    state: RunState
    requested_by: str
    requested_at: dt.datetime
    baseline_id: int
    scenario: str = Field(description="base for the baseline without changes.")
    start: dt.date | None = Field(description="Day as of which the targets are; null until they are there.")
    has_targets: bool = Field(description="There are targets that keep the hard guardrails.")
    segments: int
    accepted: int = Field(description="Segments whose targets were accepted.")
    rejected: int
    currency: str
    margin_change: float | None = Field(
        description="Of all targets against today's; null where those are unknown."
    )


class InForceRow(BaseModel):
    """The targets of a segment that were accepted last. Money in the currency of their baseline."""

    model_config = ConfigDict(frozen=True)

    segment: str
    run_id: int
    option: str
    safety_stock_value: float | None
    currency: str
    by: str
    role: str
    at: dt.datetime
    reason: str


class CalibrationsView(BaseModel):
    """Calibrations, the latest first, and the targets in force."""

    model_config = ConfigDict(frozen=True)

    calibrations: tuple[CalibrationRow, ...]
    in_force: tuple[InForceRow, ...] = Field(description="By segment, in the order of names.")
    may_start: bool
    has_baseline: bool = Field(description="There is something to calibrate.")


def view(store: Store, actor: str) -> CalibrationsView:
    """Calibrations and targets in force."""
    with store.read() as session:
        rows = session.scalars(
            sa.select(Run).where(Run.kind == KIND).order_by(Run.id.desc()).limit(MOST)
        ).all()
        names = {row.id: row.name for row in session.execute(sa.select(Scenario.id, Scenario.name))}
        in_force = decisions.in_force(session)
        has_baseline = session.scalar(sa.select(sa.func.count()).select_from(BaselineVersion)) or 0
        decided = {row.id: decisions.of_run(session, row.id) for row in rows}
    return CalibrationsView(
        calibrations=tuple(_row(run, names, decided[run.id]) for run in rows),
        in_force=tuple(_in_force(name, in_force[name]) for name in sorted(in_force)),
        may_start=store.governance.allows(actor, Permission.RUN_START),
        has_baseline=has_baseline > 0,
    )


def _row(run: Run, names: Mapping[int, str], decided: Mapping[str, Decision]) -> CalibrationRow:
    certificate = run.certificate or {}
    verdicts = [row.verdict for row in decided.values()]
    start = certificate.get("start")
    return CalibrationRow(
        run_id=run.id,
        state=run.state,
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        baseline_id=run.baseline_id,
        scenario=BASE if run.scenario_id is None else names.get(run.scenario_id, BASE),
        start=None if start is None else dt.date.fromisoformat(start),
        has_targets="targets.csv" in run.artifacts,
        segments=len(certificate.get("options", ())),
        accepted=verdicts.count("accepted"),
        rejected=verdicts.count("rejected"),
        currency=str(certificate.get("currency", "")),
        margin_change=finite((certificate.get("change") or {}).get("expected_margin")),
    )


def _in_force(segment: str, decision: Decision) -> InForceRow:
    target = decision.data.get("target", {})
    return InForceRow(
        segment=segment,
        run_id=decision.subject_id or 0,
        option=str(target.get("option", "")),
        safety_stock_value=finite(target.get("safety_stock_value")),
        currency=str(decision.data.get("currency", "")),
        by=decision.by,
        role=decision.role,
        at=decision.at,
        reason=decision.reason,
    )
