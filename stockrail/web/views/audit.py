"""The audit log: who changed what and when, and whether anything was changed past the store."""

import datetime as dt

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import AuditEntry

PER_PAGE = 100
"""Entries of a page."""

_FIRST = ("message", "reason", "name")
"""Facts that people look for first."""


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Fact(_View):
    """A fact that was given with a change."""

    name: str
    value: str


class EntryView(_View):
    """One change of the store."""

    id: int
    at: dt.datetime = Field(description="In UTC.")
    actor: str
    action: str
    entity: str = Field(description="Table of what was changed.")
    entity_id: int | None = Field(description="Number in that table; null where it is about none or several.")
    facts: tuple[Fact, ...]
    rows: tuple[str, ...] = Field(description="Every row that the change left another than it found it.")
    hash: str = Field(description="SHA-256 that the next entry continues.")


class Choices(_View):
    """What can be filtered by: everything that is in the log."""

    actors: tuple[str, ...]
    entities: tuple[str, ...]
    actions: tuple[str, ...]


class AuditView(_View):
    """Up to 100 entries, the newest first."""

    entries: tuple[EntryView, ...]
    by: str | None
    entity: str | None
    action: str | None
    before: int | None
    next_before: int | None = Field(
        description="Give it as `before` for the entries before these; null at the end."
    )
    choices: Choices


class VerificationView(_View):
    """What a check of the whole log found."""

    entries: int
    head: str = Field(
        description="Hash of the last entry. Keep it elsewhere, and check later that it is still there."
    )
    passed: bool = Field(description="Whether nothing was changed past the store.")
    problems: tuple[str, ...]
    seen: str | None = Field(description="The hash from earlier that was looked for.")


def view(
    store: Store,
    actor: str,
    *,
    by: str | None = None,
    entity: str | None = None,
    action: str | None = None,
    before: int | None = None,
) -> AuditView:
    """A page of the log. Raises `NotAllowedError` for who may not read it."""
    store.governance.require(actor, Permission.AUDIT_READ)
    # Not every database takes every text, and what cannot be seen is in no name.
    can_be_there = all(value is None or value.isprintable() for value in (by, entity, action))
    found = (
        audit.entries(store, actor, last=PER_PAGE + 1, by=by, entity=entity, action=action, before=before)
        if can_be_there
        else []
    )
    shown = found[:PER_PAGE]
    return AuditView(
        entries=tuple(_entry(one) for one in shown),
        by=by,
        entity=entity,
        action=action,
        before=before,
        next_before=shown[-1].id if len(found) > PER_PAGE else None,
        choices=_choices(store),
    )


def verification(store: Store, actor: str, seen: str | None = None) -> VerificationView:
    """Check the whole log and every row that it vouches for. Raises `NotAllowedError` for who may not read it.

    Parameters
    ----------
    seen : hash of an entry that was noted earlier.
    """
    store.governance.require(actor, Permission.AUDIT_READ)
    found = audit.verify(store, seen)
    return VerificationView(
        entries=found.entries, head=found.head, passed=found.passed, problems=tuple(found.problems), seen=seen
    )


def _choices(store: Store) -> Choices:
    with store.read() as session:
        actors, entities, actions = (
            tuple(session.scalars(sa.select(column).distinct().order_by(column)))
            for column in (AuditEntry.actor, AuditEntry.entity, AuditEntry.action)
        )
    return Choices(actors=actors, entities=entities, actions=actions)


def _entry(row: AuditEntry) -> EntryView:
    names = sorted(row.data, key=lambda name: (name not in _FIRST, name))
    return EntryView(
        id=row.id,
        at=dt.datetime.fromisoformat(row.at),
        actor=row.actor,
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        facts=tuple(Fact(name=name, value=_text(row.data[name])) for name in names),
        rows=tuple(row.rows),
        hash=row.hash,
    )


def _text(value: object) -> str:
    """A fact in words; what has parts as JSON."""
    return value if isinstance(value, str) else canonical(value)
