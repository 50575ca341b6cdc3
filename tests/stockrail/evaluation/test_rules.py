"""What baselines order in a simulation, by hand."""

import numpy as np
import pytest

from stockrail.evaluation.levels import Levels
from stockrail.evaluation.rules import FollowedPlan, KnownOrders, LevelRule
from stockrail.model.instance import Instance
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import Policy
from stockrail.simulation.world import World
from tests.builders import make_instance


def _orders(instance: Instance, demand: list[float], policy: Policy) -> list[int]:
    paths = DemandPaths.of_demand(instance, np.array([[demand]]))
    return [int(lots) for lots in simulate(World.of(instance), paths, policy).orders[0, 0]]


def _levels(reorder_point: float, order_up_to: float, lot: float | None = None) -> Levels:
    periods = 4
    return Levels(
        np.full((1, periods), reorder_point),
        np.full((1, periods), order_up_to),
        None if lot is None else np.array([lot]),
    )


def test_min_max_orders_up_to_the_upper_level() -> None:
    """Stock 20, demand 5 a period, (8, 20), no lead time: positions 15, 10, 5 (orders 15, so 20), 15."""
    instance = make_instance(demand=(5, 5, 5, 5), items={"opening_stock_units": 20})
    assert _orders(instance, [5, 5, 5, 5], LevelRule(_levels(8, 20), None)) == [0, 0, 15, 0]


def test_economic_lots_bring_the_position_above_the_reorder_point() -> None:
    """Stock 10, demand 30, reorder point 8, lots of 12: the position is -20, and three lots bring it to 16; then 11 and 6, one lot."""
    instance = make_instance(demand=(30, 5, 5, 5), items={"opening_stock_units": 10, "lot_size": 4})
    assert _orders(instance, [30, 5, 5, 5], LevelRule(_levels(8, 20, 12), None)) == [9, 0, 3, 0]


def test_orders_keep_minimum_and_maximum() -> None:
    """Up to 20 takes 25 from -5: no more than 15 at once, then -5 + 15 - 1 = 9 takes 11; with a minimum of 12 that is 12."""
    items = {"minimum_order_units": 12, "maximum_order_units": 15, "lead_time_periods": 0}
    instance = make_instance(demand=(5, 1, 1, 1), items=items)
    assert _orders(instance, [5, 1, 1, 1], LevelRule(_levels(10, 20), None)) == [15, 12, 0, 0]


@pytest.mark.parametrize(
    ("demand", "expected"),
    [([10, 10, 10, 10], [20, 0, 20, 0]), ([14, 10, 10, 10], [24, 0, 20, 0]), ([6, 10, 10, 10], [16, 0, 20, 0])],
)  # fmt: skip
def test_followed_plan_makes_up_for_surprises(demand: list[float], expected: list[int]) -> None:
    """A plan of 20 in periods 0 and 2 for a demand of 10 a period: what sells 4 more or less is ordered 4 more or less."""
    instance = make_instance(demand=(10, 10, 10, 10), sigma=5)
    policy = FollowedPlan.of(np.zeros(1), np.full((1, 4), 10.0), np.array([[20, 0, 20, 0]]), np.ones(1))
    assert _orders(instance, demand, policy) == expected


def test_followed_plan_does_not_wait_for_a_large_surprise() -> None:
    """An error of 5 accumulates to 5 where orders arrive at once; demand of 20 in place of 10 in a period without an order is made up now."""
    instance = make_instance(demand=(10, 10, 10, 10), sigma=5)
    policy = FollowedPlan.of(np.zeros(1), np.full((1, 4), 10.0), np.array([[20, 0, 20, 0]]), np.ones(1))
    assert _orders(instance, [10, 20, 10, 10], policy) == [20, 10, 20, 0]


def test_known_orders() -> None:
    """Each path has its own orders."""
    instance = make_instance(demand=(5, 5))
    paths = DemandPaths.of_demand(instance, np.full((2, 1, 2), 5.0))
    lots = np.array([[[5, 5]], [[10, 0]]])
    outcome = simulate(World.of(instance), paths, KnownOrders(lots))
    assert outcome.orders.tolist() == lots.tolist()
