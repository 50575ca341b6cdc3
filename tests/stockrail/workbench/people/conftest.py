"""Stores with accounts, on each database."""

from collections.abc import Iterator

import pytest

from stockrail.workbench.store import Store
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.people.samples import Clock, add, quick_passwords


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are compared quickly."""
    quick_passwords(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    """The clock of the store."""
    return Clock()


@pytest.fixture
def store(place: str, clock: Clock) -> Iterator[Store]:
    """A store with accounts of anna, ben and dora, at eight in the morning."""
    with Store.create(place, clock=clock) as made:
        write_people(made)
        add(made, "anna", "ben", "dora")
        yield made
