"""The checker's guardrails: worst values, slack, excess and penalties derived by hand.

Most tests order 10 units of cost 1 now, of which 10, 6 or 2 are demanded in period 1, with probabilities of 1/2, 3/10
and 1/5: stock is worth 10 now, then 0, 4 or 8.
"""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.verification.guardrails import Rows, read_limits
from tests.builders import Changes, make_instance
from tests.stockrail.truthful_plan import measured


def three_scenarios(guardrail: Changes, **tables: Any) -> Instance:
    """The instance of the module's docstring with one guardrail in period 1, and other tables."""
    return make_instance(
        demand=(0, 10),
        items={"unit_cost": 1, "unit_price": 2, **tables.pop("item", {})},
        guardrails={"first_period": 1, **guardrail},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "mid", "parent": "now", "period": 1, "probability": 0.3, "demand_factor": 0.6},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.2, "demand_factor": 0.2},
        ],
        **tables,
    )


def tightest(rows: Rows) -> tuple[float, float, float, float]:
    """Worst value and slack of the tightest row, the largest excess, and the penalty."""
    k = int(np.nanargmin(rows.slack))
    return float(rows.value[k]), float(rows.slack[k]), float(rows.excess.max()), rows.penalty


@pytest.mark.parametrize(
    ("guardrail", "worst", "slack", "penalty"),
    [
        ({"upper": 7, "holds": "every scenario", "soft_price": 2}, 8, -1, 2 * 0.2),
        ({"upper": 2.5, "holds": "expected", "soft_price": 2}, 2.8, -0.3, 2 * 0.3),  # 0.3 * 4 + 0.2 * 8
        (
            {"upper": 5, "holds": "cvar", "alpha": 0.6, "soft_price": 2},
            6,
            -1,
            2 * 1,
        ),  # worst 40%: half 4, half 8
        ({"upper": 6, "holds": "cvar", "alpha": 0.6}, 6, 0, 0),
        ({"upper": 2.8, "holds": "cvar", "alpha": 0}, 2.8, 0, 0),
        ({"lower": 1, "holds": "cvar", "alpha": 0.2}, 1.5, 0.5, 0),  # lowest 80%: 0.3 * 4 / 0.8
        ({"lower": 2, "holds": "cvar", "alpha": 0.2, "soft_price": 2}, 1.5, -0.5, 2 * 0.5),
        # 8 is let off; 4 exceeds 3 by 1 with a probability of 0.3.
        ({"upper": 3, "holds": "chance", "alpha": 0.2, "soft_price": 2}, 4, -1, 2 * 0.3),
        ({"upper": 4, "holds": "chance", "alpha": 0.2}, 4, 0, 0),
        ({"upper": 4, "holds": "chance", "alpha": 0.1}, 8, -4, 0),
        ({"lower": 3, "holds": "chance", "alpha": 0.4}, 0, -3, 0),
        ({"lower": 3, "holds": "chance", "alpha": 0.5}, 4, 1, 0),
        # Over both periods 10, 14, 18 in all, 12.8 in expectation.
        ({"first_period": 0, "upper": 8, "measured": "average", "holds": "every scenario"}, 9, -1, 0),
        ({"first_period": 0, "upper": 20, "measured": "total", "holds": "every scenario"}, 18, 2, 0),
        ({"first_period": 0, "upper": 12.8, "measured": "total", "holds": "expected"}, 12.8, 0, 0),
    ],
)
def test_stock_of_three_scenarios(guardrail: Changes, worst: float, slack: float, penalty: float) -> None:
    """Each way to hold and to measure a limit on stock worth 0, 4 or 8."""
    _, (rows,) = measured(three_scenarios(guardrail), [[10], [0], [0], [0]])
    # Without a denominator the excess in the unit of the numerator is minus the slack.
    assert tightest(rows) == pytest.approx((worst, slack, -slack, penalty))


@pytest.mark.parametrize(
    ("guardrail", "worst", "excess", "penalty"),
    [
        # Expected: 6.2 of 7.2 served in time; below 90% by 0.9 * 7.2 - 6.2.
        ({"holds": "expected"}, 6.2 / 7.2, 0.28, 0.28),
        # At `high` 8 of 10, one unit less than 9, with a probability of 1/2.
        ({"holds": "every scenario"}, 0.8, 1, 0.5),
        # Worst half of N - 0.9 * D: -1 at `high`; expressed as a rate of the mean demand of 7.2.
        ({"holds": "cvar", "alpha": 0.5}, 0.9 - 1 / 7.2, 1, 1),
        ({"holds": "chance", "alpha": 0.4}, 0.8, 1, 0.5),
        # With 1/2 allowed below, the next worst is 6 of 6, 0.6 units better than asked, or 2 of 2, 0.2 units better.
        ({"holds": "chance", "alpha": 0.5}, 1, -0.2, 0),
        # Now nothing is demanded, so the sums are those of period 1.
        ({"holds": "expected", "measured": "total", "first_period": 0}, 6.2 / 7.2, 0.28, 0.28),
        ({"holds": "every scenario", "measured": "average", "first_period": 0}, 0.8, 0.5, 0.25),
    ],
)
def test_ratio_of_three_scenarios(guardrail: Changes, worst: float, excess: float, penalty: float) -> None:
    """A fill rate of at least 90% with 8 units ordered: 2 of 10 short at `high`; worst is a rate, excess is in units."""
    instance = three_scenarios({"metric": "fill_rate", "lower": 0.9, "soft_price": 1, **guardrail})
    _, (rows,) = measured(instance, [[8], [0], [0], [0]])
    assert tightest(rows) == pytest.approx((worst, worst - 0.9, excess, penalty))


def test_ratio_without_denominator_keeps_its_law() -> None:
    """Where nothing is sold, turns of at most 2 on no stock hold as 0 <= 0 and have no worst value."""
    instance = make_instance(demand=(0, 5), guardrails={"metric": "turns", "upper": 2})
    _, (rows,) = measured(instance, [[0], [5]])
    # In period 1 all 5 units are sold at once: 30 a year from no stock, which breaks the law by 30.
    assert np.isnan(rows.value).all()
    assert rows.excess.tolist() == [0, 30]


def test_quarter_ends_only() -> None:
    """Of four periods of 31 days only the third contains the end of a quarter."""
    instance = make_instance(
        demand=(1, 1, 1, 1),
        items={"opening_stock_units": 10},
        settings={"period_length_days": 31},
        guardrails={"upper": 40, "measured": "quarter ends"},
    )
    _, (rows,) = measured(instance, [[0], [0], [0], [0]])
    assert rows.period.tolist() == [2]
    assert tightest(rows) == (42, -2, 2, 0)


def test_limits_of_single_periods_replace_the_stated_one() -> None:
    """Upper 50, but 45 in period 1; lower 10 in period 2 only."""
    instance = make_instance(
        demand=(1, 1, 1),
        guardrails={"upper": 50},
        guardrail_limits=[{"period": 1, "upper": 45}, {"period": 2, "lower": 10}],
    )
    upper, lower = read_limits(instance, build_tree(instance))
    assert upper.level.tolist() == [50, 45, 50]
    assert (lower.side, lower.nodes.tolist(), lower.level.tolist()) == ("lower", [2], [10])


def builds_on_two_items() -> Instance:
    """10 of stock of two items over four years; 5 more for A until year 1, run off by year 4; 3 more for B in year 1."""
    return make_instance(
        demand=((0, 0, 0, 0), (0, 0, 0, 0)),
        guardrails={"upper": 10},
        funded_builds=[
            {
                "build": "season",
                "scope": "item",
                "scope_value": "A",
                "amount": 5,
                "first_period": 0,
                "last_period": 1,
                "exit_date": dt.date(2028, 1, 1),
            },
            {
                "build": "launch",
                "scope": "item",
                "scope_value": "B",
                "amount": 3,
                "first_period": 1,
                "last_period": 1,
                "exit_date": dt.date(2026, 1, 1),
            },
        ],
    )


def test_funded_builds_add_room_for_their_own_items_only() -> None:
    """All items may use all room; those outside of a build only the room of the others, where the build has some."""
    instance = builds_on_two_items()
    everything, no_a, no_b = read_limits(instance, build_tree(instance))
    # Year 4 begins on 31 December 2027, so 5 runs off in thirds: 2/3 in year 2, 1/3 in year 3.
    assert everything.level == pytest.approx([15, 18, 10 + 10 / 3, 10 + 5 / 3])
    assert (no_a.outside_of, no_a.scope.tolist()) == ("season", [False, True])
    assert no_a.level == pytest.approx([10, 13, 10, 10])
    assert (no_b.outside_of, no_b.scope.tolist(), no_b.nodes.tolist()) == ("launch", [True, False], [1])
    assert no_b.level == pytest.approx([15])


def test_capacities_follow_factor_and_period() -> None:
    """A capacity of 8, 6 in period 1, half of it at the node whose supplier or warehouse has trouble."""
    instance = three_scenarios(
        {"upper": 100},
        item={"warehouse": "H"},
        suppliers={"capacity_units_per_period": 8, "overtime_premium_per_unit": 3},
        warehouses={"capacity_space": 8, "overflow_premium_per_period": 0.5},
        guardrail_limits=[
            {"guardrail": name, "period": 1, "upper": 6} for name in ("capacity:V", "warehouse:H")
        ],
        scenario_suppliers=[{"node": "mid", "capacity_factor": 0.5}],
        scenario_warehouses=[{"node": "mid", "capacity_factor": 0.5}],
    )
    _, (_, supplier, warehouse) = measured(instance, [[10], [0], [4], [0]])
    assert supplier.level.tolist() == [8, 6, 3, 6]
    assert supplier.limit.is_capacity
    # Ordered are 10 now and 4 at `mid`: 2 and 1 beyond, the latter with a probability of 0.3.
    assert supplier.penalty == pytest.approx(3 * (2 + 0.3))
    # Stored are 10 now, then 0, 8 and 8: beyond are 2, 5 with 0.3 and 2 with 0.2.
    assert warehouse.penalty == pytest.approx(0.5 * (2 + 0.3 * 5 + 0.2 * 2))


@pytest.mark.parametrize(
    ("scope", "worst"),
    [({"scope": "all"}, 6 + 1), ({"scope": "supplier", "scope_value": "V"}, 6)],
)
def test_overtime_spend_is_what_capacities_cost(scope: Changes, worst: float) -> None:
    """2 beyond a supplier's capacity of 8 at 3 each, and in scope all also 2 beyond a warehouse's at 1/2 each."""
    instance = three_scenarios(
        {"metric": "overtime_spend", "upper": 5, "first_period": 0, **scope},
        item={"warehouse": "H"},
        suppliers={"capacity_units_per_period": 8, "overtime_premium_per_unit": 3},
        warehouses={"capacity_space": 8, "overflow_premium_per_period": 0.5},
    )
    _, (spend, *_) = measured(instance, [[10], [0], [0], [0]])
    assert tightest(spend)[:2] == pytest.approx((worst, 5 - worst))


def test_penalties_are_discounted() -> None:
    """A violation of 2 at a price of 3 in a year, with a rate of 25%, costs 4.8."""
    instance = make_instance(
        demand=(0, 0),
        items={"unit_cost": 1, "opening_stock_units": 12},
        settings={"discount_rate_per_year": 0.25},
        guardrails={"upper": 10, "first_period": 1, "soft_price": 3},
    )
    _, (rows,) = measured(instance, [[0], [0]])
    assert rows.penalty == pytest.approx(4.8)
