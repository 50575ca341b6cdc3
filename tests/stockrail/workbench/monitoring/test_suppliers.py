"""Lead times, deliveries on time, and what is missing."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.workbench.monitoring.suppliers import SupplierPerformance, performance
from tests.stockrail.workbench.monitoring.cases import day, seen_by_week, weekly

Receipt = tuple[str, str, dt.date, float, float | None, dt.date | None]

WEEKS = 8
ONE_WEEK = weekly(
    demand=[[10] * WEEKS, [10] * WEEKS], items=[{"lead_time_periods": 1}, {"lead_time_periods": 2}]
)
"""A takes a week, B two; both of supplier V."""


def came(item: str, ordered: float, received: float, units: float = 10) -> Receipt:
    """A receipt, by weeks."""
    return (item, "V", day(received), units, None, day(ordered))


def of(instance: Instance, *receipts: Receipt, planned: Array | None = None) -> SupplierPerformance:
    """The only supplier, after 8 weeks of 10 units each."""
    demand: dict[str, Any] = {row.item: [10.0] * WEEKS for row in instance.items}
    seen = seen_by_week(instance, demand, receipts=receipts)
    [one] = performance(instance, build_tree(instance), seen, planned)
    return one


def test_lead_times_by_hand() -> None:
    """Three shipments that took 7, 14 and 21 days where 7 were planned: 0, 7 and 14 more, mean 7, deviation 7.

    The 95% interval is 7 +- 4.30 * 7 / sqrt(3). Weeks are those of order and receipt: the first came on time, the others a week and two
    weeks after the Sunday of the week that it was due in, which is 1 and 8 days before their Mondays.
    """
    one = of(ONE_WEEK, came("A", 0, 1), came("A", 1, 3), came("A", 2, 5))
    assert (one.receipts, one.dated, one.shipments) == (3, 3, 3)
    assert [one.planned_days, one.observed_days, one.drift_days] == pytest.approx([7, 14, 7])
    half = student.ppf(0.975, 2) * 7 / 3**0.5
    assert [one.low, one.high] == pytest.approx([7 - half, 7 + half])
    assert [one.on_time, one.days_late] == pytest.approx([1 / 3, (1 + 8) / 2])
    assert [one.dated_money, one.late_money] == pytest.approx([3 * 60, 2 * 60])  # 10 units at 6


def test_a_day_of_the_right_week_is_on_time() -> None:
    """Ordered on a Monday, a week planned: the Sunday of next week is on time still, and 6 days longer all the same."""
    one = of(ONE_WEEK, came("A", 0, 1.9), came("A", 1, 2.9))
    assert (one.on_time, one.days_late, one.drift_days) == (1, None, 6)


def test_lines_of_a_shipment_are_one_observation() -> None:
    """A and B ordered and received together: A a week late, B on time, planned 7 and 14 days. One shipment, 3.5 days longer."""
    lines = [came("A", 0, 2), came("B", 0, 2)]
    one = of(ONE_WEEK, *lines)
    assert (one.receipts, one.shipments, one.planned_days, one.observed_days) == (2, 1, 10.5, 14)
    assert (one.drift_days, one.drift(0, 1)) == (None, "too few")
    two = of(ONE_WEEK, *lines, came("A", 2, 4))
    assert [two.shipments, two.drift_days] == pytest.approx([2, (3.5 + 7) / 2])


@pytest.mark.parametrize(
    ("late", "tolerance", "least", "drift"),
    [
        ((1, 1, 1), 3, 3, "longer"),  # 7 days more each time: no doubt
        ((1, 1, 1), 7, 3, "as planned"),  # not more than the tolerance
        ((1, 1, 1), 3, 4, "too few"),
        ((0, 0, 2), 3, 3, "as planned"),  # 4.7 days on average, which one of three alone may be by chance
        ((-1, -1, -1), 3, 3, "shorter"),
        ((0, 0, 0), 0, 2, "as planned"),
    ],
)
def test_drift(late: tuple[int, ...], tolerance: float, least: int, drift: str) -> None:
    """Weeks later than planned of three shipments."""
    rows = [came("A", k, k + 1 + weeks) for k, weeks in enumerate(late)]
    assert of(ONE_WEEK, *rows).drift(tolerance, least) == drift


def test_receipts_without_their_order_say_nothing_of_lead_times() -> None:
    """They are counted; so is one from before the plan not at all."""
    one = of(ONE_WEEK, ("A", "V", day(1), 5, None, None), ("A", "V", day(-1), 5, None, day(-3)))
    assert (one.receipts, one.dated, one.on_time, one.observed_days) == (1, 0, None, None)
    assert one.drift(0, 2) == "too few"


def test_delays_of_scenarios_are_planned() -> None:
    """In week 1 one of two scenarios has two weeks of delay: orders of then are planned to take 1 + 1 weeks."""
    fork = [
        {"node": "now", "parent": "", "period": 0, "probability": 1},
        {"node": "good", "parent": "now", "period": 1, "probability": 0.5},
        {"node": "bad", "parent": "now", "period": 1, "probability": 0.5},
        {"node": "good-2", "parent": "good", "period": 2, "probability": 0.5},
        {"node": "bad-2", "parent": "bad", "period": 2, "probability": 0.5},
    ]
    slow = [
        {
            "node": "bad", "supplier": "V", "delay_periods": 2, "cost_factor": 1, "order_cost_factor": 1,
            "capacity_factor": 1,
        }
    ]  # fmt: skip
    instance = weekly(
        demand=(10, 10, 10), items={"lead_time_periods": 1}, scenarios=fork, scenario_suppliers=slow
    )
    seen = seen_by_week(instance, {"A": [10, 10, 10]}, receipts=[came("A", 0, 1), came("A", 1, 2)])
    [one] = performance(instance, build_tree(instance), seen, None)
    assert (one.planned_days, one.observed_days) == ((7 + 14) / 2, 7)


def test_short_and_over_by_item() -> None:
    """Planned are 30 of A and 20 of B; 24 and 25 came: 6 short and 5 over, at 6 each, not 1 short together."""
    planned = np.zeros((2, WEEKS))
    planned[0, 1], planned[1, 2] = 30, 20
    one = of(ONE_WEEK, came("A", 0, 1, 24), came("B", 0, 7, 25), planned=planned)
    assert [one.due_money, one.short_money, one.over_money] == pytest.approx([300, 36, 30])
    planned[1] = np.nan  # the plan cannot be followed for B
    half = of(ONE_WEEK, came("A", 0, 1, 24), came("B", 0, 7, 25), planned=planned)
    assert [half.due_money, half.short_money, half.over_money] == pytest.approx([180, 36, 0])
    assert of(ONE_WEEK, came("A", 0, 1)).due_money is None
