"""What of the store decides pages about what happened: actuals, approved plans, finished plans, the rules and the day."""

import hashlib

import sqlalchemy as sa

from stockrail.web.stale import seen_of
from stockrail.workbench.governance.approvals import KIND
from stockrail.workbench.store import Store
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import AuditEntry, Decision, Run

IMPORT = "actuals.import"
"""Action of the audit log."""


def facts_of(store: Store) -> str:
    """Text that is another one when anything has changed that scorecards, monitoring or drift depend on."""
    with store.read() as session:
        imported = session.scalar(sa.select(sa.func.max(AuditEntry.id)).where(AuditEntry.action == IMPORT))
        decided = session.scalar(sa.select(sa.func.max(Decision.id)).where(Decision.kind == KIND))
        finished = session.scalar(sa.select(sa.func.max(Run.finished_at)))
        baselines = session.scalar(
            sa.select(sa.func.max(AuditEntry.id)).where(AuditEntry.action == "baseline.import")
        )
    file = store.governance_file
    rules = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
    day = store.clock().date().isoformat()
    when = None if finished is None else finished.isoformat()
    return canonical([store.name, imported, decided, when, baselines, rules, day])


def seen(store: Store) -> str:
    """The tag of pages about what happened: the latest import, and the latest decision on a plan."""
    imported, decided = _latest(store)
    return seen_of(
        "actuals", None if imported is None else imported.id, None if decided is None else decided.id
    )


def changed_words(store: Store) -> str:
    """What has changed last of what the tag is about, by whom and when."""
    imported, decided = _latest(store)
    parts = []
    if imported is not None:
        parts.append(f"{imported.actor} imported actuals at {imported.at[:19].replace('T', ' ')} UTC")
    if decided is not None:
        parts.append(
            f"{decided.by} {decided.verdict} the plan of run {decided.subject_id} at {decided.at:%Y-%m-%d %H:%M:%S} UTC"
        )
    return f"{'; '.join(parts)}." if parts else "This is not what the page showed."


def _latest(store: Store) -> tuple[AuditEntry | None, Decision | None]:
    imports = sa.select(AuditEntry).where(AuditEntry.action == IMPORT).order_by(AuditEntry.id.desc()).limit(1)
    plans = sa.select(Decision).where(Decision.kind == KIND).order_by(Decision.id.desc()).limit(1)
    with store.read() as session:
        return session.scalar(imports), session.scalar(plans)
