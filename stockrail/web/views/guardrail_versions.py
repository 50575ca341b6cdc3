"""Versions of guardrails: who proposed and decided what, which holds when, and what the visitor may do about each."""

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import moment
from stockrail.web.stale import seen_of
from stockrail.workbench import guardrail_versions
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import GuardrailState, GuardrailVersion


class VersionView(BaseModel):
    """A version of the guardrails."""

    model_config = ConfigDict(frozen=True)

    id: int
    state: GuardrailState
    effective_from: dt.date = Field(description="First day.")
    effective_to: dt.date | None = Field(description="Last day; null for until another version takes over.")
    is_in_force: bool = Field(description="Whether it is the one that holds today.")
    proposed_by: str
    proposed_at: dt.datetime = Field(description="In UTC.")
    reason: str
    decided_by: str | None
    decided_at: dt.datetime | None
    decision_reason: str | None
    may_decide: bool = Field(description="Whether the visitor may approve or reject it.")
    may_withdraw: bool
    refusal: str | None = Field(description="Why the visitor may not decide although their role could.")
    seen: str = Field(description="Send it back with the decision.")


class NextChange(BaseModel):
    """When other limits take over, as far as they are approved."""

    model_config = ConfigDict(frozen=True)

    day: dt.date
    version_id: int | None = Field(description="Null for the baseline's own limits.")


def versions_of(store: Store, actor: str) -> tuple[VersionView, ...]:
    """All versions, the latest first."""
    in_force = guardrail_versions.effective_on(store, store.clock().date())
    number = None if in_force is None else in_force.id
    return tuple(_view(store, actor, row, number) for row in guardrail_versions.versions(store))


def version_of(store: Store, actor: str, version_id: int) -> VersionView:
    """One version.

    Raises
    ------
    NotFoundError
        There is none.
    """
    in_force = guardrail_versions.effective_on(store, store.clock().date())
    row = guardrail_versions.get(store, version_id)
    return _view(store, actor, row, None if in_force is None else in_force.id)


def next_change(store: Store, versions: Sequence[VersionView]) -> NextChange | None:
    """The first day on which another version holds than on the day before it; None where nothing is to change."""
    today = store.clock().date()
    approved = [row for row in versions if row.state == "approved"]
    days = {row.effective_from for row in approved}
    ends = (row.effective_to for row in approved if row.effective_to not in (None, dt.date.max))
    days |= {day + dt.timedelta(days=1) for day in ends if day is not None}
    now = guardrail_versions.effective_on(store, today)
    for day in sorted(day for day in days if day > today):
        then = guardrail_versions.effective_on(store, day)
        if (then and then.id) != (now and now.id):
            return NextChange(day=day, version_id=None if then is None else then.id)
    return None


def seen(store: Store, version_id: int) -> str:
    """The tag of a version for those who decide it; NotFoundError where there is none."""
    return _seen(guardrail_versions.get(store, version_id))


def changed(store: Store, version_id: int) -> str:
    """What has become of a version, by whom and when."""
    row = guardrail_versions.get(store, version_id)
    if row.decided_at is None:
        return f"Version {row.id} is {row.state} by {row.proposed_by}, {moment(row.proposed_at.isoformat())}."
    return f"Version {row.id} is {row.state} by {row.decided_by}, {moment(row.decided_at.isoformat())}."


def _seen(row: GuardrailVersion) -> str:
    return seen_of("guardrails", row.id, row.state)


def _view(store: Store, actor: str, row: GuardrailVersion, in_force: int | None) -> VersionView:
    is_open = row.state == "proposed"
    is_own = row.proposed_by == actor
    may = is_open and store.governance.allows(actor, Permission.GUARDRAIL_APPROVE)
    return VersionView(
        id=row.id,
        state=row.state,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        is_in_force=row.id == in_force,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        may_decide=may and not is_own,
        may_withdraw=is_open and is_own and store.governance.allows(actor, Permission.GUARDRAIL_PROPOSE),
        refusal="You proposed this version: somebody else decides." if may and is_own else None,
        seen=_seen(row),
    )
