"""From sample paths to a scenario tree, stage by stage (docs/formulation.md, section 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stockrail.model.generator import branching_periods
from stockrail.model.instance import Array, Instance
from stockrail.trees.path_clusters import cluster, nearest
from stockrail.trees.paths import SamplePaths

IntArray = NDArray[np.int64]

LEAST_PATHS = 10
"""Paths that a branch stands for, at least: fewer say little about its demand."""


@dataclass(frozen=True)
class Observation:
    """What tells branches apart: demand so far by product group, in money, against what was expected.

    Attributes
    ----------
    value : [items], money per unit.
    mean : [items, periods], expected units.
    group : [items, groups], 1 where the item belongs to the group.
    """

    value: Array
    mean: Array
    group: Array

    @staticmethod
    def of(instance: Instance, mean: Array) -> "Observation":
        """Product groups of the instance, demand at its unit price."""
        groups = sorted({row.product_group for row in instance.items})
        member = np.array([[row.product_group == group for group in groups] for row in instance.items])
        price = instance.item_column("unit_price")
        # Without any price every unit counts the same.
        return Observation(price if price.any() else np.ones_like(price), mean, member.astype(np.float64))

    def features(self, demand: Array, first: int, last: int) -> Array:
        """Demand of each group in the periods first to last over its mean, by the root of its share of all [paths, groups]."""
        window = slice(first, last + 1)
        seen = (demand[:, :, window].sum(axis=2) * self.value) @ self.group
        expected = (self.mean[:, window].sum(axis=1) * self.value) @ self.group
        share = np.sqrt(expected / max(expected.sum(), 1e-300))
        return np.asarray(np.divide(seen, expected, out=np.zeros_like(seen), where=expected > 0) * share)


@dataclass(frozen=True)
class Branches:
    """The children of a node: what a path has to look like to go on to each of them.

    Attributes
    ----------
    child : int [children], node.
    happens : bool [children, disruptions], the disruptions known by then.
    centre : [children, groups], mean features of its paths.
    window : first and last period whose demand the features are of.
    """

    child: IntArray
    happens: NDArray[np.bool_]
    centre: Array
    window: tuple[int, int]


@dataclass(frozen=True)
class PathTree:
    """A tree, and which of its nodes each path goes through.

    Attributes
    ----------
    parent, period : int [nodes], as in `ScenarioTree`, period by period.
    probability : [nodes], share of the paths.
    demand : [items, nodes], units expected at the node.
    sigma : [items, periods], units: what is left of the standard deviation of the paths.
    happens : bool [nodes, disruptions], what has happened to suppliers up to the node.
    branches : by node, for nodes with several children.
    node : int [paths, periods], node of each path it was made of.
    """

    paths: SamplePaths
    parent: IntArray
    period: IntArray
    probability: Array
    demand: Array
    sigma: Array
    happens: NDArray[np.bool_]
    observation: Observation
    branches: dict[int, Branches]
    node: IntArray

    def __len__(self) -> int:
        return len(self.parent)

    @property
    def scenarios(self) -> int:
        """Number of leaves."""
        return int((self.period == self.period.max()).sum())

    def follow(self, paths: SamplePaths) -> IntArray:
        """Node that each path is taken to be at [paths, periods], from what is known by then.

        At a branching it goes on to the child with the same disruptions whose features are nearest. Where no child has the
        same disruptions, as they are too rare together, those with the fewest differences are chosen from.
        """
        periods = paths.demand.shape[2]
        node = np.zeros((len(paths), periods), dtype=np.int64)
        only_child = np.zeros(len(self), dtype=np.int64)
        only_child[self.parent[1:]] = np.arange(1, len(self))
        for t in range(1, periods):
            node[:, t] = only_child[node[:, t - 1]]
            for at in np.unique(node[:, t - 1]):
                if int(at) in self.branches:
                    members = np.flatnonzero(node[:, t - 1] == at)
                    node[members, t] = self._next(self.branches[int(at)], paths, members, t)
        return node

    def _next(self, branches: Branches, paths: SamplePaths, members: IntArray, t: int) -> IntArray:
        features = self.observation.features(paths.demand[members], *branches.window)
        known = _known(paths, t)[members]
        differences = (known[:, None, :] != branches.happens[None, :, :]).sum(axis=2)
        is_open = differences == differences.min(axis=1, keepdims=True)
        chosen = np.empty(len(members), dtype=np.int64)
        for k, pattern in enumerate(is_open):
            choices = np.flatnonzero(pattern)
            chosen[k] = choices[nearest(features[k : k + 1], branches.centre[choices])[0]]
        return np.asarray(branches.child[chosen])


def make_tree(
    instance: Instance,
    paths: SamplePaths,
    widths: Sequence[int],
    *,
    periods: Sequence[int] | None = None,
    seed: int = 0,
) -> PathTree:
    """Reduce sample paths to a tree.

    Parameters
    ----------
    widths : branches of each branching, at least 2 each. A node of few paths gets fewer, as each stands for ten at least.
    periods : periods of the branchings, rising, from 1 on; by default spread over the first half of the horizon.

    Raises
    ------
    ValueError
        If branchings do not fit into the horizon, or paths are not those of the instance.
    """
    horizon = instance.settings.periods
    if paths.demand.shape[1:] != (len(instance.items), horizon):
        raise ValueError(
            f"Expected paths of {len(instance.items)} items and {horizon} periods, got {paths.demand.shape[1:]}."
        )
    if any(width < 2 for width in widths):
        raise ValueError(f"Expected at least 2 branches at each branching, got {list(widths)}.")
    at = list(periods) if periods is not None else branching_periods(len(widths), horizon) if widths else []
    if len(at) != len(widths) or any(b <= a for a, b in pairwise([0, *at])) or (at and at[-1] > horizon - 1):
        raise ValueError(
            f"Expected {len(widths)} rising branching periods from 1 to {horizon - 1}, got {at}."
        )
    grown = _Growing(instance, paths, dict(zip(at, widths, strict=True)), np.random.default_rng([seed, 2]))
    return grown.tree()


class _Growing:
    """A tree as it grows, period by period."""

    def __init__(
        self, instance: Instance, paths: SamplePaths, width: dict[int, int], random: np.random.Generator
    ) -> None:
        self._paths, self._width, self._random = paths, width, random
        self._groups = [row.product_group for row in instance.items]
        self._observation = Observation.of(instance, paths.demand.mean(axis=0))
        self._parent, self._period = [-1], [0]
        self._members = [np.arange(len(paths))]
        self._branches: dict[int, Branches] = {}

    def tree(self) -> PathTree:
        """Grow it to the end."""
        paths, horizon = self._paths, self._paths.demand.shape[2]
        newest, previous = [0], 0
        for t in range(1, horizon):
            window = (previous, t)
            newest = [child for node in newest for child in self._children(node, t, window)]
            previous = t + 1 if t in self._width else previous
        period = np.array(self._period)
        node = np.empty((len(paths), horizon), dtype=np.int64)
        happens = np.zeros((len(period), len(paths.disruptions)), dtype=bool)
        for n, members in enumerate(self._members):
            node[members, period[n]] = n
            happens[n] = _known(paths, int(period[n]))[members[0]]
        sizes = np.array([len(members) for members in self._members])
        demand, sigma = self._demand(node, period, sizes)
        return PathTree(
            paths=paths,
            parent=np.array(self._parent),
            period=period,
            probability=sizes / len(paths),
            demand=demand,
            sigma=sigma,
            happens=happens,
            observation=self._observation,
            branches=self._branches,
            node=node,
        )

    def _children(self, node: int, t: int, window: tuple[int, int]) -> list[int]:
        members = self._members[node]
        known = _known(self._paths, t)[members]
        patterns, of_member = np.unique(known, axis=0, return_inverse=True)
        features = self._observation.features(self._paths.demand[members], *window)
        children, happens, centres = [], [], []
        for k, pattern in enumerate(patterns):
            inside = np.flatnonzero(of_member.ravel() == k)
            labels = np.zeros(len(inside), dtype=np.int64)
            if t in self._width:
                labels = cluster(features[inside], self._width[t], LEAST_PATHS, self._random)
            for label in range(int(labels.max()) + 1):
                chosen = inside[labels == label]
                children.append(len(self._parent))
                self._parent.append(node)
                self._period.append(t)
                self._members.append(members[chosen])
                happens.append(pattern)
                centres.append(features[chosen].mean(axis=0))
        if len(children) > 1:
            self._branches[node] = Branches(np.array(children), np.array(happens), np.array(centres), window)
        return children

    def _demand(self, node: IntArray, period: IntArray, sizes: IntArray) -> tuple[Array, Array]:
        """Demand by node, and what is left of the variance as sigma."""
        paths, (_, items, horizon) = self._paths.demand, self._paths.demand.shape
        demand, sigma = np.empty((items, len(period))), np.empty((items, horizon))
        for t in range(horizon):
            nodes = np.flatnonzero(period == t)
            label = node[:, t] - nodes[0]
            total = np.zeros((len(nodes), items))
            np.add.at(total, label, paths[:, :, t])
            mean, variance = paths[:, :, t].mean(axis=0), paths[:, :, t].var(axis=0)
            share = sizes[nodes] / len(paths)
            deviation = total / sizes[nodes][:, None] - mean
            deviation *= self._reliability(share @ deviation**2, variance, len(nodes))
            demand[:, nodes] = np.maximum((mean + deviation).T, 0.0)
            sigma[:, t] = np.sqrt(np.maximum(variance - share @ deviation**2, 0.0))
        return demand, sigma

    def _reliability(self, between: Array, variance: Array, nodes: int) -> Array:
        """Share of each item's deviations from the mean that is not chance [items].

        Paths that were put into nodes at random would differ by `(nodes - 1) / (paths - nodes)` times what is left within. What
        a product group differs more than that, on average over its items, is taken to be real.
        """
        paths = len(self._paths)
        reliability = np.ones(len(variance))
        if nodes == 1 or paths <= nodes:
            return reliability
        within = variance - between
        has_noise = within > 1e-12 * np.maximum(variance, 1e-300)
        ratio = np.divide(between, within, out=np.zeros_like(between), where=has_noise) * (paths - nodes)
        groups = np.array(self._groups)
        for group in np.unique(groups):
            members = (groups == group) & has_noise
            if members.any():
                reliability[members] = max(0.0, 1.0 - (nodes - 1) / max(ratio[members].mean(), 1e-300))
        return reliability


def _known(paths: SamplePaths, t: int) -> NDArray[np.bool_]:
    """Disruptions that have happened on each path and are known in period t [paths, disruptions]."""
    is_known = np.array([row.period <= t for row in paths.disruptions], dtype=bool)
    return np.asarray(paths.happens & is_known, dtype=np.bool_)
