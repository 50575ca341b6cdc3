"""Connections to the database: the same promises from SQLite and from PostgreSQL.

A reading transaction sees one state of the database from its first to its last statement and cannot change it. A writing
transaction waits until it is the only one: SQLite takes its write lock at once, PostgreSQL an advisory lock.
"""

import random
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from stockrail.workbench.errors import ConflictError, StateError
from stockrail.workbench.store.location import Location

WAIT_SECONDS = 30
"""How long a writer waits for the others. Writes take milliseconds, so this is a store that hangs."""

_ASK_AGAIN_SECONDS = (0.001, 0.005)
"""Between these, at random, so that nobody asks in step with another."""

WRITERS_LOCK = 0x73746F636B
"""Number of the advisory lock; the letters "stock". Other users of the same database should not take it."""

_WRITES = "stockrail_writes"


@dataclass(frozen=True)
class Engines:
    """One pool of connections, once for reading and once for writing."""

    reading: sa.Engine
    writing: sa.Engine

    @staticmethod
    def to(location: Location) -> "Engines":
        """Prepare connections; none is made yet.

        Raises
        ------
        StateError
            The driver for PostgreSQL is not installed.
        """
        return _sqlite(location) if location.is_sqlite else _postgresql(location)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.reading.dispose()


def _sqlite(location: Location) -> Engines:
    engine = sa.create_engine(location.url, connect_args={"timeout": WAIT_SECONDS}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        # Python's driver would begin transactions by itself, too late for a snapshot and too late for the lock.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
        if writes:
            _wait_for_turn(connection.connection.driver_connection)
        else:
            connection.exec_driver_sql("BEGIN")

    return Engines(engine, engine.execution_options(**{_WRITES: True}))


def _wait_for_turn(connection: Any) -> None:
    """Begin a writing transaction, as soon as nobody else is in one.

    SQLite itself asks ever more rarely, the longer it has waited: with several writers at work, who came first comes last.
    """
    until = time.monotonic() + WAIT_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
                if time.monotonic() > until:
                    raise _busy() from error
            time.sleep(random.uniform(*_ASK_AGAIN_SECONDS))
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(1000 * WAIT_SECONDS)}")


def _postgresql(location: Location) -> Engines:
    try:
        engine = sa.create_engine(location.url, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise StateError("PostgreSQL needs its driver: pip install 'stockrail[postgres]'.") from error

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")

    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    # Read committed: the first statement after the lock must see what the writer before has committed.
    return Engines(reading, engine.execution_options(**{_WRITES: True}, isolation_level="READ COMMITTED"))


def busy(error: sa.exc.OperationalError) -> ConflictError | None:
    """The error for a lock that was not to be had in time, or None where the reason is another one."""
    return _busy() if _is_busy(error.orig) else None


def _busy() -> ConflictError:
    return ConflictError(
        f"Somebody else has been writing to the store for {WAIT_SECONDS} seconds. Nothing was changed; try again."
    )


def _is_busy(error: BaseException | None) -> bool:
    return any(words in str(error) for words in ("database is locked", "lock timeout"))
