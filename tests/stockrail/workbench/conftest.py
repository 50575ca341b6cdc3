"""Stores for tests of the workbench, on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stockrail.workbench.store import Store
from tests import postgresql
from tests.stockrail.workbench.people import write_people


@pytest.fixture(scope="session")
def postgresql_socket() -> Iterator[Path]:
    """A PostgreSQL server that runs for the whole session."""
    if postgresql.programs() is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.server() as socket:
        yield socket


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made. Each test runs once for each database."""
    if request.param == "sqlite":
        return str(tmp_path / "store")
    socket: Path = request.getfixturevalue("postgresql_socket")
    return postgresql.new_database(socket, tmp_path / "store")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    """An empty store with people in it, on each database."""
    with Store.create(place) as made:
        write_people(made)
        yield made


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite only, for what does not depend on the database."""
    with Store.create(tmp_path / "store") as made:
        write_people(made)
        yield made
