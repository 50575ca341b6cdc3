"""Paths that are simulated: demand, delays, costs and prices period by period, each path equally likely."""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.trees.paths import SamplePaths


class Source(Protocol):
    """Something that sample paths can be drawn from, such as those of `stockrail trees`."""

    def draw(self, count: int, seed: int, purpose: Literal["tree", "test"]) -> SamplePaths:
        """Draw paths; the same seed and purpose give the same paths, and those for tests are none of those for trees."""
        ...


@dataclass(frozen=True)
class DemandPaths:
    """Equally likely futures, and all that is uncertain in them.

    Attributes
    ----------
    demand : [paths, items, periods], units, at least 0.
    delay_periods : int [paths, suppliers, periods], added to the lead time of orders placed in the period.
    cost_factor, order_cost_factor, capacity_factor : [paths, suppliers, periods].
    warehouse_factor : [paths, warehouses, periods].
    price_factor : [paths, periods].
    node : int [paths, periods], the node of the tree that a path was drawn from; None where it was not.
    foreseen : [paths, items, periods], units, what is known of a period's demand when its orders are placed; None where that is all of it.
    """

    demand: Array
    delay_periods: IntArray
    cost_factor: Array
    order_cost_factor: Array
    price_factor: Array
    capacity_factor: Array
    warehouse_factor: Array
    node: IntArray | None = None
    foreseen: Array | None = None

    def __len__(self) -> int:
        return len(self.demand)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.demand.shape[2])

    def take(self, chosen: IntArray | slice) -> "DemandPaths":
        """Some of the paths, by position."""
        return DemandPaths(
            demand=self.demand[chosen],
            delay_periods=self.delay_periods[chosen],
            cost_factor=self.cost_factor[chosen],
            order_cost_factor=self.order_cost_factor[chosen],
            price_factor=self.price_factor[chosen],
            capacity_factor=self.capacity_factor[chosen],
            warehouse_factor=self.warehouse_factor[chosen],
            node=None if self.node is None else self.node[chosen],
            foreseen=None if self.foreseen is None else self.foreseen[chosen],
        )

    @staticmethod
    def of_demand(instance: Instance, demand: Array) -> "DemandPaths":
        """Given demand [paths, items, periods], and nothing else that differs from what the instance says.

        Raises
        ------
        ValueError
            Demand is not of the items of the instance, or is negative or missing somewhere.
        """
        if demand.ndim != 3 or demand.shape[1] != len(instance.items):
            raise ValueError(
                f"Expected demand of {len(instance.items)} items as [paths, items, periods], got {demand.shape}."
            )
        if not (np.isfinite(demand).all() and (demand >= 0).all()):
            raise ValueError(
                "Expected demand of at least 0 in every period of every path; missing is not zero."
            )
        count, _, periods = demand.shape
        by_supplier = (count, len(instance.suppliers), periods)
        return DemandPaths(
            demand=demand,
            delay_periods=np.zeros(by_supplier, dtype=np.int64),
            cost_factor=np.ones(by_supplier),
            order_cost_factor=np.ones(by_supplier),
            price_factor=np.ones((count, periods)),
            capacity_factor=np.ones(by_supplier),
            warehouse_factor=np.ones((count, len(instance.warehouses), periods)),
        )

    @staticmethod
    def of_tree(instance: Instance, tree: ScenarioTree, leaves: IntArray) -> "DemandPaths":
        """The scenarios of some leaves [paths], as they are on the tree, without any item's noise."""
        node = _nodes_to(tree, leaves)
        plain = DemandPaths.of_demand(instance, tree.demand[:, node].transpose(1, 0, 2))
        return replace(
            plain,
            delay_periods=tree.delay_periods[:, node].transpose(1, 0, 2),
            cost_factor=tree.cost_factor[:, node].transpose(1, 0, 2),
            order_cost_factor=tree.order_cost_factor[:, node].transpose(1, 0, 2),
            price_factor=tree.price_factor[node],
            capacity_factor=tree.capacity_factor[:, node].transpose(1, 0, 2),
            warehouse_factor=tree.warehouse_factor[:, node].transpose(1, 0, 2),
            node=node,
        )

    @staticmethod
    def of_samples(instance: Instance, samples: SamplePaths) -> "DemandPaths":
        """Sample paths with their disruptions. Where several last for one supplier, the longest delay holds and factors multiply."""
        plain = DemandPaths.of_demand(instance, samples.demand)
        for k, row in enumerate(samples.disruptions):
            v, hit = instance.supplier_index[row.supplier], np.flatnonzero(samples.happens[:, k])
            for t in range(row.period, min(row.period + row.duration_periods, plain.periods)):
                plain.delay_periods[hit, v, t] = np.maximum(plain.delay_periods[hit, v, t], row.delay_periods)
                plain.cost_factor[hit, v, t] *= row.cost_factor
                plain.order_cost_factor[hit, v, t] *= row.order_cost_factor
                plain.capacity_factor[hit, v, t] *= row.capacity_factor
        return plain


def drawn(
    instance: Instance, tree: ScenarioTree, count: int, seed: int, *, is_noise_seen: bool = True
) -> DemandPaths:
    """Fresh paths: each takes the facts of a leaf's scenario, drawn with its probability, and noise on top.

    Noise is normal with standard deviation `sigma_units`, independent between items and periods. Demand is cut at 0, so that an
    item whose noise is large against its demand sells a little more on average than its mean says. The same seed
    gives the same paths.

    Parameters
    ----------
    is_noise_seen : whether orders of a period are placed with all of its demand in sight. Without it they know the node's demand
        and not yet the noise, which is what `sigma` of section 2 takes for granted.
    """
    random = np.random.default_rng([seed, 11])
    probability = tree.probability[tree.leaves]
    leaves = random.choice(tree.leaves, size=count, p=probability / probability.sum())
    paths = DemandPaths.of_tree(instance, tree, leaves)
    noise = random.standard_normal(paths.demand.shape)
    noise *= instance.sigma[:, : paths.periods]
    noise += paths.demand
    foreseen = None if is_noise_seen else paths.demand
    return replace(paths, demand=np.maximum(noise, 0.0, out=noise), foreseen=foreseen)


def sampled(instance: Instance, source: Source, count: int, seed: int) -> DemandPaths:
    """Test paths of a source, such as a model of forecast errors; trees are never made of them."""
    return DemandPaths.of_samples(instance, source.draw(count, seed, "test"))


def bootstrapped(
    instance: Instance,
    history: Array,
    count: int,
    seed: int,
    *,
    block_periods: int = 4,
    mean: Array | None = None,
) -> DemandPaths:
    """Paths put together of blocks of consecutive periods of history, drawn with replacement; all items take the same blocks.

    What items have in common and what lasts up to a block is kept. A season is not: blocks come from anywhere.

    Parameters
    ----------
    history : [items, periods], units.
    block_periods : length of a block; at most what there is of history.
    mean : [items, periods], units that demand is expected to be, such as the instance's: history then only says how demand
        differs from its mean, as a share of it. Items without demand in history stay at their mean.

    Raises
    ------
    ValueError
        History is not of the items of the instance, or shorter than a block.
    """
    items, past = history.shape
    if items != len(instance.items) or not 1 <= block_periods <= past:
        raise ValueError(
            f"Expected history of {len(instance.items)} items and at least {max(block_periods, 1)} periods, got {history.shape}."
        )
    periods = instance.settings.periods
    random = np.random.default_rng([seed, 12])
    blocks = -(-periods // block_periods)
    first = random.integers(0, past - block_periods + 1, size=(count, blocks))
    position = (first[:, :, None] + np.arange(block_periods)).reshape(count, -1)[:, :periods]
    if mean is None:
        return DemandPaths.of_demand(instance, history[:, position].transpose(1, 0, 2))
    level = history.mean(axis=1, keepdims=True)
    share = np.divide(history, level, out=np.ones_like(history), where=level > 0)
    return DemandPaths.of_demand(instance, share[:, position].transpose(1, 0, 2) * mean)


def from_history(instance: Instance, units: Array) -> DemandPaths:
    """What really happened [items, periods], as the only path."""
    return DemandPaths.of_demand(instance, units[None])


def _nodes_to(tree: ScenarioTree, leaves: IntArray) -> IntArray:
    """Nodes from the root to each leaf [paths, periods]."""
    node = np.empty((len(leaves), tree.periods), dtype=np.int64)
    node[:, -1] = leaves
    for t in range(tree.periods - 1, 0, -1):
        node[:, t - 1] = tree.parent[node[:, t]]
    return node
