"""Periods and the calendar, with dates counted by hand."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.dates import first_day, period_of, quarter_ends
from stockrail.model.instance import Instance
from stockrail.model.schema_settings import Settings
from tests.builders import make_instance

START = dt.date(2025, 1, 6)


def year(length: int, periods: int, month: int = 1) -> Instance:
    """An instance that begins on Monday, 6 January 2025."""
    settings = {"start": START, "period_length_days": length, "fiscal_year_start_month": month}
    return make_instance(demand=(1,) * periods, settings=settings)


@pytest.mark.parametrize(
    ("length", "periods", "month", "ends"),
    [
        # Days from 6 January: 31 March is 25 + 28 + 31 = 84, 30 June 84 + 91 = 175, 30 September 175 + 92 = 267 and
        # 31 December 267 + 92 = 359. In weeks: 84 / 7 = 12, 175 / 7 = 25, 267 / 7 = 38.1 and 359 / 7 = 51.3.
        (7, 52, 1, [12, 25, 38, 51]),
        # A fiscal year from April has its quarters where the calendar year has them.
        (7, 52, 4, [12, 25, 38, 51]),
        # From February on, quarters end on 31 January (day 25, week 3), 30 April (84 + 30 = 114, week 16), 31 July
        # (175 + 31 = 206, week 29) and 31 October (267 + 31 = 298, week 42).
        (7, 52, 2, [3, 16, 29, 42]),
        # From December on: 28 February (25 + 28 = 53, week 7), 31 May (114 + 31 = 145, week 20).
        (7, 26, 12, [7, 20]),
        # In periods of four weeks: 84 / 28 = 3, 175 / 28 = 6.25, 267 / 28 = 9.5, 359 / 28 = 12.8.
        (28, 13, 1, [3, 6, 9, 12]),
        (28, 13, 4, [3, 6, 9, 12]),
        # A horizon may end the day before a quarter does: 12 weeks have the days 0 to 83.
        (7, 12, 1, []),
        # A year as one period contains four quarter ends, and counts once.
        (365, 2, 1, [0, 1]),
    ],
)
def test_quarter_ends(length: int, periods: int, month: int, ends: list[int]) -> None:
    """The periods that contain the last day of a fiscal quarter."""
    instance = year(length, periods, month)
    assert np.flatnonzero(instance.quarter_ends).tolist() == ends
    assert len(instance.quarter_ends) == periods


def test_a_quarter_may_end_on_the_first_or_the_last_day_of_a_period() -> None:
    """31 March 2025 is a Monday, and 31 August, the last day of a quarter from September on, is a Sunday."""
    weeks = quarter_ends(year(7, 52).settings)
    assert (first_day(year(7, 52).settings, 12), bool(weeks[12])) == (dt.date(2025, 3, 31), True)
    from_september = quarter_ends(year(7, 52, 9).settings)
    assert first_day(year(7, 52).settings, 34) == dt.date(2025, 9, 1)
    assert from_september[32:35].tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("day", "length", "period"),
    [
        (dt.date(2025, 1, 5), 7, -1),
        (dt.date(2024, 12, 30), 7, -1),
        (dt.date(2024, 12, 29), 7, -2),
        (dt.date(2025, 1, 6), 7, 0),
        (dt.date(2025, 1, 12), 7, 0),
        (dt.date(2025, 1, 13), 7, 1),
        # Day 84 is the first of week 12 and of the fourth period of four weeks; the horizon may be over by then.
        (dt.date(2025, 3, 31), 7, 12),
        (dt.date(2025, 3, 30), 28, 2),
        (dt.date(2025, 3, 31), 28, 3),
    ],
)
def test_period_of(day: dt.date, length: int, period: int) -> None:
    """The period that contains a day, also before the start and beyond the horizon of two periods."""
    assert year(length, 2).period_of(day) == period


@given(
    start=st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)),
    length=st.integers(1, 366),
    period=st.integers(0, 600),
)
def test_a_period_contains_its_first_and_its_last_day(start: dt.date, length: int, period: int) -> None:
    """`period_of` undoes `first_day`, and the day before the next first day is still in the period."""
    settings: Settings = make_instance(settings={"start": start, "period_length_days": length}).settings
    assert period_of(settings, first_day(settings, period)) == period
    assert period_of(settings, first_day(settings, period + 1) - dt.timedelta(days=1)) == period
