"""Real physics, hand-solved: orders that overtake, lost and expedited units, ageing, payment dates; and what always balances."""

import ast
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Array, Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.simulation import physics
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import Opening, simulate
from stockrail.simulation.policies import PlannedOrders
from stockrail.simulation.state import State
from stockrail.simulation.world import World
from tests.builders import make_instance, path_of_nodes
from tests.random_instances import random_instance, tables_of

ALLOWED = {
    "stockrail.model.instance",
    "stockrail.model.schema",
    "stockrail.model.tree",
    "stockrail.trees.paths",
}
"""What the simulator may know of the rest."""

KNOWS_THE_ENGINE = {"rolling.py"}
"""Its only part that plans."""


def ordered(instance: Instance, *lots: Any) -> Outcome:
    """One path of the instance's tree with given orders, by period; of several items a row each."""
    tree = build_tree(instance)
    paths = DemandPaths.of_tree(instance, tree, tree.leaves)
    orders = np.atleast_2d(np.array(lots, dtype=np.int64))
    return simulate(World.of(instance), paths, PlannedOrders(orders))


def by_period(outcome: Outcome, metric: str) -> list[float]:
    """A metric of the only path."""
    return [round(float(value), 9) for value in outcome.metric(metric)[0]]


def test_an_order_overtakes_a_late_one() -> None:
    """10 units ordered in period 0 come two periods late, in 3; 5 ordered in period 1 come in time, in 2.

    The ledger lets the second order wait for the first, so demand of 5 in period 2 is short there and here it is not.
    """
    instance = make_instance(
        demand=(0, 0, 5, 10),
        items={"lead_time_periods": 1},
        scenarios=path_of_nodes(4),
        scenario_suppliers=[{"node": "n0", "delay_periods": 2}],
    )
    outcome = ordered(instance, 10, 5, 0, 0)
    assert by_period(outcome, "short") == [0, 0, 0, 0]
    assert by_period(outcome, "inventory_value") == [0, 0, 0, 0]
    assert by_period(outcome, "open_commitments") == [60, 90, 60, 0]  # at 6 a unit
    waits = Ledger(tables_of(instance), np.array([[10, 15, 15, 15]]))
    assert waits.line("short")[0].tolist() == [0, 0, 5, 0]


def test_a_lost_unit_is_gone_and_an_expedited_one_comes_at_once() -> None:
    """10 demanded from nothing: 4 are expedited at 6 + 1, 3 of the other 6 are lost and 3 wait; 10 arrive in the next period.

    In period 1 those 3 and the period's 2 are served of 10, so 5 are left: nothing is owed for the 4 and the 3.
    Churn is 0.1 * 10 a lost unit, waiting 0.2 * 10 a unit and period.
    """
    instance = make_instance(
        demand=(10, 2),
        items={"lead_time_periods": 1, "expedite_share": 0.4, "expedite_premium": 1},
        segments={
            "lost_share": 0.5,
            "churn_cost_share_of_price": 0.1,
            "backorder_cost_share_of_price_per_period": 0.2,
        },
    )
    outcome = ordered(instance, 10, 0)
    assert by_period(outcome, "waiting") == [3, 0]
    assert by_period(outcome, "lost") == [3, 0]
    assert by_period(outcome, "served_units") == [4, 5]
    assert by_period(outcome, "inventory_value") == [0, 30]
    parts = {name: float(amount[0]) for name, amount in outcome.parts.items()}
    assert parts["revenue"] == pytest.approx(90)
    assert parts["landed_cost"] == pytest.approx(4 * 6 + 10 * 6)
    assert parts["expedite"] == pytest.approx(4)
    assert parts["stockout"] == pytest.approx(3 * 1 + 3 * 2)
    assert outcome.margin[0] == pytest.approx(90 - 84 - 4 - 9)
    assert outcome.fill_rate[0] == pytest.approx(2 / 12)


def test_nothing_is_expedited_where_that_does_not_pay() -> None:
    """A premium of 2 is no less than what waiting costs, 0.2 * 10 for a period, so all wait."""
    instance = make_instance(
        demand=(10, 0),
        items={"expedite_share": 1, "expedite_premium": 2},
        segments={"backorder_cost_share_of_price_per_period": 0.2},
    )
    assert by_period(ordered(instance, 0, 0), "waiting") == [10, 10]


def test_stock_is_written_down_once_when_it_passes_its_shelf_life() -> None:
    """Shelf life 1. Opening stock of 10 is of age 0 in period 0, and of age 1 at the end of period 1: 10 - 2 - 3 = 5 are left.

    In period 2 4 are sold of those 5, oldest first, and the 6 received in period 1 pass: 6 more. In period 3 nothing new is old.
    Each costs half of 6.
    """
    instance = make_instance(
        demand=(2, 3, 4, 1),
        items={"opening_stock_units": 10, "shelf_life_periods": 1, "write_off_share": 0.5},
    )
    outcome = ordered(instance, 0, 6, 0, 0)
    assert by_period(outcome, "write_offs") == [0, 5 * 3, 6 * 3, 0]


def test_payment_dates() -> None:
    """Periods of 10 days. Customers pay after 5 days, suppliers are paid after 15, a fifth with the order.

    4 units are ordered in period 0 at 6, arrive in period 1 and are sold there at 10. At its end half of the 40 is unpaid by
    customers. Of the 24 a deposit of 4.8 is paid in period 0; the other 19.2 are unpaid at the end of period 1, half of them at the end of period 2.
    """
    instance = make_instance(
        demand=(0, 4, 0, 0),
        settings={"period_length_days": 10, "receivable_days": 5, "opening_cash": 100},
        items={"lead_time_periods": 1},
        suppliers={"payment_days": 15, "deposit_share": 0.2},
    )
    outcome = ordered(instance, 4, 0, 0, 0)
    assert by_period(outcome, "receivables") == [0, 20, 0, 0]
    assert by_period(outcome, "payables") == [-4.8, 19.2, 9.6, 0]
    # Cash: 100, less the deposit, plus 20 collected, then 20 more collected and 9.6 paid, then 9.6 paid.
    assert by_period(outcome, "cash") == [95.2, 115.2, 125.6, 116]
    assert by_period(outcome, "working_capital") == [4.8, 0.8, -9.6, 0]


def test_quantity_breaks_save_what_section_2_says() -> None:
    """From 10 units a unit costs 5 instead of 6, all of them: 12 units cost 60 with freight of 10% 66, and 9 units 59.4."""
    instance = make_instance(
        demand=(12, 9),
        suppliers={"freight_rate": 0.1},
        quantity_breaks={"from_units": 10, "unit_cost": 5},
    )
    assert by_period(ordered(instance, 12, 9), "purchases") == [66, 59.4]


def test_an_opening_in_place_of_the_instances() -> None:
    """Two units in stock, then none and three customers waiting: 3 arrive and serve those who wait first."""
    instance = make_instance(demand=(1,), items={"opening_stock_units": 50})
    paths = DemandPaths.of_demand(instance, np.ones((2, 1, 1)))
    start = Opening(np.array([[2.0], [0.0]]), np.array([[0.0], [3.0]]))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.array([[3]])), opening=start)
    assert outcome.metric("inventory_value")[:, 0].tolist() == [24, 0]
    assert outcome.metric("waiting")[:, 0].tolist() == [0, 1]
    assert outcome.metric("served_units")[:, 0].tolist() == [1, 3]


def test_paths_must_be_those_of_the_world() -> None:
    """Two periods of paths in a world of three say what was expected."""
    instance = make_instance(demand=(1, 1, 1))
    paths = DemandPaths.of_demand(instance, np.ones((1, 1, 2)))
    with pytest.raises(ValueError, match="Expected paths of 1 items and 3 periods"):
        simulate(World.of(instance), paths, PlannedOrders(np.zeros((1, 3), dtype=np.int64)))


class Random:
    """Orders anything, and remembers the position that it was told."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def orders(self, state: State) -> Any:
        """Some lots, whatever the rules say."""
        return self.random.integers(0, 6, size=state.on_hand.shape)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_units_balance_and_money_comes_from_sales(seed: int) -> None:
    """Every unit is somewhere, on every path: with orders that overtake, lost sales and expediting."""
    random = np.random.default_rng(seed)
    instance = random_instance(random, items=2)
    tree, world = build_tree(instance), World.of(instance)
    paths = DemandPaths.of_tree(instance, tree, tree.leaves)
    outcome = simulate(world, paths, Random(seed))
    item = outcome.item_units
    ordered = (outcome.orders * world.lot_size[:, None]).mean(axis=0).sum(axis=1)
    assert item["ordered"] == pytest.approx(ordered)

    def total(metric: str) -> Array:
        return np.asarray(outcome.metric(metric).sum(axis=1))

    # What is demanded is served, lost, or still waited for.
    waiting = outcome.metric("waiting")[:, -1]
    assert total("demand") == pytest.approx(total("served_units") + total("lost") + waiting)
    # What is there, scheduled or ordered is in stock, under way, or served; what else is served was expedited.
    supply = world.opening_stock + world.scheduled.sum(axis=1) + item["ordered"]
    left = outcome.final_on_hand.mean(axis=0) + outcome.final_under_way.mean(axis=0)
    assert supply + item["expedited"] == pytest.approx(item["served"] + left)
    # Revenue is at most all demand at the path's highest price: who waits pays what holds when they are served.
    price = world.unit_price[:, None] * paths.price_factor.max(axis=1)[:, None, None]
    assert (outcome.parts["revenue"] <= (price * paths.demand).sum(axis=(1, 2)) + 1e-9).all()
    assert all((amount >= -1e-9).all() for name, amount in outcome.parts.items() if name != "terminal_value")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_paths_do_not_mix(seed: int) -> None:
    """A path alone gives what it gives among others."""
    random = np.random.default_rng(seed)
    instance = random_instance(random, items=2)
    tree, world = build_tree(instance), World.of(instance)
    paths = DemandPaths.of_tree(instance, tree, tree.leaves)
    plan = PlannedOrders(random.integers(0, 4, size=(2, world.periods)))
    together = simulate(world, paths, plan)
    last = len(paths) - 1
    alone = simulate(world, paths.take(slice(last, last + 1)), plan)
    assert alone.margin[0] == pytest.approx(together.margin[last])
    for name, amount in alone.metrics.items():
        assert amount[:, 0] == pytest.approx(together.metrics[name][:, last]), name


def test_simulator_imports_nothing_of_the_engine() -> None:
    """Apart from re-planning, the simulator reads instances, trees and sample paths, and shares no code with what it tests."""
    imported = set()
    files = sorted(Path(inspect.getfile(physics)).parent.glob("*.py"))
    assert {file.name for file in files} > KNOWS_THE_ENGINE
    for file in files:
        if file.name in KNOWS_THE_ENGINE:
            continue
        for statement in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(statement, ast.Import):
                imported |= {alias.name for alias in statement.names}
            elif isinstance(statement, ast.ImportFrom):
                assert statement.level == 0 and statement.module is not None
                if statement.module in ("stockrail", "stockrail.model", "stockrail.trees"):
                    imported |= {f"{statement.module}.{alias.name}" for alias in statement.names}
                else:
                    imported.add(statement.module)
    assert "importlib" not in imported
    ours = {name for name in imported if name.split(".")[0] in ("stockrail", "model", "solvers")}
    own = {f"stockrail.simulation.{file.stem}" for file in files if file.name not in KNOWS_THE_ENGINE}
    assert ours <= ALLOWED | own
