"""Ways to hold and to measure in the extensive form, on cases solved by hand."""

from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.verification.flows import simulate
from stockrail.verification.guardrails import measure, read_limits
from tests.builders import make_instance
from tests.random_instances import tables_of
from tests.solvers.extensive_cases import LOST, one_order_two_futures, orders, solve, units_ordered_now

STOCK_AT_THE_END = {"metric": "inventory_value", "first_period": 1}
DEAR_TO_HOLD = {"storage_rate_per_year": 1.0}
"""A period is a year: holding a unit worth 6 for one period costs more than the 4 it earns."""


@pytest.mark.parametrize(
    ("holds", "alpha", "units"),
    [
        ("every scenario", None, 6),
        ("expected", None, 10),
        ("cvar", 0.0, 10),
        ("cvar", 0.25, 8),
        ("cvar", 0.5, 6),
        ("cvar", 0.99, 6),
        ("chance", 0.0, 6),
        ("chance", 0.49, 6),
        ("chance", 0.5, 10),
    ],
)
def test_upper_limit(holds: str, alpha: float | None, units: int) -> None:
    """Stock at the end is worth at most 24; it is 0 or 6 (u - 2).

    Every scenario: u = 6. Expected: 3 (u - 2) <= 24 holds at u = 10. The worst 75% are the low demand and a third of as
    much of the high one: 2/3 * 6 (u - 2) <= 24 gives u = 8; the worst 50% or less are the low demand alone. A chance of 0.5
    lets the low demand off.
    """
    rail = {**STOCK_AT_THE_END, "upper": 24, "holds": holds, "alpha": alpha}
    result = solve(one_order_two_futures(guardrails=rail))
    assert units_ordered_now(result) == units
    assert result.objective == pytest.approx(20 + 4 * units)


@pytest.mark.parametrize(
    ("holds", "alpha", "lower", "units"),
    [
        ("every scenario", None, 2, 2),
        ("expected", None, 5, 8),
        ("cvar", 0.0, 5, 8),
        ("cvar", 0.25, 4, 8),
        ("cvar", 0.99, 2, 2),
        ("chance", 0.5, 7, 7),
    ],
)
def test_lower_limit(holds: str, alpha: float | None, lower: float, units: int) -> None:
    """Units served are u or 2, and at a price of 10 each unit beyond 2 loses 10 / 2 - 6 = -1: u is as low as it may be.

    Expected: (u + 2) / 2 >= 5 gives 8. The lowest 75%: (0.5 * 2 + 0.25 u) / 0.75 >= 4 gives 8. A chance lets the 2 off.
    """
    rail = {"metric": "served_units", "first_period": 1, "lower": lower, "holds": holds, "alpha": alpha}
    result = solve(one_order_two_futures(items={"unit_price": 10}, guardrails=rail))
    assert units_ordered_now(result) == units
    assert result.objective == pytest.approx(10 * (units + 2) / 2 - 6 * units)


@pytest.mark.parametrize(
    ("rail", "objective"),
    [
        ({"upper": 24, "holds": "every scenario", "soft_price": 1}, 48),
        ({"upper": 24, "holds": "every scenario", "soft_price": 2}, 44),
        ({"upper": 12, "holds": "expected", "soft_price": 1}, 48),
        ({"upper": 24, "holds": "cvar", "alpha": 0.5, "soft_price": 0.5}, 48),
        ({"upper": 24, "holds": "cvar", "alpha": 0.5, "soft_price": 1}, 44),
        ({"upper": 24, "holds": "chance", "alpha": 0.4, "soft_price": 1}, 48),
        ({"upper": 24, "holds": "chance", "alpha": 0.5, "soft_price": 1}, 60),
    ],
)
def test_soft_limit(rail: dict[str, Any], objective: float) -> None:
    """Units beyond 6 earn 4 each; the 6 of value that each adds where demand is low are a violation.

    Every scenario, by its probability: 3 * soft_price a unit; at 1, u = 10 and 60 - 0.5 * 24. Expected: 3 as well, and above
    12 begins at u = 6. CVaR, once: 6 * soft_price. A chance of 0.5 lets the low demand off, one of 0.4 lets off nothing.
    """
    result = solve(one_order_two_futures(guardrails={**STOCK_AT_THE_END, **rail}))
    assert result.objective == pytest.approx(objective)


def test_soft_chance_lets_the_largest_violation_off_first() -> None:
    """Stock of 20 less a demand of 10, 2 or 0 is worth 60, 108 or 120: violations of 60 are 0, 48 and 60.

    A chance of 0.5 lets off the 60, of probability 0.3; the 48, of probability 0.5, fits no more and costs 0.5 * 48 = 24. To
    let off the 48 instead would cost 0.3 * 60 = 18 only. Revenue is 10 * (0.2 * 10 + 0.5 * 2) = 30.
    """
    leaves = (("much", 0.2, 1.0), ("little", 0.5, 0.2), ("none", 0.3, 0.0))
    instance = make_instance(
        demand=(0, 10),
        items={"opening_stock_units": 20},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            *(
                {"node": node, "parent": "now", "period": 1, "probability": p, "demand_factor": factor}
                for node, p, factor in leaves
            ),
        ],
        guardrails={**STOCK_AT_THE_END, "upper": 60, "holds": "chance", "alpha": 0.5, "soft_price": 1},
    )
    assert solve(instance).objective == pytest.approx(30 - 24)


@pytest.mark.parametrize(
    ("leaves", "penalty"),
    [
        ((("a", 0.3, 0.0), ("b", 0.2, 0.0), ("c", 0.5, 1.0)), 0.2 * 60),
        ((("b", 0.2, 0.0), ("a", 0.3, 0.0), ("c", 0.5, 1.0)), 0.3 * 60),
        ((("c", 0.5, 1.0), ("b", 0.2, 0.0), ("a", 0.3, 0.0)), 0.3 * 60),
    ],
)
def test_soft_chance_lets_the_first_of_equal_violations_off(
    leaves: tuple[tuple[str, float, float], ...], penalty: float
) -> None:
    """Stock of 20 is worth 120 without demand: 60 too much at two nodes, of which a chance of 0.4 fits one only, the first.

    Revenue is 0.5 * 10 * 10 = 50. The extensive form, the guardrails of the ledger and the independent checker agree.
    """
    instance = make_instance(
        demand=(0, 10),
        items={"opening_stock_units": 20},
        # An order for one node alone would make its violation the larger one, which can pay.
        suppliers={"order_interval_periods": 2},
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            *(
                {"node": node, "parent": "now", "period": 1, "probability": p, "demand_factor": factor}
                for node, p, factor in leaves
            ),
        ],
        guardrails={**STOCK_AT_THE_END, "upper": 60, "holds": "chance", "alpha": 0.4, "soft_price": 1},
    )
    result = solve(instance)
    assert result.objective == pytest.approx(50 - penalty)
    assert result.cumulative_lots is not None
    tables = tables_of(instance)
    guardrails = Guardrails.build(tables)
    stock = Ledger(tables, result.cumulative_lots).stock
    over = guardrails.assess(guardrails.usage(guardrails.metric_values(stock))[0])
    assert guardrails.cost(over) == pytest.approx(penalty)
    tree = tables.tree
    flows = simulate(instance, tree, np.zeros((len(tree), 1), dtype=np.int64), [np.ones(1, dtype=bool)])
    (limit,) = read_limits(instance, tree)
    assert measure(limit, flows.metrics["inventory_value"][0], tree, tables.discount).penalty == (
        pytest.approx(penalty)
    )


def test_prices_of_tails_and_expectations() -> None:
    """At the worst 75%, a unit of limit is 1.5 of the low amount, 1/4 unit of stock that earns 4, at the period's first node.

    In expectation at 12 it is 2 of the low amount, 1/3 unit. A chance has no price.
    """
    for rail, price in (
        ({"upper": 24, "holds": "cvar", "alpha": 0.25}, 4 / 4),
        ({"upper": 12, "holds": "expected"}, 4 / 3),
    ):
        result = solve(one_order_two_futures(guardrails={**STOCK_AT_THE_END, **rail}))
        np.testing.assert_allclose(result.prices["G", "upper"], [0.0, price, 0.0], atol=1e-9)
    rail = {"upper": 24, "holds": "chance", "alpha": 0.0}
    assert solve(one_order_two_futures(guardrails={**STOCK_AT_THE_END, **rail})).prices == {}


@pytest.mark.parametrize(("fiscal_year_start_month", "lots"), [(1, [10, 10, 10, 5]), (2, [10, 5, 15, 10])])
def test_quarter_ends(fiscal_year_start_month: int, lots: list[int]) -> None:
    """Of periods of 30 days from 1 January 2024, period 3 (31 March to 29 April) contains the end of a quarter.

    Where the fiscal year starts in February it is period 1 (31 January to 29 February). There alone purchases are at most
    30, or 5 units; to buy them earlier costs 12 * 30 / 365 * 6 = 5.9 each, more than they earn. The next order brings 5 units
    more, which replace the lost ones and are netted at their cost.
    """
    instance = make_instance(
        demand=(10, 10, 10, 10),
        settings={
            "period_length_days": 30,
            "storage_rate_per_year": 12.0,
            "fiscal_year_start_month": fiscal_year_start_month,
        },
        segments=LOST,
        guardrails={"metric": "purchases", "upper": 30, "measured": "quarter ends"},
    )
    result = solve(instance)
    assert orders(result) == [lots]
    assert result.objective == pytest.approx(35 * 4)


@pytest.mark.parametrize(("measured", "upper", "price"), [("total", 90, 4 / 6), ("average", 30, 3 * 4 / 6)])
def test_average_and_total(measured: str, upper: float, price: float) -> None:
    """Purchases of 90 over three periods, 30 on average, are 15 units that earn 4; the price is at the last period."""
    rail = {"metric": "purchases", "upper": upper, "measured": measured}
    result = solve(make_instance(demand=(10, 10, 10), segments=LOST, guardrails=rail))
    assert result.objective == pytest.approx(60)
    np.testing.assert_allclose(result.prices["G", "upper"], [0.0, 0.0, price])


def test_band_by_period() -> None:
    """Purchases are at most 30 in period 1 and at least 96, or 16 units, in period 2.

    Of those 10 are sold and 6 replace lost ones, so that 6 are lost in period 1: at 4 each that is cheaper than to lose 5, buy
    one unit that nobody wants for 6 and hold it for 6. 24 units earn 4.
    """
    instance = make_instance(
        demand=(10, 10, 10),
        settings=DEAR_TO_HOLD,
        segments=LOST,
        guardrails={"metric": "purchases", "upper": 1000},
        guardrail_limits=[{"period": 1, "upper": 30}, {"period": 2, "lower": 96}],
    )
    result = solve(instance)
    assert orders(result) == [[10, 4, 16]]
    assert result.objective == pytest.approx(96)


@pytest.mark.parametrize(
    ("weight", "alpha", "objective"),
    [(0.0, 0.5, 60), (0.2, 0.5, 44), (0.5, 0.5, 28), (1.0, 0.5, 28), (1.0, 0.99, 28), (1.0, 0.0, 60)],
)
def test_margin_cvar(weight: float, alpha: float, objective: float) -> None:
    """(1 - b) (20 + 4 u) + b (40 - 6 u): at b = 0.2 it is 24 + 2 u, best at 10; at 0.5 it is 30 - u, best at 2.

    At b = 1 the low demand alone counts, 28 at u = 2, and with alpha = 0 the expectation.
    """
    settings = {"margin_cvar_weight": weight, "margin_cvar_alpha": alpha}
    result = solve(one_order_two_futures(settings=settings))
    assert result.objective == pytest.approx(objective)
    assert result.bound == pytest.approx(objective)
