"""At which node of a tree a path is taken to be, from what has been observed up to now."""

from typing import Protocol

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.simulation.state import State


class Follower(Protocol):
    """Something that says at which node each path is."""

    def node(self, state: State) -> IntArray:
        """Node of each path in the state's period [paths]."""
        ...


class GivenNodes:
    """Nodes that are known beforehand, int [paths, periods], such as those of `PathTree.follow`.

    They must not look ahead: node t of a path may only depend on what is known in period t.
    """

    def __init__(self, nodes: IntArray) -> None:
        self._nodes = nodes

    def node(self, state: State) -> IntArray:
        """The given node."""
        return np.asarray(self._nodes[:, state.period])


class TreeFollower:
    """The node that a path was drawn at, where it was drawn from the tree; else the nearest one by what has been observed.

    Nearest is decided period by period among the children of the node before: those whose suppliers differ least from the path in delays
    and costs, and of them the one whose demand since the last branching is nearest, in money by product group, each over
    its mean and weighted with the root of the group's share, as when trees are made of paths (docs/formulation.md, section 11).

    Parameters
    ----------
    first_period : period of the simulation that the tree's root is in.
    is_drawn : whether nodes of paths are those of this tree.
    """

    def __init__(self, tree: ScenarioTree, *, first_period: int = 0, is_drawn: bool = True) -> None:
        self._tree, self._first, self._is_drawn = tree, first_period, is_drawn
        self._children: list[list[int]] = [[] for _ in range(len(tree))]
        for node in range(1, len(tree)):
            self._children[int(tree.parent[node])].append(node)
        self._since = self._branched_since()

    def node(self, state: State) -> IntArray:
        """Node of each path; where it is not given it follows from the node of the period before, which is remembered."""
        if self._is_drawn and state.node is not None:
            return state.node
        last = state.period - self._first
        key = f"node {id(self)}"
        known, node = state.memory.get(key, (0, np.zeros(len(state), dtype=np.int64)))
        for t in range(known + 1, last + 1):
            node = self._next(state, node, t)
        state.memory[key] = (last, node)
        return np.asarray(node)

    def _branched_since(self) -> IntArray:
        """First period of the demand that tells a node's children apart [nodes]: the one after the last branching above."""
        tree = self._tree
        since = np.zeros(len(tree), dtype=np.int64)
        for node in range(1, len(tree)):
            parent = int(tree.parent[node])
            since[node] = since[parent]
            if len(self._children[parent]) > 1:
                since[node] = tree.period[node] + 1
        return since

    def _next(self, state: State, known: IntArray, t: int) -> IntArray:
        node = np.empty_like(known)
        for at in np.unique(known):
            members = np.flatnonzero(known == at)
            children = self._children[int(at)]
            node[members] = children[0] if len(children) == 1 else self._nearest(state, members, children, t)
        return node

    def _nearest(self, state: State, members: IntArray, children: list[int], t: int) -> IntArray:
        tree, choices = self._tree, np.array(children)
        period, paths = self._first + t, state.paths
        differences = np.zeros((len(members), len(choices)), dtype=np.int64)
        for of_paths, of_nodes in (
            (paths.delay_periods, tree.delay_periods),
            (paths.cost_factor, tree.cost_factor),
            (paths.order_cost_factor, tree.order_cost_factor),
        ):
            seen = of_paths[members, :, period]
            differences += (~np.isclose(seen[:, None, :], of_nodes[:, choices].T[None])).sum(axis=2)
        first = min(int(self._since[tree.parent[choices[0]]]), t)
        seen_demand = state.seen(period)[members, :, self._first + first :].sum(axis=2)
        node_demand = np.zeros((len(choices), seen_demand.shape[1]))
        for k, child in enumerate(choices):
            node = int(child)
            while node >= 0 and tree.period[node] >= first:
                node_demand[k] += tree.demand[:, node]
                node = int(tree.parent[node])
        weight = tree.probability[choices] / tree.probability[choices].sum()
        distance = _distance(state, seen_demand, node_demand, weight @ node_demand)
        distance[differences > differences.min(axis=1, keepdims=True)] = np.inf
        return np.asarray(choices[np.argmin(distance, axis=1)])


def _distance(state: State, seen: Array, of_nodes: Array, mean: Array) -> Array:
    """Squared distance of demand seen [paths, items] from that of nodes [nodes, items] by product group [paths, nodes]."""
    instance = state.world.instance
    groups = sorted({row.product_group for row in instance.items})
    price = state.world.unit_price if state.world.unit_price.any() else np.ones(state.world.items)
    member = np.array([[row.product_group == group for group in groups] for row in instance.items])
    value = price[:, None] * member
    expected = mean @ value
    has_demand = expected > 0
    scale = np.zeros_like(expected)
    scale[has_demand] = np.sqrt(expected[has_demand] / expected.sum()) / expected[has_demand]
    here, there = (seen @ value) * scale, (of_nodes @ value) * scale
    return np.asarray(((here[:, None, :] - there[None]) ** 2).sum(axis=2))
