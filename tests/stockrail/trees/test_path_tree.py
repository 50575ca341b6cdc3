"""Trees from sample paths: shape, means and variance that are kept, what a path is taken for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.trees.errors import CommonFactors, ErrorModel
from stockrail.trees.path_tree import LEAST_PATHS, make_tree
from stockrail.trees.paths import SamplePaths
from tests.builders import make_instance
from tests.stockrail.path_demo import LATE, plain_instance, two_futures


def test_two_futures_are_two_branches() -> None:
    """Half of the paths each, with their demand, and nothing left for sigma."""
    tree = make_tree(plain_instance(), two_futures(), [2])
    assert tree.parent.tolist() == [-1, 0, 0, 1, 2]
    assert tree.probability.tolist() == [1, 0.5, 0.5, 0.5, 0.5]
    assert tree.demand.tolist() == [[10, 4, 20, 4, 20]]
    assert tree.sigma == pytest.approx(np.zeros((1, 3)), abs=1e-9)


def test_what_does_not_branch_is_sigma() -> None:
    """Without branches demand is the mean, 10, 12, 12, and sigma the standard deviation of 4 and 20, which is 8."""
    tree = make_tree(plain_instance(), two_futures(), [])
    assert tree.demand == pytest.approx(np.array([[10, 12, 12]]))
    assert tree.sigma == pytest.approx(np.array([[0, 8, 8]]))
    assert tree.scenarios == 1


def test_chance_differences_are_taken_out() -> None:
    """Errors of 1 both ways: of the 8 that branches are from the mean, the part that chance may explain goes to sigma.

    Between the nodes 8^2 = 64, within them 1, 40 paths in 2 nodes: F = (64 / 1) * (40 - 2) = 2432, of which (2 - 1) is
    chance. Reliability 1 - 1 / 2432; sigma is the root of 65 - (8 * reliability)^2.
    """
    tree = make_tree(plain_instance(), two_futures(noise=1.0), [2])
    reliability = 1 - 1 / 2432
    assert tree.demand[0, 1:3] == pytest.approx([12 - 8 * reliability, 12 + 8 * reliability])
    assert tree.sigma[0, 1] == pytest.approx(np.sqrt(65 - (8 * reliability) ** 2))


def test_a_path_goes_where_it_is_nearest() -> None:
    """What is known by period 1 is demand 10 + d against 10 + 12: 10 + 11 is nearer to 14 than to 30, 10 + 13 is not."""
    tree = make_tree(plain_instance(), two_futures(), [2])
    fresh = SamplePaths.of(np.array([[[10.0, 11.0, 99.0]], [[10.0, 13.0, 0.0]]]))
    assert tree.follow(fresh).tolist() == [[0, 1, 3], [0, 2, 4]]


def test_nothing_is_known_ahead() -> None:
    """Paths that only differ later are at the same node until then."""
    demand = np.full((40, 1, 3), 10.0)
    demand[::2, 0, 2] = 50
    tree = make_tree(plain_instance(), SamplePaths.of(demand), [2, 2], periods=[1, 2])
    assert (tree.period == 1).sum() == 1
    assert (tree.period == 2).sum() == 2


def test_disruptions_branch_where_they_are_known() -> None:
    """From period 2 on there are nodes with and without the delay, by its probability, and paths go to theirs."""
    instance = plain_instance()
    paths = SamplePaths.of(two_futures().demand, [LATE])
    tree = make_tree(instance, paths, [])
    assert tree.parent.tolist() == [-1, 0, 1, 1]
    assert tree.happens.ravel().tolist() == [False, False, False, True]
    assert tree.probability[2:].tolist() == [0.5, 0.5]
    assert np.array_equal(tree.follow(paths)[:, 2] == 3, paths.happens[:, 0])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 99), st.lists(st.integers(2, 4), max_size=3))
def test_means_and_variance_are_kept(seed: int, widths: list[int]) -> None:
    """Whatever the tree, each item has the sample's mean and, with sigma, its variance; probabilities are those of a tree."""
    instance = make_instance(
        demand=[(30, 20, 40, 25), (5, 8, 0, 4)],
        sigma=[(6, 6, 9, 9), (3, 3, 0, 3)],
        items=[{"product_group": "P"}, {"product_group": "Q"}],
    )
    paths = SamplePaths.sample(ErrorModel.of_instance(instance, CommonFactors(0.5, 0.1)), 90, seed)
    tree = make_tree(instance, paths, widths, periods=list(range(1, len(widths) + 1)))
    weight = np.zeros((4, len(tree)))
    weight[tree.period, np.arange(len(tree))] = tree.probability
    mean = tree.demand @ weight.T
    assert mean == pytest.approx(paths.demand.mean(axis=0), abs=1e-9)
    variance = tree.demand**2 @ weight.T - mean**2 + tree.sigma**2
    assert variance == pytest.approx(paths.demand.var(axis=0), abs=1e-7)
    children = np.bincount(tree.parent[1:], tree.probability[1:], len(tree))
    inner = tree.period < 3
    assert children[inner] == pytest.approx(tree.probability[inner])
    assert tree.probability.min() * 90 >= LEAST_PATHS - 1e-9
    assert np.array_equal(tree.follow(paths)[:, 0], tree.node[:, 0])


def test_branchings_have_to_fit() -> None:
    """Branchings beyond the horizon, not rising, or of one branch are refused."""
    with pytest.raises(ValueError, match="rising branching periods from 1 to 2"):
        make_tree(plain_instance(), two_futures(), [2, 2], periods=[2, 1])
    with pytest.raises(ValueError, match="at most 2 branchings"):
        make_tree(plain_instance(), two_futures(), [2, 2, 2])
    with pytest.raises(ValueError, match="at least 2 branches"):
        make_tree(plain_instance(), two_futures(), [1])
    with pytest.raises(ValueError, match="paths of 1 items and 3 periods"):
        make_tree(plain_instance(), SamplePaths.of(np.ones((20, 2, 3))), [2])
