"""Which approved plan was in force when."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance.approvals import latest_approved
from stockrail.workbench.governance.in_force import approved_plans, plan_of
from stockrail.workbench.store import Store
from tests.stockrail.workbench.root_cause.cases import day
from tests.stockrail.workbench.root_cause.stores import approved_plan, with_baseline


@pytest.mark.parametrize(
    ("starts", "ends", "periods"),
    [
        # Each has three periods of 73 days; the second one takes over after one period of the first.
        ((0, 1), (day(1), None), [1, 3]),
        # Periods that another plan cuts through are not in force, and the last one counts of those with the same start.
        ((0, 1.5, 1.5), (day(1.5), day(1.5), None), [1, 0, 3]),
        # One that was approved later and begins earlier takes its place altogether.
        ((1, 0), (day(0), None), [0, 3]),
        # Nothing is in force beyond its horizon.
        ((0, 4), (day(4), None), [3, 3]),
    ],
)
def test_a_plan_holds_until_one_begins_that_was_approved_later(
    sqlite_store: Store,
    tmp_path: Path,
    starts: tuple[float, ...],
    ends: tuple[dt.date | None, ...],
    periods: list[int],
) -> None:
    """Plans come in the order of their approval, whenever they begin."""
    baseline = with_baseline(sqlite_store, tmp_path / "in")
    runs = [approved_plan(sqlite_store, baseline, start=day(start)) for start in starts]
    with sqlite_store.read() as session:
        plans = approved_plans(session)
        latest = latest_approved(session)
    assert [plan.run.id for plan in plans] == runs
    assert tuple(plan.end for plan in plans) == ends
    assert [plan.periods_in_force for plan in plans] == periods
    assert latest is not None
    assert latest.id == runs[-1]


def test_a_plan_that_never_counted_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    """By its number only a plan is found that was approved, and in force for a period at least."""
    baseline = with_baseline(sqlite_store, tmp_path / "in")
    first, second = (approved_plan(sqlite_store, baseline) for _ in range(2))
    with sqlite_store.read() as session:
        plans = approved_plans(session)
    assert plan_of(plans, second).run.id == second
    with pytest.raises(StateError, match=f"The plan of run {first} was never in force"):
        plan_of(plans, first)
    with pytest.raises(NotFoundError, match=f"approved are those of the runs: {first}, {second}"):
        plan_of(plans, 9)
    with pytest.raises(NotFoundError, match="none yet"):
        plan_of([], first)
