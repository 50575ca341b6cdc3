"""Exceptions that are about no new plan: opened once, kept up to date, decided once."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.governance.approvals import approve
from stockrail.workbench.governance.found import open_found
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import PlanException
from tests.stockrail.workbench.governance.runs import finished_run, govern


def found(**changes: Any) -> Broken:
    """A supplier that is late; carla decides."""
    facts: dict[str, Any] = {
        "rule": "supplier on time",
        "subject": "supplier importer",
        "owner_role": "finance",
        "owner": "carla",
        "money": 100.0,
        "due": dt.date(2027, 2, 1),
        "waits_for": "a word with the supplier",
        "is_blocking": False,
        "evidence": {"supplier": "importer", "interval": (1.0, 2.0)},
    }
    return Broken(**facts | changes)


def count(store: Store) -> int:
    """Exceptions, open or closed."""
    with store.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(PlanException)) or 0


def test_opened_once_and_kept_up_to_date(store: Store) -> None:
    """Found again it is the same exception with the numbers of now; its due date stays. Without news nothing is logged."""
    [first] = open_found(store, "ben", [found()])
    entries = audit.verify(store).entries
    [again] = open_found(store, "ben", [found(due=dt.date(2027, 3, 1))])
    assert (again.id, again.due, audit.verify(store).entries) == (first.id, dt.date(2027, 2, 1), entries)
    [now] = open_found(store, "ben", [found(money=250.0), found(subject="supplier works")])[:1]
    assert (now.id, now.money, count(store)) == (first.id, 250.0, 2)
    assert audit.verify(store).entries == entries + 1


def test_what_was_decided_of_a_plan_stays_decided(store: Store) -> None:
    """10% more at stake than the 100 that were decided on, 110, is no news; 111 is, and so is another plan."""
    govern(store)
    run = finished_run(store)
    [first] = open_found(store, "ben", [found()], run)
    exceptions.resolve(store, "carla", first.id, "They promised.")
    assert open_found(store, "ben", [found(money=110.0)], run) == []
    [worse] = open_found(store, "ben", [found(money=111.0)], run)
    assert (worse.id != first.id, worse.run_id) == (True, run)
    exceptions.resolve(store, "carla", worse.id, "They promised again.")
    assert len(open_found(store, "ben", [found()], finished_run(store))) == 1


def test_of_unknown_money_new_evidence_is_news(store: Store) -> None:
    """The same evidence is the same; other evidence opens it again."""
    govern(store)
    run = finished_run(store)
    [first] = open_found(store, "ben", [found(money=None)], run)
    exceptions.resolve(store, "carla", first.id, "Known.")
    assert open_found(store, "ben", [found(money=None)], run) == []
    assert len(open_found(store, "ben", [found(money=None, evidence={"supplier": "works"})], run)) == 1


def test_about_no_plan_it_comes_back(store: Store) -> None:
    """An overdue review that was only talked about is overdue still."""
    [first] = open_found(store, "ben", [found()])
    exceptions.resolve(store, "carla", first.id, "Later.")
    [again] = open_found(store, "ben", [found()])
    assert again.id != first.id


def test_blocking_one_keeps_every_plan_from_approval(store: Store) -> None:
    """Until it is decided; an approval closes nothing of what is about no new plan."""
    govern(store)
    old, new = finished_run(store), finished_run(store)
    open_found(store, "ben", [found(is_blocking=True), found(subject="supplier works")], old)
    with pytest.raises(StateError, match="waits for 1 decision"):
        approve(store, "paula", new, "Go.")
    exceptions.resolve(store, "carla", 1, "They promised.")
    approve(store, "paula", new, "Go.")
    with store.read() as session:
        assert [(row.id, row.state) for row in exceptions.listed(session)] == [(1, "resolved"), (2, "open")]


def test_unknown_run(store: Store) -> None:
    """It cannot have been found against a plan that is not there."""
    with pytest.raises(NotFoundError, match="run 7"):
        open_found(store, "ben", [found()], 7)
    assert count(store) == 0
