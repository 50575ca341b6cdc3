"""Parts of a tree, its mean, and held orders: plans stay plans, and values add up."""

from dataclasses import replace

import numpy as np
import pytest

from stockrail.measures.solving import Evaluation
from stockrail.measures.sub_tree import lots_of, mean_path, sub_tree, with_orders_held
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance
from tests.random_instances import random_instance, random_plan, tables_of


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_is_worth_the_mean_of_its_parts(seed: int) -> None:
    """A plan's objective is the mean of what its parts reach on the paths, limits in every scenario and their penalties included.

    `days_of_supply` looks at demand ahead as expected at a node: on a path alone, where it is known, the limit must not change.
    """
    rng = np.random.default_rng(seed)
    limits = (
        {"guardrail": "G", "metric": "inventory_value", "upper": 50, "soft_price": 0.1},
        {"guardrail": "D", "metric": "days_of_supply", "upper": 20, "soft_price": 0.1},
    )
    tables = tables_of(random_instance(rng, items=2, most_nodes=10, guardrails=limits, has_capacity=True))
    plan = random_plan(rng, tables)
    whole = Evaluation.of(tables, plan).objective
    parts = 0.0
    for leaf in tables.tree.leaves:
        part, nodes = sub_tree(tables, np.array([leaf]))
        parts += tables.tree.probability[leaf] * Evaluation.of(part, plan[:, nodes]).objective
    assert parts == pytest.approx(whole)


def test_part_of_a_tree() -> None:
    """Two of three scenarios of 0.2, 0.3 and 0.5: given that one of them happens, 0.4 and 0.6."""
    instance = make_instance(
        demand=(1, 1),
        scenarios=[{"node": "now", "period": 0, "probability": 1}]
        + [
            {"node": name, "parent": "now", "period": 1, "probability": share, "demand_factor": factor}
            for name, share, factor in (("a", 0.2, 1), ("b", 0.3, 2), ("c", 0.5, 3))
        ],
    )
    part, nodes = sub_tree(tables_of(instance), np.array([1, 2]))
    assert nodes.tolist() == [0, 1, 2]
    assert part.tree.probability.tolist() == pytest.approx([1.0, 0.4, 0.6])
    assert part.demand.tolist() == [[1.0, 1.0, 2.0]]


def test_mean_of_everything() -> None:
    """Facts are means over the period; a mean delay of 0.5 periods is one, of 0.4 none; without forecast error sigma is 0."""
    shares = {"a": 0.4, "b": 0.6}
    instance = make_instance(
        demand=((10, 10), (10, 10)),
        sigma=2,
        items=[{"supplier": "V"}, {"supplier": "W"}],
        suppliers=[{"supplier": "V"}, {"supplier": "W"}],
        scenarios=[{"node": "now", "period": 0, "probability": 1}]
        + [
            {
                "node": name,
                "parent": "now",
                "period": 1,
                "probability": share,
                "demand_factor": 2 if name == "a" else 1,
                "price_factor": 1.5 if name == "a" else 1,
            }
            for name, share in shares.items()
        ],
        scenario_suppliers=[
            {"node": "a", "supplier": "V", "delay_periods": 1, "cost_factor": 2},
            {"node": "b", "supplier": "W", "delay_periods": 1},
        ],
    )
    tables = tables_of(instance)
    mean = mean_path(tables, has_error=False)
    assert mean.demand == pytest.approx(np.array([[10, 14], [10, 14]]))
    assert mean.tree.price_factor.tolist() == pytest.approx([1.0, 1.2])
    assert mean.tree.cost_factor == pytest.approx(np.array([[1, 1.4], [1, 1]]))
    assert mean.tree.delay_periods.tolist() == [[0, 0], [0, 1]]
    assert not mean.sigma.any()
    assert mean_path(tables, has_error=True).sigma.max() == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(4))
def test_held_orders_as_in_an_instance(seed: int) -> None:
    """Orders of the first period held here and by overrides of the instance have the same best plan by the extensive form."""
    rng = np.random.default_rng(100 + seed)
    instance = random_instance(rng, most_nodes=6)
    tables = tables_of(instance)
    lots = lots_of(tables, random_plan(rng, tables))[:, :1]
    held = with_orders_held(tables, lots, 0)
    stated = Tables.build(held.instance, tables.tree)
    assert np.array_equal(held.fixed_lots, stated.fixed_lots)
    assert np.array_equal(held.is_order_allowed, stated.is_order_allowed)
    # The limit on free lots counts held ones here, so that these plans are plans without holding, too.
    stated = replace(stated, lots_limit=held.lots_limit)
    options = SolveOptions(time_limit=30, gap=0.0)
    assert solve_extensive(held, options).objective == pytest.approx(
        solve_extensive(stated, options).objective
    )
    assert solve_extensive(held, options).objective <= solve_extensive(tables, options).objective + 1e-6


def test_no_order_is_held_where_it_would_be_late() -> None:
    """A mean order that a delayed supplier could not deliver within the horizon is not placed at the delayed node."""
    instance = make_instance(
        demand=(0, 5),
        scenarios=[
            {"node": "now", "period": 0, "probability": 1},
            {"node": "late", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "fine", "parent": "now", "period": 1, "probability": 0.5},
        ],
        scenario_suppliers=[{"node": "late", "delay_periods": 1}],
    )
    held = with_orders_held(tables_of(instance), np.array([[0, 5]]), 1)
    assert held.fixed_lots.tolist() == [[0, 0, 5]]
