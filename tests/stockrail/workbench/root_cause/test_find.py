"""Misses found in a store and kept with their causes, on both databases."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.workbench import baselines
from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.governance import exceptions
from stockrail.workbench.root_cause.find import case_of, find, get, listed
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.tables import AuditEntry, Miss, PlanException
from tests.stockrail.workbench.folders import replace
from tests.stockrail.workbench.root_cause.cases import day
from tests.stockrail.workbench.root_cause.stores import BEFORE, approved_plan, happened, with_baseline
from tests.stockrail.workbench.tradeoffs.records import at

CALM = {"kettle": [(10, 10), (10, 10)], "fan": [(10, 10), (20, 20)], "filter": [(10, 10), (10, 10)]}
"""Demand as expected, all of it served."""

RUSH = {**CALM, "kettle": [(10, 10), (25, 10)]}
"""25 kettles in period 1 in place of 10, for which no scenario was made; 15 were not served."""


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    """With an approved plan."""
    approved_plan(store, with_baseline(store, tmp_path / "in"))
    return store


def raise_exception(store: Store, subject: str, on: dt.date, due: dt.date) -> PlanException:
    """An exception of supply planning about no plan in particular."""
    at(store, on)
    with store.write("ben", "exception.open", exceptions.ENTITY) as change:
        row = PlanException(
            run_id=None, rule="forecast", subject=subject, owner_role="supply_planning", owner="ben", due=due,
            waits_for="order more", is_blocking=False, opened_at=change.at,
        )  # fmt: skip
        change.session.add(row)
        change.session.flush()
    return row


def entries(store: Store) -> int:
    with store.read() as session:
        return session.query(AuditEntry).count()


def test_misses_are_kept_with_their_cause(ready: Store, tmp_path: Path) -> None:
    """A rush of kettles: one miss of 15 units against run 1, with words and numbers; the log has it."""
    happened(ready, tmp_path / "actuals", RUSH)
    found = find(ready, "anna")
    assert (found.run_id, found.periods, found.added, found.changed, found.removed) == (1, 2, 1, 0, 0)
    [miss] = found.misses
    with ready.read() as session:
        kept = session.get_one(Miss, miss.id)
    assert (kept.kind, kept.item, kept.segment, kept.subject) == (
        "stockout",
        "kettle",
        "steady",
        "item kettle",
    )
    assert (kept.period, kept.date, kept.units, kept.money) == (1, dt.date(2027, 5, 29), 15, 150)
    assert kept.cause == "demand outside the fan"
    assert kept.evidence["assumptions"]["demand"]["actual"] == 25
    assert audit.verify(ready).passed


def test_finding_again_changes_nothing(ready: Store, tmp_path: Path) -> None:
    """The same actuals: the same rows, and no entry in the log."""
    happened(ready, tmp_path / "actuals", RUSH)
    first = find(ready, "anna").misses
    before = entries(ready)
    again = find(ready, "ben")
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert [(row.id, row.found_at) for row in again.misses] == [(row.id, row.found_at) for row in first]
    assert entries(ready) == before


def test_corrections_change_and_take_away(ready: Store, tmp_path: Path) -> None:
    """12 were served and not 10: the same miss, of 13; then all were served: it is gone, and the log says which."""
    happened(ready, tmp_path / "actuals", RUSH)
    [first] = find(ready, "anna").misses
    happened(ready, tmp_path / "actuals", {**RUSH, "kettle": [(10, 10), (25, 12)]}, replace=True)
    changed = find(ready, "anna")
    assert (changed.added, changed.changed, changed.removed) == (0, 1, 0)
    assert [(row.id, row.units, row.found_at) for row in changed.misses] == [(first.id, 13, first.found_at)]
    happened(ready, tmp_path / "actuals", {**RUSH, "kettle": [(10, 10), (25, 25)]}, replace=True)
    gone = find(ready, "anna")
    assert (gone.removed, gone.misses) == (1, [])
    with ready.read() as session:
        last = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert last is not None
    assert last.data["removed"] == ["stockout item kettle 2027-05-29"]
    assert audit.verify(ready).passed


def test_what_was_known_in_time_counts_as_that(ready: Store, tmp_path: Path) -> None:
    """An exception about kettles before period 1, which nobody decided: due on the 19th of March, it is overdue in June.

    Decided by Ben in time, it is known and decided; by then the miss is found again, and changed.
    """
    row = raise_exception(ready, "item kettle", day(0.5), day(1))
    happened(ready, tmp_path / "actuals", RUSH)
    [miss] = find(ready, "anna").misses
    assert (miss.cause, miss.evidence["row"]) == ("shown, not decided", 1)
    assert miss.evidence["process"]["exceptions"] == [row.id]
    assert "Exception 1 had pointed to it in time and was not decided by its due date." in miss.explanation
    at(ready, day(1))
    exceptions.resolve(ready, "ben", row.id, "Ordered.")
    at(ready, day(2))
    again = find(ready, "anna")
    assert (again.changed, again.misses[0].cause) == (1, "known and decided")


def test_roles_are_held_by_the_library(ready: Store, tmp_path: Path) -> None:
    """Who may bring in actuals may have them judged; executives and auditors look only."""
    happened(ready, tmp_path / "actuals", RUSH)
    for somebody in ("dora", "edna", "nobody"):
        with pytest.raises(NotAllowedError, match=r"actuals\.import"):
            find(ready, somebody)
    with ready.read() as session:
        assert listed(session) == []


def test_there_must_be_a_plan_and_actuals(store: Store, tmp_path: Path) -> None:
    """No approved plan; then a plan, and no actuals; then another run than an approved one."""
    with pytest.raises(StateError, match="No plan is approved yet"):
        find(store, "anna")
    run = approved_plan(store, with_baseline(store, tmp_path / "in"))
    with pytest.raises(StateError, match="actuals import"):
        find(store, "anna")
    happened(store, tmp_path / "actuals", CALM)
    with pytest.raises(
        NotFoundError, match=f"Run 7 has no approved plan; approved are those of the runs: {run}"
    ):
        find(store, "anna", 7)
    assert find(store, "anna", run).misses == []
    with store.read() as session, pytest.raises(NotFoundError, match="root-cause list"):
        get(session, 1)


def test_each_period_belongs_to_the_plan_in_force(ready: Store, tmp_path: Path) -> None:
    """A plan approved later that begins with period 1 takes over there.

    The rush of period 1 is no miss of run 1 any more: it is taken away when that of run 2 is found. Run 2 begins at its own period 0, which is period 1 of run 1; a baseline
    that begins then has the same demand, so its only period with actuals has the miss. A third plan from the same day on takes its
    place altogether.
    """
    happened(ready, tmp_path / "actuals", RUSH)
    assert len(find(ready, "anna").misses) == 1
    at(ready, BEFORE)
    folder = tmp_path / "in"
    replace(folder / "instance.yaml", "start: 2027-01-04", f"start: {day(1)}")
    second = baselines.import_folder(ready, "otto", folder, "later")
    run = approved_plan(ready, second.id, start=day(1))
    at(ready, day(2))
    later = find(ready, "anna")
    assert (later.run_id, later.periods, later.added, later.removed) == (run, 1, 1, 1)
    assert [(row.period, row.date, row.units) for row in later.misses] == [(0, dt.date(2027, 5, 29), 15)]
    earlier = find(ready, "anna", 1)
    assert (earlier.periods, earlier.removed, earlier.misses) == (1, 0, [])
    with ready.read() as session:
        assert [(row.run_id, row.period) for row in listed(session)] == [(run, 0)]
    at(ready, BEFORE)
    approved_plan(ready, second.id, start=day(1))
    with pytest.raises(StateError, match=f"The plan of run {run} was never in force"):
        find(ready, "anna", run)


def test_governance_says_what_the_money_of_receipts_is(sqlite_store: Store, tmp_path: Path) -> None:
    """With freight and duty unless `receipts_at` says otherwise, as drift and reconciliation take it."""
    approved_plan(sqlite_store, with_baseline(sqlite_store, tmp_path / "in"))
    happened(sqlite_store, tmp_path / "actuals", CALM)
    assert case_of(sqlite_store)[0].receipts_at == "unit_value"
    replace(sqlite_store.governance_file, "receipts_at: unit_value", "receipts_at: unit_cost")
    assert case_of(sqlite_store)[0].receipts_at == "unit_cost"
