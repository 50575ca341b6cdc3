"""Approval of plans: by somebody who may, who did not start the run, and only with every blocking exception closed.

What is decided, the decision and its audit entry are one transaction.
"""

import datetime as dt
from collections.abc import Set as AbstractSet
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import ConflictError, NotAllowedError, StateError
from stockrail.workbench.governance import escalations, exceptions
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, PlanException, Run

KIND = "plan"
"""Of decisions on plans."""

_APPROVED = (
    sa.select(Run, Decision.at)
    .join(Decision, sa.and_(Decision.kind == KIND, Decision.subject_id == Run.id))
    .where(Decision.verdict == "approved")
)

_CERTIFICATE = ("objective", "expected_margin", "bound", "gap", "status", "currency")


def approve(store: Store, actor: str, run_id: int, reason: str) -> Decision:
    """Approve the plan of a run. It is then the plan that freezes hold and that later plans are compared with.

    The rules in force now are held against it first, so that nothing passes that was not looked at: a run that ended before its
    exceptions were opened, or a rule that came later.

    Raises
    ------
    ConflictError
        Another plan was approved meanwhile.
    NotAllowedError
        The actor may not approve plans, or started this run.
    NotFoundError
        There is no such run.
    StateError
        It is not finished, decided already, did not pass the independent check, or has open blocking exceptions.
    """
    role = store.governance.require(actor, Permission.PLAN_APPROVE)
    _require_reason(reason)
    with store.read() as session:
        _decidable(session, run_id, actor)
        before = latest_approved(session)
    exceptions.open_of_run(store, actor, run_id)
    with store.write(actor, "plan.approve", Run.__tablename__, run_id) as change:
        session = change.session
        run = _decidable(session, run_id, actor)
        now = latest_approved(session)
        if (now and now.id) != (before and before.id):
            raise ConflictError(
                "Another plan was approved meanwhile. Look at what differs, then approve again."
            )
        _refuse_unchecked(run)
        # Who is asked to decide decides by approving.
        asked = escalations.handed_to(session, run_id, store.governance.roles_of(actor))
        _refuse_blocked(session, run_id, {row.id for row in asked})
        run.approved_state = "approved"
        decision = _decision(run, actor, role, "approved", reason, change.at)
        session.add(decision)
        session.flush()
        earlier = [row for row in _open(session) if max(exceptions.runs_of(row), default=run_id) < run_id]
        closed = escalations.close_with(asked, decision)
        closed += exceptions.close_replaced(session, earlier, run_id, decision)
        change.data = {"reason": reason, "decision_id": decision.id, "closed": closed}
    return decision


def reject(store: Store, actor: str, run_id: int, reason: str) -> Decision:
    """Reject the plan of a run; exceptions that are about it alone are closed. Raises what `approve` raises, but for the last two."""
    role = store.governance.require(actor, Permission.PLAN_APPROVE)
    _require_reason(reason)
    with store.write(actor, "plan.reject", Run.__tablename__, run_id) as change:
        session = change.session
        run = _decidable(session, run_id, actor)
        run.approved_state = "rejected"
        decision = _decision(run, actor, role, "rejected", reason, change.at)
        session.add(decision)
        session.flush()
        alone = [row for row in _open(session) if exceptions.runs_of(row) == [run_id]]
        closed = exceptions.close_replaced(session, alone, None, decision)
        change.data = {"reason": reason, "decision_id": decision.id, "closed": closed}
    return decision


def latest_approved(session: Session) -> Run | None:
    """The run whose plan was approved last, whenever it begins; `in_force` says which one holds when."""
    return next((run for run, _ in session.execute(_APPROVED.order_by(Decision.id.desc()).limit(1))), None)


def approved_runs(session: Session) -> list[tuple[Run, dt.datetime]]:
    """Runs whose plans were approved, and when, in the order of their approval."""
    return [(run, at) for run, at in session.execute(_APPROVED.order_by(Decision.id))]


def _decidable(session: Session, run_id: int, actor: str) -> Run:
    run = exceptions.run_with_plan(session, run_id)
    if run.approved_state != "none":
        raise StateError(f"The plan of run {run_id} is {run.approved_state} already.")
    if run.requested_by == actor:
        raise NotAllowedError(
            f"{actor} started run {run_id}: somebody else decides on its plan, with the permission {Permission.PLAN_APPROVE}."
        )
    return run


def _refuse_unchecked(run: Run) -> None:
    verdict = (run.certificate or {}).get("verification") or {}
    if verdict.get("passed") is False:
        failed = ", ".join(str(check["check"]) for check in verdict.get("failed", ())[:3])
        raise StateError(
            f"The plan of run {run.id} did not pass the independent check ({failed}): it cannot be approved. Run it again."
        )


def _refuse_blocked(session: Session, run_id: int, but: AbstractSet[int]) -> None:
    if open_ones := [row for row in exceptions.blocking(session, run_id) if row.id not in but]:
        listed = "; ".join(
            f"exception {row.id}, {row.rule}: {row.owner_role} ({row.owner or 'nobody'})" for row in open_ones
        )
        raise StateError(
            f"The plan of run {run_id} waits for {len(open_ones)} decision{'s' if len(open_ones) > 1 else ''} first: {listed}. "
            "See stockrail exceptions list."
        )


def _open(session: Session) -> list[PlanException]:
    """Open exceptions about plans; others, such as overdue trade-offs, have no runs that they stand for."""
    rows = session.scalars(sa.select(PlanException).where(PlanException.state == "open"))
    return [row for row in rows if exceptions.RUNS in row.evidence]


def _decision(
    run: Run, actor: str, role: str, verdict: Literal["approved", "rejected"], reason: str, at: Any
) -> Decision:
    certificate = run.certificate or {}
    return Decision(
        kind=KIND,
        subject=Run.__tablename__,
        subject_id=run.id,
        verdict=verdict,
        by=actor,
        role=role,
        at=at,
        reason=reason,
        data={
            "inputs_hash": run.inputs_hash,
            "artifacts": run.artifacts,
            "certificate": {name: certificate.get(name) for name in _CERTIFICATE},
            "verification": (certificate.get("verification") or {}).get("passed"),
        },
    )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise StateError("Say why: --reason. Whoever looks at it later has only that.")
