"""Breaks, deposits, capacities with premiums, ratios and funded builds in the extensive form, on cases solved by hand."""

import datetime as dt

import numpy as np
import pytest

from tests.builders import Changes, make_instance
from tests.solvers.extensive_cases import LOST, orders, solve


@pytest.mark.parametrize(("storage_rate", "lots", "objective"), [(0.2, [20, 0], 88), (0.4, [10, 10], 80)])
def test_all_units_break_makes_a_larger_order_worthwhile(
    storage_rate: float, lots: list[int], objective: float
) -> None:
    """From 20 units on all of them cost 5: 200 - 100 less holding 10 units worth 6 at 0.2 is 88, more than 20 * 4.

    At 0.4 it is 76, and two orders at 6 are better.
    """
    result = solve(
        make_instance(
            demand=(10, 10),
            settings={"storage_rate_per_year": storage_rate},
            segments=LOST,
            quantity_breaks={"from_units": 20, "unit_cost": 5},
        )
    )
    assert orders(result) == [lots]
    assert result.objective == pytest.approx(objective)


@pytest.mark.parametrize(
    ("applies_to", "lots", "objective"), [("incremental", [20, 0], 94), ("all units", [10, 10], 120)]
)
def test_incremental_break_saves_on_the_units_beyond_it(
    applies_to: str, lots: list[int], objective: float
) -> None:
    """From 10 units on at 4: one order of 20 is 10 * 6 + 10 * 4, and 200 - 100 - holding 0.1 * 60 = 94, more than 80.

    If the break were on all units, two orders of 10 would cost 4 a unit: 200 - 80.
    """
    result = solve(
        make_instance(
            demand=(10, 10),
            settings={"storage_rate_per_year": 0.1},
            segments=LOST,
            quantity_breaks={"from_units": 10, "unit_cost": 4, "applies_to": applies_to},
        )
    )
    assert orders(result) == [lots]
    assert result.objective == pytest.approx(objective)


def test_fixed_orders_save_too() -> None:
    """An override of 12 units is in the second tier at 3 and with freight of a half: 10 * 10 - 12 * 3 * 1.5 = 46."""
    result = solve(
        make_instance(
            demand=(10,),
            suppliers={"freight_rate": 0.5},
            order_overrides={"period": 0, "lots": 12},
            quantity_breaks=[{"from_units": 5, "unit_cost": 4}, {"from_units": 12, "unit_cost": 3}],
        )
    )
    assert result.objective == pytest.approx(46)


def test_deposits_lower_payables() -> None:
    """A quarter of 6 is paid for each unit on its way: payables of at least -12 allow 8 units, which earn 4.

    One more of the limit is 1 / 1.5 units fewer. In period 1 three quarters of 48 are owed.
    """
    common: Changes = {
        "demand": (0, 10),
        "items": {"lead_time_periods": 1},
        "segments": LOST,
        "suppliers": {"payment_days": 365, "deposit_share": 0.25},
    }
    rail = {"metric": "payables", "lower": -12, "last_period": 0}
    result = solve(make_instance(**common, guardrails=rail))
    assert orders(result) == [[8, 0]]
    assert result.objective == pytest.approx(32)
    np.testing.assert_allclose(result.prices["G", "lower"], [-4 / 1.5, 0.0])
    rail = {"metric": "payables", "upper": 36, "first_period": 1}
    assert orders(solve(make_instance(**common, guardrails=rail))) == [[8, 0]]


@pytest.mark.parametrize(("premium", "units", "objective"), [(3, 10, 28), (5, 6, 24)])
def test_overtime(premium: float, units: int, objective: float) -> None:
    """4 of 10 units are beyond the capacity of 6 and earn 4 each: worth a premium of 3, not of 5.

    The capacity is worth the premium it saves, or what a unit earns.
    """
    result = solve(
        make_instance(
            demand=(10,),
            segments=LOST,
            suppliers={"capacity_units_per_period": 6, "overtime_premium_per_unit": premium},
        )
    )
    assert orders(result) == [[units]]
    assert result.objective == pytest.approx(objective)
    np.testing.assert_allclose(result.prices["capacity:V", "upper"], [min(premium, 4)])


@pytest.mark.parametrize(
    ("limit", "scope", "objective"),
    [
        ({"upper": 6}, {"scope": "all"}, 26),
        ({"upper": 6}, {"scope": "supplier", "scope_value": "V"}, 26),
        ({"lower": 15}, {"scope": "all"}, 19),
    ],
)
def test_overtime_spend(limit: Changes, scope: Changes, objective: float) -> None:
    """At a premium of 3, spend of at most 6 allows 8 units: 32 - 6. Spend of at least 15 needs 11: 100 - 66 - 15.

    Overtime that is not worked is no spend: 10 units and 15 of spend would earn 25.
    """
    result = solve(
        make_instance(
            demand=(10,),
            segments=LOST,
            suppliers={"capacity_units_per_period": 6, "overtime_premium_per_unit": 3},
            guardrails={"metric": "overtime_spend", **limit, **scope},
        )
    )
    assert result.objective == pytest.approx(objective)


@pytest.mark.parametrize(("premium", "units", "objective"), [(1, 10, 30), (5, 5, 20), (None, 5, 20)])
def test_warehouse_overflow(premium: float | None, units: int, objective: float) -> None:
    """10 units of 2 spaces are held from period 0 to 1 in a warehouse of 20, half of which is usable in period 0.

    5 fit. The others earn 4 each, worth overflow at 1 per space, not at 5, nor where the warehouse is hard.
    """
    result = solve(
        make_instance(
            demand=(0, 10),
            items={"warehouse": "H", "space_per_unit": 2},
            segments=LOST,
            suppliers={"order_interval_periods": 2},
            warehouses={"capacity_space": 20, "overflow_premium_per_period": premium},
            scenarios=[
                {"node": "n0", "period": 0, "probability": 1},
                {"node": "n1", "parent": "n0", "period": 1, "probability": 1},
            ],
            scenario_warehouses=[{"node": "n0", "capacity_factor": 0.5}],
        )
    )
    assert orders(result) == [[units, 0]]
    assert result.objective == pytest.approx(objective)
    price = 1 if premium == 1 else 4 / 2
    np.testing.assert_allclose(result.prices["warehouse:H", "upper"], [price, 0.0])


def test_fill_rate_floor_forces_stock() -> None:
    """At a price of 5 each unit loses 1, and 8 of 10 must be served. A whole unit of fill rate is 10 units."""
    rail = {"metric": "fill_rate", "lower": 0.8}
    result = solve(make_instance(demand=(10,), items={"unit_price": 5}, segments=LOST, guardrails=rail))
    assert orders(result) == [[8]]
    assert result.objective == pytest.approx(-8)
    np.testing.assert_allclose(result.prices["G", "lower"], [-10.0])


def test_days_of_supply_cap() -> None:
    """Half a year of supply is 5 units of a forward demand of 10: of one order for three periods 15 units are sold.

    A day is 10 / 365 units that earn 4.
    """
    result = solve(
        make_instance(
            demand=(10, 10, 10),
            settings={"forward_cover_days": 365},
            segments=LOST,
            suppliers={"order_interval_periods": 3},
            guardrails={"metric": "days_of_supply", "upper": 182.5},
        )
    )
    assert orders(result) == [[15, 0, 0]]
    assert result.objective == pytest.approx(60)
    np.testing.assert_allclose(result.prices["G", "upper"], [40 / 365, 0.0, 0.0])


def test_turns_floor() -> None:
    """Sales of 10 in a year turn stock twice where 5 units are left: of one order for two periods 15 units are sold.

    The law is 60 - 2 * 6 * stock >= 0; one more turn takes 30 of it, 30 / 12 units that earn 4.
    """
    result = solve(
        make_instance(
            demand=(10, 10),
            segments=LOST,
            suppliers={"order_interval_periods": 2},
            guardrails={"metric": "turns", "lower": 2},
        )
    )
    assert orders(result) == [[15, 0]]
    assert result.objective == pytest.approx(60)
    np.testing.assert_allclose(result.prices["G", "lower"], [-4 * 30 / 12, 0.0])


def test_on_time_in_full() -> None:
    """A loss of 1 a unit, and half of all demand on time in full: one period of two is served.

    At most half of it, at a gain of 4 a unit: the other period is one unit short. Stock of exactly 0 is in full.
    """
    rail = {"metric": "on_time_in_full", "lower": 0.5, "measured": "total"}
    losing = make_instance(demand=(10, 10), items={"unit_price": 5}, segments=LOST, guardrails=rail)
    assert solve(losing).objective == pytest.approx(-10)
    rail = {"metric": "on_time_in_full", "upper": 0.5, "measured": "total"}
    earning = make_instance(
        demand=(10, 10), settings={"storage_rate_per_year": 1.0}, segments=LOST, guardrails=rail
    )
    assert solve(earning).objective == pytest.approx(19 * 4)


def test_on_time_in_full_with_forecast_error() -> None:
    """Nine times in ten takes 1.2816 * 2 = 2.56 units above demand: 13. At 14 the price is too low to go further."""
    rail = {"metric": "on_time_in_full", "lower": 0.9}
    result = solve(
        make_instance(demand=(10,), sigma=2, items={"unit_price": 5}, segments=LOST, guardrails=rail)
    )
    assert orders(result) == [[13]]


def test_excess_exposure() -> None:
    """Stock of 20 after period 0 is 10 more than the 10 of forward demand: 60, 10 beyond a soft limit of 50.

    In period 1 stock of 10 is as much as its own demand again.
    """
    result = solve(
        make_instance(
            demand=(10, 10),
            settings={"forward_cover_days": 365},
            items={"opening_stock_units": 30},
            guardrails={"metric": "excess_exposure", "upper": 50, "soft_price": 1},
        )
    )
    assert result.objective == pytest.approx(200 - 10)


def test_funded_build_is_for_its_items_and_runs_off() -> None:
    """30 for all, and 60 more for A in period 0, of which half is left in period 1 and nothing in period 2, its exit.

    Both items are bought in period 0 for period 2. In period 1 all stock is at most 60, or 10 units, and B, which earns 14, at
    most 30, or 5 units; the other 5 are of A and earn 4. One more of the limit is 1/6 unit of B.
    """
    result = solve(
        make_instance(
            demand=[(0, 0, 10), (0, 0, 10)],
            items=[{}, {"unit_price": 20}],
            segments=LOST,
            suppliers={"order_interval_periods": 3},
            guardrails={"upper": 30},
            funded_builds={
                "scope": "item",
                "scope_value": "A",
                "amount": 60,
                "first_period": 0,
                "last_period": 0,
                "exit_date": dt.date(2026, 1, 5),
            },
        )
    )
    assert orders(result) == [[5, 0, 0], [5, 0, 0]]
    assert result.objective == pytest.approx(5 * 4 + 5 * 14)
    assert result.prices["G", "upper"].sum() == pytest.approx(14 / 6)
