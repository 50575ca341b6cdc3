"""Make the baseline of `distributor` for its second quarter: `python instances/make_distributor_next.py FOLDER`.

It stands for what a company's systems bring up to date by the end of a quarter, from the actuals in `distributor/quarter` and with no
knowledge of how they were made: stock and open orders, balances, the forecast and its error, prices and lead times of suppliers.
"""

import argparse
import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from stockrail.model import load
from stockrail.model.instance import Array, Instance
from stockrail.model.schema import Item, OpenOrder
from stockrail.model.writer import write

FOLDER = Path(__file__).parent / "distributor"
QUARTER = FOLDER / "quarter"

WEEKS = 13

LEVEL_WEIGHT = 0.5
"""How far the forecast follows what came in the last eight weeks; the rest is what it was."""

LEVEL_WEEKS = 8

NORMAL_MEDIAN, MOST_ERROR_FACTOR = 0.4549, 1.5
"""Median of a squared standard normal number, and how far errors may change in a quarter."""

PROMOTED = "item-036"
"""Its promotion was a single one: demand planning leaves its forecast as it was."""


def main() -> None:
    """Write the folder."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("folder", type=Path, metavar="FOLDER", help="where the baseline is written")
    folder: Path = options.parse_args().folder
    write(following(load(FOLDER)), folder)
    print(f"{folder}: baseline of the quarter that follows.")


def following(instance: Instance) -> Instance:
    """The instance thirteen weeks later."""
    settings = instance.settings
    balances = pd.read_csv(QUARTER / "trial_balance.csv").set_index("account")["balance"]
    forecast = _moved(instance.mean_demand) * _level(instance)[:, None]
    return replace(
        instance,
        settings=settings.model_copy(
            update={
                "start": settings.start + dt.timedelta(days=7 * WEEKS),
                "opening_cash": float(balances["1000 cash"]),
                "opening_receivables": float(balances["1200 receivables"]),
                "opening_payables": -float(balances["1600 payables"]),
            }
        ),
        items=_items(instance),
        mean_demand=forecast,
        sigma=_moved(instance.sigma) * _error_factor(instance)[:, None],
        open_orders=tuple(
            OpenOrder.model_validate(row)
            for row in pd.read_csv(QUARTER / "open_orders.csv").to_dict("records")
        ),
    )


def _items(instance: Instance) -> tuple[Item, ...]:
    """Items with the stock that was counted, and the lead times and costs of their suppliers as of late."""
    stock = pd.read_csv(QUARTER / "stock.csv")
    on_hand = stock[stock["date"] == stock["date"].max()].set_index("item")["units"]
    weeks, cost = _lately(instance)
    return tuple(
        item.model_copy(
            update={
                "opening_stock_units": float(on_hand[item.item].round()),
                "lead_time_periods": int(weeks.get(item.item, item.lead_time_periods)),
                "unit_cost": round(item.unit_cost * cost.get(item.supplier, 1.0), 4),
            }
        )
        for item in instance.items
    )


def _lately(instance: Instance) -> tuple[dict[str, int], dict[str, float]]:
    """By supplier, over the last six weeks: median lead time in weeks by item, and the price paid against unit cost."""
    receipts = pd.read_csv(QUARTER / "receipts.csv", parse_dates=["date", "ordered_on"]).dropna()
    last = receipts[receipts["date"] >= receipts["date"].max() - pd.Timedelta(weeks=5)]
    took = (last["date"] - last["ordered_on"]).dt.days / instance.settings.period_length_days
    planned = last["item"].map({item.item: item.lead_time_periods for item in instance.items})
    late = (took - planned).groupby(last["supplier"]).median().round()
    value = dict(zip((item.item for item in instance.items), _landed(instance), strict=True))
    paid = last["money"] / (last["units"] * last["item"].map(value))
    ratio = paid.groupby(last["supplier"]).median().round(3)
    return (
        {item.item: item.lead_time_periods + int(late.get(item.supplier, 0)) for item in instance.items},
        {str(supplier): float(factor) for supplier, factor in ratio.items()},
    )


def _landed(instance: Instance) -> Array:
    rate = 1.0 + instance.supplier_column("freight_rate") + instance.supplier_column("duty_rate")
    return instance.item_column("unit_cost") * rate


def _demand(instance: Instance) -> Array:
    """What customers asked for [items, weeks]."""
    demand = pd.read_csv(QUARTER / "demand.csv").pivot_table(index="item", columns="date", values="units")
    return demand.loc[[item.item for item in instance.items]].to_numpy(dtype=np.float64)


def _level(instance: Instance) -> Array:
    """What the forecast is multiplied with, by item."""
    came = _demand(instance)[:, -LEVEL_WEEKS:].sum(axis=1)
    expected = instance.mean_demand[:, WEEKS - LEVEL_WEEKS : WEEKS].sum(axis=1)
    level = 1.0 + LEVEL_WEIGHT * (came / expected - 1.0)
    level[instance.item_index[PROMOTED]] = 1.0
    return np.asarray(level)


def _error_factor(instance: Instance) -> Array:
    """How large errors were against what was expected of them, by the item's segment, and not more than half as large again."""
    expected = instance.mean_demand[:, :WEEKS] * _level(instance)[:, None]
    errors = (_demand(instance) - expected) / instance.sigma[:, :WEEKS]
    factor = np.ones(len(instance.items))
    for k in range(len(instance.segments)):
        members = instance.item_segment == k
        factor[members] = np.sqrt(np.median(errors[members] ** 2) / NORMAL_MEDIAN)
    return np.clip(factor, 1.0 / MOST_ERROR_FACTOR, MOST_ERROR_FACTOR)


def _moved(values: Array) -> Array:
    """A table thirteen weeks later: what it said of them, and its last quarter once more."""
    return np.concatenate([values[:, WEEKS:], values[:, -WEEKS:]], axis=1).round(2)


if __name__ == "__main__":
    main()
