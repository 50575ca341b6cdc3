"""What a metric of the scorecard is: its definition, unit and direction, and how it follows from lines."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stockrail.model.instance import Array
from stockrail.simulation.world import BoolArray
from stockrail.workbench.scorecard.lines import Lines, Terms

Group = Literal["service", "inventory", "variability", "finance", "instability"]
GROUPS: dict[Group, str] = {
    "service": "Service",
    "inventory": "Inventory health",
    "variability": "Variability",
    "finance": "Finance",
    "instability": "Cost of instability",
}
"""Groups of metrics in their order, and their headings."""

Unit = Literal["share", "days", "money", "per year"]
Better = Literal["higher", "lower", "nearer 0"]
When = Literal["each period", "end", "each period and before"]


class NoValueError(Exception):
    """A metric has no value, and why."""


@dataclass(frozen=True)
class Need:
    """A line that a metric reads.

    Attributes
    ----------
    when : whether in each period of the quarter, at its end only, or also in the period before the quarter.
    """

    line: str
    when: When = "each period"


@dataclass(frozen=True)
class View:
    """The lines of some items in some periods, the last one of them the end of the quarter."""

    lines: Lines
    terms: Terms
    items: BoolArray
    first: int
    last: int
    days: float
    periods_per_year: float

    def total(self, line: str, weight: Array | None = None) -> float:
        """Sum over items and periods, weighted by item."""
        return float(self._weighted(line, weight)[:, self.first : self.last + 1].sum())

    def end(self, line: str, weight: Array | None = None) -> float:
        """Sum over items at the end of the quarter."""
        return float(self._weighted(line, weight)[:, self.last].sum())

    def mean(self, line: str, weight: Array | None = None) -> float:
        """Mean over periods of the sum over items."""
        return self.total(line, weight) / self.periods

    def spend(self, *accounts: str) -> float:
        """What was booked on accounts in the periods."""
        return float(sum(self.lines.spend[name][self.first : self.last + 1].sum() for name in accounts))

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.last - self.first + 1

    @property
    def constants(self) -> float:
        """Opening balances that are unpaid at the end of the quarter; they belong to all items together."""
        return float(self.lines.constants[self.last]) if self.items.all() else 0.0

    def _weighted(self, line: str, weight: Array | None) -> Array:
        values: Array = getattr(self.lines, line)[self.items]
        return values if weight is None else weight[self.items, None] * values


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes
    ----------
    name : in files, such as fill_rate.
    title : for people.
    definition : one sentence, with the formula in words.
    needs : lines of items that it reads.
    value : of a view. Raises NoValueError where there is none. None for what was spent on accounts.
    accounts : those accounts. Of several, those that the actuals do not have are left out of all columns.
    """

    name: str
    title: str
    group: Group
    unit: Unit
    better: Better
    definition: str
    value: Callable[[View], float] | None
    needs: tuple[Need, ...] = ()
    accounts: tuple[str, ...] = ()

    def is_better(self, before: float, after: float) -> bool | None:
        """Whether `after` is better than `before`; None where they are equal but for rounding."""
        if math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-9):
            return None
        if self.better == "nearer 0":
            before, after = -abs(before), -abs(after)
        elif self.better == "lower":
            before, after = -before, -after
        return after > before


def known_items(lines: Lines, metric: Metric, first: int, last: int) -> BoolArray:
    """Items with everything that a metric reads [items]."""
    known = np.ones(len(lines.demand), dtype=bool)
    for need in metric.needs:
        known &= ~missing(lines, need, first, last).any(axis=1)
    return known


def missing(lines: Lines, need: Need, first: int, last: int) -> BoolArray:
    """Where a line is not known that is needed [items, periods that are needed]."""
    values: Array = getattr(lines, need.line)
    begin = {"each period": first, "end": last, "each period and before": max(first - 1, 0)}[need.when]
    return np.asarray(np.isnan(values[:, begin : last + 1]))


def ratio(numerator: float, denominator: float, nothing: str) -> float:
    """A ratio; `nothing` says what there was none of where there is no denominator."""
    if denominator <= 0:
        raise NoValueError(f"there was no {nothing}")
    return numerator / denominator
