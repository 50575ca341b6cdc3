"""What a rule expects of the coming periods: the mean, whatever happens, or what a tree expects at a node."""

from typing import Protocol

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import ScenarioTree
from stockrail.simulation.following import Follower, TreeFollower
from stockrail.simulation.state import State


class Forecast(Protocol):
    """Something that says what demand to expect."""

    def ahead(self, state: State, periods: Array) -> Array:
        """Expected demand of the next `periods` [items], whole or not, as units [items] or [paths, items]."""
        ...


class MeanForecast:
    """The same forecast on every path: mean demand [items, periods], beyond the last period that of the last one."""

    def __init__(self, mean: Array) -> None:
        self._mean = mean

    def ahead(self, state: State, periods: Array) -> Array:
        """Expected demand, for what comes after the state's period."""
        last = self._mean.shape[1] - 1
        total = np.zeros(len(self._mean))
        for ahead in range(1, int(np.ceil(periods.max(initial=0.0))) + 1):
            weight = np.clip(periods - (ahead - 1), 0.0, 1.0)
            total += weight * self._mean[:, min(state.period + ahead, last)]
        return total


class TreeForecast:
    """The mean over what may follow the node where a path is taken to be; a leaf goes on as it is."""

    def __init__(self, tree: ScenarioTree, follower: Follower | None = None) -> None:
        self._tree, self._follower = tree, follower or TreeFollower(tree)
        self._known: dict[bytes, Array] = {}

    def ahead(self, state: State, periods: Array) -> Array:
        """Expected demand given the node of each path [paths, items]."""
        key = periods.tobytes()
        if key not in self._known:
            self._known[key] = self._by_node(periods)
        return np.asarray(self._known[key][:, self._follower.node(state)].T)

    def _by_node(self, periods: Array) -> Array:
        """Expected demand of so many periods at every node [items, nodes]."""
        tree = self._tree
        expected, total = tree.demand, np.zeros_like(tree.demand)
        above = tree.parent[1:]
        share = tree.probability[1:] / tree.probability[above]
        for ahead in range(1, int(np.ceil(periods.max(initial=0.0))) + 1):
            nearer = expected
            expected = np.zeros_like(nearer)
            np.add.at(expected.T, above, (nearer[:, 1:] * share).T)
            expected[:, tree.leaves] = nearer[:, tree.leaves]
            total += np.clip(periods - (ahead - 1), 0.0, 1.0)[:, None] * expected
        return total
