"""Accounts for tests: a store whose clock is set by hand, passwords that are compared quickly."""

import datetime as dt
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher

from stockrail.workbench.people import accounts, passwords
from stockrail.workbench.store import Store, audit

PASSWORD = "correct horse battery"
OTHER = "staple of another battery"
START = dt.datetime(2027, 1, 4, 8, 0, tzinfo=dt.UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The least that argon2 takes: for tests that compare passwords often."""


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: dt.datetime = START

    def __call__(self) -> dt.datetime:
        return self.now

    def wait(self, **parts: float) -> None:
        """Let time pass: hours, minutes, seconds."""
        self.now += dt.timedelta(**parts)


def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords in a millisecond."""
    monkeypatch.setattr(passwords, "PARAMETERS", QUICK)


def read_log(store: Store) -> list[tuple[str, str, dict[str, object]]]:
    """Actor, action and facts of each entry of the log, the newest first."""
    return [(entry.actor, entry.action, entry.data) for entry in audit.entries(store, "edna")]


def add(store: Store, *names: str) -> None:
    """Accounts, all with the same password."""
    for name in names:
        accounts.create(store, "dora", name, PASSWORD)
