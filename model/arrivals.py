"""When orders arrive: lead times with supplier delays, without overtaking.

Items that share supplier and lead time share everything here, so it is computed once per *lane*.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from stockrail.model.instance import Instance
from stockrail.model.tree import Array, IntArray, ScenarioTree


@dataclass(frozen=True)
class Arrivals:
    """Arrival of orders by lane and node.

    Attributes
    ----------
    item_lane : int array [items]
        The lane (supplier and lead time) of each item.
    arrival_period : int array [lanes, nodes]
        Period at whose start an order placed at the node arrives; at or beyond the horizon if it does not.
    arrived : int array [lanes, nodes]
        Latest node on the path whose order has arrived, -1 where there is none.
    stock_operators, receipt_operators : sparse [nodes, nodes] per lane
        ``stock @ K`` reads cumulative lots arrived at each node; ``receipt @ lots`` sums what arrives at its start.
    """

    item_lane: IntArray
    arrival_period: IntArray
    arrived: IntArray
    stock_operators: tuple[sp.csr_matrix, ...]
    receipt_operators: tuple[sp.csr_matrix, ...]

    @staticmethod
    def build(instance: Instance, tree: ScenarioTree) -> "Arrivals":
        """Arrivals of every lane of the instance on the tree."""
        keys = [
            (int(v), row.lead_time_periods)
            for v, row in zip(instance.item_supplier, instance.items, strict=True)
        ]
        lanes = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        periods, latest, stock, receipts = [], [], [], []
        for supplier, lead_time in lanes:
            arrival = _arrival_periods(tree, lead_time + tree.delay_periods[supplier])
            arrived = _latest_arrived(tree, arrival)
            periods.append(arrival)
            latest.append(arrived)
            has_stock = np.flatnonzero(arrived >= 0)
            stock.append(_incidence(has_stock, arrived[has_stock], len(tree)))
            receipts.append(_receipt_operator(tree, arrived))
        return Arrivals(
            np.array([lanes[key] for key in keys], dtype=np.int64),
            np.array(periods),
            np.array(latest),
            tuple(stock),
            tuple(receipts),
        )

    def stock(self, cumulative_lots: Array) -> Array:
        """Cumulative lots that have arrived at each node [items, nodes]."""
        return self._by_lane(self.stock_operators, cumulative_lots)

    def stock_transposed(self, weight: Array) -> Array:
        """Adjoint of `stock`: weight on arrived lots as weight on cumulative lots at their order node."""
        return self._by_lane([op.T.tocsr() for op in self.stock_operators], weight)

    def receipts(self, lots: Array) -> Array:
        """What arrives at the start of each node's period [items, nodes]."""
        return self._by_lane(self.receipt_operators, lots)

    def receipts_transposed(self, weight: Array) -> Array:
        """Adjoint of `receipts`: weight on arrivals as weight on orders."""
        return self._by_lane([op.T.tocsr() for op in self.receipt_operators], weight)

    def _by_lane(self, operators: tuple[sp.csr_matrix, ...] | list[sp.csr_matrix], values: Array) -> Array:
        out = np.empty(values.shape)
        for lane, operator in enumerate(operators):
            members = np.flatnonzero(self.item_lane == lane)
            out[members] = apply(operator, values[members])
        return out


def apply(operator: sp.csr_matrix, values: Array) -> Array:
    """Apply a sparse operator [nodes, nodes] to each row of values [items, nodes]."""
    product: Array = (operator @ np.ascontiguousarray(values.T)).T
    return product


def _arrival_periods(tree: ScenarioTree, lead_time: IntArray) -> IntArray:
    arrival = tree.period + lead_time
    for node in range(1, len(tree)):
        # An order never overtakes an earlier one: it waits and they arrive together.
        arrival[node] = max(arrival[node], arrival[tree.parent[node]])
    return np.asarray(arrival, dtype=np.int64)


def _latest_arrived(tree: ScenarioTree, arrival_period: IntArray) -> IntArray:
    arrived = np.full(len(tree), -1, dtype=np.int64)
    for node in range(len(tree)):
        candidate = node
        while candidate >= 0 and arrival_period[candidate] > tree.period[node]:
            candidate = int(tree.parent[candidate])
        arrived[node] = candidate
    return arrived


def _receipt_operator(tree: ScenarioTree, arrived: IntArray) -> sp.csr_matrix:
    rows, columns = [], []
    for node in range(len(tree)):
        stop = arrived[tree.parent[node]] if node else -1
        order = int(arrived[node])
        while order != stop and order >= 0:
            rows.append(node)
            columns.append(order)
            order = int(tree.parent[order])
    return _incidence(np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), len(tree))


def _incidence(rows: NDArray[np.int64], columns: NDArray[np.int64], size: int) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(size, size))
