"""Actuals by item and period."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.monitoring.observed import Observed, observed
from stockrail.workbench.store import Store
from tests.stockrail.workbench.monitoring.cases import day, frames, weekly
from tests.stockrail.workbench.tradeoffs.records import at

TWO_ITEMS = weekly(demand=[[10, 10, 10], [10, 10, 10]])


def test_demand_is_added_up_and_missing_is_not_zero() -> None:
    """Two days of a week are one sum; a week without a row is not known, nor what was served where one row does not say it."""
    seen = observed(
        TWO_ITEMS,
        frames(
            demand=[
                ("A", day(0), 3, 2),
                ("A", day(0.9), 4, 4),
                ("A", day(1), 5, None),
                ("A", day(1.5), 1, 1),
                ("B", day(1), 0, 0),
                ("A", day(-0.5), 99, 99),  # before the plan
                ("X", day(1), 7, 7),  # not in the plan
            ]
        ),
    )
    assert (seen.items, seen.n_periods, seen.unknown_items) == (("A", "B"), 2, ("X",))
    np.testing.assert_equal(seen.demand_units, [[7, 6], [np.nan, 0]])
    np.testing.assert_equal(seen.served_units, [[6, np.nan], [np.nan, 0]])


def test_events_did_not_happen_as_far_as_rows_reach() -> None:
    """The last receipt is of week 1: in week 0 nothing came for B, in week 2 nobody knows. Spend goes the same way."""
    seen = observed(
        TWO_ITEMS,
        frames(
            demand=[("A", day(2), 1, None)],
            receipts=[
                ("A", "V", day(0), 5, None, None),
                ("A", "V", day(0.5), 6, 60.0, day(-1)),
                ("B", "V", day(1), 2, None, None),
                ("B", "V", day(-2), 9, None, None),
            ],
            spend=[
                ("expedite", day(1), 40.0, "", ""),
                ("freight", day(0), 10.0, "", "V"),
                ("freight", day(0.1), -4.0, "", ""),
            ],
        ),
    )
    np.testing.assert_equal(seen.receipt_units, [[11, 0, np.nan], [0, 2, np.nan]])
    assert sorted(seen.spend) == ["expedite", "freight"]
    np.testing.assert_equal(seen.spend["expedite"], [0, 40, np.nan])
    np.testing.assert_equal(seen.spend["freight"], [6, 0, np.nan])
    assert seen.receipts["units"].tolist() == [5, 6, 2, 9]  # earlier ones say something of lead times


def test_stock_is_the_last_count_of_the_week() -> None:
    """Whatever the order of the rows; its money belongs to the same count."""
    seen = observed(
        TWO_ITEMS,
        frames(
            demand=[("A", day(1), 1, None)],
            stock=[("A", day(0.9), 8, 80.0), ("A", day(0), 5, 50.0), ("B", day(1), 3, None)],
        ),
    )
    np.testing.assert_equal(seen.stock_units, [[8, np.nan], [np.nan, 3]])
    np.testing.assert_equal(seen.stock_money, [[80, np.nan], [np.nan, np.nan]])


@pytest.mark.parametrize(
    ("until", "periods"),
    [(None, 3), (day(2.9), 3), (day(2.8), 2), (day(1), 1), (day(0), 0), (day(-3), 0), (day(99), 3)],
)
def test_only_periods_that_are_over_count(until: dt.date | None, periods: int) -> None:
    """Week 2 ends on its Sunday, `day(2.9)`; a day before that it goes on."""
    seen = observed(TWO_ITEMS, frames(demand=[("A", day(week), 1, None) for week in (0, 1, 2, 7)]), until)
    assert (seen.n_periods, seen.demand_units.shape) == (periods, (2, periods))


def test_without_demand_other_actuals_say_how_far_it_is() -> None:
    """Stock of week 1 alone: two weeks, of which demand is not known. Nothing at all: no week."""
    seen = observed(TWO_ITEMS, frames(stock=[("A", day(1), 1, None)]))
    assert seen.n_periods == 2
    assert np.isnan(seen.demand_units).all()
    assert observed(TWO_ITEMS, {}).n_periods == 0


def test_a_period_that_goes_on_today_is_not_over(sqlite_store: Store, tmp_path: Path) -> None:
    """Demand of Wednesday of week 1, looked at on Thursday: week 0 only. A week later both."""
    folder = tmp_path / "actuals"
    folder.mkdir()
    (folder / "demand.csv").write_text(f"item,date,units\nA,{day(0)},1\nA,{day(1.3)},1\n", encoding="utf-8")
    import_actuals(sqlite_store, "anna", folder)
    at(sqlite_store, day(1.5))
    assert Observed.of_store(sqlite_store, TWO_ITEMS, None).n_periods == 1
    at(sqlite_store, day(2))
    assert Observed.of_store(sqlite_store, TWO_ITEMS, None).n_periods == 2
    at(sqlite_store, day(-50))  # actuals of the future are somebody's exercise: all of them count
    assert Observed.of_store(sqlite_store, TWO_ITEMS, None).n_periods == 2
