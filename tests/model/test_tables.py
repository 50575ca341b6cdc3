"""The parameters of the model, each derived by hand from a small instance."""

import numpy as np
import pytest

from stockrail.model.tables import cumulate, sum_below
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import tables_of

FORK: list[Changes] = [
    {"node": "now", "period": 0, "probability": 1, "price_factor": 1.0},
    {
        "node": "high",
        "parent": "now",
        "period": 1,
        "probability": 0.25,
        "demand_factor": 2,
        "price_factor": 1.5,
    },
    {"node": "low", "parent": "now", "period": 1, "probability": 0.75},
]


def test_landed_cost_and_standard_value() -> None:
    """6 * (1 + 0.1 freight + 0.05 duty) = 6.9; at `high` the supplier asks 20% more, which the standard value ignores."""
    tables = tables_of(
        make_instance(
            demand=(5, 8),
            items={"order_cost": 30},
            suppliers={"freight_rate": 0.1, "duty_rate": 0.05},
            scenarios=FORK,
            scenario_suppliers=[{"node": "high", "cost_factor": 1.2, "order_cost_factor": 0.5}],
        )
    )
    assert tables.unit_value == pytest.approx([6.9])
    assert tables.landed_cost == pytest.approx(np.array([[6.9, 8.28, 6.9]]))
    assert tables.order_cost == pytest.approx(np.array([[30, 15, 30]]))
    assert tables.price == pytest.approx(np.array([[10, 15, 10]]))
    assert tables.demand == pytest.approx(np.array([[5, 16, 8]]))


def test_forward_demand_looks_beyond_the_horizon() -> None:
    """2.25 periods ahead. Period 2 brings 30 or 10 units after `high` (4 to 1), 10 after `low`.

    now     0.25 * 16 + 0.75 * 8 = 10, then 0.25 * 26 + 0.75 * 10 = 14, and a quarter of 14 again: 27.5
    high    0.8 * 30 + 0.2 * 10 = 26, then as much again and a quarter of it: 58.5; low    22.5
    leaves  2.25 times their own demand
    """
    grown = [
        {"node": "hh", "parent": "high", "period": 2, "probability": 0.2, "demand_factor": 3},
        {"node": "hl", "parent": "high", "period": 2, "probability": 0.05},
        {"node": "ll", "parent": "low", "period": 2, "probability": 0.75},
    ]
    settings = {"forward_cover_days": 2.25 * 365}
    tables = tables_of(make_instance(demand=(5, 8, 10), settings=settings, scenarios=[*FORK, *grown]))
    np.testing.assert_allclose(tables.forward_demand, [[27.5, 58.5, 22.5, 67.5, 22.5, 22.5]])


@pytest.mark.parametrize(("days", "expected"), [(36.5, [0.8, 0.2]), (730, [10, 4]), (3650, [26, 20])])
def test_forward_demand_of_any_cover(days: float, expected: list[float]) -> None:
    """On one path with demand 5, 8, 2: a tenth of the next period, two periods, and ten: 8 + 9 * 2 from period 0."""
    tables = tables_of(make_instance(demand=(5, 8, 2), settings={"forward_cover_days": days}))
    np.testing.assert_allclose(tables.forward_demand[0, :2], expected)


def test_facts_of_money_and_space() -> None:
    """Deposits and cost factors are those of the item's supplier, space is the item's own."""
    tables = tables_of(
        make_instance(
            demand=((5, 8), (5, 8)),
            items=[{"space_per_unit": 2.5}, {"supplier": "W"}],
            suppliers=[{"deposit_share": 0.3}, {"supplier": "W"}],
            scenarios=FORK,
            scenario_suppliers=[{"node": "high", "cost_factor": 1.2}],
        )
    )
    assert tables.deposit_share.tolist() == [0.3, 0.0]
    assert tables.space_per_unit.tolist() == [2.5, 1.0]
    assert tables.cost_factor.tolist() == [[1, 1.2, 1], [1, 1, 1]]


def test_base_stock_is_stock_without_orders() -> None:
    """Opening stock 6, open orders of 3 and 1 in period 1: 6 - 5 = 1 now, then 1 + 4 - 16 = -11 and 1 + 4 - 8 = -3."""
    tables = tables_of(
        make_instance(
            demand=(5, 8),
            items={"opening_stock_units": 6},
            open_orders=[{"due_period": 1, "units": 3}, {"due_period": 1, "units": 1}],
            scenarios=FORK,
        )
    )
    assert tables.scheduled_received.tolist() == [[0, 4, 4]]
    assert tables.base_stock.tolist() == [[1, -11, -3]]


@pytest.mark.parametrize(
    ("lead_time", "expected"),
    [
        (0, [3, 4, 12, 2]),
        (1, [3, 5, np.hypot(4, 12), np.hypot(12, 2)]),  # hypot(3, 4) = 5
        (2, [3, 5, 13, np.sqrt(16 + 144 + 4)]),  # 9 + 16 + 144 = 13 squared
    ],
)
def test_error_accumulates_over_lead_time_and_one_period(lead_time: int, expected: list[float]) -> None:
    """Errors of 3, 4, 12, 2 units add up as variances over the last lead time + 1 periods, from period 0 on."""
    tables = tables_of(
        make_instance(demand=(9,) * 4, sigma=(3, 4, 12, 2), items={"lead_time_periods": lead_time})
    )
    np.testing.assert_allclose(tables.sigma, [expected])


def test_lot_rules_round_inwards() -> None:
    """In lots of 4: at least 6 units is 2 lots, at most 15 units 3 lots; without a minimum it is 1 lot, without a maximum -1."""
    tables = tables_of(
        make_instance(
            demand=((1,), (1,), (1,)),
            items=[
                {"lot_size": 4, "minimum_order_units": 6, "maximum_order_units": 15},
                {"lot_size": 4},
                {"lot_size": 0.1, "minimum_order_units": 0.3, "maximum_order_units": 0.3},  # 0.3 / 0.1 < 3
            ],
        )
    )
    assert tables.minimum_lots.tolist() == [2, 1, 3]
    assert tables.maximum_lots.tolist() == [3, -1, 3]


def test_limit_on_cumulative_lots() -> None:
    """What the worst demand with four standard deviations could need beyond what is there, and one smallest order.

    Along `high` 5 + 16 = 21 units are demanded; sigma is at most 2 (lead time 0), so 21 + 8 - 3 opening - 2 on order
    - 4 fixed = 20 units, 5 lots of 4, and a smallest order of 2 lots: 7.
    """
    instance = make_instance(
        demand=(5, 8),
        sigma=(1, 2),
        items={"opening_stock_units": 3, "lot_size": 4, "minimum_order_units": 8},
        open_orders={"due_period": 1, "units": 2},
        order_overrides={"period": 0, "lots": 1},
        scenarios=FORK,
    )
    assert tables_of(instance).lots_limit.tolist() == [7]


def test_limit_on_cumulative_lots_without_need() -> None:
    """Opening stock that covers all demand leaves room for one smallest order only."""
    tables = tables_of(make_instance(demand=(5, 8), items={"opening_stock_units": 100}))
    assert tables.lots_limit.tolist() == [1]


def test_orders_allowed_and_fixed() -> None:
    """Calendar: periods 1, 3, 5. Period 0 is frozen, 3 has an override, and lead time 1 rules out period 5 of 6."""
    tables = tables_of(
        make_instance(
            demand=(1,) * 6,
            items={"lead_time_periods": 1},
            suppliers={"order_interval_periods": 2, "order_offset_periods": 1},
            settings={"frozen_periods": 1},
            order_overrides=[{"period": 0, "lots": 7}, {"period": 3, "lots": 2}],
        )
    )
    assert tables.is_order_allowed.tolist() == [[False, True, False, False, False, False]]
    assert tables.fixed_lots.tolist() == [[7, 0, 0, 2, 0, 0]]


def test_calendar_starts_at_its_offset() -> None:
    """Offset 3, interval 2: periods 3 and 5, and none of the periods 1 and before that the interval would hit."""
    tables = tables_of(
        make_instance(demand=(1,) * 6, suppliers={"order_interval_periods": 2, "order_offset_periods": 3})
    )
    assert np.flatnonzero(tables.is_order_allowed[0]).tolist() == [3, 5]


def test_late_supplier_closes_the_last_periods() -> None:
    """A delay of 2 in period 1 of 4 makes its order arrive in 3, the last period; in period 2 a delay of 2 is too much."""
    tables = tables_of(
        make_instance(
            demand=(1,) * 4,
            scenarios=path_of_nodes(4),
            scenario_suppliers=[{"node": "n1", "delay_periods": 2}, {"node": "n2", "delay_periods": 2}],
        )
    )
    # The order of period 3 would wait for that of period 2, which arrives in period 4.
    assert tables.is_order_allowed.tolist() == [[True, True, False, False]]


def test_shares_of_a_shortage() -> None:
    """Losing costs 0.5 * (10 - 6 + 0.2 * 10) = 3, waiting 0.5 * 0.1 * 10 = 0.5, together 3.5.

    A premium of 3.4 is below that: half is expedited, and of the other half 0.25 is lost and 0.25 waits. At 3.5 it is
    not worthwhile: nothing is expedited, half is lost and half waits.
    """
    segment = {
        "lost_share": 0.5,
        "churn_cost_share_of_price": 0.2,
        "backorder_cost_share_of_price_per_period": 0.1,
    }
    items = [{"expedite_premium": premium, "expedite_share": 0.5} for premium in (3.4, 3.5)]
    tables = tables_of(make_instance(demand=((1,), (1,)), items=items, segments=segment))
    assert tables.expedited_share.tolist() == [0.5, 0.0]
    assert tables.lost_fraction.tolist() == [0.25, 0.5]
    assert tables.waiting_share.tolist() == [0.25, 0.5]


def test_rates_per_period() -> None:
    """With periods of 73 days a year has 5; 10% + 4% + 1% a year is 3% a period, of which 1% is paid.

    At a discount rate of 21% a year, money of period 5, a year away, is worth 1 / 1.21.
    """
    tables = tables_of(
        make_instance(
            demand=(1,) * 6,
            settings={
                "period_length_days": 73,
                "cost_of_capital_rate_per_year": 0.10,
                "storage_rate_per_year": 0.04,
                "insurance_rate_per_year": 0.01,
                "discount_rate_per_year": 0.21,
            },
        )
    )
    assert tables.holding_rate == pytest.approx(0.03)
    assert tables.cash_holding_rate == pytest.approx(0.01)
    assert tables.discount[[0, 5]] == pytest.approx([1.0, 1 / 1.21])
    assert tables.weight == pytest.approx(tables.discount)  # on one path every probability is 1


def test_shelf_life_is_optional() -> None:
    """A blank shelf life is -1: stock that does not age."""
    tables = tables_of(make_instance(demand=((1,), (1,)), items=[{}, {"shelf_life_periods": 3}]))
    assert tables.shelf_life.tolist() == [-1, 3]


def test_net_inventory_adds_arrived_lots() -> None:
    """Lead time 1, lots of 4: two lots ordered now arrive in period 1 in both branches."""
    tables = tables_of(
        make_instance(
            demand=(5, 8),
            items={"opening_stock_units": 6, "lot_size": 4, "lead_time_periods": 1},
            scenarios=FORK,
        )
    )
    # 6 - 5 = 1, then 1 + 8 - 16 = -7 and 1 + 8 - 8 = 1; what is ordered in period 1 never arrives.
    assert tables.net_inventory(np.array([[2.0, 2.0, 2.0]])).tolist() == [[1, -7, 1]]


def test_cumulate_follows_the_path() -> None:
    """Each branch adds its own values to those of the root."""
    tables = tables_of(make_instance(demand=(5, 8), scenarios=FORK))
    assert cumulate(tables.tree, np.array([[1.0, 10.0, 100.0]])).tolist() == [[1, 11, 101]]


def test_sum_below_is_the_adjoint_of_cumulate() -> None:
    """The root collects both branches, a leaf only itself."""
    tables = tables_of(make_instance(demand=(5, 8), scenarios=FORK))
    assert sum_below(tables.tree, np.array([[1.0, 10.0, 100.0]])).tolist() == [[111, 10, 100]]
