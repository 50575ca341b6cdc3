"""The calendar: when events come, which of them are on, and what is next."""

import calendar as months
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from stockrail.workbench.governance.schema_calendar import HOLDING, WEEKDAYS, CalendarRules, Event
from stockrail.workbench.governance.working_days import WorkingDays

MONTHS_OF = {"month": 1, "quarter": 3}
LOOK_AHEAD_DAYS = 400
"""How far a next occurrence is looked for: a year, and the longest event."""


@dataclass(frozen=True, order=True)
class Occurrence:
    """An event that comes once.

    Attributes
    ----------
    first, last : days, both included.
    """

    first: dt.date
    last: dt.date
    name: str
    event: Event = field(compare=False)

    def is_on(self, day: dt.date) -> bool:
        """Whether it is going on."""
        return self.first <= day <= self.last

    @property
    def holds_orders(self) -> bool:
        """Whether orders of the approved plan are held meanwhile."""
        return self.event.kind in HOLDING


@dataclass(frozen=True)
class Calendar:
    """The calendar of governance.yaml."""

    rules: CalendarRules

    @cached_property
    def working_days(self) -> WorkingDays:
        """On which days people work."""
        return WorkingDays.of(self.rules)

    def between(self, first: dt.date, last: dt.date) -> list[Occurrence]:
        """What is on at some time from one day to another, both included, in order."""
        found = [
            Occurrence(day, day + dt.timedelta(days=event.lasts_days - 1), event.event, event)
            for event in self.rules.events
            # An event that began earlier may still be on.
            for day in self._days(event, first - dt.timedelta(days=event.lasts_days - 1), last)
        ]
        return sorted(found, key=lambda one: (one.first, one.last, one.name))

    def on(self, day: dt.date) -> list[Occurrence]:
        """What is going on on a day."""
        return self.between(day, day)

    def next(self, event: str, after: dt.date) -> Occurrence | None:
        """The next time an event begins after a day; None where it does not within a year."""
        last = after + dt.timedelta(days=LOOK_AHEAD_DAYS)
        return next(
            (one for one in self.between(after, last) if one.name == event and one.first > after), None
        )

    def _days(self, event: Event, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        """First days of an event from one day to another."""
        for day in self._all_days(event, first, last):
            if first <= day <= last:
                yield day

    def _all_days(self, event: Event, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        if event.every is None:
            yield from sorted(set(event.dates))
        elif event.every == "week":
            assert event.weekday is not None
            ahead = (WEEKDAYS.index(event.weekday) - first.weekday()) % 7
            day = first + dt.timedelta(days=ahead)
            while day <= last:
                yield day
                day += dt.timedelta(days=7)
        else:
            yield from self._working_days(event, MONTHS_OF[event.every], first, last)

    def _working_days(self, event: Event, length: int, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        assert event.working_day is not None
        offset = (first.month - self.rules.fiscal_year_start_month) % length
        year, month = _shifted(first.year, first.month, -offset)
        while dt.date(year, month, 1) <= last:
            end_year, end_month = _shifted(year, month, length - 1)
            end = dt.date(end_year, end_month, months.monthrange(end_year, end_month)[1])
            day = self.working_days.nth(dt.date(year, month, 1), end, event.working_day)
            if day is not None:
                yield day
            year, month = _shifted(year, month, length)


def _shifted(year: int, month: int, by: int) -> tuple[int, int]:
    """A month so many months later."""
    count = year * 12 + month - 1 + by
    return count // 12, count % 12 + 1
