"""Stock on hand by purpose: safety, cycle, build and excess, which add up (docs/formulation.md, section 8).

The definitions answer why stock is there. They classify a plan and steer nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stockrail.finance.build_room import funded_items, room_by_period
from stockrail.inventory.stock_outlook import Outlook
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.tables import BoolArray, Tables, cumulate
from stockrail.model.tree import Array, IntArray
from stockrail.order_rows import first_days

PURPOSES = ("safety", "cycle", "build", "excess")
"""Why stock is there, in the order in which it is explained by."""

SPLIT_COLUMNS = ("segment", "period", "date", *(f"{purpose}_value" for purpose in PURPOSES), "on_hand_value")

EXCESS_COLUMNS = (
    "item",
    "segment",
    "mean_units",
    "mean_value",
    "worst_period",
    "holding_cost_per_year",
    "reason",
)

LEAST_UNITS = 1e-6
"""Mean units of excess below which there is none but rounding."""

MOSTLY = 0.5
"""Share of an item's excess from which on a cause is named as the reason."""

NEAR_SMALLEST_ORDER = 1.5
"""Average orders up to this many smallest ones are as small as they may be, but for some that had to be larger."""

PERIOD_WORDS = {1: "days", 7: "weeks", 30: "months", 365: "years"}
"""What periods of so many days are called."""


@dataclass(frozen=True)
class StockSplit:
    """Stock on hand by purpose, units [items, nodes]. The four add up to the line `on_hand`.

    Attributes
    ----------
    safety : needed against forecast error and scenarios until an order placed now would be there.
    cycle : what demand needs until the next receipt.
    build : more than both, where a funded build or a foreseen shortage explains it.
    excess : the rest: avoidable excess.
    """

    safety: Array
    cycle: Array
    build: Array
    excess: Array

    @staticmethod
    def of(ledger: Ledger) -> "StockSplit":
        """Split the stock of a plan."""
        outlook = Outlook(ledger)
        on_hand = ledger.line("on_hand")
        most = np.minimum(outlook.need, outlook.largest_cycle[:, None])
        cycle = np.minimum(most, np.maximum(on_hand, 0.0))
        left = on_hand - cycle
        safety = np.minimum(outlook.safety_factor[:, None] * outlook.sigma_total, np.maximum(left, 0.0))
        left = left - safety
        is_explained = is_funded(ledger.tables) | outlook.is_shortage_foreseen
        build = np.where(is_explained, left, 0.0)
        return StockSplit(safety, cycle, build, left - build)


def stock_split(ledger: Ledger, split: StockSplit | None = None) -> pd.DataFrame:
    """Expected value of stock on hand by purpose, one row per segment and period.

    Columns: segment, period, date, safety_value, cycle_value, build_value, excess_value, on_hand_value; in money at standard
    value, the first four add up to the last.
    """
    instance = ledger.tables.instance
    return table_of_split(
        instance, value_by_purpose(ledger, StockSplit.of(ledger) if split is None else split)
    )


def value_by_purpose(ledger: Ledger, split: StockSplit) -> dict[str, Array]:
    """The values of `stock_split` by column [segments, periods]; those of groups of items add up."""
    tables, instance = ledger.tables, ledger.tables.instance
    value = tables.unit_value[:, None]
    expected = {
        **{f"{purpose}_value": ledger.expected(value * getattr(split, purpose)) for purpose in PURPOSES},
        "on_hand_value": ledger.expected(value * ledger.line("on_hand")),
    }
    return {
        name: np.array(
            [by_item[instance.item_segment == k].sum(axis=0) for k in range(len(instance.segments))]
        )
        for name, by_item in expected.items()
    }


def table_of_split(instance: Instance, values: dict[str, Array]) -> pd.DataFrame:
    """`stock_split`, given the `value_by_purpose` of all items."""
    period = np.arange(instance.settings.periods)
    date = first_days(instance.settings, period)
    frames = []
    for index, segment in enumerate(instance.segments):
        if (instance.item_segment == index).any():
            columns = {name: by_segment[index] for name, by_segment in values.items()}
            frames.append(
                pd.DataFrame({"segment": segment.segment, "period": period, "date": date, **columns})
            )
    return pd.concat(frames, ignore_index=True)[list(SPLIT_COLUMNS)]


def avoidable_excess(ledger: Ledger, split: StockSplit | None = None) -> pd.DataFrame:
    """Items with stock that no purpose explains, largest value first.

    Columns: item, segment, mean_units and mean_value (probability-weighted mean over all periods, at standard value),
    worst_period (largest expected value), holding_cost_per_year of the mean value, reason in words.
    """
    tables, instance = ledger.tables, ledger.tables.instance
    excess = (StockSplit.of(ledger) if split is None else split).excess
    by_period = ledger.expected(excess)
    mean_units = by_period.mean(axis=1)
    mean_value = mean_units * tables.unit_value
    found = np.flatnonzero(mean_units > LEAST_UNITS)
    found = found[np.argsort(-mean_value[found], kind="stable")]
    reasons = _Reasons(ledger, Outlook(ledger), excess)
    rate = tables.holding_rate * instance.periods_per_year
    return pd.DataFrame(
        {
            "item": [instance.items[i].item for i in found],
            "segment": [instance.items[i].segment for i in found],
            "mean_units": mean_units[found],
            "mean_value": mean_value[found],
            "worst_period": by_period[found].argmax(axis=1),
            "holding_cost_per_year": rate * mean_value[found],
            "reason": [reasons.of(int(i)) for i in found],
        },
        columns=list(EXCESS_COLUMNS),
    )


def split_in_groups(
    groups: ItemGroups, cumulative_lots: IntArray, on_progress: Callable[[], None] = lambda: None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`stock_split` and `avoidable_excess` of a plan [items, nodes], some items at a time."""
    values: dict[str, Array] = {}
    frames = []
    for members, tables in groups.each():
        on_progress()
        ledger = Ledger(tables, cumulative_lots[members])
        split = StockSplit.of(ledger)
        for name, value in value_by_purpose(ledger, split).items():
            values[name] = values[name] + value if name in values else value
        frames.append(avoidable_excess(ledger, split))
    # Frames of no items would decide about the types of columns.
    excess = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    order = np.argsort(-excess["mean_value"].to_numpy(dtype=np.float64), kind="stable")
    return table_of_split(groups.instance, values), excess.iloc[order].reset_index(drop=True)


class _Reasons:
    """Why an item has excess: the first cause that explains most of it."""

    def __init__(self, ledger: Ledger, outlook: Outlook, excess: Array) -> None:
        tables = ledger.tables
        self._instance = tables.instance
        self._outlook = outlook
        self._smallest = tables.minimum_lots * tables.lot_size
        self._lots = tables.minimum_lots
        weight = tables.tree.probability
        total = excess @ weight
        with np.errstate(invalid="ignore", divide="ignore"):
            self._unordered = np.minimum(excess, np.maximum(tables.base_stock, 0.0)) @ weight / total
            fixed = cumulate(tables.tree, tables.fixed_lots.astype(np.float64))
            without_free = np.maximum(tables.net_inventory(fixed), 0.0)
            self._fixed = np.minimum(excess, without_free) @ weight / total
            orders = ledger.line("is_order") @ weight
            self._average_order = (ledger.line("ordered") @ weight) / orders
        self._has_open_orders = tables.scheduled_received.sum(axis=1) > 0
        self._break = _smallest_breaks(tables)

    def of(self, item: int) -> str:
        """The reason in words."""
        if self._unordered[item] >= MOSTLY:
            return "opening stock and open orders" if self._has_open_orders[item] else "opening stock"
        if self._fixed[item] >= MOSTLY:
            return "orders that are fixed"
        smallest, average = float(self._smallest[item]), float(self._average_order[item])
        if smallest > self._outlook.economic_lot[item] and average <= NEAR_SMALLEST_ORDER * smallest:
            return self._smallest_order(item, smallest)
        if average >= self._break[item]:
            return f"orders of {average:,.0f} on average reach the quantity break at {self._break[item]:,.0f}"
        return "bought early without a reason the model knows"

    def _smallest_order(self, item: int, smallest: float) -> str:
        name = "minimum order" if self._instance.items[item].minimum_order_units > 0 else "one lot"
        days = self._instance.settings.period_length_days
        mean_demand = float(self._outlook.mean_demand[item])
        if mean_demand <= 0:
            return f"{name} of {smallest:,.0f} without any demand"
        lasts = smallest / mean_demand
        words = PERIOD_WORDS.get(days)
        return (
            f"{name} of {smallest:,.0f} is {lasts:,.0f} {words} of demand"
            if words
            else (f"{name} of {smallest:,.0f} is {lasts * days:,.0f} days of demand")
        )


def _smallest_breaks(tables: Tables) -> Array:
    """Units from which on an item's orders are cheaper, infinite where they never are [items]."""
    breaks = np.full(len(tables.lot_size), np.inf)
    for row in tables.instance.quantity_breaks:
        position = tables.instance.item_index[row.item]
        breaks[position] = min(breaks[position], row.from_units)
    return breaks


def is_funded(tables: Tables) -> BoolArray:
    """Where a funded build has room for the item in the period [items, nodes]."""
    instance = tables.instance
    funded = np.zeros(tables.demand.shape, dtype=bool)
    for build in instance.funded_builds:
        has_room: BoolArray = np.asarray(room_by_period(tables, build)[tables.tree.period] > 0)
        funded |= funded_items(instance, build)[:, None] & has_room[None, :]
    return funded
