"""Stores of earlier steps are brought up to date with what is in them."""

import datetime as dt
import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from stockrail.workbench.errors import StateError
from stockrail.workbench.store import Store, audit, migrate
from stockrail.workbench.store.check import check
from stockrail.workbench.store.engine import Engines
from stockrail.workbench.store.location import Location
from stockrail.workbench.store.store import utc_now
from stockrail.workbench.store.tables import Actual, Base, Miss, Run
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.samples import fill


def _store_of_step(place: str, step: str) -> Store:
    """A store with the tables of an earlier step, open although it is not up to date."""
    location = Location.of(place)
    location.artifacts.mkdir(parents=True, exist_ok=True)
    engines = Engines.to(location)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engines.writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)
    return Store(location, engines, utc_now)


def _copy(source: Store, target: Store) -> None:
    """Every row of one store into another one of an earlier step, as far as that has tables and columns for it."""
    shutil.copytree(source.artifacts.folder, target.artifacts.folder, dirs_exist_ok=True)
    with target.engines.writing.begin() as connection, source.read() as session:
        there = sa.inspect(connection)
        for table in Base.metadata.sorted_tables:
            if not there.has_table(table.name):
                continue
            names = {column["name"] for column in there.get_columns(table.name)}
            for row in session.execute(sa.select(table).order_by(table.c.id)).mappings():
                connection.execute(sa.insert(table), {name: row[name] for name in row if name in names})


def test_actuals_and_misses(place: str, tmp_path: Path) -> None:
    """The second step keeps actuals, and every row that the log vouches for; new columns are blank."""
    with _store_of_step(place, "0001") as before:
        write_people(before)
        with Store.create(tmp_path / "today") as today:
            fill(today, has_misses=False)
            _copy(today, before)
        source = before.artifacts.put(b"item,date,units\n00123,2027-01-04,2.5\n")
        with before.write("anna", "actuals.import", "actual") as change:
            for item, kind, units, money in (("00123", "demand", 2.5, None), ("fan", "spend", None, 10.0)):
                change.session.execute(
                    sa.text(
                        "INSERT INTO actual (kind, item, supplier, date, units, money, source) "
                        "VALUES (:kind, :item, '', '2027-01-04', :units, :money, :source)"
                    ),
                    {"kind": kind, "item": item, "units": units, "money": money, "source": source},
                )
    with Store.open(place) as store:
        assert check(store).problems == []
        with store.read() as session:
            rows = session.scalars(sa.select(Actual).order_by(Actual.id)).all()
        assert [
            (
                row.id,
                row.kind,
                row.item,
                row.account,
                row.date,
                row.ordered_on,
                row.units,
                row.served_units,
                row.money,
            )
            for row in rows
        ] == [
            (1, "demand", "00123", "", dt.date(2027, 1, 4), None, 2.5, None, None),
            (2, "spend", "fan", "", dt.date(2027, 1, 4), None, None, None, 10.0),
        ]
        with store.write("anna", "actuals.import", "actual") as change:  # numbers go on after them
            change.session.add(
                Actual(kind="demand", item="x", date=dt.date(2027, 1, 4), units=1.0, source=source)
            )
    with Store.open(place) as again:
        assert audit.verify(again).passed


def test_step_that_fails_leaves_the_store_as_it_was(place: str) -> None:
    """All of a step or nothing of it: a name that is taken ends it, and the first tables are still there."""
    with _store_of_step(place, "0001") as before, before.engines.writing.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO actual (kind, item, supplier, date, units, source) VALUES ('demand', 'a', '', '2027-01-04', 1, 'x')"
        )
        connection.exec_driver_sql("CREATE TABLE miss (id INTEGER)")
    with pytest.raises((StateError, sa.exc.ProgrammingError), match="already exists"):
        Store.open(place)
    engines = Engines.to(Location.of(place))
    try:
        with engines.reading.connect() as connection:
            assert (
                connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "0001"
            )
            assert connection.exec_driver_sql("SELECT item FROM actual").scalars().all() == ["a"]
    finally:
        engines.close()


@pytest.mark.parametrize("ordered_on", [None, dt.date(2027, 1, 1)])
def test_actual_is_there_once(store: Store, ordered_on: dt.date | None) -> None:
    """The database itself takes a receipt once, one without the day of its order as well."""
    row = {
        "kind": "receipts", "item": "a", "supplier": "s", "date": dt.date(2027, 1, 4), "ordered_on": ordered_on, "units": 1.0,
        "source": "0" * 64,
    }  # fmt: skip
    with store.write("anna", "a", "actual") as change:
        change.session.execute(sa.insert(Actual), [row, row | {"ordered_on": dt.date(2027, 1, 2)}])
    with pytest.raises(sa.exc.IntegrityError), store.write("anna", "a", "actual") as change:
        change.session.execute(sa.insert(Actual), [row])


def test_kinds_of_runs(place: str, tmp_path: Path) -> None:
    """The fourth step keeps runs with their numbers, what refers to them, and every fingerprint; new kinds are taken, others not."""
    with _store_of_step(place, "0003") as before:
        write_people(before)
        with Store.create(tmp_path / "today") as today:
            fill(today)
            _copy(today, before)
            with today.read() as session:
                runs = {run.id: run.options for run in session.scalars(sa.select(Run))}
                referring = session.scalars(sa.select(Miss.run_id)).all()
    assert runs
    assert set(referring) <= set(runs)
    with Store.open(place) as store:
        assert check(store).problems == []
        assert audit.verify(store).passed
        with store.read() as session:
            assert {run.id: run.options for run in session.scalars(sa.select(Run))} == runs
            assert session.scalars(sa.select(Miss.run_id)).all() == referring
        for kind, is_taken in (("frontier", True), ("tornado", True), ("guess", False)):
            statement = sa.text("UPDATE run SET kind = :kind WHERE id = (SELECT min(id) FROM run)")
            expected = nullcontext() if is_taken else pytest.raises(sa.exc.IntegrityError)
            with expected, store.engines.writing.begin() as connection:
                connection.execute(statement, {"kind": kind})
        with pytest.raises(sa.exc.IntegrityError), store.engines.writing.begin() as connection:
            connection.execute(sa.text("DELETE FROM run"))
