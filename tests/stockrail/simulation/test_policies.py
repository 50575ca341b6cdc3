"""Textbook policies and the rule: what they order, hand-solved, and the rule against the plan that the engine's rule makes."""

from dataclasses import replace

import numpy as np
import pytest

from stockrail.model.policy import Policy as ModelPolicy
from stockrail.model.policy_targets import Forecast as ModelForecast
from stockrail.model.policy_targets import PolicyTargets
from stockrail.model.rules import rule_plan
from stockrail.simulation.forecasts import MeanForecast, TreeForecast
from stockrail.simulation.order_rules import OrderRules
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import Policy, simulate
from stockrail.simulation.policies import (
    BaseStockPolicy,
    PlannedOrders,
    ReorderLotPolicy,
    ReorderPointPolicy,
)
from stockrail.simulation.rule_policy import RulePolicy
from stockrail.simulation.world import World
from tests.builders import Changes, make_instance
from tests.random_instances import random_instance, tables_of


def run(
    policy: Policy, demand: list[float], items: Changes, segment: Changes | None = None
) -> tuple[Outcome, list[int]]:
    """One path, and the lots ordered on it."""
    instance = make_instance(demand=demand, items=items, segments=segment)
    paths = DemandPaths.of_demand(instance, instance.mean_demand[None])
    outcome = simulate(World.of(instance), paths, policy)
    return outcome, outcome.orders[0, 0].tolist()


def test_base_stock_counts_what_is_under_way() -> None:
    """Level 20 in lots of 4, stock 15, lead time 2. Positions before orders: 15-3=12 -> 8 units; 20-5=15 -> 8; 23-1=22 -> 0.

    After that no order would arrive, and none is wanted.
    """
    items = {"lot_size": 4, "opening_stock_units": 15, "lead_time_periods": 2}
    outcome, lots = run(BaseStockPolicy(np.array([20.0])), [3, 5, 1, 9, 2], items)
    assert lots == [2, 2, 0, 0, 0]
    assert outcome.repairs.total == 0
    _, by_period = run(BaseStockPolicy(np.array([[12.0, 20.0, 29.0, 0, 0]])), [3, 5, 1, 9, 2], items)
    assert by_period == [0, 4, 2, 0, 0]  # 12 at 12; 20 at 7 needs 13; 29 at 22 needs 7


def test_lost_demand_is_not_ordered_again() -> None:
    """Stock 2, demand 10, all that is short is lost: the position is 0 and not -8, so 5 units are ordered up to 5.

    Where customers wait, 13 are.
    """
    items = {"opening_stock_units": 2, "lead_time_periods": 1}
    assert run(BaseStockPolicy(np.array([5.0])), [10, 0], items, {"lost_share": 1})[1] == [5, 0]
    assert run(BaseStockPolicy(np.array([5.0])), [10, 0], items)[1] == [13, 0]


def test_an_order_that_comes_at_once_serves_the_periods_demand() -> None:
    """Lead time 0: demand of 10 is no loss yet, and the order covers it, though what is short would be lost."""
    outcome, lots = run(
        BaseStockPolicy(np.array([5.0])), [10, 0], {"opening_stock_units": 2}, {"lost_share": 1}
    )
    assert lots == [13, 0]
    assert outcome.fill_rate[0] == 1.0


def test_reorder_points() -> None:
    """S = 5, S = 12: at 6 nothing, at 5 up to 12. With Q = 4: at 5 one Q leads above 5, at 1 two do (1 + 4 = 5 is not above)."""
    items = {"opening_stock_units": 10}
    policy = ReorderPointPolicy(np.array([5.0]), np.array([12.0]))
    assert run(policy, [4, 1, 3], items)[1] == [0, 7, 0]
    lot = ReorderLotPolicy(np.array([5.0]), np.array([4.0]))
    assert run(lot, [5, 8, 0], items)[1] == [4, 8, 0]


def test_the_rule_is_the_engines_rule() -> None:
    """Where customers wait and nothing is late, the rule orders on every scenario what the engine's rule plans there."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        made = random_instance(random, items=3)
        instance = replace(
            made,
            segments=tuple(row.model_copy(update={"lost_share": 0.0}) for row in made.segments),
            items=tuple(row.model_copy(update={"expedite_share": 0.0}) for row in made.items),
            scenario_suppliers=(),
        )
        tables = tables_of(instance)
        tables = replace(tables, lots_limit=tables.lots_limit + 10**6)  # no rule of the world
        factor, cover = random.uniform(-1, 3, 3), random.uniform(0, 4, 3).round(1)
        review = random.integers(1, 4, 3)
        policy = ModelPolicy(factor, np.full(3, np.nan), cover, review)
        plan = rule_plan(tables, PolicyTargets.of(tables, ModelForecast.of(tables), policy))
        plan[:, 1:] -= plan[:, tables.tree.parent[1:]]
        world = World.of(instance)
        paths = DemandPaths.of_tree(instance, tables.tree, tables.tree.leaves)
        rule = RulePolicy(
            world,
            safety_factor=factor,
            cover_periods=cover,
            review_periods=review,
            forecast=TreeForecast(tables.tree),
        )
        outcome = simulate(world, paths, rule)
        assert paths.node is not None
        assert np.array_equal(outcome.orders, plan[:, paths.node].transpose(1, 0, 2)), seed
        assert outcome.repairs.total == 0


def test_the_current_rule_needs_a_row_for_each_item() -> None:
    """Safety stock 4 and a cover of 2 periods of 3: at position 10 - 3 = 7 reorder below 4, so nothing; at 4 + 0 nothing, at 1 up to 10."""
    instance = make_instance(
        demand=(3, 3, 3, 3),
        items={"opening_stock_units": 10},
        current_targets={"safety_stock_units": 4, "cover_periods": 2},
    )
    world = World.of(instance)
    paths = DemandPaths.of_demand(instance, instance.mean_demand[None])
    assert simulate(world, paths, RulePolicy.current(world)).orders[0, 0].tolist() == [0, 0, 9, 0]
    bare = World.of(make_instance(demand=(1, 1)))
    with pytest.raises(ValueError, match=r"current_targets\.csv has no row for 1 items"):
        RulePolicy.current(bare)


def test_the_mean_forecast_goes_on_beyond_the_horizon() -> None:
    """One period and a half from period 0 is 4 + 6 / 2; from the last one it stays at 6."""
    instance = make_instance(demand=(2, 4, 6), items={"lead_time_periods": 0})
    world = World.of(instance)
    seen: list[float] = []
    forecast = MeanForecast(world.mean_demand)

    class Watcher:
        """Asks for the forecast."""

        def orders(self, state):  # type: ignore[no-untyped-def]
            seen.append(float(forecast.ahead(state, np.array([1.5]))[0]))
            return np.zeros((1, 1), dtype=np.int64)

    simulate(world, DemandPaths.of_demand(instance, instance.mean_demand[None]), Watcher())
    assert seen == [7, 9, 9]


def test_orders_that_break_the_rules_are_repaired_and_counted() -> None:
    """Smallest 4 and largest 6 lots, every second period: 1 is dropped, 2 raised, 9 cut, one outside of the calendar refused."""
    instance = make_instance(
        demand=(0, 0, 0),
        items={"minimum_order_units": 4, "maximum_order_units": 6, "lead_time_periods": 1},
        suppliers={"order_interval_periods": 2},
    )
    world = World.of(instance)
    rules = OrderRules(world)
    no_delay = np.zeros((4, 1), dtype=np.int64)
    wanted = np.array([[1], [2], [9], [5]])
    assert rules.enforce(wanted, rules.is_allowed(0, no_delay), 0)[:, 0].tolist() == [0, 4, 6, 5]
    assert rules.enforce(wanted, rules.is_allowed(1, no_delay), 1)[:, 0].tolist() == [0, 0, 0, 0]
    assert (rules.repairs.dropped, rules.repairs.raised, rules.repairs.lowered) == (1, 1, 1)
    assert rules.repairs.refused == 4 and rules.repairs.total == 7
    # In period 2 an order would arrive after the horizon; with a delay also one of period 0 would.
    assert not rules.is_allowed(2, no_delay).any()
    assert rules.is_allowed(0, np.array([[0], [1], [2], [3]]))[:, 0].tolist() == [True, True, False, False]


def test_fixed_orders_are_placed_whatever_is_wanted() -> None:
    """An override of 3 lots in period 1, smaller than the smallest order."""
    instance = make_instance(
        demand=(0, 0),
        items={"minimum_order_units": 5},
        order_overrides={"period": 1, "lots": 3},
    )
    paths = DemandPaths.of_demand(instance, np.zeros((1, 1, 2)))
    none = simulate(World.of(instance), paths, PlannedOrders(np.array([[0, 0]])))
    assert none.orders[0, 0].tolist() == [0, 3] and none.repairs.total == 0
    other = simulate(World.of(instance), paths, PlannedOrders(np.array([[0, 6]])))
    assert other.orders[0, 0].tolist() == [0, 3] and other.repairs.refused == 1


@pytest.mark.parametrize("lots", [np.array([[-1]]), np.array([[1, 1]]), np.array([[1.0]])])
def test_what_is_no_order_is_refused(lots: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> None:
    """Negative lots, too many of them, or numbers that are not whole."""
    rules = OrderRules(World.of(make_instance(demand=(1,))))
    with pytest.raises(ValueError, match="lots"):
        rules.enforce(lots, np.ones((1, 1), dtype=bool), 0)
