"""Reviews that are overdue: each is an exception for the owner of its record, until the review is held or the record closed."""

import datetime as dt
from collections.abc import Sequence

from stockrail.workbench.governance import Governance
from stockrail.workbench.governance.found import open_found
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import PlanException, Tradeoff
from stockrail.workbench.tradeoffs.records import RULE, listed, subject_of
from stockrail.workbench.tradeoffs.roles import role_for

WAITS_FOR = "review the trade-off: go on until another day, or end it as its exit plan says"


def open_overdue(store: Store, actor: str) -> list[PlanException]:
    """Open an exception for each record whose review is overdue by the clock of the store, none twice.

    Whoever edits trade-offs may ask for it, and whoever brings in actuals, so that monitoring sees to it as well.

    Returns
    -------
    The exceptions about overdue records that are open now.

    Raises
    ------
    NotAllowedError
        The actor may do neither.
    """
    if not store.governance.allows(actor, Permission.ACTUALS_IMPORT):
        store.governance.require(actor, Permission.TRADEOFF_EDIT)
    today = store.clock().date()
    with store.read() as session:
        rows = listed(session, is_open_only=True)
    broken = broken_by(store.governance, rows, today)
    return open_found(store, actor, broken) if broken else []


def overdue(rows: Sequence[Tradeoff], today: dt.date) -> list[Tradeoff]:
    """Open records whose review date is past; on the day itself there is still time."""
    return [row for row in rows if row.state == "open" and row.review_date < today]


def broken_by(governance: Governance, rows: Sequence[Tradeoff], today: dt.date) -> list[Broken]:
    """What the overdue ones among some records break."""
    days = governance.document.tradeoffs.due_working_days
    return [
        Broken(
            rule=RULE,
            subject=subject_of(row),
            owner_role=role_for(governance, row.kind),
            owner=row.owner,
            money=row.expected_money,
            due=governance.calendar.working_days.after(today, days),
            waits_for=WAITS_FOR,
            is_blocking=False,
            evidence={
                "kind": row.kind,
                "review_date": row.review_date.isoformat(),
                "expected_result": row.expected_result,
                "exit_plan": f"{row.exit_kind}: {row.exit_plan}",
            },
        )
        for row in overdue(rows, today)
    ]
