"""Spend and stock against the plan."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stockrail.model.instance import Instance
from stockrail.workbench.monitoring.money import StockAgainstPlan, spend_against_plan, stock_against_plan
from tests.stockrail.workbench.monitoring.cases import day, seen_by_week, weekly

TWO = weekly(
    demand=[[10, 10], [10, 10]],
    items=[{"segment": "S"}, {"segment": "T"}],
    segments=[{"segment": "S"}, {"segment": "T"}],
)
ASKED: dict[str, Any] = {"A": [10, 10]}


def projection(**metrics: list[float]) -> pd.DataFrame:
    """projection.csv with means, and a fan 10 to both sides."""
    rows = [
        {"metric": name, "period": period, "mean": mean, "p05": mean - 10, "p95": mean + 10}
        for name, means in metrics.items()
        for period, mean in enumerate(means)
    ]
    return pd.DataFrame(rows, columns=["metric", "period", "mean", "p05", "p95"])


def test_spend_in_the_periods_whose_bookings_are_known() -> None:
    """Booked up to week 0: of the plan 20 count, not 20 + 30. Plans know no premium freight; what they buy is in the projection."""
    spend = [
        ("expedite", day(0), 50.0, "", ""),
        ("premium_freight", day(0), 9.0, "", ""),
        ("purchases", day(0), 70.0, "", ""),
    ]
    seen = seen_by_week(TWO, ASKED, spend=spend)
    expedite, premium, purchases = spend_against_plan(
        seen, {"expedite": np.array([20.0, 30.0])}, projection(purchases=[100, 100])
    )
    assert (expedite.account, expedite.periods, expedite.actual, expedite.plan) == ("expedite", 1, 50, 20)
    assert (expedite.difference, expedite.share) == (30, 1.5)
    assert (premium.plan, premium.difference, premium.share) == (None, None, None)
    assert [purchases.plan, purchases.share] == pytest.approx([100, -0.3])
    [unplanned] = spend_against_plan(
        seen_by_week(TWO, ASKED, spend=spend[:1]), {"expedite": np.zeros(2)}, projection()
    )
    assert unplanned.share == math.inf


def stock(instance: Instance = TWO, *rows: tuple[str, float, float, float | None]) -> list[StockAgainstPlan]:
    """Of counts by item, week, units and money; planned are 100 of each item, its value 6."""
    counted = [(item, day(week), units, money) for item, week, units, money in rows]
    seen = seen_by_week(instance, ASKED, stock=counted)
    return stock_against_plan(
        instance, seen, np.full((2, 2), 100.0), np.array([6.0, 6.0]), projection(inventory_value=[200, 200])
    )


def test_stock_in_money_or_at_standard_value() -> None:
    """A was counted as 150 in money, B as 20 units of 6: 270 where 200 are planned, and 190 to 210 in the fan."""
    [total, s, t] = stock(TWO, ("A", 0, 30, 150.0), ("B", 0, 20, None))
    assert (total.segment, total.period, total.actual, total.plan) == ("", 0, 270, 200)
    assert (total.difference, total.share, total.low, total.high) == (70, 0.35, 190, 210)
    assert (s.segment, s.actual, s.share) == ("S", 150, 0.5)
    assert (t.segment, t.actual, t.share, t.low) == ("T", 120, 0.2, None)


def test_stock_that_was_not_counted_is_left_out_of_both_sides() -> None:
    """Of week 1 only A is known: 100 are planned of it. The fan is that of all items and does not compare."""
    first, second, s = stock(TWO, ("A", 0, 10, None), ("B", 0, 10, None), ("A", 1, 25, None))
    assert (first.items, first.unknown, first.low) == (2, 0, 190)
    assert (second.period, second.items, second.unknown, second.plan, second.low) == (1, 1, 1, 100, None)
    assert (s.segment, s.share) == ("S", 0.5)
    assert stock(TWO) == []


def test_owned_from_shipment_on_the_projection_has_what_no_count_has() -> None:
    """So its fan is not shown."""
    shipped = weekly(
        demand=[[10, 10], [10, 10]],
        items=[{"segment": "S"}, {"segment": "S"}],
        suppliers={"ownership": "shipment"},
    )
    assert stock(shipped, ("A", 0, 10, None), ("B", 0, 10, None))[0].low is None
