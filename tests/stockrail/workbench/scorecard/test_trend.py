"""Metrics over quarters."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.trend import quarters_with_demand, trend
from stockrail.workbench.store import Store
from tests.stockrail.workbench.scorecard.test_of_store import add_demand, add_plan, instance_from

FOURTH, FIRST, SECOND = (
    Quarter(dt.date(2026, 10, 1), dt.date(2026, 12, 31)),
    Quarter(dt.date(2027, 1, 1), dt.date(2027, 3, 31)),
    Quarter(dt.date(2027, 4, 1), dt.date(2027, 6, 30)),
)


@pytest.fixture
def there(sqlite_store: Store, tmp_path: Path) -> Store:
    """Plans of four-week periods from 5 October and from 4 January on; 8, then 9, then 10 of 10 served on time.

    Periods of the second plan end on 31 January, 28 February, 28 March and 25 April, the last one in the second quarter.
    """
    add_plan(sqlite_store, tmp_path / "first", instance_from(dt.date(2026, 10, 5), 3))
    add_plan(sqlite_store, tmp_path / "second", instance_from(dt.date(2027, 1, 4), 6))
    rows = [("2026-10-05", 10, 8), ("2026-11-02", 10, 8), ("2027-01-04", 10, 9), ("2027-03-29", 10, 10)]
    add_demand(sqlite_store, tmp_path / "actuals", *rows)
    return sqlite_store


def test_quarters_are_those_in_which_periods_end(there: Store) -> None:
    """Demand of 29 March belongs to a period that ends on 25 April; so there are three quarters, or the latest two."""
    settings = instance_from(dt.date(2027, 1, 4)).settings
    assert quarters_with_demand(there, settings) == [SECOND, FIRST, FOURTH]
    assert quarters_with_demand(there, settings, 2) == [SECOND, FIRST]


def test_each_quarter_with_the_plan_of_its_time(there: Store) -> None:
    """80%, 90% and 100% of what was asked for was served, under runs 1, 2 and 2."""
    found = trend(there, [SECOND, FIRST, FOURTH])
    assert [(one.quarter, one.run_id) for one in found] == [(FOURTH, 1), (FIRST, 2), (SECOND, 2)]
    assert [one.scores["fill_rate"].actual for one in found] == pytest.approx([0.8, 0.9, 1.0])


def test_quarters_without_anything_are_left_out(there: Store) -> None:
    """Nobody told anything of the third quarter of 2026 or of 2027."""
    before, after = FOURTH.before, Quarter(dt.date(2027, 7, 1), dt.date(2027, 9, 30))
    assert [one.quarter for one in trend(there, [after, FIRST, before])] == [FIRST]


def test_days_at_the_ends_of_the_calendar(sqlite_store: Store, tmp_path: Path) -> None:
    """Somebody types 9999 in place of 2027: the latest quarter is the last one that there is."""
    add_plan(sqlite_store, tmp_path / "first", instance_from(dt.date(2027, 1, 4)))
    add_demand(sqlite_store, tmp_path / "actuals", ("0001-01-01", 1, 1), ("9999-12-31", 1, 1))
    [quarter] = quarters_with_demand(sqlite_store, instance_from(dt.date(2027, 1, 4)).settings, 1)
    assert quarter == Quarter(dt.date(9999, 10, 1), dt.date.max)


def test_without_demand_there_are_none(sqlite_store: Store) -> None:
    """No quarter."""
    assert quarters_with_demand(sqlite_store, instance_from(dt.date(2027, 1, 4)).settings) == []
