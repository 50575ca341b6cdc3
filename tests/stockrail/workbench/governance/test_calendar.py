"""The calendar: working days, events on dates and by rule, and what is next."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.workbench.governance.calendar import Calendar
from stockrail.workbench.governance.schema_calendar import WEEKDAYS, CalendarRules
from stockrail.workbench.governance.working_days import WorkingDays

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2029, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def calendar(*events: dict[str, object], **settings: object) -> Calendar:
    rows = [{"event": "e", "kind": "close", "owner": "finance", **event} for event in events]
    return Calendar(CalendarRules.model_validate({"events": rows, **settings}))


def days_of(found: Calendar, first: str, last: str) -> list[str]:
    return [one.first.isoformat() for one in found.between(day(first), day(last))]


# New Year's Day of 2027 is a Friday, so January's first working day is Monday the 4th. Its last three are Wednesday the 27th,
# Thursday the 28th, Friday the 29th; those of February, which ends on a Sunday, the 24th to the 26th.
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"every": "month", "working_day": 1}, ["2027-01-04", "2027-02-01", "2027-03-01"]),
        ({"every": "month", "working_day": -3}, ["2027-01-27", "2027-02-24", "2027-03-29"]),
        ({"every": "quarter", "working_day": -1}, ["2027-03-31"]),
        ({"every": "quarter", "working_day": 2}, ["2027-01-05"]),
        ({"dates": ["2027-02-10", "2026-12-31", "2027-01-09"]}, ["2027-01-09", "2027-02-10"]),
    ],
)
def test_events_by_hand(event: dict[str, object], expected: list[str]) -> None:
    """First quarter of 2027 with New Year as a holiday."""
    assert days_of(calendar(event, holidays=["2027-01-01"]), "2027-01-01", "2027-03-31") == expected


def test_quarters_follow_the_fiscal_year() -> None:
    """With a year that begins in February its first quarter ends in April: on Friday the 30th."""
    found = calendar({"every": "quarter", "working_day": -1}, fiscal_year_start_month=2)
    assert days_of(found, "2027-02-01", "2027-07-31") == ["2027-04-30", "2027-07-30"]


def test_every_week() -> None:
    """Wednesdays of two weeks."""
    found = calendar({"every": "week", "weekday": "wednesday"})
    assert days_of(found, "2027-01-06", "2027-01-19") == ["2027-01-06", "2027-01-13"]


def test_an_event_that_lasts_is_on_until_its_last_day() -> None:
    """Five days from Thursday: on Monday it is on, on Tuesday it is over, and the next one is looked for after its first day."""
    found = calendar({"dates": ["2027-01-07", "2027-02-04"], "lasts_days": 5})
    assert [one.first.isoformat() for one in found.on(day("2027-01-11"))] == ["2027-01-07"]
    assert found.on(day("2027-01-12")) == found.on(day("2027-01-06")) == []
    coming = found.next("e", day("2027-01-07"))
    assert coming is not None
    assert coming.first == day("2027-02-04")
    assert found.next("e", day("2027-02-04")) is None
    assert found.next("another", day("2027-01-01")) is None


def test_working_days_by_hand() -> None:
    """Friday and 1 is Monday; Saturday and 0 is Monday, and 1 is Monday as well: the first working day after it."""
    found = WorkingDays.of(CalendarRules(holidays=(day("2027-01-12"),)))
    assert found.after(day("2027-01-08"), 0) == day("2027-01-08")
    assert found.after(day("2027-01-08"), 1) == day("2027-01-11")
    assert found.after(day("2027-01-08"), 2) == day("2027-01-13")  # Tuesday is a holiday
    assert found.after(day("2027-01-09"), 0) == found.after(day("2027-01-09"), 1) == day("2027-01-11")


def test_no_working_day_at_all_is_an_error() -> None:
    """A year of holidays: nothing can ever be due."""
    holidays = tuple(day("2027-01-01") + dt.timedelta(days=k) for k in range(400))
    with pytest.raises(ValueError, match="no working day"):
        WorkingDays.of(CalendarRules(holidays=holidays)).after(day("2027-01-01"), 0)


@settings(deadline=None, max_examples=40)
@given(start=DAYS, count=st.integers(1, 30), week=st.sets(st.sampled_from(WEEKDAYS), min_size=1))
def test_working_days_count(start: dt.date, count: int, week: set[str]) -> None:
    """So many working days after a day, there are so many working days from the day after it."""
    days = WorkingDays(frozenset(WEEKDAYS.index(name) for name in week), frozenset())
    end = days.after(start, count)
    between = [start + dt.timedelta(days=k) for k in range(1, (end - start).days + 1)]
    assert days.is_working(end)
    assert sum(days.is_working(one) for one in between) == count
    assert (
        days.nth(start + dt.timedelta(days=1), end, count)
        == end
        == days.nth(start + dt.timedelta(days=1), end, -1)
    )


@settings(deadline=None, max_examples=40)
@given(first=DAYS, length=st.integers(0, 200), working_day=st.sampled_from([-15, -3, -1, 1, 5, 15]))
def test_looking_at_once_or_day_by_day(first: dt.date, length: int, working_day: int) -> None:
    """What is on in a span is what is on on its days."""
    found = calendar({"every": "month", "working_day": working_day, "lasts_days": 9})
    last = first + dt.timedelta(days=length)
    by_day = {one for k in range(length + 1) for one in found.on(first + dt.timedelta(days=k))}
    assert sorted(by_day) == found.between(first, last)
