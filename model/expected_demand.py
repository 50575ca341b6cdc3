"""What demand the coming periods are expected to bring, given a node (docs/formulation.md, sections 2 and 10)."""

import numpy as np
import scipy.sparse as sp

from stockrail.model.tree import Array, ScenarioTree

BLOCK_CELLS = 2**18
"""Items times nodes that are worked on together, so that they stay in the processor's cache whatever the number of items."""


def one_ahead(tree: ScenarioTree) -> sp.csr_matrix:
    """Sparse [nodes, nodes] that takes the mean over a node's children, given the node.

    What is expected j periods ahead is the mean over the children of what they expect j - 1 periods ahead; a leaf, which
    has none, expects its own demand for good.
    """
    children = np.arange(1, len(tree))
    above = tree.parent[children]
    given = tree.probability[children] / tree.probability[above]
    return sp.csr_matrix(
        (
            np.concatenate([given, np.ones(len(tree.leaves))]),
            (np.concatenate([above, tree.leaves]), np.concatenate([children, tree.leaves])),
        ),
        shape=(len(tree), len(tree)),
    )


def demand_ahead(tree: ScenarioTree, ahead_periods: Array) -> Array:
    """Expected demand of the next periods at every node: ``ahead(x)`` of docs/formulation.md, section 10.

    Parameters
    ----------
    ahead_periods : [lengths, items]
        How many periods to look ahead, at least 0, whole or not. Several lengths of an item share all work but the sum.

    Returns
    -------
    array [lengths, items, nodes], units
    """
    operator = one_ahead(tree)
    lengths, items = ahead_periods.shape
    total = np.zeros((lengths, items, len(tree)))
    size = max(1, BLOCK_CELLS // len(tree))
    for first in range(0, items, size):
        block = slice(first, first + size)
        total[:, block] = _demand_ahead(tree, operator, ahead_periods[:, block], tree.demand[block])
    return total


def _demand_ahead(tree: ScenarioTree, operator: sp.csr_matrix, ahead_periods: Array, demand: Array) -> Array:
    expected = np.ascontiguousarray(demand.T)  # [nodes, items], as the operator reads it
    total = np.zeros((len(ahead_periods), *expected.shape))
    farthest = ahead_periods.max(initial=0.0)
    for ahead in range(1, tree.periods + 1):
        if farthest <= ahead - 1:
            break
        expected = operator @ expected
        # From the last look on nothing changes any more, so it stands for all periods beyond.
        longest = 1.0 if ahead < tree.periods else np.inf
        weight = np.clip(ahead_periods - (ahead - 1), 0.0, longest)
        for k in np.flatnonzero(weight.any(axis=1)):
            total[k] += weight[k] * expected
    return total.transpose(0, 2, 1)
