"""The calendar of governance.yaml: events on given dates or by a rule, and which days are working days."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from stockrail.model.schema_values import Name, Row, Scope

EventKind = Literal["promotion_lock", "supply_freeze", "forecast_update", "close"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip

HOLDING = frozenset({"promotion_lock", "supply_freeze"})
"""Kinds of events that hold orders of the approved plan."""


class Event(Row):
    """Something that comes back, or comes on given dates.

    Attributes
    ----------
    owner : role that sees to it.
    dates : first days, or
    every : in which rhythm; with `weekday` for a week, with `working_day` for a month or a quarter: 1 is its first working
        day, -1 its last one, -3 the third last.
    lasts_days : days from the first to the last one, weekends included.
    scope, scope_value : whose orders a lock or a freeze holds.
    """

    event: Name
    kind: EventKind
    owner: Name
    dates: tuple[dt.date, ...] = ()
    every: Literal["week", "month", "quarter"] | None = None
    weekday: Weekday | None = None
    working_day: Annotated[int, Field(ge=-45, le=45)] | None = None
    lasts_days: Annotated[int, Field(ge=1, le=366)] = 1
    scope: Scope = "all"
    scope_value: Annotated[str, Field(max_length=120)] = ""


class CalendarRules(Row):
    """When things happen.

    Attributes
    ----------
    working_days : days of the week on which people work.
    holidays : days on which they do not.
    fiscal_year_start_month : first month of the fiscal year; quarters follow from it.
    """

    working_days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS[:5]
    holidays: tuple[dt.date, ...] = ()
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    events: tuple[Event, ...] = ()
