"""Fingerprints of rows: a sealed row that was changed past the store is one whose fingerprint is not in the audit log."""

import datetime as dt
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState, Session

from stockrail.workbench.errors import StateError
from stockrail.workbench.store.columns import canonical
from stockrail.workbench.store.tables import IS_SEALED, IS_VOLATILE, Base

SEALED = tuple(table for table in Base.metadata.sorted_tables if table.info.get(IS_SEALED))
"""Tables with fingerprints. Each has a primary key `id`."""

PAGE = 500
"""Rows that are read at once."""

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, sa.exc.DBAPIError)
"""What reading a cell may end with that was changed by hand: no date, no JSON, none of the words."""

Key = tuple[sa.Table, int]

Fingerprints = list[str | None]
"""Before and after; None where there was no row."""


class Seal:
    """Watches the session of an audited transaction: which sealed rows it finds and which it leaves behind."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before: dict[Key, str | None] = {}
        sa.event.listen(session, "before_flush", self._before_flush)
        sa.event.listen(session, "after_flush", self._after_flush)
        sa.event.listen(session, "do_orm_execute", _refuse_statements)

    def fingerprints(self) -> dict[str, Fingerprints]:
        """Fingerprint before and after of each row that was added, changed or removed, by "table id"."""
        found: dict[str, Fingerprints] = {}
        for key in sorted(self._before, key=lambda key: (key[0].name, key[1])):
            before, after = self._before[key], self._fingerprint(key)
            if before != after:
                found[f"{key[0].name} {key[1]}"] = [before, after]
        return found

    def _before_flush(self, session: Session, context: Any, instances: Any) -> None:
        # Read from the database, not from the object: what somebody did past the store must not enter the log unseen.
        for key in _sealed([*session.dirty, *session.deleted]):
            if key not in self._before:
                self._before[key] = self._fingerprint(key)

    def _after_flush(self, session: Session, context: Any) -> None:
        for key in _sealed(session.new):
            self._before.setdefault(key, None)

    def _fingerprint(self, key: Key) -> str | None:
        table, number = key
        found = self._session.connection().execute(sa.select(table).where(table.c.id == number))
        row = found.mappings().one_or_none()
        return None if row is None else fingerprint(table, dict(row))


def watch_progress(session: Session) -> None:
    """Refuse in this session to change anything but volatile columns of objects."""
    sa.event.listen(session, "before_flush", _refuse_lasting)
    sa.event.listen(session, "do_orm_execute", _refuse_all_statements)


def fingerprint(table: sa.Table, row: dict[str, Any]) -> str:
    """SHA-256 of a row's columns that have a value and are not volatile.

    Without a value is left out, so that a new column that may be blank changes no fingerprint of old rows.
    """
    kept = {
        column.name: _plain(row[column.name])
        for column in table.columns
        if row[column.name] is not None and not column.info.get(IS_VOLATILE)
    }
    return sha256(canonical(kept).encode()).hexdigest()


def all_fingerprints(session: Session) -> Iterator[tuple[str, str | None]]:
    """The fingerprint of every sealed row there is, by "table id"; None for a row that cannot be read."""
    for table in SEALED:
        keys = session.scalars(sa.select(table.c.id).order_by(table.c.id)).all()
        for first in range(0, len(keys), PAGE):
            page = keys[first : first + PAGE]
            try:
                found = _fingerprints(session, table, page[0], page[-1])
            except UNREADABLE:
                found = {key: _fingerprint_or_none(session, table, key) for key in page}
            yield from ((f"{table.name} {key}", value) for key, value in found.items())


def _fingerprint_or_none(session: Session, table: sa.Table, key: int) -> str | None:
    try:
        return _fingerprints(session, table, key, key)[key]
    except UNREADABLE:
        return None


def _fingerprints(session: Session, table: sa.Table, first: int, last: int) -> dict[int, str | None]:
    rows = session.execute(sa.select(table).where(table.c.id.between(first, last)).order_by(table.c.id))
    return {row["id"]: fingerprint(table, dict(row)) for row in rows.mappings()}


def _sealed(instances: Iterable[Any]) -> Iterator[Key]:
    for instance in instances:
        table = instance.__table__
        if table.info.get(IS_SEALED) and instance.id is not None:
            yield table, instance.id


def _refuse_statements(state: ORMExecuteState) -> None:
    """UPDATE and the like on a sealed table: no object is loaded, so no fingerprint would be taken."""
    table = _changed_table(state)
    if table is not None and table.info.get(IS_SEALED):
        raise StateError(f"Rows of {table.name} are changed through objects, not with statements.")


def _refuse_all_statements(state: ORMExecuteState) -> None:
    table = _changed_table(state)
    if table is not None and not table.info.get(IS_VOLATILE):
        raise StateError(f"{table.name} is changed with Store.write, which keeps an audit entry.")


def _changed_table(state: ORMExecuteState) -> sa.Table | None:
    statement = state.statement
    if not isinstance(statement, sa.Insert | sa.Update | sa.Delete):
        return None
    return statement.table if isinstance(statement.table, sa.Table) else None


def _refuse_lasting(session: Session, context: Any, instances: Any) -> None:
    for instance in [*session.new, *session.deleted, *session.dirty]:
        if instance.__table__.info.get(IS_VOLATILE):
            continue
        columns = instance.__table__.columns
        changed = [part.key for part in sa.inspect(instance).attrs if part.history.has_changes()]
        lasting = [name for name in changed if not columns[name].info.get(IS_VOLATILE)]
        if lasting or instance in session.new or instance in session.deleted:
            raise StateError(
                f"{instance.__table__.name} {', '.join(lasting)} is changed with Store.write, which keeps an audit entry."
            )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
