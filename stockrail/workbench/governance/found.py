"""Exceptions that are about no plan of a run: what happened, a review that is overdue, data that drifted."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.governance.exceptions import ENTITY, is_about_plan, listed, opened
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import PlanException, Run

WORSE_SHARE = 0.1
"""By how much more has to be at stake than when it was decided."""


def open_found(
    store: Store, actor: str, found: Sequence[Broken], run_id: int | None = None
) -> list[PlanException]:
    """Open exceptions about something else than a new plan: what happened, a review that is overdue, data that drifted.

    The same rule about the same subject that is open already is the same exception: it keeps its number and its due date, and
    has the money and the evidence of now. What was found against a plan and decided stays decided for that plan as long as no more
    than `WORSE_SHARE` more is at stake; everything else that was closed comes back as a new exception. No approval of a plan closes
    such an exception. One that blocks keeps every plan from approval until it is decided.

    Parameters
    ----------
    actor : in whose name it is logged. Whoever calls this has asked for the permission to look.
    run_id : the run whose plan it was found against; None where it is about no plan.

    Returns
    -------
    The open exceptions about what was found.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    places = {(one.rule, one.subject) for one in found}
    with store.write(actor, "exception.open", ENTITY) as change:
        session = change.session
        if run_id is not None and session.get(Run, run_id) is None:
            raise NotFoundError(f"There is no run {run_id}: stockrail run list shows those there are.")
        there: dict[tuple[str, str], PlanException] = {}
        for row in session.scalars(sa.select(PlanException).order_by(PlanException.id)):
            if not is_about_plan(row):
                there[row.rule, row.subject] = row  # the latest one counts
        added, changed = [], []
        for one in found:
            before = there.get((one.rule, one.subject))
            if before is not None and before.state == "open":
                if _refresh(before, one, run_id):
                    changed.append(before)
            elif before is None or _is_new(before, one, run_id):
                row = there[one.rule, one.subject] = opened(one, run_id, change.at, one.evidence)
                session.add(row)
                added.append(row)
        session.flush()
        change.data = {
            "run_id": run_id,
            "opened": [row.id for row in added],
            "changed": [row.id for row in changed],
        }
        if not added and not changed:
            change.discard()
    with store.read() as session:
        rows = listed(session)
    return [
        row
        for row in rows
        if row.state == "open" and (row.rule, row.subject) in places and not is_about_plan(row)
    ]


def _is_new(row: PlanException, one: Broken, run_id: int | None) -> bool:
    """Whether a rule that is broken says more than an exception about the same that was closed."""
    if run_id is None or row.run_id != run_id:
        return True
    if row.money is None or one.money is None:
        return canonical(row.evidence) != canonical(dict(one.evidence))
    return one.money > (1 + WORSE_SHARE) * row.money


def _refresh(row: PlanException, one: Broken, run_id: int | None) -> bool:
    """An exception that is open already has the numbers of now; whether anything differs."""
    now: dict[str, Any] = {
        "run_id": run_id,
        "money": one.money,
        "waits_for": one.waits_for,
        "owner_role": one.owner_role,
        "owner": one.owner,
        "is_blocking": row.is_blocking or one.is_blocking,
    }
    differs = {name: value for name, value in now.items() if getattr(row, name) != value}
    if canonical(row.evidence) != canonical(dict(one.evidence)):
        differs["evidence"] = dict(one.evidence)
    for name, value in differs.items():
        setattr(row, name, value)
    return bool(differs)
