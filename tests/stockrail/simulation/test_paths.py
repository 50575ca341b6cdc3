"""Where simulated paths come from: the tree, a source, blocks of history, history itself. Common random numbers."""

import numpy as np
import pytest

from stockrail.model.scenarios import build_tree
from stockrail.simulation.paths import DemandPaths, bootstrapped, drawn, from_history, sampled
from stockrail.trees.disruptions import Disruption
from stockrail.trees.errors import ErrorModel
from stockrail.trees.path_source import ModelSource
from stockrail.trees.paths import SamplePaths
from tests.builders import Changes, make_instance

NODES: tuple[Changes, ...] = (
    {"node": "now", "period": 0, "probability": 1},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.75, "demand_factor": 0.5},
    {
        "node": "high",
        "parent": "now",
        "period": 1,
        "probability": 0.25,
        "demand_factor": 2,
        "price_factor": 1.5,
    },
)


def test_paths_are_drawn_with_the_facts_of_their_leaf() -> None:
    """Three quarters are low; delay and price come with the leaf, noise of 5 on top in period 1 only."""
    instance = make_instance(
        demand=(100, 100),
        sigma=(0, 5),
        scenarios=NODES,
        scenario_suppliers=[{"node": "high", "delay_periods": 2, "cost_factor": 1.1}],
    )
    paths = drawn(instance, build_tree(instance), 20_000, seed=1)
    assert paths.node is not None
    is_high = paths.node[:, 1] == 2
    assert is_high.mean() == pytest.approx(0.25, abs=0.015)
    assert (paths.demand[:, 0, 0] == 100).all()
    assert paths.demand[is_high, 0, 1].mean() == pytest.approx(200, abs=0.4)
    assert paths.demand[is_high, 0, 1].std() == pytest.approx(5, abs=0.25)
    assert (paths.delay_periods[:, 0, 1] == np.where(is_high, 2, 0)).all()
    assert (paths.cost_factor[:, 0, 1] == np.where(is_high, 1.1, 1.0)).all()
    assert (paths.price_factor[:, 1] == np.where(is_high, 1.5, 1.0)).all()


def test_the_same_seed_gives_the_same_paths() -> None:
    """Policies that are compared see the same futures; another seed gives others, and demand is never negative."""
    instance = make_instance(demand=(10, 10, 10), sigma=20)
    tree = build_tree(instance)
    first, again, other = (drawn(instance, tree, 50, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.demand, again.demand)
    assert not np.array_equal(first.demand, other.demand)
    assert first.demand.min() == 0.0


def test_blocks_of_history_stay_together() -> None:
    """Blocks of 3 periods of a history that counts up: within a block each period is one more, for both items alike."""
    instance = make_instance(demand=[[1.0] * 7] * 2)
    history = np.arange(20.0) + np.array([[0.0], [100.0]])
    paths = bootstrapped(instance, history, 200, seed=2, block_periods=3)
    steps = np.diff(paths.demand[:, 0], axis=1)
    assert (np.delete(steps, [2, 5], axis=1) == 1).all()
    assert (paths.demand[:, 1] - paths.demand[:, 0] == 100).all()
    assert set(paths.demand[:, 0].ravel()) == set(range(20))
    # Around a mean: history says how demand differs from its mean, 9.5, as a share of it.
    around = bootstrapped(instance, history, 200, seed=2, block_periods=3, mean=np.full((2, 7), 19.0))
    assert around.demand[:, 0] == pytest.approx(2 * paths.demand[:, 0])


def test_history_itself_is_one_path() -> None:
    """What happened, and nothing is late."""
    instance = make_instance(demand=(1, 1, 1))
    paths = from_history(instance, np.array([[4.0, 0.0, 7.0]]))
    assert paths.demand.tolist() == [[[4, 0, 7]]]
    assert not paths.delay_periods.any() and paths.node is None


def test_disruptions_of_sample_paths_become_facts() -> None:
    """Two disruptions that overlap: the longer delay holds, and factors multiply."""
    instance = make_instance(demand=(1, 1, 1, 1))
    rows = (
        Disruption(
            disruption="a",
            supplier="V",
            probability=0.5,
            period=1,
            duration_periods=2,
            delay_periods=1,
            cost_factor=1.5,
        ),
        Disruption(
            disruption="b",
            supplier="V",
            probability=0.5,
            period=2,
            duration_periods=9,
            delay_periods=3,
            cost_factor=2,
        ),
    )
    samples = SamplePaths(np.ones((2, 1, 4)), rows, np.array([[True, True], [False, False]]))
    paths = DemandPaths.of_samples(instance, samples)
    assert paths.delay_periods[:, 0].tolist() == [[0, 1, 3, 3], [0, 0, 0, 0]]
    assert paths.cost_factor[0, 0].tolist() == [1, 1.5, 3, 2]


def test_test_paths_of_a_source_are_none_of_its_trees() -> None:
    """The same seed draws other paths for tests than for trees."""
    instance = make_instance(demand=(10, 10), sigma=3)
    source = ModelSource(ErrorModel.of_instance(instance))
    tested = sampled(instance, source, 30, seed=5)
    assert np.array_equal(tested.demand, sampled(instance, source, 30, seed=5).demand)
    of_trees = source.draw(30, 5, "tree").demand
    assert not np.isin(tested.demand, of_trees).any()


@pytest.mark.parametrize(
    "demand", [np.ones((1, 2, 3)), np.ones((2, 3)), np.array([[[1.0, -1.0]]]), np.array([[[np.nan]]])]
)
def test_demand_must_be_the_instances(demand: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    """Other items, a missing axis, negative or missing numbers are refused."""
    with pytest.raises(ValueError, match="Expected demand"):
        DemandPaths.of_demand(make_instance(demand=(1, 1, 1)), demand)


def test_history_must_reach_a_block() -> None:
    """Three periods of history hold no block of four."""
    with pytest.raises(ValueError, match="at least 4 periods"):
        bootstrapped(make_instance(demand=(1, 1)), np.ones((1, 3)), 5, seed=0)
