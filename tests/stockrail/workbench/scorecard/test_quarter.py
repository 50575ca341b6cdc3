"""Fiscal quarters and their periods."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.dates import first_day
from stockrail.model.schema_settings import Settings
from stockrail.workbench.scorecard.quarter import Quarter
from tests.builders import make_instance


def settings_of(days: int = 7, month: int = 1, periods: int = 30) -> Settings:
    return make_instance(
        demand=[1] * periods,
        settings={
            "start": dt.date(2027, 1, 4),
            "period_length_days": days,
            "fiscal_year_start_month": month,
        },
    ).settings


def test_weeks_of_a_quarter() -> None:
    """Weeks from 4 January: the first one ends on the 10th, the 12th on 28 March; the one that ends on 4 April is of the next quarter."""
    quarter = Quarter.of(settings_of(), dt.date(2027, 2, 14))
    assert (quarter.first_day, quarter.last_day) == (dt.date(2027, 1, 1), dt.date(2027, 3, 31))
    assert quarter.periods(settings_of()) == (-1, 11)  # the week before the start ends on 3 January
    assert Quarter.of(settings_of(), dt.date(2027, 4, 1)).periods(settings_of()) == (12, 24)


@pytest.mark.parametrize(
    ("day", "month", "first", "last"),
    [
        (dt.date(2027, 1, 31), 2, dt.date(2026, 11, 1), dt.date(2027, 1, 31)),
        (dt.date(2027, 2, 1), 2, dt.date(2027, 2, 1), dt.date(2027, 4, 30)),
        (dt.date(2028, 2, 29), 3, dt.date(2027, 12, 1), dt.date(2028, 2, 29)),
        (dt.date(2027, 12, 31), 1, dt.date(2027, 10, 1), dt.date(2027, 12, 31)),
    ],
)
def test_fiscal_years(day: dt.date, month: int, first: dt.date, last: dt.date) -> None:
    """Quarters begin with the month in which the fiscal year begins, and every third one after it."""
    quarter = Quarter.of(settings_of(month=month), day)
    assert (quarter.first_day, quarter.last_day) == (first, last)
    assert quarter.before.last_day == first - dt.timedelta(days=1)


@given(days=st.integers(1, 120), month=st.integers(1, 12), period=st.integers(0, 29))
def test_each_period_belongs_to_the_quarter_of_its_last_day(days: int, month: int, period: int) -> None:
    """And to no other one."""
    settings = settings_of(days, month)
    quarter = Quarter.of(settings, first_day(settings, period + 1) - dt.timedelta(days=1))
    first, last = quarter.periods(settings)
    assert first <= period <= last
    before_first, before_last = quarter.before.periods(settings)
    assert before_last == first - 1
    assert before_first <= before_last + 1
