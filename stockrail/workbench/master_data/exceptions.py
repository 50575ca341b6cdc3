"""Drift and differences as exceptions for whoever owns the data: one for each check, or each account that does not agree."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from stockrail.workbench.governance import Governance
from stockrail.workbench.governance.breach import MOST_LISTED
from stockrail.workbench.governance.found import open_found
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.master_data.drift import Check, Drift, DriftReport
from stockrail.workbench.master_data.reconcile import Position, Reconciliation
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.check import IN_AUDIT
from stockrail.workbench.store.tables import PlanException

DRIFT_RULE, LEDGER_RULE = "master data drift", "units to ledger"
DRIFT_WAITS_FOR = "correct it in the next baseline, or say why it stays as it is"
LEDGER_WAITS_FOR = "correct the ledger, the counts or the baseline, or say why they differ"


def open_drift(store: Store, actor: str, report: DriftReport) -> list[PlanException]:
    """Open an exception for each check with drift beyond its tolerance; it belongs to the role that owns the column.

    The same drift that is open already is not opened twice, and what was decided stays decided as long as its numbers are the same.

    Returns
    -------
    The exceptions about this drift that are open now.

    Raises
    ------
    NotAllowedError
        The actor may not import baselines.
    """
    store.governance.require(actor, Permission.BASELINE_IMPORT)
    return open_undecided(store, actor, broken_by_drift(store, report))


def broken_by_drift(store: Store, report: DriftReport) -> list[Broken]:
    """What drift beyond its tolerance breaks: of each check, with the items or suppliers that mean the most money."""
    governance = store.governance
    beyond: defaultdict[Check, list[Drift]] = defaultdict(list)
    for one in report.beyond:
        beyond[one.check].append(one)
    return [_broken(store, governance, report, check, drifts) for check, drifts in beyond.items()]


def open_differences(store: Store, actor: str, found: Reconciliation, source: Path) -> list[PlanException]:
    """Open an exception for each book that differs from its accounts by more than the tolerance; the trial balance is kept with it.

    Raises what `open_drift` raises.
    """
    store.governance.require(actor, Permission.BASELINE_IMPORT)
    beyond = found.beyond(store.governance.document.master_data.most_ledger_difference)
    digest = store.artifacts.put(source) if beyond else ""
    return open_undecided(store, actor, [_broken_by_difference(store, found, one, digest) for one in beyond])


def open_undecided(store: Store, actor: str, found: Sequence[Broken]) -> list[PlanException]:
    """`open_found` without what somebody has decided already, about the same numbers."""
    with store.read() as session:
        closed = session.scalars(
            sa.select(PlanException).where(
                PlanException.state != "open", PlanException.rule.in_({one.rule for one in found})
            )
        ).all()
    decided = [(row.rule, row.subject, row.evidence) for row in closed]
    waiting = [one for one in found if (one.rule, one.subject, dict(one.evidence)) not in decided]
    return open_found(store, actor, waiting) if waiting else []


def _broken(
    store: Store, governance: Governance, report: DriftReport, check: Check, drifts: Sequence[Drift]
) -> Broken:
    role = governance.owner_of(check.table, check.column)
    return Broken(
        rule=DRIFT_RULE,
        subject=f"{check.title}, {report.compared}",
        owner_role=role,
        owner=", ".join(governance.people_in(role)),
        money=total(abs(one.money) if one.money is not None else None for one in drifts),
        due=governance.calendar.working_days.after(
            store.clock().date(), governance.document.master_data.due_working_days
        ),
        waits_for=DRIFT_WAITS_FOR,
        is_blocking=False,
        evidence={
            "kind": "master_data",
            "check": check.name,
            "count": len(drifts),
            "money_means": check.money_means,
            "net_money": total(one.money for one in drifts),
            "largest": [
                {"subject": one.subject, "stated": one.stated, "found": one.found, "money": one.money}
                for one in drifts[:MOST_LISTED]
            ],
        },
    )


def _broken_by_difference(store: Store, found: Reconciliation, position: Position, source: str) -> Broken:
    governance = store.governance
    rules = governance.document.master_data
    difference = position.difference or Decimal(0)
    return Broken(
        rule=LEDGER_RULE,
        subject=f"{position.title} on {found.date}, {found.baseline}",
        owner_role=rules.ledger_owner,
        owner=", ".join(governance.people_in(rules.ledger_owner)),
        money=float(abs(difference)),
        due=governance.calendar.working_days.after(store.clock().date(), rules.due_working_days),
        waits_for=LEDGER_WAITS_FOR,
        is_blocking=False,
        # Exact amounts are text: a JSON number is a double.
        evidence={
            "kind": "master_data",
            "accounts": list(position.accounts),
            "ledger": str(position.ledger),
            "books": str(position.books),
            "difference": str(difference),
            "unexplained": str(position.unexplained),
            "lines": [
                {
                    "amount": str(line.amount),
                    "kind": line.kind,
                    "item": line.subject or None,
                    "text": line.text,
                }
                for line in position.lines[:MOST_LISTED]
            ],
            "line_count": len(position.lines),
            IN_AUDIT: source,
        },
    )


def total(amounts: Iterable[float | None]) -> float | None:
    """Sum of the amounts that are known; None where none is."""
    known = [one for one in amounts if one is not None]
    return sum(known) if known else None
