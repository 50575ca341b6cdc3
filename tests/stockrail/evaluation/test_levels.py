"""Levels of the classical rules, derived by hand."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from stockrail.evaluation.demand_facts import DemandFacts
from stockrail.evaluation.levels import (
    critical_ratio,
    economic_lot,
    min_max_levels,
    newsvendor_levels,
    one_factor,
    textbook_levels,
)
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from tests.builders import make_instance

DEMAND = (100.0, 100.0, 100.0, 100.0)


def _facts(**items: Any) -> DemandFacts:
    """One item: 100 a period with an error of 10, price 10, cost 6, holding 25% a period, all that is short is lost."""
    instance = make_instance(
        demand=DEMAND,
        sigma=(10.0,) * 4,
        items={"lead_time_periods": 1, "order_cost": 12} | items,
        settings={"cost_of_capital_rate_per_year": 0.25},
        segments={"lost_share": 1},
    )
    return DemandFacts.of(Tables.build(instance, build_tree(instance)))


def test_critical_ratio() -> None:
    """A unit short loses 10 - 6 = 4, a unit over costs 0.25 * 6 = 1.5 a period: 4 / 5.5."""
    assert critical_ratio(_facts()) == pytest.approx([4 / 5.5])


def test_critical_ratio_with_expediting() -> None:
    """Half of what is short is expedited at 2, worth it against 4 lost: 0.5 * 2 + 0.5 * 4 = 3, so 3 / 4.5."""
    facts = _facts(expedite_share=0.5, expedite_premium=2)
    assert critical_ratio(facts) == pytest.approx([3 / 4.5])


def test_newsvendor_base_stock() -> None:
    """Lead time 1, review 1: one period not yet known is covered, 100 + 10 * z(8 / 11)."""
    levels = newsvendor_levels(_facts(), 1.0)
    assert levels.order_up_to == pytest.approx(np.full((1, 4), 100 + 10 * norm.ppf(8 / 11)))
    assert levels.reorder_point is levels.order_up_to or (levels.reorder_point == levels.order_up_to).all()


def test_capital_charge_lowers_the_base_stock() -> None:
    """A scale of one half charges holding twice: 4 / (4 + 3)."""
    levels = newsvendor_levels(_facts(), 0.5)
    assert levels.order_up_to == pytest.approx(np.full((1, 4), 100 + 10 * norm.ppf(4 / 7)))


@pytest.mark.parametrize(
    ("items", "expected"),
    [({}, 40.0), ({"lot_size": 15}, 45.0), ({"lot_size": 15, "minimum_order_units": 100}, 105.0),
     ({"lot_size": 15, "maximum_order_units": 30}, 30.0)],
)  # fmt: skip
def test_economic_lot(items: dict[str, float], expected: float) -> None:
    """sqrt(2 * 100 * 12 / 1.5) = 40: in lots of 15 three of them, at least ceil(100 / 15) = 7, at most floor(30 / 15) = 2."""
    assert economic_lot(_facts(**items)) == pytest.approx([expected])


def test_textbook_reorder_point() -> None:
    """As stated (scale 2): 100 for the lead time and z(95%) * 10 * sqrt(1 + 1) of safety, in lots of 40."""
    facts = _facts()
    levels = textbook_levels(facts, one_factor(facts), 2.0)
    assert levels.reorder_point == pytest.approx(np.full((1, 4), 100 + norm.ppf(0.95) * 10 * np.sqrt(2)))
    assert levels.lot_units == pytest.approx([40.0])


@pytest.mark.parametrize(("scale", "safety", "lead", "lot"), [(1.5, 0.5, 1.0, 40.0), (1.0, 0.0, 1.0, 40.0), (0.5, 0.0, 0.5, 20.0)])  # fmt: skip
def test_textbook_scale(scale: float, safety: float, lead: float, lot: float) -> None:
    """First safety stock goes, then lots and what is ordered for the lead time."""
    facts = _facts()
    levels = textbook_levels(facts, one_factor(facts), scale)
    expected = lead * 100 + safety * norm.ppf(0.95) * 10 * np.sqrt(2)
    assert levels.reorder_point == pytest.approx(np.full((1, 4), expected))
    assert levels.lot_units == pytest.approx([lot])


def test_min_max() -> None:
    """Q = 40 lasts 0.4 periods, less than the review of 1: overage 1.5, so s is the newsvendor's level and S is 40 above."""
    levels = min_max_levels(_facts(), 1.0)
    s = 100 + 10 * norm.ppf(4 / 5.5)
    assert levels.reorder_point == pytest.approx(np.full((1, 4), s))
    assert levels.order_up_to == pytest.approx(np.full((1, 4), s + 40))


def test_min_max_long_cycle() -> None:
    """An order cost of 1,200 makes Q = 400, 4 periods: a unit of s costs 6 a cycle and saves 4 once, 4 / 10."""
    levels = min_max_levels(_facts(order_cost=1200), 1.0)
    assert levels.reorder_point == pytest.approx(np.full((1, 4), 100 + 10 * norm.ppf(0.4)))


def test_scenarios_add_to_the_spread() -> None:
    """Demand of the second of two periods is 80 or 120, each half the time, with an error of 10 beside it: sqrt(400 + 100) ahead at the root.

    From the second period on nothing is known beyond the horizon but the error. Over both periods one period's variance is
    (100 + 500) / 2.
    """
    instance = make_instance(
        demand=(100.0, 100.0),
        sigma=(10.0, 10.0),
        items={"lead_time_periods": 1},
        scenarios=[
            {"node": "now", "parent": "", "period": 0, "probability": 1, "demand_factor": 1},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.8},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 1.2},
        ],
    )
    facts = DemandFacts.of(Tables.build(instance, build_tree(instance)))
    assert facts.protection_sd[0] == pytest.approx([np.sqrt(500), 10.0, 10.0])
    assert facts.protection_mean[0] == pytest.approx([100.0, 80.0, 120.0])
    assert facts.sd_units == pytest.approx([np.sqrt(300)])
