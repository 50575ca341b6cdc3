"""What policies are compared in: item by item, in parts, and which capital is made equal."""

import numpy as np
import pandas as pd
import pytest

from stockrail.evaluation import measures as module
from stockrail.evaluation.capital import CapitalMeasure, capital_measure
from stockrail.evaluation.levels import Levels
from stockrail.evaluation.measures import item_margins, measured, simulate_measured
from stockrail.evaluation.rules import LevelRule
from stockrail.generation import generate
from stockrail.model.scenarios import build_tree
from stockrail.simulation.paths import DemandPaths, drawn
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import PlannedOrders
from stockrail.simulation.world import World
from tests.builders import make_instance

CAPITAL = CapitalMeasure("inventory_value", "average", "", np.ones(8))


def test_item_margins_add_up_to_the_path() -> None:
    """On one path the items' margins are the path's, with stock left at either value."""
    instance = generate(12, 8, (), 4)
    world, tree = World.of(instance), build_tree(instance)
    paths = drawn(instance, tree, 1, 3)
    stock = 3.0 * instance.mean_demand
    outcome = simulate(world, paths, LevelRule(Levels(stock, stock), None))
    by_item, by_path = item_margins(outcome), measured(outcome, paths, CAPITAL).measures
    for name in ("margin", "margin_full_stock"):
        assert by_item[name].sum() == pytest.approx(by_path[name].iloc[0])
    assert by_path["margin_full_stock"].iloc[0] > by_path["margin"].iloc[0]


def test_full_stock_by_hand() -> None:
    """Ten bought at 6, four sold at 10, six left that count half: 40 - 60 + 18 = -2; in full 40 - 60 + 36 = 16."""
    instance = make_instance(demand=(4,), settings={"terminal_stock_share": 0.5})
    paths = DemandPaths.of_demand(instance, np.full((1, 1, 1), 4.0))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.array([[10]])))
    found = measured(outcome, paths, CapitalMeasure("inventory_value", "average", "", np.ones(1))).measures
    assert (found["margin"].iloc[0], found["margin_full_stock"].iloc[0]) == pytest.approx((-2.0, 16.0))


def test_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths that are simulated a few at a time give the same measures and the same table of breaches."""
    instance = generate(6, 8, (2,), 4, guardrail_share=1.0)
    world, tree = World.of(instance), build_tree(instance)
    paths = drawn(instance, tree, 11, 3)
    stock = 12.0 * instance.mean_demand
    rule = LevelRule(Levels(stock, stock), None)
    at_once = simulate_measured(world, paths, rule, CAPITAL)
    monkeypatch.setattr(module, "MOST_CELLS", 4 * 6 * 8)
    in_parts = simulate_measured(world, paths, rule, CAPITAL)
    pd.testing.assert_frame_equal(at_once.measures, in_parts.measures)
    assert at_once.breaches["breached_share"].iloc[0] > 0
    unstable = "most_breached_period"
    pd.testing.assert_frame_equal(
        at_once.breaches.drop(columns=unstable), in_parts.breaches.drop(columns=unstable), check_dtype=False
    )


@pytest.mark.parametrize(
    ("upper", "order", "kind"),
    [(70, 8, "peak"), (700, 8, "average"), (31, 0, "average")],
)  # fmt: skip
def test_which_capital_is_made_equal(upper: float, order: int, kind: str) -> None:
    """Five in stock, one sold a period, at 6 each: 24 at first, 24 + 48 - 6 = 66 after an order of 8, more than 90 % of 70: the peak counts.

    Not of 700, which does not bind, nor where the peak is the opening stock, 24 of 31 being less, too.
    """
    instance = make_instance(
        demand=(1, 1, 1),
        items={"opening_stock_units": 5},
        guardrails={"metric": "inventory_value", "upper": upper},
    )
    paths = DemandPaths.of_demand(instance, np.ones((1, 1, 3)))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.array([[0, order, 0]])))
    found = capital_measure(instance, outcome)
    assert (found.kind, found.guardrail, found.allowed) == (kind, "G", upper)
    inventory = outcome.metric("inventory_value")[0]
    assert found.of(outcome)[0] == pytest.approx(inventory.max() if kind == "peak" else inventory.mean())


def test_opening_stock_is_no_peak() -> None:
    """Twelve in stock and no order: the peak of 66 uses most of 70, but nobody decided it."""
    instance = make_instance(
        demand=(1, 1, 1),
        items={"opening_stock_units": 12},
        guardrails={"metric": "inventory_value", "upper": 70},
    )
    paths = DemandPaths.of_demand(instance, np.ones((1, 1, 3)))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.zeros((1, 3), dtype=np.int64)))
    assert capital_measure(instance, outcome).kind == "average"


def test_without_a_guardrail_it_is_the_average_inventory() -> None:
    """Nothing limits capital: the average of all periods counts, and nothing is allowed or forbidden."""
    instance = make_instance(demand=(1, 1, 1), items={"opening_stock_units": 5})
    paths = DemandPaths.of_demand(instance, np.ones((1, 1, 3)))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.zeros((1, 3), dtype=np.int64)))
    found = capital_measure(instance, outcome)
    assert (found.metric, found.kind, found.guardrail, found.allowed) == (
        "inventory_value",
        "average",
        "",
        np.inf,
    )
    # 24, 18 and 12.
    assert found.of(outcome)[0] == pytest.approx(18.0)


def test_limits_by_period_count_as_shares() -> None:
    """Limits of 100 and, in the last period, 50: 24 of 50 is the largest share, told at 100 as 48."""
    instance = make_instance(
        demand=(1, 1),
        items={"opening_stock_units": 6},
        guardrails={"metric": "inventory_value", "upper": 100},
        guardrail_limits={"period": 1, "upper": 50},
    )
    paths = DemandPaths.of_demand(instance, np.ones((1, 1, 2)))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.zeros((1, 2), dtype=np.int64)))
    measure = CapitalMeasure("inventory_value", "peak", "G", np.array([100.0, 50.0]))
    assert measure.of(outcome)[0] == pytest.approx(48.0)
