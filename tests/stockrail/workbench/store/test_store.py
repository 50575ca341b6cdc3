"""The store: transactions, snapshots, permissions of statements, and opening."""

import datetime as dt
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from stockrail.workbench.errors import ConflictError, NotFoundError, StateError
from stockrail.workbench.store import Store, audit, engine, migrate
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import (
    Actual,
    AuditEntry,
    Base,
    BaselineVersion,
    Decision,
    Run,
    Scenario,
)
from tests.stockrail.workbench.samples import add_baseline, add_decision, fill


def test_change_and_audit_are_one(store: Store) -> None:
    """An error at the end of a change leaves neither the row nor the entry."""
    with pytest.raises(RuntimeError), store.write("anna", "decide", "decision") as change:
        add_decision(change)
        change.session.flush()
        raise RuntimeError
    with store.read() as session:
        assert session.scalars(sa.select(Decision)).all() == []
        assert session.scalars(sa.select(AuditEntry)).all() == []
    with store.write("anna", "decide", "decision", data={"why": "ü"}) as change:
        number = change.entity_id = add_decision(change).id
    with store.read() as session:
        entry = session.scalars(sa.select(AuditEntry)).one()
    assert (entry.id, entry.actor, entry.action) == (1, "anna", "decide")
    assert (entry.entity, entry.entity_id) == ("decision", number)
    assert entry.data == {"why": "ü"}
    assert list(entry.rows) == [f"decision {number}"]
    assert entry.previous_hash == audit.START


def test_discarded_change_leaves_nothing(store: Store) -> None:
    """What somebody else has done meanwhile is not done and not logged again."""
    with store.write("anna", "decide", "decision") as change:
        add_decision(change)
        change.discard()
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 0
    assert audit.verify(store).entries == 0


def test_read_sees_one_state(store: Store) -> None:
    """A change that is made while somebody reads is not seen until they read again."""
    count = sa.select(sa.func.count()).select_from(Decision)
    with store.read() as session:
        assert session.scalar(count) == 0
        with store.write("anna", "decide", "decision") as change:
            add_decision(change)
        assert session.scalar(count) == 0
    with store.read() as session:
        assert session.scalar(count) == 1


def test_reading_changes_nothing(store: Store) -> None:
    """The database refuses a change within `read`, and a writing transaction after it may change again."""
    with store.read() as session, pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        session.execute(sa.insert(Actual), [_actual()])
    with store.write("anna", "actuals.import", "actual") as change:
        change.session.execute(sa.insert(Actual), [_actual()])
    with store.read() as session:
        assert session.scalars(sa.select(Actual)).one().units == 2.5


def test_sealed_tables_change_through_objects_only(store: Store) -> None:
    """A statement would change rows whose fingerprint nobody takes."""
    add_baseline(store)
    for statement in (
        sa.update(Scenario).values(name="x"),
        sa.delete(Scenario),
        sa.insert(Scenario).values(name="x"),
        sa.update(Base.metadata.tables["scenario"]).values(name="x"),
    ):
        with (
            pytest.raises(StateError, match="through objects"),
            store.write("anna", "x", "scenario") as change,
        ):
            change.session.execute(statement)


def test_progress_changes_volatile_columns_only(store: Store) -> None:
    """What a run reports goes without an audit entry; whoever wants to change anything else so is refused."""
    fill(store)
    entries = audit.verify(store).entries
    with store.write_progress() as session:
        session.scalars(sa.select(Run)).one().progress = {"gap": 0.5}
    for change in (_rename, _new_actual, _statement):
        with (
            pytest.raises(StateError, match=r"is changed with Store\.write"),
            store.write_progress() as session,
        ):
            change(session)
            session.flush()
    with store.read() as session:
        run = session.scalars(sa.select(Run)).one()
        assert (run.progress, run.requested_by) == ({"gap": 0.5}, "anna")
        assert session.scalars(sa.select(Actual)).all() == []
    found = audit.verify(store)
    assert (found.entries, found.problems) == (entries, [])


def _rename(session: Session) -> None:
    session.scalars(sa.select(Run)).one().requested_by = "ben"


def _new_actual(session: Session) -> None:
    session.add(Actual(**_actual()))


def _statement(session: Session) -> None:
    session.execute(sa.insert(Actual), [_actual()])


@pytest.mark.parametrize("table", ["audit", "baseline_version", "decision"])
def test_database_refuses_to_change_history(store: Store, table: str) -> None:
    """Past the library: rows of these tables are neither changed nor removed nor replaced, by the database itself."""
    add_baseline(store)
    with store.write("anna", "decide", "decision") as change:
        add_decision(change)
    column = "actor" if table == "audit" else "message" if table == "baseline_version" else "reason"
    statements = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"]
    if store.engines.reading.dialect.name == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        statements.append(f"TRUNCATE {table} CASCADE")
    for statement in statements:
        with (
            pytest.raises(sa.exc.DBAPIError, match=r"never changed|must continue"),
            store.engines.writing.begin() as c,
        ):
            c.exec_driver_sql(statement)
    assert check(store).problems == []


def test_database_refuses_an_entry_beside_the_chain(store: Store) -> None:
    """An audit entry with another number or another previous hash is none."""
    add_baseline(store)
    with store.read() as session:
        last = session.scalars(sa.select(AuditEntry)).one()
    row = {"at": "", "actor": "", "action": "", "entity": "", "data": {}, "rows": {}, "hash": "x"}
    for number, previous in ((3, last.hash), (2, "0" * 64)):
        with (
            pytest.raises(sa.exc.DBAPIError, match="must continue"),
            store.engines.writing.begin() as connection,
        ):
            connection.execute(sa.insert(AuditEntry).values(id=number, previous_hash=previous, **row))


def test_one_change_within_another_is_refused(store: Store) -> None:
    """It would wait for itself."""
    with (
        pytest.raises(StateError, match="one after the other"),
        store.write("a", "b", "c"),
        store.write("a", "b", "c"),
    ):
        pass
    with store.write("a", "b", "c"):  # and the next one is not
        pass


def test_changes_need_a_name_and_a_zone(store: Store) -> None:
    """Nobody is nobody, and a time without its zone is no time."""
    with pytest.raises(StateError, match="name of a user"), store.write(" ", "b", "c"):
        pass
    with pytest.raises(sa.exc.StatementError, match="with its zone"), store.write("a", "b", "c") as change:
        add_decision(change, at=dt.datetime(2027, 1, 4))


def test_times_come_back_in_utc(store: Store) -> None:
    """Whatever zone they were given in: 13:00 in a zone two hours ahead is 11:00."""
    ahead = dt.timezone(dt.timedelta(hours=2))
    with store.write("a", "b", "c") as change:
        add_decision(change, at=dt.datetime(2027, 1, 4, 13, tzinfo=ahead))
    with store.read() as session:
        at = session.scalars(sa.select(Decision.at)).one()
    assert (at.hour, at.tzinfo) == (11, dt.UTC)


def test_busy_store_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that never gets its turn ends with a message, and has changed nothing."""
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.2)
    if store.engines.reading.dialect.name == "postgresql":
        monkeypatch.setattr(engine, "WAIT_SECONDS", 1)
    is_in, may_go = threading.Event(), threading.Event()

    def hold() -> None:
        with store.write("anna", "b", "c"):
            is_in.set()
            may_go.wait(20)

    with Store.open(store.location) as other:
        thread = threading.Thread(target=hold)
        thread.start()
        assert is_in.wait(20)
        try:
            with pytest.raises(ConflictError, match="try again"), other.write("ben", "b", "c"):
                pass
        finally:
            may_go.set()
            thread.join()
    assert audit.verify(store).entries == 1


def test_open_and_create(place: str, tmp_path: Path) -> None:
    """A store is made once; what is none, and what a newer Stockrail made, is refused."""
    with pytest.raises(StateError, match="stockrail store create"):
        Store.open(place)
    with Store.create(place) as store:
        with Store.open(store.location) as again:
            assert again.location == store.location
        with pytest.raises(StateError, match="already"):
            Store.create(place)
        with store.engines.writing.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StateError, match="newer Stockrail"):
            Store.open(place)
    with pytest.raises(StateError, match="allowed: a folder"):
        Store.open("mysql://host/name")
    with pytest.raises(StateError, match="artifacts=FOLDER"):
        Store.open("postgresql://host/name")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "stockrail.db").write_text("no database at all, and longer than nothing")
    with pytest.raises(StateError, match="cannot be opened"):
        Store.open(tmp_path / "other")


def test_password_is_not_shown() -> None:
    """It is in the location, which opens the store again, and not in the name, which is for messages."""
    with pytest.raises(StateError) as caught:
        Store.open("postgresql://me:secret@127.0.0.1:1/none?artifacts=somewhere")
    assert "secret" not in str(caught.value)
    assert "me:***@127.0.0.1" in str(caught.value)


def test_errors_of_the_database_hide_values(store: Store) -> None:
    """What is written may be the hash of a password or of a token: it must not get into a log by an error."""
    with pytest.raises(sa.exc.DBAPIError) as caught, store.engines.reading.connect() as connection:
        connection.execute(sa.text("SELECT :value FROM nowhere"), {"value": "hash-of-a-secret"})
    assert "hash-of-a-secret" not in str(caught.value)


def test_steps_make_the_tables(store: Store) -> None:
    """What the steps make is what the classes say, and the last step is the head."""
    with store.engines.reading.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_words_are_checked_by_the_database(store: Store) -> None:
    """A state that is none is refused even where the library is not asked."""
    with pytest.raises(sa.exc.IntegrityError), store.engines.writing.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO actual (id, kind, item, supplier, date, source) VALUES (1, 'guess', 'a', '', '2027-01-04', 'x')"
        )


def test_unknown_artifact(store: Store) -> None:
    """What is not there, and what is no hash, is not found."""
    for digest in ("0" * 64, "../../secret", ""):
        with pytest.raises(NotFoundError):
            store.artifacts.get(digest)


def _actual() -> dict[str, object]:
    day = dt.date(2027, 1, 4)
    return {"kind": "demand", "item": "kettle", "supplier": "", "date": day, "units": 2.5, "source": "0" * 64}


def test_baseline_is_unique(store: Store) -> None:
    """The database itself takes a hash once."""
    add_baseline(store)
    with pytest.raises(sa.exc.IntegrityError):
        add_baseline(store)
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BaselineVersion)) == 1
