"""One item for four weeks a period, small enough for pencil and paper, with a plan and what happened.

Planned are 10 units a period from a stock of 20; 10 are ordered in period 0 and in period 1, each a period before they come. 15, 5 and
10 are demanded. Somebody left the plan: nothing came in period 1, and 8 units in period 2, which cost 52 in place of 8 * 6 = 48.

                     plan            plan on actual demand      actual
    demand           10  10  10      15   5  10                 15   5  10
    came in           0  10  10       0  15   5                  0   0   8
    on hand          10  10  10       5  15  10                  5   0   0
    short             0   0   0       0   0   0                  0   0   2

In the second column the plan orders 15 in period 0, as 5 more are demanded than expected, and 5 in period 1, as 20 were demanded where
20 were expected and the plan has 20 by then. Customers pay after one period, suppliers are paid after half of one.
"""

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.quarter_facts import no_receipts
from tests.builders import Changes, make_instance, path_of_nodes

Q1 = Quarter(dt.date(2027, 1, 1), dt.date(2027, 3, 31))


@dataclass(frozen=True)
class Happened:
    """Actuals: what is not given is not known."""

    items: tuple[str, ...]
    demand_units: Array
    served_units: Array
    receipt_units: Array
    stock_units: Array
    stock_money: Array
    spend: dict[str, Array] = field(default_factory=dict)
    receipts: pd.DataFrame = field(default_factory=no_receipts)
    unknown_items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ordered:
    """Orders of a plan."""

    orders: pd.DataFrame


def happened(
    instance: Instance,
    *,
    demand: list[list[float]],
    served: list[list[float]] | None = None,
    received: list[list[float]] | None = None,
    stock: list[list[float]] | None = None,
    spend: dict[str, list[float]] | None = None,
    receipts: list[Changes] | None = None,
) -> Happened:
    """Actuals of the instance's items by period."""

    def array(rows: list[list[float]] | None) -> Array:
        return np.full(np.shape(demand), np.nan) if rows is None else np.array(rows, dtype=np.float64)

    columns = ["item", "supplier", "date", "units", "money", "ordered_on"]
    return Happened(
        tuple(row.item for row in instance.items),
        array(demand),
        array(served),
        array(received),
        array(stock),
        array(None),
        {account: np.array(money, dtype=np.float64) for account, money in (spend or {}).items()},
        pd.DataFrame(receipts, columns=columns) if receipts else no_receipts(),
    )


def ordered(instance: Instance, *rows: list[int]) -> Ordered:
    """Lots of each item by period, on the nodes n0, n1, ... of one path."""
    return Ordered(
        pd.DataFrame(
            [
                {"item": item.item, "node": f"n{period}", "lots": lots}
                for item, row in zip(instance.items, rows, strict=True)
                for period, lots in enumerate(row)
                if lots
            ],
            columns=["item", "node", "lots"],
        )
    )


def four_weeks(**item: object) -> Instance:
    """The instance of the case."""
    return make_instance(
        demand=(10, 10, 10),
        scenarios=path_of_nodes(3),
        settings={"start": dt.date(2027, 1, 4), "period_length_days": 28, "receivable_days": 28},
        items={"lead_time_periods": 1, "opening_stock_units": 20, "order_cost": 5, **item},
        suppliers={"payment_days": 14},
    )


def what_happened(instance: Instance) -> Happened:
    """The actuals of the case."""
    return happened(
        instance,
        demand=[[15, 5, 10]],
        served=[[15, 5, 8]],
        received=[[0, 0, 8]],
        stock=[[5, 0, 0]],
        spend={"cost_to_serve": [5, 0, 7], "expedite": [0, 3, 4], "overtime": [0, np.nan, 0]},
        receipts=[
            {
                "item": instance.items[0].item,
                "supplier": "V",
                "date": dt.date(2027, 3, 10),
                "units": 8.0,
                "money": 52.0,
                "ordered_on": dt.date(2027, 1, 20),
            }
        ],
    )
