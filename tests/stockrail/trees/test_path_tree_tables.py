"""A tree of paths as tables: read back, it is the tree."""

from pathlib import Path

import numpy as np
import pytest

from stockrail.model.problems import InstanceError
from stockrail.model.reader import load
from stockrail.model.scenarios import build_tree
from stockrail.model.writer import write
from stockrail.trees.disruptions import Disruption
from stockrail.trees.path_tree import make_tree
from stockrail.trees.path_tree_tables import tree_instance, tree_tables
from stockrail.trees.paths import SamplePaths
from tests.stockrail.path_demo import LATE, plain_instance, two_futures


def test_written_and_read_again_it_is_the_tree(tmp_path: Path) -> None:
    """Everything that planning reads is the same in the tables and in memory, but for thousandths of units."""
    tree = make_tree(plain_instance(), SamplePaths.of(two_futures(noise=1.3).demand, [LATE]), [2])
    write(tree_instance(plain_instance(), tree), tmp_path)
    instance, tables = load(tmp_path), tree_tables(plain_instance(), tree)
    again = build_tree(instance)
    assert again.names == tables.tree.names
    assert again.parent.tolist() == tree.parent.tolist()
    assert again.demand == pytest.approx(tree.demand, abs=5e-4)
    assert again.probability == pytest.approx(tree.probability)
    assert np.array_equal(again.delay_periods, tables.tree.delay_periods)
    assert again.delay_periods.max() == 1
    assert instance.sigma == pytest.approx(tree.sigma, abs=5e-4)
    assert instance.mean_demand == pytest.approx(np.array([[10, 12, 12]]), abs=1e-3)


def test_disruptions_that_meet() -> None:
    """Where two last for one supplier the longer delay holds, and factors multiply."""
    dear = Disruption(
        disruption="V dear", supplier="V", probability=0.5, period=1, duration_periods=2, cost_factor=1.5,
        capacity_factor=0.5,
    )  # fmt: skip
    late = LATE.model_copy(update={"cost_factor": 2.0})
    tree = make_tree(plain_instance(), SamplePaths.of(two_futures().demand, [dear, late]), [])
    facts = tree_tables(plain_instance(), tree).tree
    both = int(np.flatnonzero(tree.happens.all(axis=1))[0])
    assert (facts.cost_factor[0, both], facts.capacity_factor[0, both], facts.delay_periods[0, both]) == (
        3,
        0.5,
        1,
    )
    assert facts.cost_factor[0, tree.parent[both]] == 1.5
    rows = {row.node: row for row in tree_instance(plain_instance(), tree).scenario_suppliers}
    assert rows[facts.names[both]].cost_factor == 3


def test_a_delay_beyond_the_horizon_is_refused() -> None:
    """The laws of the instance hold for what a tree brings in."""
    far = LATE.model_copy(update={"delay_periods": 3})
    tree = make_tree(plain_instance(), SamplePaths.of(two_futures().demand, [far]), [])
    with pytest.raises(InstanceError, match="delay_periods"):
        tree_instance(plain_instance(), tree)
