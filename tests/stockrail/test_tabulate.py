"""Tests of the tables of a plan, on the best plan of instances/three-items; its README derives the numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stockrail.model import load
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import OrderOverride
from stockrail.model.tables import Tables
from stockrail.order_rows import OrderRows, placed_orders
from stockrail.tabulate import balances, projection_of, segments_table

THREE_ITEMS = Path(__file__).resolve().parents[2] / "instances" / "three-items"
NODES = ("now", "cool", "hot", "cool-end", "hot-end")

BEST_PLAN = np.array(
    [
        [2, 2, 2, 3, 3],  # kettle: two lots now and one at the end
        [3, 3, 4, 3, 4],  # fan: three lots now, one more when it is hot
        [2, 2, 2, 2, 2],  # filter: two lots now
    ]
)
"""Cumulative lots by item and node."""

PERIODS_PER_YEAR = 365 / 73
YEARS = 3 / PERIODS_PER_YEAR


def three_items(**changes: Any) -> Instance:
    """Return the instance, with other tables where given."""
    return replace(load(THREE_ITEMS), **changes)


def ledger_of(instance: Instance) -> Ledger:
    """Return the ledger of the best plan."""
    tables = Tables.build(instance, build_tree(instance))
    assert tuple(tables.tree.names) == NODES
    return Ledger(tables, BEST_PLAN)


def orders_table(ledger: Ledger) -> pd.DataFrame:
    """All orders of a ledger that has all items."""
    tables = ledger.tables
    return OrderRows.together(tables.instance, tables.tree, [placed_orders(ledger)]).frame()


def test_orders() -> None:
    """Orders by period, then the largest value first; all lots are 10 units at 10, 20 and 5 each."""
    orders = orders_table(ledger_of(three_items()))
    columns = ["item", "decision", "node", "lots", "units", "value", "probability"]
    assert list(orders[columns].itertuples(index=False, name=None)) == [
        ("fan", "now", "now", 3, 30.0, 600.0, 1.0),
        ("kettle", "now", "now", 2, 20.0, 200.0, 1.0),
        ("filter", "now", "now", 2, 20.0, 100.0, 1.0),
        ("fan", "planned", "hot", 1, 10.0, 200.0, 0.5),
        ("kettle", "planned", "cool-end", 1, 10.0, 100.0, 0.5),
        ("kettle", "planned", "hot-end", 1, 10.0, 100.0, 0.5),
    ]


def test_order_dates() -> None:
    """Periods of 73 days start on 4 January, 18 March and 30 May 2027.

    The importer delivers a period later and is paid after 36.5 days, of which whole days count; the works deliver at
    once and are paid after 73 days.
    """
    orders = orders_table(ledger_of(three_items()))
    days = {name: orders[name].dt.strftime("%m-%d") for name in ("date", "due_date", "pay_date")}
    assert list(zip(orders["item"], days["date"], days["due_date"], days["pay_date"], strict=True)) == [
        ("fan", "01-04", "03-18", "04-23"),
        ("kettle", "01-04", "01-04", "03-18"),
        ("filter", "01-04", "01-04", "03-18"),
        ("fan", "03-18", "05-30", "07-05"),
        ("kettle", "05-30", "05-30", "08-11"),
        ("kettle", "05-30", "05-30", "08-11"),
    ]
    assert list(orders["period"]) == [0, 0, 0, 1, 2, 2]
    assert list(orders["due_period"]) == [1, 0, 0, 2, 2, 2]


def test_overridden_orders_are_fixed() -> None:
    """An override of the filters' two lots makes that order fixed, and no other."""
    overrides = (OrderOverride(item="filter", period=0, lots=2),)
    orders = orders_table(ledger_of(three_items(order_overrides=overrides)))
    assert list(orders.loc[orders["decision"] == "fixed", "item"]) == ["filter"]
    assert list(orders.loc[orders["decision"] == "now", "item"]) == ["fan", "kettle"]


def test_frozen_orders_are_fixed() -> None:
    """In a frozen first period every order is one of the existing plan."""
    lots = {"kettle": 2, "fan": 3, "filter": 2}
    overrides = tuple(OrderOverride(item=item, period=0, lots=count) for item, count in lots.items())
    frozen = three_items().settings.model_copy(update={"frozen_periods": 1})
    orders = orders_table(ledger_of(three_items(settings=frozen, order_overrides=overrides)))
    assert list(orders["decision"]) == ["fixed"] * 3 + ["planned"] * 3


def test_projection() -> None:
    """Inventory at the end of a period: 200.42 now (100 kettles, 100.42 filters), then 454.17 or 54.17, then 19.95.

    A percentile is the smallest value that is reached with that probability: half of it is `hot`, the lower one.
    """
    ledger = ledger_of(three_items())
    projection = projection_of(ledger.tables.instance, ledger.tables.tree, balances(ledger))
    inventory = projection[projection["metric"] == "inventory_value"].set_index("period")
    assert list(inventory["mean"]) == pytest.approx([200.42, (454.17 + 54.17) / 2, 19.95], abs=0.006)
    assert list(inventory.loc[1, ["min", "p05", "p25", "p50"]]) == pytest.approx([54.17] * 4, abs=0.005)
    assert list(inventory.loc[1, ["p75", "p95", "max"]]) == pytest.approx([454.17] * 3, abs=0.005)
    assert set(projection["metric"]) >= {"working_capital", "cash", "purchases", "receivables", "payables"}


def test_segment_of_kettles() -> None:
    """30 units in two orders over 0.6 years; 10 kettles left after the first period, on average 33.33 in three."""
    row = segments_table(ledger_of(three_items())).set_index("segment").loc["steady"]
    assert row["items"] == 1
    assert row["average_lot"] == pytest.approx(30 / 2)
    assert row["orders_per_year"] == pytest.approx(2 / YEARS)
    assert row["inventory_value"] == pytest.approx(100 / 3)
    assert row["turns"] == pytest.approx(300 / YEARS / (100 / 3))
    assert row["fill_rate"] == 1.0
    # Three lots now would earn 289; two now and one later cost 1 more.
    assert row["expected_margin"] == pytest.approx(288.0)
    # Nothing is left when the second lot arrives; without forecast error there is no z.
    assert row["safety_stock_units"] == row["safety_stock_value"] == row["safety_stock_days"] == 0.0
    assert np.isnan(row["implied_z"])


def test_segment_of_fans() -> None:
    """3 lots in one order and a lot in half of the scenarios; 20 fans at 20 left in `cool` at the end of period 1."""
    row = segments_table(ledger_of(three_items())).set_index("segment").loc["seasonal"]
    assert row["average_lot"] == pytest.approx((30 + 5) / 1.5)
    assert row["orders_per_year"] == pytest.approx(1.5 / YEARS)
    assert row["inventory_value"] == pytest.approx(0.5 * 400 / 3)
    # Sold are 10, 20 and 15 in expectation, worth 20 each.
    assert row["turns"] == pytest.approx(45 * 20 / YEARS / (200 / 3))
    assert row["expected_margin"] == pytest.approx(1090.0)


def test_segment_of_filters() -> None:
    """Net inventory 20, 10 and 0 with noise of 10; newly short is the backlog at the end less that at the start.

    Backlogs at 30, 20, 10 and 0 are 10 times 0.00038, 0.00849, 0.08332 and 0.39894, and the sum of the differences is
    the last less the first: 3.9856 of 30 demanded. Nothing is received after the first period, so no safety stock.
    """
    row = segments_table(ledger_of(three_items())).set_index("segment").loc["noisy"]
    assert row["fill_rate"] == pytest.approx(1 - (3.9894 - 0.0038) / 30, abs=1e-5)
    assert row["inventory_value"] == pytest.approx((100.42 + 54.17 + 19.95) / 3, abs=0.005)
    assert row["safety_stock_units"] == 0.0
    assert row["expected_margin"] == pytest.approx(171.81, abs=0.005)


def test_safety_stock_before_a_receipt() -> None:
    """A third lot of filters at both ends arrives when 10 are left: safety stock 10, worth 50, 1 standard deviation.

    Three lots are ordered in two orders. Demand is 30 in 219 days, so 10 units last 73 days.
    """
    instance = three_items()
    tables = Tables.build(instance, build_tree(instance))
    plan = BEST_PLAN.copy()
    plan[2, 3:] = 3
    row = segments_table(Ledger(tables, plan)).set_index("segment").loc["noisy"]
    assert row["safety_stock_units"] == pytest.approx(10.0)
    assert row["safety_stock_value"] == pytest.approx(50.0)
    assert row["safety_stock_days"] == pytest.approx(73.0)
    assert row["implied_z"] == pytest.approx(1.0)
    assert row["average_lot"] == pytest.approx(15.0)
