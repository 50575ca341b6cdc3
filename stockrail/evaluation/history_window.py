"""Demand history for a backtest: what is known before it begins, and what then came."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.trees.history import LEAST_PERIODS, Sale
from stockrail.trees.tables import read_table, refuse

MOST_LISTED = 20
"""Items with missing periods that are listed; the rest are counted."""


@dataclass(frozen=True)
class HistoryWindow:
    """Demand by period, and the part of it that is played back.

    Attributes
    ----------
    units : [items, periods], period 0 is the first one that the history covers from its first day.
    start : first day of period 0.
    first, last : periods that are played back, both included; those before `first` are known.
    """

    units: Array
    start: dt.date
    period_length_days: int
    first: int
    last: int

    @property
    def periods(self) -> int:
        """Number of periods that are played back."""
        return self.last - self.first + 1

    @property
    def played(self) -> Array:
        """What came [items, periods that are played back]."""
        return self.units[:, self.first : self.last + 1]

    def known(self, period: int) -> Array:
        """What is known before a period of those played back, 0 the first [items, periods so far]."""
        return self.units[:, : self.first + period]

    def date(self, period: int) -> dt.date:
        """First day of a period of the history."""
        return self.start + dt.timedelta(days=period * self.period_length_days)


def read_window(
    path: Path, instance: Instance, first: str, last: str, *, is_missing_zero: bool = False
) -> HistoryWindow:
    """Read a demand history: columns item, date, units, any number of rows for an item and period.

    Periods are those of the instance, its start a boundary between two of them. The first one is the first that the history covers
    from its first day, the last one the last that it covers to its last day.

    Parameters
    ----------
    first, last : periods to play back, as numbers (0 is the first of the history) or as dates in them.
    is_missing_zero : an item without a row in a period had no demand; otherwise that is an error, as missing is not zero.

    Raises
    ------
    InstanceError
        With every problem of the file and of the two periods.
    """
    table = read_table(path, Sale)
    refuse(
        [
            Problem(table.file, line, "item", row.item, "an item of the instance")
            for line, row in table.each()
            if row.item not in instance.item_index
        ]
    )
    days, origin = instance.settings.period_length_days, instance.settings.start
    position = [(row.date - origin).days // days for row in table.rows]
    earliest, latest = min(row.date for row in table.rows), max(row.date for row in table.rows)
    # A first period that begins before the history, and a last one that ends after it, are known in part only; a single day for
    # each period, such as its Monday, stands for all of it.
    is_dated_by_start = all((row.date - origin).days % days == 0 for row in table.rows)
    begin = -(-(earliest - origin).days // days)
    end = (latest - origin).days // days if is_dated_by_start else ((latest - origin).days + 1) // days - 1
    units = np.full((len(instance.items), max(end - begin + 1, 0)), np.nan)
    for row, at in zip(table.rows, position, strict=True):
        if begin <= at <= end:
            cell = instance.item_index[row.item], at - begin
            units[cell] = np.nan_to_num(units[cell]) + row.units
    start = origin + dt.timedelta(days=begin * days)
    found = [_period(name, text, start, days) for name, text in (("--from", first), ("--to", last))]
    problems = [one for one in found if isinstance(one, Problem)]
    refuse(problems)
    window = HistoryWindow(np.nan_to_num(units), start, days, *(one for one in found if isinstance(one, int)))
    refuse(_outside(window, table.file))
    missing = np.isnan(units[:, : window.last + 1])
    if missing.any() and not is_missing_zero:
        refuse(_missing(table.file, instance, window, missing))
    return window


def _period(name: str, text: str, start: dt.date, days: int) -> int | Problem:
    """A period by its number, or by a date in it."""
    try:
        if "-" in text.strip().lstrip("-"):
            return (dt.date.fromisoformat(text.strip()) - start).days // days
        return int(text)
    except ValueError:
        return Problem(
            name, None, None, text, "the number of a period, 0 the first of the history, or a date"
        )


def _outside(window: HistoryWindow, file: str) -> list[Problem]:
    """Whether there is enough history before the first period, and any up to the last one."""
    count = window.units.shape[1]
    problems = []
    if not LEAST_PERIODS <= window.first < count:
        allowed = f"a period from {LEAST_PERIODS} on, so that there is history before it, to {count - 1}, the last one of {file}"
        problems.append(Problem("--from", None, None, str(window.first), allowed))
    if not window.first <= window.last < count:
        allowed = f"a period from --from on to {count - 1}, the last one of {file}"
        problems.append(Problem("--to", None, None, str(window.last), allowed))
    return problems


def _missing(
    file: str,
    instance: Instance,
    window: HistoryWindow,
    missing: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> list[Problem]:
    problems = []
    items = np.flatnonzero(missing.any(axis=1))
    for k, i in enumerate(items[:MOST_LISTED]):
        positions = np.flatnonzero(missing[i])
        more = f" and {len(positions) - 1} more periods" if len(positions) > 1 else ""
        found = f"{instance.items[i].item} without the period from {window.date(int(positions[0]))}{more}"
        if k == MOST_LISTED - 1 and len(items) > MOST_LISTED:
            found += f" (and {len(items) - MOST_LISTED} more items)"
        allowed = "each item in each period; where no row means no demand, say --missing-is-zero"
        problems.append(Problem(file, None, "date", found, allowed))
    return problems
