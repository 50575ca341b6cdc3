"""Monitoring of a store: the plan in force, exceptions that are opened, and the run that is asked for."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.monitoring.frames import record, tables
from stockrail.workbench.monitoring.monitor import monitor, open_exceptions, start
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import Run
from stockrail.workbench.tradeoffs import records
from tests.stockrail.workbench.root_cause.cases import START, day
from tests.stockrail.workbench.root_cause.stores import approved_plan, happened, with_baseline
from tests.stockrail.workbench.tradeoffs.records import TODAY, at, complete

HIGH = {"kettle": [(14, 10), (25, 10), (16, 10)]}
"""10 are sure of kettles: each period is above the fan."""


@pytest.fixture
def planned(sqlite_store: Store, tmp_path: Path) -> Store:
    """A store with an approved plan of three items, a week before it begins."""
    approved_plan(sqlite_store, with_baseline(sqlite_store, tmp_path / "in"))
    return sqlite_store


def test_three_periods_above_the_fan(planned: Store, tmp_path: Path) -> None:
    """55 kettles where 30 were expected, 25 more at 20: 500 at stake. It is a reason to plan."""
    happened(planned, tmp_path / "actuals", HIGH)
    found = monitor(planned)
    assert found.seen is not None
    assert (found.run_id, found.seen.observed.n_periods, found.seen.last_day) == (
        1,
        3,
        day(3) - dt.timedelta(days=1),
    )
    [one] = [one for one in found.broken if one.rule == "demand outside the fan"]
    assert (one.subject, one.money, one.owner) == ("item kettle", 500, "anna, otto, paula")
    [reason] = [one.reason for one in found.triggers if one.kind == "off-cycle"]
    assert reason.startswith("demand outside the fan: item kettle, above the fan for 3 periods in a row")
    assert found.notes == ("Demand of 6 of 9 items and periods is not known; missing is not zero.",)
    rows = tables(found)["fan.csv"]
    assert rows[["item", "period", "units", "expected", "is_outside"]].to_numpy().tolist() == [
        ["kettle", 0, 14, 10, True], ["kettle", 1, 25, 10, True], ["kettle", 2, 16, 10, True],
    ]  # fmt: skip
    assert (record(found)["demands_outside"], record(found)["periods"]) == (3, 3)


def test_looking_changes_nothing(planned: Store, tmp_path: Path) -> None:
    """Neither does opening what is open already."""
    happened(planned, tmp_path / "actuals", HIGH)
    entries = audit.verify(planned).entries
    found = monitor(planned)
    assert audit.verify(planned).entries == entries
    [one] = open_exceptions(planned, "anna", found)
    assert (one.run_id, one.rule, one.due) == (1, "demand outside the fan", day(3) + dt.timedelta(days=2))
    assert [row.id for row in open_exceptions(planned, "ben", monitor(planned))] == [one.id]
    assert audit.verify(planned).entries == entries + 1
    exceptions.resolve(planned, "anna", one.id, "A promotion, once.")
    assert open_exceptions(planned, "anna", monitor(planned)) == []


def test_the_plan_in_force_counts(planned: Store, tmp_path: Path) -> None:
    """A later plan begins in period 1: of the first one period 0 is looked at, and by default the later one is, once it has actuals."""
    approved_plan(planned, 1, start=day(1))
    happened(planned, tmp_path / "actuals", HIGH)
    first = monitor(planned, run_id=1)
    assert first.seen is not None and first.seen.observed.n_periods == 1
    assert first.broken == ()
    assert monitor(planned).run_id == 2
    with pytest.raises(NotFoundError):
        monitor(planned, run_id=9)


def test_until_a_day(planned: Store, tmp_path: Path) -> None:
    """Two periods are over by the end of the second one."""
    happened(planned, tmp_path / "actuals", HIGH)
    found = monitor(planned, until=day(2) - dt.timedelta(days=1))
    assert found.seen is not None and found.seen.observed.n_periods == 2
    assert found.broken == ()


def test_without_plan_or_actuals(sqlite_store: Store, tmp_path: Path) -> None:
    """What is missing is said; the monthly run is asked for all the same, where an event has come: 7 January."""
    with_baseline(sqlite_store, tmp_path / "in")
    nothing = monitor(sqlite_store, on=dt.date(2027, 1, 8))
    assert (nothing.plan, nothing.seen, nothing.notes[0][:27]) == (None, None, "No plan is approved yet: th")
    assert [one.reason for one in nothing.triggers] == [
        "forecast update of 2027-01-07; no plan has been made yet"
    ]
    approved_plan(sqlite_store)
    waiting = monitor(sqlite_store)
    assert (waiting.run_id, waiting.seen, waiting.last_plan) == (1, None, START - dt.timedelta(days=7))
    assert "stockrail actuals import FOLDER" in waiting.notes[0]
    assert list(tables(waiting)) == ["exceptions.csv", "triggers.csv"]
    assert record(waiting)["periods"] == 0


def test_start_gives_the_run_its_reasons(planned: Store, tmp_path: Path) -> None:
    """Monthly and off-cycle, in the run and in the log. Asked again, the same inputs are the same run."""
    happened(planned, tmp_path / "actuals", HIGH)
    found = monitor(planned)
    started = start(planned, "ben", found)
    assert started.is_new
    assert started.run.reason is not None
    monthly, off_cycle = started.run.reason.splitlines()
    assert monthly.startswith("monthly: forecast update of 2027-08-06; the last plan is of 2026-12-28")
    assert off_cycle == f"off-cycle: {found.triggers[1].reason}"
    entry = audit.entries(planned, "edna", last=1)[0]
    assert (entry.action, entry.data["reason"]) == ("run.submit", started.run.reason)
    again = start(planned, "anna", found)
    assert (again.is_new, again.run.id) == (False, started.run.id)
    with planned.read() as session:
        assert session.get_one(Run, started.run.id).reason == started.run.reason


def test_nothing_to_start(planned: Store) -> None:
    """No event has come since the approval, and nothing happened."""
    with pytest.raises(StateError, match="stockrail run start"):
        start(planned, "ben", monitor(planned))


def test_roles_are_held_by_the_library(planned: Store, tmp_path: Path) -> None:
    """An auditor looks; opening exceptions takes who brings in actuals, starting takes who starts runs."""
    happened(planned, tmp_path / "actuals", HIGH)
    found = monitor(planned)
    for actor in ("edna", "dora"):
        with pytest.raises(NotAllowedError, match=r"actuals\.import"):
            open_exceptions(planned, actor, found)
        with pytest.raises(NotAllowedError, match=r"run\.start"):
            start(planned, actor, found)
    with planned.read() as session:
        assert exceptions.listed(session) == []


def test_overdue_reviews_are_opened_as_well(sqlite_store: Store) -> None:
    """Of a trade-off to be reviewed on 1 March, on the day after; whoever brings in actuals is enough."""
    at(sqlite_store, TODAY)
    records.add(sqlite_store, "carla", complete())
    at(sqlite_store, dt.date(2027, 3, 2))
    [one] = open_exceptions(sqlite_store, "anna", monitor(sqlite_store))
    assert (one.subject, one.owner) == ("trade-off 1, spring", "carla")


def test_on_every_database(store: Store, tmp_path: Path) -> None:
    """Actuals, plan and exceptions on each of them."""
    approved_plan(store, with_baseline(store, tmp_path / "in"))
    happened(store, tmp_path / "actuals", HIGH)
    at(store, day(4))
    [one] = open_exceptions(store, "anna", monitor(store))
    assert one.subject == "item kettle"
    assert audit.verify(store).passed
