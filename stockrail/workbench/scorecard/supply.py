"""What suppliers did: lead times and deliveries on time, from receipts that say when they were ordered."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray
from stockrail.workbench.scorecard.metric import Metric

LEAD_TIME = Metric(
    "lead_time",
    "lead time",
    "variability",
    "days",
    "lower",
    "Days from order to receipt, weighted by standard value. The plan's are the lead times of the same items in its instance.",
    None,
)
ON_TIME = Metric(
    "supplier_on_time",
    "suppliers on time",
    "variability",
    "share",
    "higher",
    "Receipts, by standard value, that came no more periods after their order than the item's lead time. Plans count on all of them.",
    None,
)

NO_ORDER_DATES = "no receipt of the quarter says when it was ordered (ordered_on of receipts.csv)"


@dataclass(frozen=True)
class Deliveries:
    """Receipts of a quarter whose day of ordering is known. Arrays are [receipts].

    Attributes
    ----------
    supplier : as booked; of the instance where it was not.
    value : at standard value.
    days, standard_days : from order to receipt, and the item's lead time.
    """

    item: IntArray
    supplier: NDArray[np.object_]
    value: Array
    days: Array
    standard_days: Array
    is_on_time: Array

    @staticmethod
    def of(
        instance: Instance, unit_value: Array, receipts: pd.DataFrame, first: int, last: int
    ) -> "Deliveries":
        """Those received in the periods from `first` to `last`."""
        rows = receipts[
            receipts["ordered_on"].notna()
            & receipts["units"].notna()
            & receipts["item"].isin(list(instance.item_index))
        ]
        came, ordered = pd.to_datetime(rows["date"]), pd.to_datetime(rows["ordered_on"])
        length = instance.settings.period_length_days
        start = pd.Timestamp(instance.settings.start)
        period = ((came - start).dt.days // length).to_numpy(dtype=np.int64)
        since = period - ((ordered - start).dt.days // length).to_numpy(dtype=np.int64)
        here = (period >= first) & (period <= last)
        rows = rows[here]
        item = rows["item"].map(instance.item_index).to_numpy().astype(np.int64)
        lead_time = instance.item_column("lead_time_periods")[item]
        named = np.array([row.supplier for row in instance.suppliers], dtype=object)[
            instance.item_supplier[item]
        ]
        booked = rows["supplier"].fillna("").to_numpy(dtype=object)
        return Deliveries(
            item=item,
            supplier=np.where(booked == "", named, booked),
            value=unit_value[item] * rows["units"].to_numpy(dtype=np.float64),
            days=(came - ordered).dt.days.to_numpy().astype(np.float64)[here],
            standard_days=lead_time * length,
            is_on_time=(since[here] <= lead_time).astype(np.float64),
        )

    def of_supplier(self, supplier: str) -> "Deliveries":
        """Those of one supplier."""
        here = self.supplier == supplier
        return Deliveries(
            self.item[here],
            self.supplier[here],
            self.value[here],
            self.days[here],
            self.standard_days[here],
            self.is_on_time[here],
        )

    @property
    def items(self) -> int:
        """Number of different items."""
        return len(np.unique(self.item))

    def mean(self, values: Array) -> float | None:
        """Mean weighted by value; None without deliveries."""
        total = float(self.value @ np.ones(len(self.value)))
        return float(self.value @ values) / total if total > 0 else None
