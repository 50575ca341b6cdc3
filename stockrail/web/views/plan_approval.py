"""Approval of a plan: what it waits for, what was decided, and whether the visitor may decide."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from stockrail.web.stale import seen_of
from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.governance.approvals import KIND, latest_approved
from stockrail.workbench.governance.escalations import RULE, escalation_role
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.lookup import get_in
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, PlanException, Run


class ExceptionRow(BaseModel):
    """A broken rule that the plan stands for. Money in the run's currency."""

    model_config = ConfigDict(frozen=True)

    id: int
    rule: str
    subject: str
    state: str = Field(description="open, resolved or waived.")
    is_blocking: bool = Field(description="While it is open the plan cannot be approved.")
    owner_role: str
    owner: str = Field(description="Who has the role; blank for nobody.")
    money: float | None = Field(description="At stake; null where it is not known.")
    due: dt.date | None
    waits_for: str = Field(description="The decision that it waits for.")


class DecisionRow(BaseModel):
    """What was decided about the plan."""

    model_config = ConfigDict(frozen=True)

    verdict: str
    by: str
    role: str
    at: dt.datetime
    reason: str


class ApprovalView(BaseModel):
    """How the plan stands to its approval."""

    model_config = ConfigDict(frozen=True)

    state: str = Field(description="none, approved or rejected.")
    decisions: tuple[DecisionRow, ...] = Field(description="The latest first.")
    exceptions: tuple[ExceptionRow, ...] = Field(description="By due date, those that block first.")
    blocking: tuple[int, ...] = Field(
        description="Numbers of the open exceptions that keep it from approval."
    )
    may_decide: bool = Field(description="Whether the visitor may approve or reject it.")
    refusal: str | None = Field(description="Why the visitor may not, in words.")
    may_approve: bool = Field(description="They may, nothing blocks it, and it passed the independent check.")
    may_escalate: bool = Field(description="Whether the visitor may hand the decision to somebody above.")
    escalates_to: str | None = Field(description="The role that it would be handed to.")
    approved_run: int | None = Field(description="The run whose plan was approved last.")
    seen: str = Field(description="Send it back with the decision.")


def approval_view(store: Store, actor: str, run_id: int) -> ApprovalView:
    """How the plan of a run stands to its approval, for one visitor.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    with store.read() as session:
        run = get_in(session, run_id)
        rows = [row for row in exceptions.listed(session) if exceptions.stands_for(row, run_id)]
        blocking = exceptions.blocking(session, run_id)
        decided = _decisions(session, run_id)
        approved = latest_approved(session)
    shown = {row.id: row for row in [*rows, *blocking]}
    refusal = _refusal(store, actor, run)
    verdict = (run.certificate or {}).get("verification") or {}
    role = escalation_role(store)
    is_open = run.state == "finished" and run.approved_state == "none"
    is_asked = any(row.rule == RULE and row.state == "open" for row in rows)
    # Who is asked to decide decides by approving.
    own = set(store.governance.roles_of(actor))
    in_the_way = [row for row in blocking if row.rule != RULE or row.owner_role not in own]
    return ApprovalView(
        state=run.approved_state,
        decisions=tuple(
            DecisionRow(verdict=row.verdict, by=row.by, role=row.role, at=row.at, reason=row.reason)
            for row in decided
        ),
        exceptions=tuple(_exception(row) for row in sorted(shown.values(), key=_urgency)),
        blocking=tuple(row.id for row in blocking),
        may_decide=refusal is None,
        refusal=refusal,
        may_approve=refusal is None and not in_the_way and verdict.get("passed") is not False,
        may_escalate=is_open
        and not is_asked
        and role is not None
        and store.governance.allows(actor, Permission.RUN_START),
        escalates_to=role,
        approved_run=None if approved is None else approved.id,
        seen=_seen(run, approved, blocking),
    )


def seen(store: Store, run_id: int) -> str:
    """The tag of what somebody who decides about the plan has looked at."""
    with store.read() as session:
        run = get_in(session, run_id)
        return _seen(run, latest_approved(session), exceptions.blocking(session, run_id))


def changed(store: Store, run_id: int) -> str:
    """What has become of the plan's approval, by whom and when."""
    with store.read() as session:
        run = get_in(session, run_id)
        decided = _decisions(session, run_id)
        approved = latest_approved(session)
        last = session.scalar(
            sa.select(Decision).where(Decision.kind == KIND).order_by(Decision.id.desc()).limit(1)
        )
    if decided:
        return (
            f"{decided[0].by} has {decided[0].verdict} the plan of run {run_id} at {_moment(decided[0].at)}."
        )
    if approved is not None and last is not None:
        return f"What the plan of run {run.id} waits for has changed; {last.by} decided on the plan of run {last.subject_id} at {_moment(last.at)}."
    return f"What the plan of run {run.id} waits for has changed."


def _seen(run: Run, approved: Run | None, blocking: Sequence[PlanException]) -> str:
    numbers = "-".join(str(row.id) for row in blocking) or None
    return seen_of("plan", run.id, run.approved_state, None if approved is None else approved.id, numbers)


def _refusal(store: Store, actor: str, run: Run) -> str | None:
    """Why somebody may not decide on the plan; None where they may."""
    if run.state != "finished":
        return f"The run is {run.state}: only the plan of a finished run is decided on."
    if run.approved_state != "none":
        return f"The plan is {run.approved_state} already."
    try:
        store.governance.require(actor, Permission.PLAN_APPROVE)
    except NotAllowedError as error:
        return str(error)
    if run.requested_by == actor:
        return f"You started this run: somebody else decides on its plan, with the permission {Permission.PLAN_APPROVE}."
    return None


def _decisions(session: Session, run_id: int) -> list[Decision]:
    about = sa.select(Decision).where(Decision.kind == KIND, Decision.subject_id == run_id)
    return list(session.scalars(about.order_by(Decision.id.desc())))


def _urgency(row: PlanException) -> tuple[bool, bool, dt.date, int]:
    return row.state != "open", not row.is_blocking, row.due or dt.date.max, row.id


def _exception(row: PlanException) -> ExceptionRow:
    return ExceptionRow(
        id=row.id,
        rule=row.rule,
        subject=row.subject,
        state=row.state,
        is_blocking=row.is_blocking,
        owner_role=row.owner_role,
        owner=row.owner,
        money=row.money,
        due=row.due,
        waits_for=row.waits_for,
    )


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
