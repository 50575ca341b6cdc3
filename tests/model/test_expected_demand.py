"""Expected demand of the coming periods, by hand and as the plain mean over scenarios."""

import numpy as np
import pytest

from stockrail.model import expected_demand
from stockrail.model.expected_demand import demand_ahead
from stockrail.model.tree import ScenarioTree
from tests.random_instances import random_instance, tables_of


def mean_over_scenarios(tree: ScenarioTree, item: int, node: int, length: float) -> float:
    """The definition: each scenario's demand of the next periods, the last of them for ever, by its probability."""
    through = [tree.path(int(leaf)) for leaf in tree.leaves if node in tree.path(int(leaf))]
    total = 0.0
    for path in through:
        ahead = np.concatenate([tree.demand[item, path[tree.period[node] + 1 :]], np.empty(0)])
        beyond = tree.demand[item, path[-1]]
        for j in range(int(np.ceil(length))):
            total += (
                tree.probability[path[-1]] * min(1.0, length - j) * (ahead[j] if j < len(ahead) else beyond)
            )
    return total / sum(float(tree.probability[path[-1]]) for path in through)


@pytest.mark.parametrize("seed", range(6))
def test_mean_over_scenarios(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any length, also beyond the horizon, each item with its own; blocks of items change nothing."""
    rng = np.random.default_rng(seed)
    tree = tables_of(random_instance(rng, items=3)).tree
    lengths = np.stack([rng.uniform(0, 3, 3), rng.integers(0, 9, 3).astype(float), rng.uniform(5, 20, 3)])
    found = demand_ahead(tree, lengths)
    for k, i, n in np.ndindex(found.shape):
        assert found[k, i, n] == pytest.approx(mean_over_scenarios(tree, i, n, float(lengths[k, i])))
    monkeypatch.setattr(expected_demand, "BLOCK_CELLS", 2 * len(tree))
    assert demand_ahead(tree, lengths).tolist() == found.tolist()


def test_nothing_ahead() -> None:
    """No periods bring no demand."""
    tree = tables_of(random_instance(np.random.default_rng(1))).tree
    assert not demand_ahead(tree, np.zeros((1, 1))).any()
