"""Fresh trees: the same shape, drawn from what the tree stands for."""

import numpy as np
import pytest

from stockrail.measures.sampled_trees import GivenSource, SpecifiedSource, source_of
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from tests.builders import make_instance
from tests.stockrail.measures.newsvendor import newsvendor


def specified() -> Instance:
    """Two items in two groups on a tree of 9 scenarios, with a supplier that is late on the highest of three branches."""
    factor = {"volatility": 0.3, "persistence": 0.8}
    return make_instance(
        demand=((10, 10, 10, 10), (20, 20, 20, 20)),
        items=[{"product_group": "P"}, {"product_group": "Q", "unit_price": 3}],
        settings={
            "tree": {
                "branchings": [{"period": 1, "width": 3}, {"period": 3, "width": 3}],
                "market": factor,
                "product_group": factor,
                "item": factor,
                "events": [
                    {
                        "period": 1,
                        "branch": 2,
                        "supplier": "V",
                        "duration_periods": 2,
                        "delay_periods": 1,
                        "cost_factor": 1,
                        "order_cost_factor": 1,
                        "capacity_factor": 1,
                    }
                ],
                "seed": 1,
            }
        },
    )


def test_given_scenarios_are_drawn_by_their_probabilities() -> None:
    """In many trees of two children the high scenario of probability 0.5 is there half of the time; facts are those of its place."""
    tree = build_tree(newsvendor())
    source = source_of(newsvendor(), tree)
    assert isinstance(source, GivenSource)
    random = np.random.default_rng(0)
    drawn = [source.draw(random) for _ in range(400)]
    places = np.stack([one.place for one in drawn])
    assert set(places[:, 0]) == {0}
    # 800 children, a standard deviation of 0.018 for the share
    assert np.mean(places[:, 1:] == 2) == pytest.approx(0.5, abs=0.06)
    assert all(np.array_equal(one.tree.demand, tree.demand[:, one.place]) for one in drawn)
    assert all(one.tree.probability.tolist() == [1.0, 0.5, 0.5] for one in drawn)
    # Children are independent: both are high in a quarter of the trees (standard deviation 0.022).
    assert np.mean((places[:, 1:] == 2).all(axis=1)) == pytest.approx(0.25, abs=0.07)


def test_specified_distributions_have_the_mean() -> None:
    """Expected demand is the mean, each branch comes with its share and its events, and places have the same delays."""
    instance = specified()
    tree = build_tree(instance)
    source = source_of(instance, tree)
    assert isinstance(source, SpecifiedSource)
    random = np.random.default_rng(1)
    drawn = [source.draw(random) for _ in range(300)]
    last = tree.period == 3
    demand = np.stack([one.tree.demand[:, last].mean(axis=1) for one in drawn])
    standard_error = demand.std(axis=0, ddof=1) / np.sqrt(len(demand))
    assert (np.abs(demand.mean(axis=0) - [10, 20]) <= 4 * standard_error).all()
    first = np.flatnonzero(tree.period == 1)
    is_late = np.stack([one.tree.delay_periods[0, first] > 0 for one in drawn])
    # 900 children, a standard deviation of 0.016
    assert is_late.mean() == pytest.approx(1 / 3, abs=0.06)
    for one in drawn:
        assert np.array_equal(one.tree.parent, tree.parent)
        assert np.array_equal(one.tree.delay_periods[:, first], tree.delay_periods[:, one.place[first]])
        # Places follow the tree, so that what a plan does there was ordered on the way there.
        assert np.array_equal(tree.parent[one.place[1:]], one.place[tree.parent[1:]])


def test_the_same_seed_draws_the_same_tree() -> None:
    """Draws hang on the generator only."""
    instance = specified()
    source = source_of(instance, build_tree(instance))
    one, two = (source.draw(np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.tree.demand, two.tree.demand)
