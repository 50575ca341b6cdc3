"""Clusters of points: what forward selection picks, how k-means moves centres, sizes that are asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.trees.path_clusters import cluster, forward_selection

RANDOM = np.random.default_rng(0)


def test_forward_selection_by_hand() -> None:
    """Points 0, 1, 2, 10, 12 on a line.

    Sums of squared distances to 0, 1, 2, 10, 12 are 249, 204, 169, 249, 369, so 2 is picked first. With 10 as well
    4 + 1 + 0 + 0 + 4 = 9 is left, with 12 as well 4 + 1 + 0 + 4 + 0 = 9: the first of the two is picked.
    """
    points = np.array([[0.0], [1.0], [2.0], [10.0], [12.0]])
    assert forward_selection(points, 2, RANDOM).tolist() == [2, 3]


def test_two_clear_clusters_lowest_first() -> None:
    """Two heaps are told apart, and the lower one has label 0."""
    points = np.array([[10.0], [11.0], [0.0], [1.0]])
    assert cluster(points, 2, 1, RANDOM).tolist() == [1, 1, 0, 0]


def test_small_clusters_are_given_to_others() -> None:
    """One point far away is no cluster where at least two are asked for."""
    points = np.array([[0.0], [1.0], [2.0], [3.0], [90.0]])
    assert np.bincount(cluster(points, 2, 2, RANDOM)).min() >= 2


def test_one_of_a_kind() -> None:
    """Points that are all the same are one cluster, however many are asked for."""
    assert cluster(np.ones((6, 2)), 3, 1, RANDOM).tolist() == [0] * 6


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 40), st.integers(0, 9))
def test_sizes_hold(count: int, least: int, points: int, seed: int) -> None:
    """There are at most as many clusters as asked for, none too small unless there is only one, and labels are 0, 1, ..."""
    random = np.random.default_rng(seed)
    labels = cluster(random.normal(size=(points, 2)), count, least, random)
    sizes = np.bincount(labels)
    assert len(sizes) <= count
    assert len(sizes) == 1 or sizes.min() >= least


def test_counts_have_to_be_positive() -> None:
    """Nothing can be put into no cluster."""
    with pytest.raises(ValueError, match="at least 1 cluster"):
        cluster(np.ones((2, 1)), 0, 1, RANDOM)
