"""What changed last, in words, with the page that shows it."""

import datetime as dt
from urllib.parse import quote

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import AuditEntry, Scenario

MOST = 12

_WORDS = {
    "actuals.import": "imported actuals",
    "baseline.import": "imported baseline {id}",
    "comparison.decide": "recorded a choice among plans, decision {id}",
    "exception.resolve": "resolved exception {id}",
    "exception.waive": "waived exception {id}",
    "exception.open": "opened exceptions {opened} of run {run_id}",
    "governance.accept": "put governance.yaml in force",
    "guardrail.propose": "proposed limits, version {id}",
    "guardrail.approve": "approved the limits of version {id}",
    "guardrail.reject": "rejected the limits of version {id}",
    "guardrail.withdraw": "withdrew the limits of version {id}",
    "plan.approve": "approved the plan of run {id}",
    "plan.reject": "rejected the plan of run {id}",
    "plan.escalate": "asked for a decision on the plan of run {run_id}",
    "run.submit": "started run {id}",
    "run.resume": "let run {id} go on",
    "run.ask_to_cancel": "cancelled run {id}",
    "run.finish": "finished run {id}",
    "run.fail": "ended run {id}, which failed",
    "run.interrupt": "found run {id} interrupted",
    "scenario.save": "saved scenario {scenario}",
    "scenario.archive": "archived scenario {scenario}",
    "target.accepted": "accepted targets of run {id}",
    "target.rejected": "rejected targets of run {id}",
    "tradeoff.add": "recorded a trade-off, {id}",
    "tradeoff.review": "reviewed trade-off {id}",
    "tradeoff.close": "closed trade-off {id}",
}
"""By action; what is not here is of no interest to everybody, such as signing in."""

_PATHS = {
    "baseline_version": "/baselines/{id}",
    "run": "/runs/{id}",
    "guardrail_version": "/guardrails/{id}",
    "scenario": "/scenarios/{scenario}",
    "exception": "/",
}


class ChangeView(BaseModel):
    """A change that somebody made."""

    model_config = ConfigDict(frozen=True)

    at: dt.datetime = Field(description="In UTC.")
    actor: str
    words: str = Field(description="What was done, after who did it.")
    reason: str | None = Field(description="Why, where it was said.")
    path: str | None = Field(description="The page that shows it.")


def changes(store: Store, actor: str, most: int = MOST) -> tuple[ChangeView, ...]:
    """The latest changes; none for those who may not read the log."""
    if not store.governance.allows(actor, Permission.AUDIT_READ):
        return ()
    with store.read() as session:
        found = session.scalars(
            sa.select(AuditEntry)
            .where(AuditEntry.action.in_(_WORDS))
            .order_by(AuditEntry.id.desc())
            .limit(most)
        ).all()
        names = {
            number: name
            for number, name in session.execute(
                sa.select(Scenario.id, Scenario.name).where(
                    Scenario.id.in_({row.entity_id for row in found if row.entity == Scenario.__tablename__})
                )
            )
        }
    return tuple(_change(row, names) for row in found)


def _change(row: AuditEntry, names: dict[int, str]) -> ChangeView:
    numbers = [str(number) for number in row.data.get("opened") or ()]
    facts = {
        "id": row.entity_id,
        "scenario": names.get(row.entity_id or 0, str(row.entity_id)),
        "run_id": row.data.get("run_id"),
        "opened": ", ".join(numbers),
    }
    path = _PATHS.get(row.entity)
    reason = row.data.get("reason") or row.data.get("message")
    return ChangeView(
        at=dt.datetime.fromisoformat(row.at),
        actor=row.actor,
        words=_WORDS[row.action].format(**facts),
        reason=None if reason is None else str(reason),
        path=None
        if path is None or row.entity_id is None
        else path.format(**{**facts, "scenario": quote(str(facts["scenario"]), safe="")}),
    )
