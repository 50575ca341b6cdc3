"""Working days: weekdays on which people work, without holidays."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from stockrail.workbench.governance.schema_calendar import WEEKDAYS, CalendarRules

LONGEST_BREAK_DAYS = 366
"""A calendar without a working day in so many days has none."""


@dataclass(frozen=True)
class WorkingDays:
    """Which days are worked on.

    Attributes
    ----------
    weekdays : 0 for Monday to 6 for Sunday.
    """

    weekdays: frozenset[int]
    holidays: frozenset[dt.date]

    @staticmethod
    def of(rules: CalendarRules) -> "WorkingDays":
        """Those of governance.yaml."""
        return WorkingDays(
            frozenset(WEEKDAYS.index(name) for name in rules.working_days), frozenset(rules.holidays)
        )

    def is_working(self, day: dt.date) -> bool:
        """Whether people work on a day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def after(self, day: dt.date, count: int) -> dt.date:
        """The `count`-th working day after a day; with 0 the day itself, or the next working day.

        Raises
        ------
        ValueError
            There is no working day within a year.
        """
        if count == 0:
            return self._next(day)
        for _ in range(count):
            day = self._next(day + dt.timedelta(days=1))
        return day

    def nth(self, first: dt.date, last: dt.date, number: int) -> dt.date | None:
        """The n-th working day from `first` to `last`; a negative number counts from the end. None where there are fewer."""
        days = list(self._between(first, last))
        if abs(number) > len(days):
            return None
        return days[number - 1] if number > 0 else days[number]

    def _between(self, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        days = (first + dt.timedelta(days=k) for k in range((last - first).days + 1))
        return (day for day in days if self.is_working(day))

    def _next(self, day: dt.date) -> dt.date:
        for k in range(LONGEST_BREAK_DAYS):
            if self.is_working(found := day + dt.timedelta(days=k)):
                return found
        raise ValueError(f"There is no working day in the {LONGEST_BREAK_DAYS} days from {day} on.")
