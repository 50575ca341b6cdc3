"""Exceptions: broken rules of the plans of runs, each waiting for the decision of its owner.

The same rule broken in the same place by a later run is the same exception: it keeps its number and its due date, and
`evidence["runs"]` lists every run whose plan it stands for, with the money at stake in each. It blocks all of them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.rules import Broken, Facts, broken_rules
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, ExceptionState, PlanException, Run

ENTITY = PlanException.__tablename__
RUNS, REPLACED = "runs", "replaced_by_run"
"""Names within `evidence`: runs it stands for, and the approved run that made it pointless."""


def open_of_run(store: Store, actor: str, run_id: int) -> list[PlanException]:
    """Hold the rules against the plan of a run, open what is broken, and return the run's exceptions that are open.

    Rules decide here and nobody else, so it needs no permission. Asked again it opens nothing twice: what was closed for a run
    stays closed, and what was broken in an earlier run and is still open becomes one with it.

    Parameters
    ----------
    actor : in whose name it is logged: who started the run, or looks at it.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        It has no plan.
    """
    broken = find_broken(store, run_id)
    with store.write(actor, "exception.open", ENTITY, data={"run_id": run_id}) as change:
        session = change.session
        there = session.scalars(sa.select(PlanException).order_by(PlanException.id)).all()
        added, joined = [], []
        for one in broken:
            same = [row for row in there if (row.rule, row.subject) == (one.rule, one.subject)]
            if any(stands_for(row, run_id) for row in same):
                continue
            earlier = next((row for row in reversed(same) if row.state == "open"), None)
            if earlier is None:
                runs = {str(run_id): one.money}
                row = opened(one, run_id, change.at, {**one.evidence, RUNS: runs})
                session.add(row)
                added.append(row)
            else:
                _join(earlier, one, run_id)
                joined.append(earlier)
        session.flush()
        change.data = {
            "run_id": run_id,
            "opened": [row.id for row in added],
            "joined": [row.id for row in joined],
        }
        if not added and not joined:
            change.discard()
    with store.read() as session:
        return [row for row in listed(session) if row.state == "open" and stands_for(row, run_id)]


def open_after_run(store: Store, run_id: int) -> None:
    """`open_of_run` for a run that has just ended, in the name of who asked for it; nothing where it has no plan."""
    with store.read() as session:
        run = session.get_one(Run, run_id)
    if run.kind == "plan" and run.state == "finished":
        open_of_run(store, run.requested_by, run_id)


def find_broken(store: Store, run_id: int) -> list[Broken]:
    """The rules that the plan of a run breaks now, against the plan approved last."""
    from stockrail.workbench.governance.approvals import latest_approved
    from stockrail.workbench.runs.inputs import instance_of

    with store.read() as session:
        run = run_with_plan(session, run_id)
        approved = latest_approved(session)
    if approved is not None and approved.id == run_id:
        approved = None
    facts = Facts(
        files_of(store, run),
        lambda: instance_of(store, run),
        None if approved is None else files_of(store, approved),
    )
    return broken_rules(store.governance, facts, store.clock().date())


def resolve(store: Store, actor: str, exception_id: int, reason: str) -> PlanException:
    """Decide what an exception waits for: it belongs to its owner's role, and never to who started the run, if it blocks.

    Raises
    ------
    NotAllowedError
        The actor does not have the owner's role, or started the run.
    NotFoundError
        There is no such exception.
    StateError
        It is closed already, or no reason is given.
    """
    store.governance.require(actor, Permission.EXCEPTION_RESOLVE)
    with store.read() as session:
        owner_role = get(session, exception_id).owner_role
    store.governance.require_role(actor, owner_role, f"resolve exception {exception_id}")
    return _close(store, actor, exception_id, "resolved", owner_role, reason)


def waive(store: Store, actor: str, exception_id: int, reason: str) -> PlanException:
    """Let a plan pass although it breaks a rule, whoever owns the rule. Raises what `resolve` raises."""
    role = store.governance.require(actor, Permission.EXCEPTION_WAIVE)
    return _close(store, actor, exception_id, "waived", role, reason)


def listed(session: Session, run_id: int | None = None) -> list[PlanException]:
    """Exceptions by due date, those of one run or of all."""
    order = (PlanException.due, PlanException.id)
    rows = session.scalars(sa.select(PlanException).order_by(*order)).all()
    return [row for row in rows if run_id is None or stands_for(row, run_id)]


def get(session: Session, exception_id: int) -> PlanException:
    """An exception by its number; NotFoundError where there is none."""
    found = session.get(PlanException, exception_id)
    if found is None:
        raise NotFoundError(
            f"There is no exception {exception_id}: stockrail exceptions list --all shows those there are."
        )
    return found


def stands_for(row: PlanException, run_id: int) -> bool:
    """Whether an exception is about the plan of a run, and was not closed only because another plan was approved."""
    return REPLACED not in row.evidence and run_id in runs_of(row)


def runs_of(row: PlanException) -> list[int]:
    """Every run whose plan an exception stands for."""
    own = [] if row.run_id is None else [row.run_id]
    return list(dict.fromkeys([*own, *(int(number) for number in row.evidence.get(RUNS, {}))]))


def is_about_plan(row: PlanException) -> bool:
    """Whether an exception is about plans of runs; others are about what happened, or about data."""
    return RUNS in row.evidence


def blocking(session: Session, run_id: int) -> list[PlanException]:
    """Open exceptions that keep the plan of a run from approval: those about it, and those that are about no plan."""
    rows = [row for row in listed(session) if row.state == "open" and row.is_blocking]
    return [row for row in rows if stands_for(row, run_id) or not is_about_plan(row)]


def files_of(store: Store, run: Run) -> PlanFiles:
    """The files of a run's plan.

    Raises
    ------
    StateError
        The run does not have one of them.
    """

    def contents(name: str) -> bytes:
        if name not in run.artifacts:
            raise StateError(
                f"Run {run.id} has no {name}: its plan cannot be held against the rules. Run it again."
            )
        return store.artifacts.get(run.artifacts[name])

    return PlanFiles.of(f"run {run.id}", contents)


def run_with_plan(session: Session, run_id: int) -> Run:
    """A finished run of a plan.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        It is of another kind, or not finished.
    """
    run = session.get(Run, run_id)
    if run is None:
        raise NotFoundError(f"There is no run {run_id}: stockrail run list shows those there are.")
    if run.kind != "plan":
        raise StateError(f"Run {run_id} is a {run.kind} run and has no plan.")
    if run.state != "finished":
        raise StateError(f"Run {run_id} is {run.state}: only the plan of a finished run is decided on.")
    return run


def close_replaced(
    session: Session, rows: Sequence[PlanException], by_run: int | None, decision: Decision
) -> list[int]:
    """Close exceptions of plans that nobody will use; they count no longer, also not as decided. Returns their numbers."""
    for row in rows:
        row.state, row.closed_at, row.closed_by, row.decision_id = (
            "resolved", decision.at, decision.by, decision.id,
        )  # fmt: skip
        row.evidence = {**row.evidence, REPLACED: by_run}
    session.flush()
    return [row.id for row in rows]


def opened(one: Broken, run_id: int | None, at: dt.datetime, evidence: Mapping[str, Any]) -> PlanException:
    """A new exception about a broken rule; it is not in the store yet."""
    return PlanException(
        run_id=run_id,
        rule=one.rule,
        subject=one.subject,
        owner_role=one.owner_role,
        owner=one.owner,
        money=one.money,
        due=one.due,
        waits_for=one.waits_for,
        is_blocking=one.is_blocking,
        state="open",
        evidence=dict(evidence),
        opened_at=at,
    )


def _join(row: PlanException, one: Broken, run_id: int) -> None:
    """An exception that is open already now stands for a later run, too."""
    runs: dict[str, Any] = {**row.evidence.get(RUNS, {}), str(run_id): one.money}
    row.evidence = {**one.evidence, RUNS: runs}
    row.money, row.waits_for, row.owner_role, row.owner = one.money, one.waits_for, one.owner_role, one.owner
    row.is_blocking = row.is_blocking or one.is_blocking


def _close(
    store: Store, actor: str, exception_id: int, state: ExceptionState, role: str, reason: str
) -> PlanException:
    if not reason.strip():
        raise StateError("Say why: --reason. Whoever looks at it later has only that.")
    action = "exception.resolve" if state == "resolved" else "exception.waive"
    with store.write(actor, action, ENTITY, exception_id) as change:
        session = change.session
        row = get(session, exception_id)
        if row.state != "open":
            raise StateError(
                f"Exception {exception_id} is {row.state} already, by {row.closed_by} at {row.closed_at:%Y-%m-%d %H:%M} UTC."
            )
        if state == "resolved" and row.owner_role != role:
            raise NotAllowedError(
                f"Exception {exception_id} now belongs to {row.owner_role}: look at it again."
            )
        _refuse_own(session, row, actor)
        decision = Decision(
            kind="exception",
            subject=ENTITY,
            subject_id=exception_id,
            verdict=state,
            by=actor,
            role=role,
            at=change.at,
            reason=reason,
            data={"rule": row.rule, "subject": row.subject, RUNS: row.evidence.get(RUNS, {})},
        )
        session.add(decision)
        session.flush()
        row.state, row.closed_at, row.closed_by, row.decision_id = state, change.at, actor, decision.id
        change.data = {"reason": reason, "decision_id": decision.id}
    return row


def _refuse_own(session: Session, row: PlanException, actor: str) -> None:
    if not row.is_blocking:
        return
    for number in runs_of(row):
        run = session.get(Run, number)
        if run is not None and run.requested_by == actor:
            raise NotAllowedError(
                f"{actor} started run {number}, which exception {row.id} blocks: somebody else decides it, "
                f"with the role {row.owner_role}, or waives it."
            )
