"""Numbers on how well a tree stands for its paths, by hand."""

import numpy as np
import pytest

from stockrail.trees.path_tree import make_tree
from stockrail.trees.paths import SamplePaths
from stockrail.trees.quality import tree_quality
from tests.stockrail.path_demo import plain_instance, two_futures


def test_a_tree_that_is_its_paths() -> None:
    """Nothing is lost: distances are 0. From the mean a path is (0 + 8 + 8) / (10 + 12 + 12) of demand away.

    Demand of periods 1 and 2 moves together; in period 0 nothing moves, which counts as 0: the mean of 0 and 1.
    """
    quality = tree_quality(plain_instance(), make_tree(plain_instance(), two_futures(), [2]))
    assert (quality.scenarios, quality.nodes, quality.paths) == (2, 5, 40)
    assert quality.distance == pytest.approx(0, abs=1e-12)
    assert quality.wasserstein == pytest.approx(0, abs=1e-12)
    assert quality.distance_without_branches == pytest.approx(16 / 34)
    assert quality.tree_lag_correlation == pytest.approx(0.5)
    assert quality.lag_correlation == pytest.approx(0.5)
    assert quality.moments["branched_sd"].tolist() == pytest.approx([0, 80, 80])  # 8 units at a price of 10


def test_a_tree_without_branches() -> None:
    """Sigma keeps the item's deviation, but not that one period follows the other; the distance is that from the mean.

    Wasserstein: all paths of periods 1 and 2 move by 8, so it is the same number.
    """
    quality = tree_quality(plain_instance(), make_tree(plain_instance(), two_futures(), []))
    assert quality.item_sd_error == pytest.approx(0, abs=1e-12)
    assert quality.branched_share == 0
    assert quality.tree_lag_correlation == 0
    assert quality.distance == quality.distance_without_branches == pytest.approx(16 / 34)
    assert quality.wasserstein == pytest.approx(16 / 34)


def test_other_paths_are_further_away() -> None:
    """Paths with 2 units more in each period are 2 away from their nodes: 6 / (12 + 14 + 14) of their demand."""
    tree = make_tree(plain_instance(), two_futures(), [2])
    quality = tree_quality(plain_instance(), tree, SamplePaths.of(two_futures().demand + 2))
    assert quality.distance == pytest.approx(6 / 40)
    assert quality.mean_error == pytest.approx(2 / 12)


def test_branches_bring_paths_nearer() -> None:
    """A distance is never below the Wasserstein distance by period, with or without noise."""
    random = np.random.default_rng(5)
    paths = SamplePaths.of(np.maximum(two_futures(80).demand + random.normal(0, 3, (80, 1, 3)), 0))
    for widths in ([], [2], [2, 2]):
        quality = tree_quality(plain_instance(), make_tree(plain_instance(), paths, widths))
        assert quality.wasserstein <= quality.distance + 1e-12
