"""The audit log finds every change that was made past the store."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotAllowedError
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from stockrail.workbench.store.seal import SEALED
from stockrail.workbench.store.tables import IS_VOLATILE, AuditEntry, Base, Scenario
from tests.stockrail.workbench.samples import fill

many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)


def test_hash_by_hand(sqlite_store: Store) -> None:
    """The formula of the documentation, written out: nine values as JSON in the order of their names, then SHA-256."""
    with sqlite_store.write("anna", "test", "nothing", 7, {"b": 1, "a": "ü"}):
        pass
    with sqlite_store.read() as session:
        entry = session.scalars(sa.select(AuditEntry)).one()
    zeros = "0" * 64
    text = (
        '{"action":"test","actor":"anna","at":"'
        + entry.at
        + r'","data":"{\"a\":\"ü\",\"b\":1}","entity":"nothing",'
        '"entity_id":7,"id":1,"previous_hash":"' + zeros + '","rows":"{}"}'
    )
    assert entry.hash == sha256(text.encode()).hexdigest()


def test_whole_log(store: Store) -> None:
    """Every table has a row that the log vouches for, and nothing is wrong."""
    fill(store)
    found = audit.verify(store)
    assert found.problems == []
    with store.read() as session:
        assert all(session.scalar(sa.select(sa.func.count()).select_from(table)) for table in SEALED)
        last = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (found.entries, found.head) == (last.id, last.hash)


@many
@given(data=st.data())
def test_changed_byte_of_an_entry(store: Store, data: st.DataObject) -> None:
    """Any byte of any column of any entry."""
    _fill_once(store)
    with _past_the_store(store) as session:
        number = data.draw(st.sampled_from(session.scalars(sa.select(AuditEntry.id)).all()))
        column = data.draw(st.sampled_from(list(AuditEntry.__table__.columns)))
        before = _cell(session, AuditEntry.__table__, column, number)
        after = data.draw(_other(before))
        assume(_put(session, AuditEntry.__table__, column, number, after))
        assert audit.verify_in(session).problems, (number, column.name, before, after)


@many
@given(data=st.data())
def test_changed_cell_of_a_row(store: Store, data: st.DataObject) -> None:
    """Any cell of any sealed row that then reads as another value, or as none."""
    _fill_once(store)
    with _past_the_store(store) as session:
        table = data.draw(st.sampled_from(SEALED))
        column = data.draw(st.sampled_from([c for c in table.columns if not c.info.get(IS_VOLATILE)]))
        number = data.draw(st.sampled_from(session.scalars(sa.select(table.c.id)).all()))
        before, value = _cell(session, table, column, number), _value(session, column, number)
        after = data.draw(_other(before))
        assume(_put(session, table, column, number, after))
        assume(column.name == "id" or _value(session, column, number) != value)
        assert audit.verify_in(session).problems, (table.name, number, column.name, before, after)


def test_removed_and_added_rows(store: Store) -> None:
    """An entry removed from the middle, the last one, where its hash was noted, a sealed row removed or added."""
    fill(store)
    head = audit.verify(store).head
    last = "(SELECT max(id) FROM audit)"
    for statement, problem, seen in (
        ("DELETE FROM audit WHERE id = 2", "entries are missing", None),
        (f"DELETE FROM audit WHERE id = {last}", f"no audit entry has the hash {head}", head),
        ("DELETE FROM tradeoff", "was removed past the store", None),
        (
            (
                "INSERT INTO decision (id, kind, subject, verdict, by, role, at, reason, data) "
                "SELECT id + 1000, kind, subject, verdict, by, role, at, reason, data FROM decision"
            ),
            "was added past the store",
            None,
        ),
    ):
        with _past_the_store(store) as session:
            session.connection().exec_driver_sql(statement)
            assert any(problem in text for text in audit.verify_in(session, seen).problems), statement
    assert audit.verify(store, head).passed


def test_changed_row_that_is_changed_again(store: Store) -> None:
    """A row that somebody changed past the store stays found when the store changes it next, and which time it was is said."""
    fill(store)
    with store.engines.writing.begin() as connection:
        connection.execute(sa.text("UPDATE scenario SET created_by = 'zoe'"))
    with store.write("anna", "scenario.save", "scenario", 1) as change:
        scenario = change.session.scalars(sa.select(Scenario)).one()
        scenario.version = 2
    assert audit.verify(store).problems == [
        f"scenario {scenario.id}: was changed past the store before audit entry 4"
    ]


def test_missing_trigger_and_artifact(store: Store) -> None:
    """`check` misses a trigger, a file, and a byte of a file."""
    digest = fill(store)
    path = store.artifacts.path(digest)
    assert check(store).problems == []
    path.write_bytes(b"other bytes")
    assert check(store).problems == [f"artifact {digest} is damaged"]
    path.unlink()
    with store.engines.writing.begin() as connection:
        on = "" if connection.dialect.name == "sqlite" else " ON audit"
        connection.exec_driver_sql(f"DROP TRIGGER audit_no_update{on}")
    assert check(store).problems == [
        "the trigger audit_no_update is missing: rows may be changed",
        f"artifact {digest} is missing",
    ]


def test_who_may_read_the_log(sqlite_store: Store) -> None:
    """An auditor may, somebody without a role may not."""
    fill(sqlite_store)
    assert [entry.id for entry in audit.entries(sqlite_store, "edna", last=2)] == [3, 2]
    assert [entry.action for entry in audit.entries(sqlite_store, "edna", entity="run")] == ["test.run"]
    assert audit.entries(sqlite_store, "edna", by="nobody") == []
    with pytest.raises(NotAllowedError, match=r"audit\.read"):
        audit.entries(sqlite_store, "zoe")


@contextmanager
def _past_the_store(store: Store) -> Iterator[Session]:
    """A transaction in which no trigger stops anybody; it is undone at the end."""
    with Session(store.engines.writing) as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).scalars()
            for name in list(names):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no triggers, no keys
        yield session
        session.rollback()


def _fill_once(store: Store) -> None:
    with store.read() as session:
        is_empty = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0
    if is_empty:
        fill(store)


def _cell(session: Session, table: Any, column: sa.Column[Any], number: int) -> Any:
    raw = sa.type_coerce(column, sa.types.NullType())
    return session.execute(sa.select(raw).where(table.c.id == number)).scalar_one()


def _value(session: Session, column: sa.Column[Any], number: int) -> Any:
    """The value as the library reads it; a new object where it cannot be read, which is equal to nothing."""
    try:
        return session.execute(sa.select(column).where(column.table.c.id == number)).scalar_one()
    except (ValueError, TypeError, LookupError, sa.exc.DBAPIError):
        return object()


def _put(session: Session, table: Any, column: sa.Column[Any], number: int, value: Any) -> bool:
    """Write a raw cell; False where the database itself refuses the value."""
    savepoint = session.begin_nested()
    try:
        is_json_in_postgresql = not isinstance(value, bytes) and isinstance(column.type, sa.JSON)
        cell: Any = sa.literal(value, sa.types.NullType() if isinstance(value, bytes) else None)
        if isinstance(value, bytes):
            cell = sa.cast(cell, sa.Text)  # SQLite takes any bytes for text
        elif is_json_in_postgresql and session.connection().dialect.name == "postgresql":
            cell = sa.cast(sa.literal(value if isinstance(value, str) else json.dumps(value)), sa.Text).op(
                "::"
            )(sa.text("json"))
        changed = sa.update(sa.table(table.name, sa.column("id"), sa.column(column.name)))
        session.connection().execute(changed.where(sa.column("id") == number).values({column.name: cell}))
        savepoint.commit()
    except (sa.exc.DBAPIError, sa.exc.StatementError):
        savepoint.rollback()
        return False
    return True


def _other(value: Any) -> st.SearchStrategy[Any]:
    """Another raw value: one byte changed, added or removed, another number, or nothing."""
    if value is None:
        return st.sampled_from([0, 1, "2027-01-04", "x"])
    if isinstance(value, str):
        data = value.encode()
        at = st.integers(0, len(data))
        changed = st.builds(
            lambda k, byte, width: data[:k] + bytes([byte]) + data[k + width :],
            at,
            st.integers(0, 255),
            st.integers(0, 1),
        )
        return changed.filter(lambda new: new != data).map(_as_text)
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int | float):
        return st.integers(-3, 2000).filter(lambda new: new != value)
    if isinstance(value, dict | list):
        return st.sampled_from([[], {}, [1], {"a": 1}]).filter(lambda new: new != value)
    return st.sampled_from(["2026-11-26", "2031-05-06 07:08:09+00"])  # dates and times of PostgreSQL


def _as_text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def test_every_table_is_looked_at() -> None:
    """Actuals come in bulk, from an artifact that each row names; the log itself is a chain; nothing depends on drafts. All others are sealed."""
    assert {table.name for table in Base.metadata.sorted_tables} - {table.name for table in SEALED} == {
        "actual",
        "audit",
        "scenario_draft",
    }
