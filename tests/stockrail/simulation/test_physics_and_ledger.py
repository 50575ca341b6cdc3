"""The simulator against the ledger, which shares no code with it, on the scenarios of random trees."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.schema import AnnouncedOrder
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.simulation.books import PARTS
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import simulate
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from tests.random_instances import random_instance, random_plan, tables_of

SEEDS = range(60)

BALANCES = (
    *("inventory_value", "working_capital", "cash", "purchases", "receivables", "payables", "write_offs"),
    *("expedite_spend", "open_commitments", "ordered_units", "served_units", "storage_space", "margin"),
)


def without(instance: Instance, **changes: Any) -> Instance:
    """An instance without noise, and with other changes to all its items."""
    return replace(
        instance,
        sigma=np.zeros_like(instance.sigma),
        items=tuple(row.model_copy(update=changes) for row in instance.items),
    )


def all_wait(instance: Instance) -> Instance:
    """The same without noise, lost sales and expediting: the model and the physics of section 15 are then the same."""
    segments = tuple(row.model_copy(update={"lost_share": 0.0}) for row in instance.segments)
    return replace(without(instance, expedite_share=0.0), segments=segments)


def announced(instance: Instance, random: np.random.Generator) -> Instance:
    """The same where changing orders that were announced for the first item has a price in the first two periods."""
    rows = tuple(
        AnnouncedOrder(item=instance.items[0].item, period=period, units=float(random.integers(0, 12)))
        for period in range(0, instance.settings.periods, 2)
    )
    changes = {"change_price_share_of_cost": 0.1, "change_price_periods": 2}
    return replace(instance, settings=instance.settings.model_copy(update=changes), announced_orders=rows)


def never_crosses(tables: Tables) -> bool:
    """Whether no order arrives before an earlier one, on any path, with its own lead time and delay."""
    tree = tables.tree
    arrival = tree.period + tree.delay_periods
    return bool((arrival[:, 1:] >= arrival[:, tree.parent[1:]]).all())


def simulated(tables: Tables, plan: IntArray) -> tuple[Outcome, DemandPaths]:
    """Every scenario once, with the plan's orders as they are."""
    paths = DemandPaths.of_tree(tables.instance, tables.tree, tables.tree.leaves)
    policy = TreePolicy(tables.tree, plan, is_surprise_followed=False)
    return simulate(World.of(tables.instance), paths, policy), paths


def test_every_number_is_the_ledgers() -> None:
    """Where all customers wait and no order overtakes, every part, metric and period agrees to rounding."""
    compared = delayed = 0
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        instance = all_wait(random_instance(random, items=3, has_capacity=seed % 2 == 0))
        tables = tables_of(announced(instance, random) if seed % 3 else instance)
        plan = random_plan(random, tables)
        if not never_crosses(tables):
            continue
        compared += 1
        delayed += bool(tables.tree.delay_periods.any())
        ledger, (outcome, paths) = Ledger(tables, plan), simulated(tables, plan)
        assert paths.node is not None
        probability = tables.tree.probability[tables.tree.leaves]
        for part in PARTS:
            assert probability @ outcome.parts[part] == pytest.approx(ledger.margin_parts[part], abs=1e-8)
        for name in BALANCES:
            expected = ledger.metric_total(name)[paths.node]
            assert outcome.metric(name) == pytest.approx(expected, abs=1e-8), (seed, name)
    assert compared >= 20 and delayed >= 3


def test_following_a_plan_on_its_own_scenarios_is_the_plan() -> None:
    """On the tree there is no surprise, so a plan that is followed orders what it says, and no rule has to step in."""
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        tables = tables_of(all_wait(random_instance(random, items=2)))
        plan = random_plan(random, tables)
        paths = DemandPaths.of_tree(tables.instance, tables.tree, tables.tree.leaves)
        outcome = simulate(World.of(tables.instance), paths, TreePolicy(tables.tree, plan))
        assert paths.node is not None
        lots = plan.copy()
        lots[:, 1:] -= plan[:, tables.tree.parent[1:]]
        assert np.array_equal(outcome.orders, lots[:, paths.node].transpose(1, 0, 2))
        assert outcome.repairs.total == 0


def test_margin_with_lost_sales_and_expediting_is_the_physical_one() -> None:
    """The ledger's replay without netting is the same physics, but for the age of stock; so no stock ages here."""
    compared = 0
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        tables = tables_of(without(random_instance(random, items=3), shelf_life_periods=None))
        plan = random_plan(random, tables)
        has_other_shortage = tables.expedited_share.any() or tables.lost_fraction.any()
        if has_other_shortage and never_crosses(tables):
            compared += 1
            outcome, _ = simulated(tables, plan)
            before_overtime = outcome.margin + outcome.parts["overtime"]
            probability = tables.tree.probability[tables.tree.leaves]
            physical = Ledger(tables, plan).physical_margin
            assert probability @ before_overtime == pytest.approx(physical, abs=1e-8), seed
    assert compared >= 10


def test_overtime_is_the_engines() -> None:
    """What soft capacities cost on the scenarios of a tree is the part `overtime` of its guardrails."""
    seen = 0
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        instance = all_wait(random_instance(random, items=3, has_capacity=True))
        suppliers = tuple(
            row.model_copy(update={"overtime_premium_per_unit": 0.5, "capacity_units_per_period": 3.0})
            for row in instance.suppliers
        )
        tables = tables_of(replace(instance, suppliers=suppliers))
        plan = random_plan(random, tables)
        if never_crosses(tables):
            outcome, _ = simulated(tables, plan)
            expected = Guardrails.build(tables).costs(Ledger(tables, plan).stock)["overtime"]
            probability = tables.tree.probability[tables.tree.leaves]
            assert probability @ outcome.parts["overtime"] == pytest.approx(expected, abs=1e-8)
            seen += expected > 0
    assert seen >= 10
