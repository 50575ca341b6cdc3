"""The scenario tree: nodes with parent, period and probability, and the facts that differ from node to node."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class ScenarioTree:
    """A scenario tree in topological order: node 0 is the root (now), a parent comes before its children.

    Attributes
    ----------
    names : tuple of str
        Node names, as in `scenarios` and `orders.csv`.
    parent, period : int arrays [nodes]
        The root's parent is -1. All leaves are in the last period.
    probability : array [nodes]
        The probabilities of one period add up to 1.
    demand : array [items, nodes]
        Units demanded.
    price_factor : array [nodes]
        Factor on every unit price.
    delay_periods : int array [suppliers, nodes]
        Added to the lead time of orders placed at the node.
    cost_factor, order_cost_factor, capacity_factor : arrays [suppliers, nodes]
        Factors on unit cost and order cost of orders placed at the node, and on capacity there.
    warehouse_factor : array [warehouses, nodes]
        Factor on the warehouse's capacity at the node.
    """

    names: tuple[str, ...]
    parent: IntArray
    period: IntArray
    probability: Array
    demand: Array
    price_factor: Array
    delay_periods: IntArray
    cost_factor: Array
    order_cost_factor: Array
    capacity_factor: Array
    warehouse_factor: Array

    def __len__(self) -> int:
        return len(self.parent)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.period.max()) + 1

    @cached_property
    def leaves(self) -> IntArray:
        """Nodes of the last period; each is a scenario."""
        return np.flatnonzero(self.period == self.periods - 1)

    @cached_property
    def to_parent(self) -> sp.csr_matrix:
        """Sparse [nodes, nodes] with a 1 at (node, parent): `to_parent @ x` reads the parent's value, 0 at the root."""
        children = np.arange(1, len(self))
        shape = (len(self), len(self))
        return sp.csr_matrix((np.ones(len(children)), (children, self.parent[1:])), shape=shape)

    def path(self, node: int) -> IntArray:
        """Nodes from the root to `node`, both included."""
        nodes = [node]
        while self.parent[nodes[-1]] >= 0:
            nodes.append(int(self.parent[nodes[-1]]))
        return np.array(nodes[::-1])
