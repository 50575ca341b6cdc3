"""Runs: the list, one run, and what its process said."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.what_if import BASE
from stockrail.web.files import currency_of
from stockrail.web.views import run_progress
from stockrail.web.views.run_diagnosis import DiagnosisView, diagnosis_of
from stockrail.web.views.run_progress import ProgressView
from stockrail.workbench.governance.freezes import notes_of
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.display import gap_of
from stockrail.workbench.runs.files import log_of
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.options import parsed
from stockrail.workbench.runs.queue import at_once
from stockrail.workbench.runs.submit import GOES_ON
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import AuditEntry, Run, RunKind, RunState, Scenario

PAGE = 50
"""Runs on a page of the list."""

PLAN_FILE, TARGETS_FILE = "plan.json", "targets.csv"

LOG_BYTES = 64 * 1024
"""How much of the end of a log is shown."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class RunRow(BaseModel):
    """A run in the list."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: RunKind
    state: RunState
    requested_by: str
    requested_at: dt.datetime
    finished_at: dt.datetime | None
    reason: str | None = Field(description="Why it was asked for.")
    baseline_id: int
    scenario: str = Field(description="base for the baseline without changes.")
    scenario_version: int | None
    guardrail_version_id: int | None = Field(description="Null where the baseline's own limits hold.")
    gap: float | None = Field(description="Reached so far, a share; null where nothing is known.")
    seconds: float | None = Field(description="Spent so far.")
    approved_state: str = Field(description="none, approved or rejected.")
    has_plan: bool = Field(description="There is a plan to look at.")
    has_targets: bool = Field(description="There are targets for the ERP to look at.")


class RunsView(BaseModel):
    """The latest runs, the newest first."""

    model_config = ConfigDict(frozen=True)

    runs: tuple[RunRow, ...]
    running: int = Field(description="How many go now.")
    queued: int = Field(description="How many wait.")
    at_once: int = Field(description="How many may go at a time.")
    may_start: bool = Field(description="Whether the visitor may start one.")
    older_than: int | None = Field(description="Ask for runs before this number for the next page.")


class OptionValue(BaseModel):
    """An option that a run was asked for with."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: Any
    is_default: bool


class FailedCheck(BaseModel):
    """A check of the independent checker that did not pass."""

    model_config = ConfigDict(frozen=True)

    check: str
    detail: str


class Verification(BaseModel):
    """What the independent checker says."""

    model_config = ConfigDict(frozen=True)

    of: str = Field(description="Which plan: blank, or the strategy of a calibration.")
    passed: bool | None = Field(description="Null where it was not asked; `detail` says why.")
    checks: int = Field(description="How many were made.")
    failed: tuple[FailedCheck, ...]
    detail: str


class RunView(BaseModel):
    """A run: what was asked for, how it stands, what is proven, what can be done next. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    run: RunRow
    currency: str
    progress: ProgressView
    options: tuple[OptionValue, ...]
    status: str | None = Field(
        description="proven within the gap asked for, feasible, infeasible or none; null while it goes."
    )
    termination_reason: str | None = Field(description="Why the search ended.")
    objective: float | None = Field(description="Of the plan, in money.")
    expected_margin: float | None
    bound: float | None = Field(description="No plan reaches more than this.")
    gap: float | None
    error: str | None = Field(description="Why there is no result, in words.")
    diagnosis: DiagnosisView | None = Field(description="Where no plan keeps the limits.")
    verifications: tuple[Verification, ...]
    notes: tuple[str, ...] = Field(description="Orders that a freeze or a lock holds.")
    may_cancel: bool
    may_resume: bool
    may_start: bool
    cancelled_by: str | None = Field(description="Who has cancelled it.")
    seen: str = Field(description="Send it back to cancel or resume.")


def list_view(store: Store, actor: str, before: int | None = None, most: int = PAGE) -> RunsView:
    """The latest runs.

    Parameters
    ----------
    before : only runs with smaller numbers; None for the latest.
    """
    with store.read() as session:
        asked = sa.select(Run).order_by(Run.id.desc()).limit(most + 1)
        found = list(session.scalars(asked if before is None else asked.where(Run.id < before)))
        names = _names(found, session)
        states = session.execute(
            sa.select(Run.state, sa.func.count())
            .where(Run.state.in_(("running", "queued")))
            .group_by(Run.state)
        ).all()
    counts: dict[str, int] = {str(state): int(number) for state, number in states}
    shown = found[:most]
    return RunsView(
        runs=tuple(_row(run, names) for run in shown),
        running=counts.get("running", 0),
        queued=counts.get("queued", 0),
        at_once=at_once(store),
        may_start=store.governance.allows(actor, Permission.RUN_START),
        older_than=shown[-1].id if len(found) > most else None,
    )


def view(store: Store, actor: str, run_id: int) -> RunView:
    """A run.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    run = get(store, run_id)
    with store.read() as session:
        names = _names([run], session)
    progress = run_progress.view(store, run_id)
    numbers = run.certificate or {}
    allows = store.governance.allows
    may_start = allows(actor, Permission.RUN_START)
    is_calibration = run.kind == "calibrate"
    return RunView(
        run=_row(run, names),
        currency=currency_of(store, run.baseline_id),
        progress=progress,
        options=_options(run),
        status=numbers.get("status"),
        termination_reason=numbers.get("termination_reason"),
        objective=numbers.get("objective"),
        expected_margin=numbers.get("expected_margin"),
        bound=numbers.get("bound"),
        # In the certificate of a calibration it is the one that was asked for.
        gap=None if is_calibration else numbers.get("gap"),
        error=run.error,
        diagnosis=diagnosis_of(store, run),
        verifications=verifications_of(run),
        notes=tuple(notes_of(store, run.id)),
        may_cancel=run.state in ("queued", "running") and allows(actor, Permission.RUN_CANCEL),
        may_resume=run.state in GOES_ON and may_start,
        may_start=may_start,
        cancelled_by=_cancelled_by(store, run),
        seen=progress.seen,
    )


def log_lines(store: Store, run_id: int) -> tuple[str, ...]:
    """The last lines that the run's process has said, without characters that do something to a screen.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    return tuple(_CONTROL.sub("", line) for line in log_of(store, get(store, run_id), LOG_BYTES).split("\n"))


def changed(store: Store, run_id: int) -> str:
    """What has become of a run, by whom and when: for those who looked at it before that."""
    run = get(store, run_id)
    entry = _latest_entry(store, run_id)
    if entry is None:
        return f"Run {run_id} is {run.state} now."
    at = dt.datetime.fromisoformat(entry.at)
    return f"Run {run_id} is {run.state} now, since {at:%Y-%m-%d %H:%M:%S} UTC, by {entry.actor}."


def verifications_of(run: Run) -> tuple[Verification, ...]:
    """What the checker says of a plan, or of each strategy of a calibration."""
    told = (run.certificate or {}).get("verification") or {}
    by_plan = {"": told} if "passed" in told else told
    return tuple(_verification(of, verdict) for of, verdict in by_plan.items() if verdict is not None)


def _latest_entry(store: Store, run_id: int, action: str | None = None) -> AuditEntry | None:
    about = sa.select(AuditEntry).where(
        AuditEntry.entity == Run.__tablename__, AuditEntry.entity_id == run_id
    )
    if action is not None:
        about = about.where(AuditEntry.action == action)
    with store.read() as session:
        return session.scalar(about.order_by(AuditEntry.id.desc()).limit(1))


def _cancelled_by(store: Store, run: Run) -> str | None:
    if not run.cancel_requested:
        return None
    entry = _latest_entry(store, run.id, "run.ask_to_cancel")
    return None if entry is None else entry.actor


def _names(runs: Iterable[Run], session: Any) -> dict[int, str]:
    wanted = {run.scenario_id for run in runs} - {None}
    rows = session.execute(sa.select(Scenario.id, Scenario.name).where(Scenario.id.in_(wanted)))
    return {number: name for number, name in rows}


def _row(run: Run, names: dict[int, str]) -> RunRow:
    return RunRow(
        id=run.id,
        kind=run.kind,
        state=run.state,
        requested_by=run.requested_by,
        requested_at=run.requested_at,
        finished_at=run.finished_at,
        reason=run.reason,
        baseline_id=run.baseline_id,
        scenario=BASE if run.scenario_id is None else names[run.scenario_id],
        scenario_version=run.scenario_version,
        guardrail_version_id=run.guardrail_version_id,
        gap=gap_of(run),
        seconds=(run.progress or {}).get("seconds"),
        approved_state=run.approved_state,
        has_plan=PLAN_FILE in run.artifacts,
        has_targets=TARGETS_FILE in run.artifacts,
    )


def _options(run: Run) -> tuple[OptionValue, ...]:
    chosen = parsed(run.kind, run.options)
    fields = type(chosen).model_fields
    return tuple(
        OptionValue(
            name=name,
            value=value,
            is_default=getattr(chosen, name) == fields[name].get_default(call_default_factory=True),
        )
        for name, value in chosen.model_dump(mode="json").items()
    )


def _verification(of: str, verdict: dict[str, Any]) -> Verification:
    return Verification(
        of=of,
        passed=verdict["passed"],
        checks=verdict["checks"],
        failed=tuple(
            FailedCheck(check=row["check"], detail=str(row.get("detail", ""))) for row in verdict["failed"]
        ),
        detail=verdict["detail"],
    )
