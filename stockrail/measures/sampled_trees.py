"""Fresh trees of the same shape: the same branchings, but what happens at each is drawn anew.

Each child is drawn independently of its siblings from what may follow its node, so a plan that is best on a drawn tree looks better, on
average, than any policy is on what the tree is drawn from (Mak, Morton and Wood 1999; docs/formulation.md, section 17).
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.stats import norm

from stockrail.model.instance import Instance
from stockrail.model.schema_settings import Factor, TreeSpecification
from stockrail.model.tree import Array, IntArray, ScenarioTree


@dataclass(frozen=True)
class SampledTree:
    """A drawn tree, with the parents and periods of the original one.

    Attributes
    ----------
    place : int [nodes], node of the original tree where a plan is taken to be, from what is known by then.
    """

    tree: ScenarioTree
    place: IntArray


class TreeSource(Protocol):
    """Something that fresh trees can be drawn from."""

    @property
    def words(self) -> str:
        """What the trees are drawn from, in words."""
        ...

    def draw(self, random: np.random.Generator) -> SampledTree:
        """Draw a tree."""
        ...


def source_of(instance: Instance, tree: ScenarioTree) -> TreeSource:
    """Where fresh trees come from: the distributions of a tree that is specified, or the scenarios of one that is given."""
    specification = instance.settings.tree
    if specification == "table":
        return GivenSource(tree)
    return SpecifiedSource(instance, tree, specification)


@dataclass(frozen=True)
class GivenSource:
    """The scenarios of a given tree: each child is one of those that follow its place, by their probabilities.

    Children of a node are equally likely in a drawn tree, and the same one may be there several times.
    """

    tree: ScenarioTree
    words: str = "the scenarios of the tree itself"

    def draw(self, random: np.random.Generator) -> SampledTree:
        """Draw a tree."""
        tree, place = self.tree, np.zeros(len(self.tree), dtype=np.int64)
        probability = np.ones(len(tree))
        for node, children in _children(tree):
            own = np.flatnonzero(tree.parent == place[node])
            share = tree.probability[own] / tree.probability[own].sum()
            place[children] = random.choice(own, len(children), p=share)
            probability[children] = probability[node] / len(children)
        return SampledTree(replace(_facts_of(tree, place), probability=probability), place)


@dataclass(frozen=True)
class SpecifiedSource:
    """The distributions that the points of a specified tree stand for.

    At a branching each child is in one of the branches, all equally likely, with that branch's events. Its market shock is normal
    within the branch's quantiles, and those of product groups and items are normal and independent. Expected demand is the mean.
    """

    instance: Instance
    tree: ScenarioTree
    specification: TreeSpecification
    words: str = "the distributions that the tree stands for"

    def draw(self, random: np.random.Generator) -> SampledTree:
        """Draw a tree."""
        tree, instance = self.tree, self.instance
        twin, quantile = self._branches(random)
        groups = sorted({row.product_group for row in instance.items})
        group = np.array([groups.index(row.product_group) for row in instance.items])
        spec = self.specification
        shape = (len(instance.items), len(tree))
        shocks = (
            (spec.market, np.broadcast_to(norm.ppf(quantile), shape)),
            (spec.product_group, random.standard_normal((len(groups), len(tree)))[group]),
            (spec.item, random.standard_normal(shape)),
        )
        level = sum((self._levels(factor, shock) for factor, shock in shocks), np.zeros(shape))
        demand = instance.mean_demand[:, tree.period] * np.exp(level)
        drawn = replace(_facts_of(tree, twin), probability=tree.probability, demand=demand)
        return SampledTree(drawn, self._places(drawn, groups, group))

    def _branches(self, random: np.random.Generator) -> tuple[IntArray, Array]:
        """Node with the same branches by node, and the quantile of the market's shock, one half where there is none."""
        twin, quantile = np.zeros(len(self.tree), dtype=np.int64), np.full(len(self.tree), 0.5)
        for node, children in _children(self.tree):
            own, width = np.flatnonzero(self.tree.parent == twin[node]), len(children)
            branch = random.integers(width, size=width)
            twin[children] = own[branch]
            if width > 1:
                quantile[children] = (branch + random.uniform(1e-9, 1.0, width)) / width
        return twin, np.minimum(quantile, 1.0 - 1e-9)

    def _levels(self, factor: Factor, shock: Array) -> Array:
        """Level of the logarithm of demand [items, nodes], less half its variance, so that demand has the mean of 1."""
        level, variance = np.zeros(shock.shape), np.zeros(len(self.tree))
        for node, children in _children(self.tree):
            is_branching = len(children) > 1
            level[:, children] = factor.persistence * level[:, [node]]
            variance[children] = factor.persistence**2 * variance[node]
            if is_branching:
                level[:, children] += factor.volatility * shock[:, children]
                variance[children] += factor.volatility**2
        return level - variance / 2.0

    def _places(self, drawn: ScenarioTree, groups: list[str], group: IntArray) -> IntArray:
        """Where a plan is: from its place to the child with the same facts of suppliers whose demand is nearest."""
        price = self.instance.item_column("unit_price")[:, None]
        of_group = (np.arange(len(groups))[:, None] == group).astype(np.float64)
        seen, expected = of_group @ (price * drawn.demand), of_group @ (price * self.tree.demand)
        place = np.zeros(len(drawn), dtype=np.int64)
        for node, children in _children(drawn):
            own = np.flatnonzero(self.tree.parent == place[node])
            for child in children.tolist():
                differs = np.array([_differences(drawn, child, self.tree, n) for n in own.tolist()])
                choices = own[differs == differs.min()]
                distance = ((expected[:, choices] - seen[:, [child]]) ** 2).sum(axis=0)
                place[child] = choices[distance.argmin()]
        return place


def _children(tree: ScenarioTree) -> list[tuple[int, IntArray]]:
    """Nodes with their children, in the order of the tree."""
    order = np.argsort(tree.parent, kind="stable")[1:]
    starts = np.searchsorted(tree.parent[order], np.arange(len(tree) + 1))
    spans = enumerate(pairwise(starts.tolist()))
    return [(node, order[a:b]) for node, (a, b) in spans if b > a]


def _facts_of(tree: ScenarioTree, node: IntArray) -> ScenarioTree:
    """The tree with the facts of other nodes, by node."""
    return replace(
        tree,
        demand=tree.demand[:, node],
        price_factor=tree.price_factor[node],
        delay_periods=tree.delay_periods[:, node],
        cost_factor=tree.cost_factor[:, node],
        order_cost_factor=tree.order_cost_factor[:, node],
        capacity_factor=tree.capacity_factor[:, node],
        warehouse_factor=tree.warehouse_factor[:, node],
    )


def _differences(one: ScenarioTree, node: int, other: ScenarioTree, at: int) -> int:
    """Facts of suppliers and warehouses that differ."""
    return int(
        (one.delay_periods[:, node] != other.delay_periods[:, at]).sum()
        + (one.cost_factor[:, node] != other.cost_factor[:, at]).sum()
        + (one.order_cost_factor[:, node] != other.order_cost_factor[:, at]).sum()
        + (one.capacity_factor[:, node] != other.capacity_factor[:, at]).sum()
        + (one.warehouse_factor[:, node] != other.warehouse_factor[:, at]).sum()
    )
