"""Rule plans: hand-derived ones, the same orders as an independent MRP, and rule plans lie in their band."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Instance
from stockrail.model.policy import Option, Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import breaches_of_band, rule_plan
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from tests.builders import Changes, make_instance, path_of_nodes
from tests.mrp import Parameters, replay
from tests.random_instances import features_of, keeps_order_rules, random_instance, random_plan, tables_of


def targets_of(tables: Tables, policy: Policy) -> PolicyTargets:
    """Targets of a policy on the tables of an instance."""
    return PolicyTargets.of(tables, Forecast.of(tables), policy)


def orders_of(instance: Instance, option: Option) -> list[int]:
    """Lots that the rule orders in each period, on an instance with one item and one scenario."""
    tables = tables_of(instance)
    plan = rule_plan(tables, targets_of(tables, Policy.of_option(instance, option)))
    return [int(lots) for lots in np.diff(plan[0], prepend=0)]


def steady(periods: int, **item: object) -> Instance:
    """Demand of 10 in each period, 10 in stock, so that the first period is served."""
    return make_instance(demand=(10,) * periods, items={"opening_stock_units": 10, **item})


@pytest.mark.parametrize(
    ("item", "option", "expected"),
    [
        # At once, one period at a time: period 0 ends at 0, which is the safety stock. Then 10 each.
        ({}, Option("", 0, 0), [0, 10, 10, 10, 10]),
        # Cover 1.5 is 15 units. Period 1: -10, up to 15 is 25. Period 2: 5, enough. Period 3: -5, up to 15 is 20. Period 4: 5.
        ({}, Option("", 0, 1.5), [0, 25, 0, 20, 0]),
        # Lead time 2. Period 0: 0 - 20 = -20 expected at the end of period 2, 20 for it. Then 10 each.
        ({"lead_time_periods": 2}, Option("", 0, 0), [20, 10, 10, 10, 10]),
        # The same with cover 1.5: from -20 up to 15 is 35. The ends of periods 3, 4: 5, -5, up to 15 is 20; then 5, -5 again.
        ({"lead_time_periods": 2}, Option("", 0, 1.5), [35, 0, 20, 0, 20]),
        # In lots of 8, 35 are 5 lots: the ends of periods 2 to 5 are 20, 10, 0, -10; up to 15 is 25, 4 lots: 22, then 12.
        ({"lead_time_periods": 2, "lot_size": 8}, Option("", 0, 1.5), [5, 0, 0, 4, 0]),
        # Lots of 12 leave 2, then 4, 6, 8: one each time.
        ({"lot_size": 12}, Option("", 0, 0), [0, 1, 1, 1, 1]),
        # At least 15 leave 5, then 10, then 0 are enough, then 15 again.
        ({"minimum_order_units": 15}, Option("", 0, 0), [0, 15, 15, 0, 15]),
        # At most 6 are too few, each time.
        ({"maximum_order_units": 6}, Option("", 0, 0), [0, 6, 6, 6, 6]),
    ],
)
def test_steady_demand(item: Changes, option: Option, expected: list[int]) -> None:
    """Net requirements by hand, long before the horizon ends."""
    assert orders_of(steady(10, **item), option)[:5] == expected


def test_no_order_that_arrives_after_the_horizon() -> None:
    """Five periods, lead time 2: an order of period 3 would arrive in period 5, which is beyond."""
    assert orders_of(steady(5, lead_time_periods=2), Option("", 0, 0)) == [20, 10, 10, 0, 0]


@pytest.mark.parametrize(
    ("interval", "offset", "review", "expected"),
    [
        # Every other period. Period 0 has 10 - 10 = 0 and must last to period 1: 10. Periods 2, 4: 20 for two periods.
        (2, 0, 1, [10, 0, 20, 0, 20, 0, 20]),
        (1, 0, 2, [10, 0, 20, 0, 20, 0, 20]),
        (2, 0, 2, [10, 0, 20, 0, 20, 0, 20]),
        # Calendar 3 and review 2 meet every 6 periods: 50 for periods 1 to 5, then 60.
        (3, 0, 2, [50, 0, 0, 0, 0, 0, 60]),
        # The first order in period 1, for it and the next two, then again for three.
        (3, 1, 1, [0, 30, 0, 0, 30, 0, 0]),
        # Both count from period 1: the reviews are 1 and 3 and 5.
        (1, 1, 2, [0, 20, 0, 20, 0, 20, 0]),
    ],
)
def test_an_order_lasts_until_the_next_one(
    interval: int, offset: int, review: int, expected: list[int]
) -> None:
    """Without a cover the time between orders is covered, the least common multiple of calendar and review."""
    instance = make_instance(
        demand=(10,) * 14,
        items={"opening_stock_units": 10},
        suppliers={"order_interval_periods": interval, "order_offset_periods": offset},
    )
    assert orders_of(instance, Option("", 0, 0, review))[:7] == expected


def test_limit_of_cumulative_lots_binds_at_the_end() -> None:
    """In period 1 a cover of 10 asks for 10 + 100; the limit is demand 30 - stock 10 + one lot of 1 = 21."""
    assert orders_of(steady(3), Option("", 0, 10)) == [0, 21, 0]


def test_no_order_where_the_limit_leaves_no_room_for_the_minimum() -> None:
    """The limit is 30 - 10 + 15 = 35 lots. A safety stock of 30 takes 30 in period 0; 5 are left, fewer than an order of 15."""
    instance = make_instance(
        demand=(10, 10, 10),
        items={"opening_stock_units": 10, "minimum_order_units": 15},
        current_targets={"safety_stock_units": 30, "cover_periods": 0, "review_periods": 1},
    )
    tables = tables_of(instance)
    targets = targets_of(tables, Policy.current(instance))
    plan = rule_plan(tables, targets)
    assert plan.tolist() == [[30, 30, 30]]
    assert breaches_of_band(tables, targets, plan).tolist() == []


def test_fixed_orders_count_and_stay() -> None:
    """An override of 15 in period 1: 5 left in it. Period 2 needs 5 more, period 3 is fixed to none, period 4 makes up for it."""
    overrides = [{"period": 1, "lots": 15}, {"period": 3, "lots": 0}]
    instance = make_instance(demand=(10,) * 5, items={"opening_stock_units": 10}, order_overrides=overrides)
    assert orders_of(instance, Option("", 0, 0)) == [0, 15, 5, 0, 20]


def test_frozen_periods_have_no_review() -> None:
    """Two frozen periods: period 2 orders what both and itself lack."""
    instance = make_instance(
        demand=(10,) * 4, items={"opening_stock_units": 10}, settings={"frozen_periods": 2}
    )
    assert orders_of(instance, Option("", 0, 0)) == [0, 0, 20, 10]


def test_scheduled_receipts_count_within_the_lead_time() -> None:
    """25 due in period 2. Lead time 1: period 0 looks to the end of period 1, 0 - 10: 10. Period 1 looks to period 2: 0 - 10 + 25
    = 15, none. Period 2: 5, none. Period 3: -5, 5 lots.
    """
    instance = make_instance(
        demand=(10,) * 5,
        items={"opening_stock_units": 10, "lead_time_periods": 1},
        open_orders={"due_period": 2, "units": 25},
    )
    assert orders_of(instance, Option("", 0, 0)) == [10, 0, 0, 5, 0]


def test_safety_stock_by_factor() -> None:
    """Errors of 3 and 4 add to 5 over lead time 1 + one period: 2 * 5 = 10 above the 0 that the plan would keep."""
    instance = make_instance(
        demand=(10, 10, 10), sigma=(3, 4, 0), items={"opening_stock_units": 10, "lead_time_periods": 1}
    )
    # Period 0: 10 - 20 = -10, up to 10: 20. Period 1: errors 4 and 0, safety stock 8: 10 - 10 = 0, 8 more.
    assert orders_of(instance, Option("", 2, 0)) == [20, 8, 0]


BAND = make_instance(
    demand=(10,) * 4, items={"opening_stock_units": 10, "lot_size": 4, "maximum_order_units": 20}
)


@pytest.mark.parametrize(
    ("lots", "breaches"),
    [
        # To end a period with 0 it takes 0, 10, 20, 30 units so far: 0, 3, 5, 8 lots of 4, the floor. Order-up-to is 10 units
        # more, one period of demand: 3, 5, 8, 10 lots.
        ([0, 3, 2, 3], []),
        # 2 lots in period 1 are one too few, also with 5 at the end of period 2.
        ([0, 2, 3, 3], [[0, 1]]),
        # 5 lots in period 1 are exactly order-up-to; none in period 2 keeps the floor.
        ([0, 5, 0, 3], []),
        # So are 3 lots in period 0; a fourth is one lot more than it takes.
        ([3, 2, 0, 3], []),
        ([4, 1, 0, 3], [[0, 0]]),
        # An order of 3 lots in period 1 leads to 6, one above order-up-to.
        ([3, 3, 0, 2], [[0, 1]]),
        # The smallest order may lead there: 5 lots in period 0 are too many, but a sixth in period 1 is one lot.
        ([5, 1, 0, 2], [[0, 0]]),
    ],
)
def test_band_by_hand(lots: list[int], breaches: list[list[int]]) -> None:
    """Floor and ceiling of safety factor 0 and cover 1."""
    tables = tables_of(BAND)
    targets = targets_of(tables, Policy.of_option(BAND, Option("", 0, 1)))
    plan = np.cumsum([lots], axis=1)
    assert keeps_order_rules(tables, plan)
    assert breaches_of_band(tables, targets, plan).tolist() == breaches


def test_band_asks_for_no_more_than_one_order() -> None:
    """30 short with at most 10 lots an order: 10 in period 0 is as much as can be, 9 is a breach."""
    instance = make_instance(demand=(30, 0), items={"maximum_order_units": 10})
    tables = tables_of(instance)
    targets = targets_of(tables, Policy.of_option(instance, Option("", 0, 0)))
    assert breaches_of_band(tables, targets, np.array([[10, 20]])).tolist() == []
    assert breaches_of_band(tables, targets, np.array([[9, 19]])).tolist() == [[0, 0]]


def test_late_suppliers_are_not_foreseen() -> None:
    """A delay of 1 at period 1 changes nothing but the last order that arrives: the ERP plans with the lead time."""
    late = [{"node": "n1", "delay_periods": 1}, {"node": "n3", "delay_periods": 1}]
    instance = make_instance(
        demand=(10,) * 4,
        items={"opening_stock_units": 10},
        scenarios=path_of_nodes(4),
        scenario_suppliers=late,
    )
    assert orders_of(instance, Option("", 0, 0)) == [0, 10, 10, 0]


def random_policy(rng: np.random.Generator, instance: Instance) -> tuple[Policy, list[Parameters]]:
    """A policy with an option of its own for each item, or with safety stocks in units, and the same for the MRP."""
    parameters = [
        Parameters(
            cover_periods=float(rng.choice([0, 0.4, 1, 1.5, 3, 12])),
            review_periods=int(rng.integers(1, 4)),
            safety_factor=float(rng.choice([-1, 0, 0.7, 2])) if rng.random() < 0.7 else None,
            safety_stock_units=float(rng.integers(0, 15)),
        )
        for _ in instance.items
    ]
    factors = [np.nan if row.safety_factor is None else row.safety_factor for row in parameters]
    units = [row.safety_stock_units if row.safety_factor is None else np.nan for row in parameters]
    policy = Policy(
        np.array(factors),
        np.array(units),
        np.array([row.cover_periods for row in parameters]),
        np.array([row.review_periods for row in parameters]),
    )
    return policy, parameters


def test_the_same_orders_as_an_mrp() -> None:
    """On 120 random instances, every scenario of every item: an MRP that shares no code orders the same lots."""
    seen: set[str] = set()
    orders = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        instance = random_instance(rng, items=2, lots=(3, 40))
        tables = tables_of(instance)
        policy, parameters = random_policy(rng, instance)
        plan = rule_plan(tables, targets_of(tables, policy))
        for i in range(len(instance.items)):
            for leaf in tables.tree.leaves:
                lots = np.diff(plan[i, tables.tree.path(int(leaf))], prepend=0).tolist()
                assert lots == replay(instance, tables.tree, i, int(leaf), parameters[i]), (seed, i, leaf)
                orders += sum(n > 0 for n in lots)
        seen |= features_of(tables)
    # The instances are not all alike, and there is something to order.
    assert orders > 500
    assert seen >= {"branching", "delay", "minimum order", "maximum order", "noise", "calendar", "open order"}
    assert seen >= {"override", "frozen period"}


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32 - 1))
def test_rule_plans_keep_the_order_rules_and_their_band(seed: int) -> None:
    """Every rule plan is a plan, and a band plan of its policy."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, items=3, lots=(3, 40))
    tables = tables_of(instance)
    targets = targets_of(tables, random_policy(rng, instance)[0])
    plan = rule_plan(tables, targets)
    assert keeps_order_rules(tables, plan)
    assert len(breaches_of_band(tables, targets, plan)) == 0


def band_lot_by_lot(tables: Tables, targets: PolicyTargets, plan: IntArray) -> list[list[int]]:
    """Breaches by the words of the law: below the floor though a larger order was possible, or needlessly above the ceiling."""
    found = []
    for i, n in np.ndindex(plan.shape):
        path = tables.tree.path(n)[:-1]
        before = int(plan[i, path[-1]]) if len(path) else 0
        room = int(tables.lots_limit[i]) - (before - int(tables.fixed_lots[i, path].sum()))
        smallest, largest = int(tables.minimum_lots[i]), int(tables.maximum_lots[i])
        possible = [k for k in range(smallest, room + 1) if largest < 0 or k <= largest]
        reached = int(plan[i, n])
        could_be_more = any(before + k > reached for k in possible)
        is_below = targets.is_review[i, n] and reached < targets.floor_lots[i, n] and could_be_more
        is_free_order = tables.is_order_allowed[i, n] and reached > before
        is_smallest = reached - before == smallest
        is_above = is_free_order and reached > targets.target_lots[i, n] and not is_smallest
        if is_below or is_above:
            found.append([i, n])
    return found


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_breaches_lot_by_lot(seed: int) -> None:
    """Random plans leave the band where a slow check of the law says so."""
    rng = np.random.default_rng(seed)
    instance = random_instance(rng, items=2)
    tables = tables_of(instance)
    targets = targets_of(tables, random_policy(rng, instance)[0])
    plan = random_plan(rng, tables)
    assert breaches_of_band(tables, targets, plan).tolist() == band_lot_by_lot(tables, targets, plan)
