"""The lines of a plan: what it expects over its tree and its forecast error."""

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.scenarios import build_tree
from stockrail.simulation.paths import drawn
from stockrail.simulation.physics import simulate
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from stockrail.workbench.runs.kept_plan import orders_frame
from stockrail.workbench.scorecard.expected_world import expected, expected_demand
from stockrail.workbench.scorecard.lines import Terms
from stockrail.workbench.scorecard.plan_lines import plan_lines
from tests.builders import make_instance, path_of_nodes
from tests.random_instances import random_instance, random_plan, tables_of


def terms_of(instance: Instance) -> Terms:
    tree = build_tree(instance)
    return Terms.of(instance, expected_demand(tree), expected(tree, tree.price_factor), 60)


@pytest.mark.parametrize("seed", range(6))
def test_balances_are_those_of_the_plan(seed: int) -> None:
    """On random trees, with delays and factors of cost and price, receivables, payables, stock and expediting are the ledger's own."""
    rng = np.random.default_rng([seed, 7])
    instance = random_instance(rng, items=3)
    tables = tables_of(instance)
    lots = random_plan(rng, tables)
    ledger = Ledger(tables, lots)
    terms = terms_of(instance)
    lines = plan_lines(instance, orders_frame(lots, instance, tables.tree), terms)
    assert lines.receivables == pytest.approx(ledger.expected(ledger.metric("receivables")))
    in_transit = tables.deposit_share[:, None] * ledger.line("in_transit_value")
    deposits = 1 - tables.deposit_share[:, None]
    assert (deposits * lines.payables - ledger.expected(in_transit)) == pytest.approx(
        ledger.expected(ledger.metric("payables"))
    )
    assert lines.stock_value == pytest.approx(
        ledger.expected(tables.unit_value[:, None] * ledger.line("on_hand"))
    )
    assert lines.spend["expedite"].sum() == pytest.approx(
        float(ledger.part("expedite").sum(axis=0) @ tables.tree.probability)
    )
    both = METRICS["receivables"].constant(instance, tables.tree) - METRICS["payables"].constant(
        instance, tables.tree
    )
    assert lines.constants[tables.tree.period] == pytest.approx(both)
    before = np.concatenate(
        [instance.item_column("opening_stock_units")[:, None], lines.on_hand[:, :-1]], axis=1
    )
    assert lines.delivered == pytest.approx(before + lines.received - lines.on_hand)


def test_the_size_of_the_forecast_error() -> None:
    """Demand is 20 or 40 by scenario, 30 on average, and has an error of 10 on top: mean size of 10 + 10 z, from 200,000 draws."""
    instance = make_instance(
        demand=(30, 30),
        sigma=(0, 10),
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 2 / 3},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 4 / 3},
        ],
    )
    terms = terms_of(instance)
    orders = orders_frame(np.zeros((1, 3), dtype=np.int64), instance, build_tree(instance))
    lines = plan_lines(instance, orders, terms)
    drawn_size = np.abs(10 + 10 * np.random.default_rng(1).standard_normal(200_000)).mean()
    assert lines.error_size[0] == pytest.approx([0, drawn_size], rel=0.01)
    assert lines.error.tolist() == [[0, 0]]


def test_overtime_is_expected_over_scenarios() -> None:
    """6 units ordered now and 14 in the high case, of a supplier who makes 10 at 2 more a unit beyond: half of 4 * 2 in period 1."""
    instance = make_instance(
        demand=(6, 10),
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
        ],
        suppliers={"capacity_units_per_period": 10, "overtime_premium_per_unit": 2},
    )
    terms = terms_of(instance)
    orders = orders_frame(np.array([[6, 6, 20]]), instance, build_tree(instance))
    assert plan_lines(instance, orders, terms).spend["overtime"].tolist() == [0, 4]


def test_the_plan_is_what_simulation_of_its_own_scenarios_gives() -> None:
    """Where customers wait, expected short units and stock are those of many paths with errors that orders do not see, within their noise."""
    instance = make_instance(
        demand=(20, 20, 20),
        sigma=5,
        items={"opening_stock_units": 25, "lead_time_periods": 1},
        scenarios=path_of_nodes(3),
    )
    tree = build_tree(instance)
    lots = np.array([[20, 42, 42]])
    terms = terms_of(instance)
    lines = plan_lines(instance, orders_frame(lots, instance, tree), terms)
    paths = drawn(instance, tree, 20_000, seed=3, is_noise_seen=False)
    outcome = simulate(World.of(instance), paths, TreePolicy(tree, lots, is_surprise_followed=False))
    on_hand = outcome.metric("inventory_value").mean(axis=0) / 6
    error = outcome.metric("inventory_value").std(axis=0) / 6 / np.sqrt(len(paths))
    assert np.abs(lines.on_hand[0, :2] - on_hand[:2]).max() < 5 * error.max()
