"""Escalation of a plan: who made it asks those who may pass over rules to decide on it; until they have, nobody else approves it."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, PlanException

RULE = "escalated"
"""In place of a rule's name: no rule is broken, somebody asks."""

DUE_WORKING_DAYS = 2
"""Until when it is to be decided."""


def escalation_role(store: Store) -> str | None:
    """The role that plans are escalated to: the first that may waive exceptions and has people; None where there is none."""
    roles = store.governance.roles_with(Permission.EXCEPTION_WAIVE)
    return next((role for role in roles if store.governance.people_in(role)), None)


def escalate(store: Store, actor: str, run_id: int, reason: str) -> PlanException:
    """Hand the decision on the plan of a run to the role that may waive exceptions.

    It is an exception that blocks the plan's approval, of which nobody knows what is at stake. Whoever has the role closes it by
    deciding on the plan, or by resolving it: then others may approve.

    Raises
    ------
    NotAllowedError
        The actor may not start runs: who does not plan does not ask for a decision on a plan.
    NotFoundError
        There is no such run.
    StateError
        It has no finished plan, is decided already or escalated already, no reason is given, or nobody has such a role.
    """
    store.governance.require(actor, Permission.RUN_START)
    if not reason.strip():
        raise StateError("Say why: whoever decides has only that.")
    role = escalation_role(store)
    if role is None:
        raise StateError(
            f"Nobody may decide over rules: governance.yaml names nobody with {Permission.EXCEPTION_WAIVE}."
        )
    due = store.governance.calendar.working_days.after(store.clock().date(), DUE_WORKING_DAYS)
    with store.write(actor, "plan.escalate", exceptions.ENTITY) as change:
        session = change.session
        run = exceptions.run_with_plan(session, run_id)
        if run.approved_state != "none":
            raise StateError(f"The plan of run {run_id} is {run.approved_state} already.")
        if there := _open(session, run_id):
            raise StateError(
                f"The plan of run {run_id} is escalated already: exception {there[0].id} waits for {there[0].owner_role}."
            )
        asked = Broken(
            rule=RULE,
            subject=f"plan of run {run_id}",
            owner_role=role,
            owner=", ".join(store.governance.people_in(role)),
            money=None,
            due=due,
            waits_for=f"decide on the plan, which {actor} asks for: {reason}",
            is_blocking=True,
            evidence={},
        )
        evidence = {exceptions.RUNS: {str(run_id): None}, "escalated_by": actor, "reason": reason}
        row = exceptions.opened(asked, run_id, change.at, evidence)
        session.add(row)
        session.flush()
        change.entity_id, change.data = row.id, {"run_id": run_id, "reason": reason}
    return row


def handed_to(session: Session, run_id: int, roles: Iterable[str]) -> list[PlanException]:
    """Open escalations of a run's plan that somebody with these roles decides."""
    return [row for row in _open(session, run_id) if row.owner_role in set(roles)]


def close_with(rows: Sequence[PlanException], decision: Decision) -> list[int]:
    """The decision that was asked for is there: close the escalations, and return their numbers."""
    for row in rows:
        row.state, row.closed_at, row.closed_by, row.decision_id = (
            "resolved", decision.at, decision.by, decision.id,
        )  # fmt: skip
    return [row.id for row in rows]


def _open(session: Session, run_id: int) -> list[PlanException]:
    asked = sa.select(PlanException).where(PlanException.rule == RULE, PlanException.state == "open")
    return [row for row in session.scalars(asked) if exceptions.stands_for(row, run_id)]
