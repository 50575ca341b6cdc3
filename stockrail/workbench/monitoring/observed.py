"""What happened, by item and period of a plan."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stockrail.model.dates import first_day
from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray
from stockrail.workbench.monitoring.actuals import frames as frames_of
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import ActualKind

Frames = Mapping[ActualKind, pd.DataFrame]
"""Tables as `stockrail.workbench.monitoring.actuals.frame` gives them, by kind."""


@dataclass(frozen=True)
class Observed:
    """Actuals in the periods of an instance. Missing is not zero: what is not known is NaN.

    Attributes
    ----------
    items : names, in the order of the instance.
    n_periods : periods from the first one on that are over and have actual demand, or other actuals where no demand was imported.
    demand_units, served_units : [items, n_periods], asked for, and delivered on time of it; sums of the rows of the period. NaN where
        there is no row, or one without the number.
    receipt_units : [items, n_periods], sums; 0 where nothing came up to the last receipt of any item, NaN after it.
    stock_units, stock_money : [items, n_periods], the last count within the period.
    spend : account to money [n_periods]; 0 where nothing was booked up to the last booking of any account, NaN after it. An
        account on which nothing was ever booked is not there.
    receipts : item, supplier, date, units, money, ordered_on, up to the end of these periods, earlier ones included.
    unknown_items : names in the actuals that the instance does not have.
    """

    items: tuple[str, ...]
    n_periods: int
    demand_units: Array = field(repr=False)
    served_units: Array = field(repr=False)
    receipt_units: Array = field(repr=False)
    stock_units: Array = field(repr=False)
    stock_money: Array = field(repr=False)
    spend: dict[str, Array] = field(repr=False)
    receipts: pd.DataFrame = field(repr=False)
    unknown_items: tuple[str, ...] = ()

    @staticmethod
    def of_store(store: Store, instance: Instance, until: dt.date | None) -> "Observed":
        """Those of a store.

        Parameters
        ----------
        until : last day whose actuals are complete; None for all there is, but for a period that goes on today.
        """
        with store.read() as session:
            there = frames_of(session)
        if until is None:
            today = store.clock().date()
            latest = _latest(there)
            if latest is not None and instance.period_of(latest) >= instance.period_of(today) >= 0:
                is_going_on = instance.period_of(latest) == instance.period_of(today)
                until = today - dt.timedelta(days=1) if is_going_on else None
        return observed(instance, there, until)


def observed(instance: Instance, frames: Frames, until: dt.date | None = None) -> Observed:
    """Add up actuals by item and period.

    Parameters
    ----------
    frames : by kind; a kind that is missing has no rows.
    until : last day whose actuals are complete; None where the last period with actuals is over.
    """
    there = {kind: _placed(instance, frames.get(kind)) for kind in ("demand", "receipts", "stock", "spend")}
    n_periods = _complete_periods(instance, there, until)
    shape = (len(instance.items), n_periods)
    demand, receipts, stock = (_within(there[kind], n_periods) for kind in ("demand", "receipts", "stock"))
    received = _sums(receipts, "units", shape)
    counted = stock.sort_values("date", kind="stable").drop_duplicates(["place", "period"], keep="last")
    end = pd.Timestamp(first_day(instance.settings, n_periods))
    every = there["receipts"]
    return Observed(
        items=tuple(row.item for row in instance.items),
        n_periods=n_periods,
        demand_units=_sums(demand, "units", shape),
        served_units=_sums(demand, "served_units", shape),
        receipt_units=_covered(received, _last_period(there["receipts"])),
        stock_units=_sums(counted, "units", shape),
        stock_money=_sums(counted, "money", shape),
        spend=_spend(there["spend"], n_periods),
        receipts=every.loc[
            every["date"] < end, ["item", "supplier", "date", "units", "money", "ordered_on"]
        ].reset_index(drop=True),
        unknown_items=tuple(
            sorted({name for rows in there.values() for name in rows.loc[rows["place"] < 0, "item"] if name})
        ),
    )


_COLUMNS = ("item", "supplier", "account", "date", "units", "served_units", "money", "ordered_on")


def _placed(instance: Instance, rows: pd.DataFrame | None) -> pd.DataFrame:
    """A table with every column, and each row's item and period by number; -1 for an item that the instance does not have."""
    given = pd.DataFrame({"date": pd.to_datetime([])}) if rows is None else rows
    made = given.reindex(columns=list(_COLUMNS))
    made["date"] = pd.to_datetime(made["date"])
    made["ordered_on"] = pd.to_datetime(made["ordered_on"])
    days = (made["date"] - pd.Timestamp(instance.settings.start)).dt.days
    made["period"] = (days // instance.settings.period_length_days).astype(np.int64)
    made["place"] = made["item"].map(instance.item_index).fillna(-1).astype(np.int64)
    return made


def _complete_periods(instance: Instance, there: Mapping[str, pd.DataFrame], until: dt.date | None) -> int:
    leading = (
        there["demand"]
        if len(there["demand"])
        else pd.concat([there["stock"], there["receipts"], there["spend"]])
    )
    last = _last_period(leading)
    if until is not None:
        last = min(last, instance.period_of(until + dt.timedelta(days=1)) - 1)
    return int(min(max(last + 1, 0), instance.settings.periods))


def _last_period(rows: pd.DataFrame) -> int:
    return int(rows["period"].max()) if len(rows) else -1


def _latest(frames: Frames) -> dt.date | None:
    days = [rows["date"].max() for rows in frames.values() if len(rows)]
    return max(days).date() if days else None


def _within(rows: pd.DataFrame, n_periods: int) -> pd.DataFrame:
    return rows[(rows["place"] >= 0) & (rows["period"] >= 0) & (rows["period"] < n_periods)]


def _sums(rows: pd.DataFrame, column: str, shape: tuple[int, int]) -> Array:
    """Sums by item and period; NaN where there is no row, or one without a number."""
    found = np.full(shape, np.nan)
    at = rows["place"].to_numpy(dtype=np.int64), rows["period"].to_numpy(dtype=np.int64)
    found[at] = 0.0
    np.add.at(found, at, rows[column].to_numpy(dtype=np.float64))
    return found


def _covered(sums: Array, last: int) -> Array:
    """What comes as events did not come where no row says so, as far as rows reach."""
    period: IntArray = np.arange(sums.shape[-1])
    return np.where(np.isnan(sums) & (period <= last), 0.0, sums)


def _spend(rows: pd.DataFrame, n_periods: int) -> dict[str, Array]:
    last = _last_period(rows)
    spend = {}
    for account, booked in rows.groupby("account"):
        money = np.full(n_periods, np.nan)
        here = booked[(booked["period"] >= 0) & (booked["period"] < n_periods)]
        total = here.groupby("period")["money"].sum()
        money[total.index.to_numpy(dtype=np.int64)] = total.to_numpy(dtype=np.float64)
        spend[str(account)] = _covered(money, last)
    return spend
