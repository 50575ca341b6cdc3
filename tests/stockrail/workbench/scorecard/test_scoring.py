"""Every metric of the case of cases.py, by hand, and the split of each change."""

import datetime as dt

import numpy as np
import pytest

from stockrail.workbench.scorecard.quarter_facts import QuarterFacts
from stockrail.workbench.scorecard.score import Score
from stockrail.workbench.scorecard.scoring import ALL_METRICS, scores
from tests.builders import make_instance, path_of_nodes
from tests.stockrail.workbench.scorecard.cases import (
    Q1,
    Happened,
    four_weeks,
    happened,
    ordered,
    what_happened,
)

Q1_START = dt.date(2027, 1, 4)

TURNS = 365 / 28 / 3
"""Quarters of three periods of 28 days in a year."""


def facts(came: Happened | None = None, *, has_plan: bool = True) -> QuarterFacts:
    instance = four_weeks()
    plan = ordered(instance, [10, 10, 0]) if has_plan else None
    made = QuarterFacts.of(instance, came or what_happened(instance), Q1, plan)
    assert made is not None
    return made


def score(of: QuarterFacts, metric: str, scope: str = "") -> Score:
    return next(row for row in scores(of) if row.metric.name == metric and row.scope == scope)


@pytest.mark.parametrize(
    ("metric", "plan", "revalued", "actual"),
    [
        ("fill_rate", 1, 1, 28 / 30),  # 2 of 30 short
        ("on_time_in_full", 1, 1, 20 / 30),  # all of period 0 and 1, nothing of period 2
        ("days_of_supply", 28, 28, 0),  # 10 units at 30 units in 84 days
        (
            "turns",
            30 / 10 * TURNS,
            30 / 10 * TURNS,
            28 / (5 / 3) * TURNS,
        ),  # delivered over mean stock of 10, 10, 5 / 3 units
        ("aged_stock", 0, 0, 0),  # of the last 3 periods more came in than is left
        ("excess_and_obsolete", 0, 0, 0),  # 90 days at 10 in 28 are 32 units
        ("forecast_error", 0, 10 / 30, 10 / 30),  # |15 - 10| + |5 - 10| + 0
        ("bias", 0, 0, 0),  # 30 came as expected
        ("lead_time", 28, 28, 49),  # 20 January to 10 March
        ("supplier_on_time", 1, 1, 0),  # ordered in period 0, came in period 2
        # Stock of the end, 10 * 6; revenue of the last period; half of what came in in it.
        ("working_capital", 60 + 100 - 30, 60 + 100 - 15, 0 + 80 - 26),
        # The same with what customers owe at cost, over 30 * 6 in 84 days or 28 * 6.
        ("cash_conversion_cycle", (60 + 60 - 30) / 180 * 84, (60 + 60 - 15) / 180 * 84, (48 - 26) / 168 * 84),
        ("gross_margin", 30 * 4, 30 * 4, 28 * 4 - 4),  # the 8 cost 4 more than 6 each
        ("expedite", 0, 0, 7),
        ("cost_of_instability", 0, 0, None),  # overtime of period 1 is not known
    ],
)
def test_by_hand(metric: str, plan: float, revalued: float, actual: float | None) -> None:
    """Each metric of the case; the derivation is beside it."""
    row = score(facts(), metric)
    assert row.plan == pytest.approx(plan)
    assert row.actual == (None if actual is None else pytest.approx(actual))
    if actual is not None:
        assert row.market == pytest.approx(revalued - plan)
        assert row.controllable == pytest.approx(actual - revalued)


def test_backorder_duration_by_hand() -> None:
    """2 units short in period 0 and 3 in period 1, nothing in stock until period 2: (2 + 5) unit-periods over 5 units, 28 days each.

    The plan is not short at all, so that it has no duration, and the change has no parts.
    """
    instance = four_weeks()
    came = happened(
        instance, demand=[[22, 3, 4]], served=[[20, 0, 4]], received=[[0, 0, 20]], stock=[[0, 0, 11]]
    )
    row = score(facts(came), "backorder_duration")
    assert row.actual == pytest.approx(7 / 5 * 28)
    assert (row.plan, row.change, row.market, row.controllable) == (None, None, None, None)
    assert "no shortage" in row.reason


def test_excess_and_age_by_hand() -> None:
    """100 units left of 112 that nobody ordered in the last 3 periods: all aged; 90 / 28 * 10 = 32.14 of them will be sold, 67.86 will not."""
    instance = four_weeks()
    came = happened(
        instance, demand=[[4, 4, 4]], served=[[4, 4, 4]], received=[[92, 0, 4]], stock=[[108, 104, 104]]
    )
    of = facts(came)
    assert score(of, "excess_and_obsolete").actual == pytest.approx(6 * (104 - 10 * 90 / 28))
    assert score(of, "aged_stock").actual == pytest.approx(6 * (104 - 96))  # 92 and 4 came in 3 periods


def test_cost_to_serve_counts_the_accounts_there_are() -> None:
    """Of the plan's accounts the actuals have cost to serve and expediting: two orders at 5, against 12 and 7 that were booked."""
    instance = four_weeks()
    came = happened(instance, demand=[[15, 5, 10]], spend={"cost_to_serve": [5, 0, 7], "expedite": [0, 3, 4]})
    row = score(facts(came), "cost_to_serve")
    assert (row.plan, row.actual) == (10, 19)
    assert (row.market, row.controllable) == (0, 9)  # the plan orders twice on the actual demand, too
    assert "without freight, premium_freight, overtime, schedule_changes, write_off" in row.reason


def test_missing_is_not_zero() -> None:
    """With demand alone, what needs stock, service or spend has no actual value and says what is missing; the plan has its own."""
    instance = four_weeks()
    of = facts(happened(instance, demand=[[15, 5, 10]]))
    known = {row.metric.name for row in scores(of) if row.scope == "" and row.actual is not None}
    assert known == {"forecast_error", "bias"}
    for name, file in (
        ("fill_rate", "demand.csv"),
        ("turns", "stock.csv"),
        ("overtime", "spend.csv"),
        ("lead_time", "receipts.csv"),
    ):
        row = score(of, name)
        assert row.actual is None and row.change is None and file in row.reason, name
    assert score(of, "fill_rate").plan == 1
    assert score(of, "overtime").plan == 0


def test_an_item_that_is_not_known_is_left_out_of_all_columns() -> None:
    """A metric of two items of which one has no stock on one day is that of the other one, in the plan as well."""
    both = make_instance(
        demand=((10, 10, 10), (1, 1, 1)),
        scenarios=path_of_nodes(3),
        settings={"start": Q1_START, "period_length_days": 28},
        items=[
            {"item": "a", "lead_time_periods": 1, "opening_stock_units": 20},
            {"item": "b", "opening_stock_units": 10},
        ],
    )
    of = QuarterFacts.of(
        both,
        happened(
            both,
            demand=[[15, 5, 10], [1, 1, 1]],
            served=[[15, 5, 8], [1, 1, np.nan]],
            received=[[0, 0, 8], [0, 0, 0]],
            stock=[[5, 0, 0], [9, 8, 7]],
        ),
        Q1,
        ordered(both, [10, 10, 0], [0, 0, 0]),
    )
    assert of is not None
    row = score(of, "fill_rate")
    assert (row.items, row.plan) == (1, 1)
    assert row.actual == pytest.approx(28 / 30)
    assert "without 1 item" in row.reason
    assert score(of, "turns").items == 2


def test_without_a_plan_there_are_actuals_only() -> None:
    """The quarter before any plan: no plan, no split, no forecast, and nothing that needs to know what was before the first period."""
    of = facts(has_plan=False)
    row = score(of, "fill_rate")
    assert (row.plan, row.market) == (None, None)
    assert row.actual == pytest.approx(28 / 30)
    assert "no plan was approved" in row.reason
    for name in ("forecast_error", "excess_and_obsolete", "turns", "gross_margin"):
        assert score(of, name).actual is None, name
    assert score(of, "lead_time").actual == 49


def test_each_metric_says_what_it_is() -> None:
    """A definition in a sentence, a unit and a direction; names are unique."""
    assert len({metric.name for metric in ALL_METRICS}) == len(ALL_METRICS)
    for metric in ALL_METRICS:
        assert metric.definition.endswith("."), metric.name
        assert len(metric.definition) > 30, metric.name
