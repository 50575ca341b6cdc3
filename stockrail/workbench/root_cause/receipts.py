"""Receipts as arrays, looked up by item, each with the day on which the plan had expected it."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray
from stockrail.model.tree import IntArray

UNKNOWN = np.iinfo(np.int64).min
"""In place of a day that is not known."""


@dataclass(frozen=True)
class Receipts:
    """Receipts of the items of an instance, by item; arrays [receipts]. Days count from the first one of the plan, which is 0.

    Attributes
    ----------
    item : place of the item.
    units, money : money is NaN where it is not known.
    arrived_day : when it came.
    ordered_day : negative before the plan began; `UNKNOWN` where no day is given.
    expected_day : when it was to come: the lead time after the order, and of what was on order when the plan began the first day
        of the period that `open_orders` has it due in; `UNKNOWN` where the day of the order is.
    period_length_days : of the plan.
    first : where the receipts of each item begin [items + 1].
    """

    item: IntArray = field(repr=False)
    units: Array = field(repr=False)
    money: Array = field(repr=False)
    arrived_day: IntArray = field(repr=False)
    ordered_day: IntArray = field(repr=False)
    expected_day: IntArray = field(repr=False)
    period_length_days: int
    first: IntArray = field(repr=False)

    @staticmethod
    def of(instance: Instance, frame: pd.DataFrame) -> "Receipts":
        """Those of a table with item, date, units, money, ordered_on; items that the instance does not have are left out."""
        place = frame["item"].map(instance.item_index)
        rows = frame[place.notna() & (frame["units"] > 0)].assign(place=place)
        rows = rows.sort_values(["place", "date"], kind="stable")
        item = rows["place"].to_numpy(dtype=np.int64)
        arrived, ordered = (_days(instance, rows[name]) for name in ("date", "ordered_on"))
        units = rows["units"].to_numpy(dtype=np.float64)
        length = instance.settings.period_length_days
        lead_days = instance.item_column("lead_time_periods").astype(np.int64) * length
        expected = np.where(ordered == UNKNOWN, UNKNOWN, ordered + lead_days[item])
        first = np.searchsorted(item, np.arange(len(instance.items) + 1))
        _expect_open_orders(instance, first, units, ordered, expected)
        money = pd.to_numeric(rows["money"]).to_numpy(dtype=np.float64)
        return Receipts(item, units, money, arrived, ordered, expected, length, first)

    @property
    def is_dated(self) -> BoolArray:
        """Which of them say when they were ordered [receipts]."""
        return np.asarray(self.ordered_day != UNKNOWN)

    @property
    def arrived_period(self) -> IntArray:
        """Period in which each came."""
        return self.arrived_day // self.period_length_days

    @property
    def due_period(self) -> IntArray:
        """Period in which each was to come; of no meaning where it is not dated."""
        return self.expected_day // self.period_length_days

    @property
    def ordered_period(self) -> IntArray:
        """Period in which each was ordered; of no meaning where it is not dated."""
        return self.ordered_day // self.period_length_days

    def at(self, members: IntArray) -> IntArray:
        """Positions of the receipts of some items."""
        parts = [np.arange(self.first[i], self.first[i + 1]) for i in members]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _days(instance: Instance, days: "pd.Series[pd.Timestamp]") -> IntArray:
    """Days since the plan began."""
    since = (pd.to_datetime(days) - pd.Timestamp(instance.settings.start)).dt.days
    return np.asarray(since.fillna(0).astype(np.int64).where(since.notna(), UNKNOWN), dtype=np.int64)


def _expect_open_orders(
    instance: Instance, first: IntArray, units: Array, ordered: IntArray, expected: IntArray
) -> None:
    """What was ordered before the plan began is expected when `open_orders` says, the first that came as the first that is due."""
    due: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in instance.open_orders:
        due[row.item].append((row.due_period, row.units))
    for name, rows in due.items():
        i = instance.item_index[name]
        orders = sorted(rows)
        reached = np.cumsum([count for _, count in orders])
        came = 0.0
        for at in range(first[i], first[i + 1]):
            if not UNKNOWN < ordered[at] < 0:
                continue
            came += units[at]
            which = int(np.searchsorted(reached, came - 1e-9))
            if which < len(orders):
                expected[at] = orders[which][0] * instance.settings.period_length_days
