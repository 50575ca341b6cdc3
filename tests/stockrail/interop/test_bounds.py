"""Bounds and plans of other methods, computed anew."""

import numpy as np
import pytest

from stockrail.interop.bounds import centre, lagrangian_bound, plan_of_scenarios
from stockrail.interop.stages import StageTree
from stockrail.measures.solving import Evaluation
from stockrail.model import load
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import SolveOptions

OPTIMUM = 1549.81
"""Of three-items, by hand: instances/three-items/README.md."""


@pytest.fixture(scope="module")
def three_items() -> tuple[Tables, StageTree]:
    instance = load("instances/three-items")
    tree = build_tree(instance)
    return Tables.build(instance, tree), StageTree.of(tree)


def test_no_weights_is_wait_and_see(three_items: tuple[Tables, StageTree]) -> None:
    """Without weights the bound is the mean of what scenarios reach alone: knowing the weather is worth 3.00 of fans at most."""
    tables, stages = three_items
    bound = lagrangian_bound(tables, stages, np.zeros((2, 3, 3)), gap=0.0)
    assert bound == pytest.approx(1552.81, abs=0.005)
    assert bound > OPTIMUM


@pytest.mark.parametrize("seed", range(4))
def test_any_weights_are_a_bound(three_items: tuple[Tables, StageTree], seed: int) -> None:
    """Whatever the weights, also those that do not cancel out, no plan reaches more than the bound."""
    tables, stages = three_items
    weights = np.random.default_rng(seed).normal(0.0, 30.0, (2, 3, 3))
    assert lagrangian_bound(tables, stages, weights, gap=0.0) >= OPTIMUM - 0.005


def test_weights_cancel_out(three_items: tuple[Tables, StageTree]) -> None:
    """Of weights 4 and 2 on a shared order, equally likely, 1 and -1 are left; nothing where scenarios are alone."""
    _, stages = three_items
    weights = np.zeros((2, 3, 3))
    weights[0], weights[1] = 4.0, 2.0
    centred = centre(stages, weights)
    assert centred[:, :, 0].tolist() == [[1.0] * 3, [-1.0] * 3]
    assert not centred[:, :, 1:].any()


def test_plan_of_scenarios(three_items: tuple[Tables, StageTree]) -> None:
    """The best plan taken apart by scenario and put together again is worth the optimum; parts that differ are refused."""
    tables, stages = three_items
    best = solve_extensive(tables, SolveOptions(gap=0.0)).cumulative_lots
    assert best is not None
    paths = [tables.tree.path(int(leaf)) for leaf in stages.leaves]
    lots = np.array([np.diff(best[:, path], prepend=0, axis=1) for path in paths], dtype=np.float64)
    plan = plan_of_scenarios(tables, stages, lots)
    assert plan.tolist() == best.tolist()
    assert Evaluation.of(tables, plan).objective == pytest.approx(OPTIMUM, abs=0.005)
    lots[0, 0, 0] += 1
    with pytest.raises(ValueError, match="different lots"):
        plan_of_scenarios(tables, stages, lots)
    lots[0, 0, 0] -= 0.5
    with pytest.raises(ValueError, match="parts of a lot"):
        plan_of_scenarios(tables, stages, lots)
