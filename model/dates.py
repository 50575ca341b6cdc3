"""Periods and the calendar: which period a day lies in, and where fiscal quarters end."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from stockrail.model.schema_settings import Settings


def first_day(settings: Settings, period: int) -> dt.date:
    """First day of a period, which may lie beyond the horizon."""
    return settings.start + dt.timedelta(days=period * settings.period_length_days)


def period_of(settings: Settings, day: dt.date) -> int:
    """The period that contains a day; negative before the start, `periods` or more beyond the horizon."""
    return (day - settings.start).days // settings.period_length_days


def quarter_ends(settings: Settings) -> NDArray[np.bool_]:
    """Which periods contain the last day of a fiscal quarter [periods].

    Quarters are three months each, the first begins with `fiscal_year_start_month`.
    """

    def quarter(period: int) -> int:
        day = first_day(settings, period)
        return (day.year * 12 + day.month - settings.fiscal_year_start_month) // 3

    # A quarter ends in a period where the next one begins in another quarter.
    quarters = np.array([quarter(t) for t in range(settings.periods + 1)])
    return np.asarray(quarters[:-1] != quarters[1:])
