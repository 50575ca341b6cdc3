"""Fiscal quarters, and which periods belong to them."""

import datetime as dt
from dataclasses import dataclass

from stockrail.model.schema_settings import Settings


@dataclass(frozen=True)
class Quarter:
    """Three months, the first quarter of a year begins with `fiscal_year_start_month`."""

    first_day: dt.date
    last_day: dt.date

    @staticmethod
    def of(settings: Settings, day: dt.date) -> "Quarter":
        """The quarter that contains a day."""
        months = day.year * 12 + day.month - 1
        return Quarter.beginning(months - (day.month - settings.fiscal_year_start_month) % 3)

    @staticmethod
    def beginning(months: int) -> "Quarter":
        """The one that begins with a month, counted from year 0."""
        after = months + 3
        is_last = after // 12 > dt.MAXYEAR  # there is no first day after it
        return Quarter(_first_of(months), dt.date.max if is_last else _first_of(after) - dt.timedelta(days=1))

    @property
    def before(self) -> "Quarter":
        """The quarter before."""
        return Quarter.beginning(self.first_day.year * 12 + self.first_day.month - 1 - 3)

    def periods(self, settings: Settings) -> tuple[int, int]:
        """First and last period that end in the quarter; they may lie outside of the horizon.

        Each period belongs to the quarter of its last day. Where periods are longer than a quarter there may be none, and the
        first one is after the last one.
        """
        length = settings.period_length_days
        first = -(-((self.first_day - settings.start).days + 1) // length) - 1
        last = ((self.last_day - settings.start).days + 1) // length - 1
        return first, last

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"


def _first_of(months: int) -> dt.date:
    return dt.date(months // 12, months % 12 + 1, 1)
