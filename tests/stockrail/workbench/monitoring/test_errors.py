"""Forecast error and bias against the plan's own forecast."""

import math

import pytest

from stockrail.model.instance import Instance
from stockrail.workbench.monitoring.errors import ForecastError, forecast_errors
from stockrail.workbench.monitoring.fan import Fan
from tests.stockrail.workbench.monitoring.cases import FORK, seen_by_week, weekly

ITEMS = [{"item": "A", "unit_price": 10, "segment": "S"}, {"item": "B", "unit_price": 1, "segment": "T"}]
TWO = weekly(demand=[[10, 10], [100, 100]], items=ITEMS, segments=[{"segment": "S"}, {"segment": "T"}])


def errors(instance: Instance, units: dict[str, list[float | None]]) -> dict[tuple[str, str], ForecastError]:
    """By level and name."""
    found = forecast_errors(instance, Fan.of(instance), seen_by_week(instance, units))
    return {(one.level, one.name): one for one in found}


def test_by_hand() -> None:
    """A: 14 and 8 for 10 and 10, errors +4 and -2. B: 90 and 80 for 100 and 100, errors -10 and -20.

    A: size 6 of 22 units, bias +2 of 20, mean size 3: signal 2/3. B: 30 of 170, -30 of 200, 15: -2. All in money, A at 10 and B
    at 1: errors by period 40 - 10 = 30 and -20 - 20 = -40; sizes 60 + 30 = 90 of 220 + 170 = 390; bias -10 of 400; mean size
    35: -10/35.
    """
    found = errors(TWO, {"A": [14, 8], "B": [90, 80]})
    assert list(found) == [("all", ""), ("segment", "S"), ("segment", "T"), ("item", "A"), ("item", "B")]
    a, b, total = found["item", "A"], found["item", "B"], found["all", ""]
    assert (a.periods, b.periods) == (2, 2)
    assert [a.forecast, a.actual, a.wape, a.bias] == pytest.approx([20, 22, 6 / 22, 0.1])
    assert [a.tracking_signal, a.money] == pytest.approx([2 / 3, 20])
    assert [b.wape, b.bias, b.tracking_signal] == pytest.approx([30 / 170, -0.15, -2])
    assert [total.wape, total.bias] == pytest.approx([90 / 390, -10 / 400])
    assert [total.tracking_signal, total.money] == pytest.approx([-10 / 35, -10])
    segment = found["segment", "T"]
    assert (segment.wape, segment.money) == (b.wape, b.money)  # one item at a price of 1


def test_unknown_demand_is_left_out_of_both_sides() -> None:
    """A is known in week 1 only: forecast 10, not 20. B is not known: it has no line, and its segment none."""
    found = errors(TWO, {"A": [None, 12]})
    assert list(found) == [("all", ""), ("segment", "S"), ("item", "A")]
    assert (found["item", "A"].forecast, found["item", "A"].periods, found["all", ""].forecast) == (
        10,
        1,
        100,
    )


def test_nothing_came_and_nothing_was_forecast() -> None:
    """A share of nothing is not known; without any error the signal is 0."""
    quiet = weekly(demand=(0, 0))
    one = errors(quiet, {"A": [0, 0]})["item", "A"]
    assert (one.wape, one.bias, one.counted_on, one.ratio, one.tracking_signal, one.chance) == (
        None, None, None, None, 0, 1,
    )  # fmt: skip
    assert forecast_errors(quiet, Fan.of(quiet), seen_by_week(quiet, {})) == []


def test_error_that_the_plan_counts_on() -> None:
    """5 or 15 for 10, after 10 for sure: it counts on 5 of 20 units. 15 came: 5 of 25 units, a ratio of 0.8."""
    one = errors(weekly(demand=(10, 10), scenarios=FORK), {"A": [10, 15]})["item", "A"]
    assert [one.counted_on, one.wape, one.ratio] == pytest.approx([0.25, 0.2, 0.8])


def test_chance_of_a_bias_follows_the_paths() -> None:
    """Demand of 5 or 15 a week for two weeks on one of two paths: a total of 30 has a probability of 1/2, not of 1/4, which is what two
    weeks without memory would have, and one of 31 has none.
    """
    path = [
        *FORK,
        {"node": "low-2", "parent": "low", "period": 2, "probability": 0.5, "demand_factor": 0.5},
        {"node": "high-2", "parent": "high", "period": 2, "probability": 0.5, "demand_factor": 1.5},
    ]
    instance = weekly(demand=(10, 10, 10), scenarios=path)
    assert errors(instance, {"A": [10, 15, 15]})["all", ""].chance == pytest.approx(0.5)
    assert errors(instance, {"A": [10, 15, 16]})["all", ""].chance == 0
    assert errors(instance, {"A": [10, 5, 5]})["all", ""].chance == pytest.approx(0.5)
    assert errors(instance, {"A": [None, 15, 15]})["all", ""].chance == pytest.approx(0.5)


def test_chance_of_a_bias_with_noise() -> None:
    """Four weeks of N(10, 3): the total is N(40, 6). 46 is one deviation above, which 15.87% exceed."""
    one = errors(weekly(demand=(10,) * 4, sigma=3), {"A": [12, 12, 11, 11]})["all", ""]
    assert one.chance == pytest.approx((1 - math.erf(1 / math.sqrt(2))) / 2)
