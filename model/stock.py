"""The state of a plan: cumulative lots, and the basis functions of stock that everything else is linear in.

A `LinearForm` is a set of coefficients on that basis. The objective is one, every guardrail row is one, and the lot
recursion minimises one. See docs/design.md, "Everything is linear in ten functions of K".
"""

from dataclasses import dataclass, fields
from functools import cached_property

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.arrivals import apply
from stockrail.model.loss import backlog_array, in_full_array
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import Array, IntArray, ScenarioTree

BASIS = (
    "backlog",
    "opening_backlog",
    "aged",
    "aged_older",
    "beyond_cover",
    "in_full",
    "cumulative_lots",
    "is_order",
    "saving",
    "order_change",
)
"""The functions of cumulative lots that everything is linear in, by node."""


@dataclass(frozen=True)
class Stock:
    """The basis functions of one plan, all [items, nodes].

    Attributes
    ----------
    cumulative_lots : lots ordered on the path up to and including the node.
    is_order : 1.0 where the node orders.
    saving : money that quantity breaks save on the node's order, at cost factor 1.
    backlog, opening_backlog : units owed at the end of the period, and when its demand arrives.
    aged, aged_older : units in stock older than the shelf life, and older than one period more.
    beyond_cover : units in stock beyond the forward demand.
    in_full : probability that nothing is owed at the end of the period.
    """

    tables: Tables
    cumulative_lots: IntArray
    lots: Array
    is_order: Array
    saving: Array
    net_inventory: Array
    backlog: Array
    opening_backlog: Array
    aged: Array
    aged_older: Array
    beyond_cover: Array
    in_full: Array

    @staticmethod
    def of(tables: Tables, cumulative_lots: IntArray) -> "Stock":
        """Evaluate the basis for cumulative lots [items, nodes]."""
        lots = cumulative_lots.astype(np.float64)
        lots[:, 1:] -= cumulative_lots[:, tables.tree.parent[1:]]
        net_inventory = tables.net_inventory(cumulative_lots.astype(np.float64))
        aged, aged_older = _aged(tables, net_inventory)
        beyond = net_inventory - tables.forward_demand
        return Stock(
            tables=tables,
            cumulative_lots=cumulative_lots,
            lots=lots,
            is_order=(lots > 0).astype(np.float64),
            saving=tables.tiers.saving(lots),
            net_inventory=net_inventory,
            backlog=backlog_array(net_inventory, tables.sigma),
            opening_backlog=backlog_array(net_inventory + tables.demand, tables.sigma),
            aged=aged,
            aged_older=aged_older,
            beyond_cover=beyond + backlog_array(beyond, tables.sigma),
            in_full=in_full_array(net_inventory, tables.sigma),
        )

    @cached_property
    def order_change(self) -> Array:
        """Units by which the node's order differs from what was announced for its period; few plans need it."""
        announced = self.tables.order_changes.announced[:, self.tables.tree.period]
        return np.asarray(np.abs(self.tables.lot_size[:, None] * self.lots - announced))


@dataclass
class LinearForm:
    """Coefficients on the basis of `Stock`, [items, nodes] each, and a constant [items]. Built up in place."""

    backlog: Array
    opening_backlog: Array
    aged: Array
    aged_older: Array
    beyond_cover: Array
    in_full: Array
    cumulative_lots: Array
    is_order: Array
    saving: Array
    order_change: Array
    constant: Array

    @staticmethod
    def zero(tables: Tables) -> "LinearForm":
        """The form that is 0 for every plan."""
        shape = tables.demand.shape
        return LinearForm(**{name: np.zeros(shape) for name in BASIS}, constant=np.zeros(shape[0]))

    def add(self, other: "LinearForm") -> None:
        """Add another form to this one."""
        for f in fields(self):
            getattr(self, f.name)[...] += getattr(other, f.name)

    def value(self, stock: Stock) -> Array:
        """The form's value for a plan, by item [items]."""
        total = self.constant.copy()
        for name in BASIS:
            if getattr(self, name).any():
                total += np.einsum("in,in->i", getattr(self, name), getattr(stock, name))
        return total

    def add_net_inventory(self, tables: Tables, weight: Array) -> None:
        """Add weight [items, nodes] times net inventory."""
        self.constant += np.einsum("in,in->i", weight, tables.base_stock)
        self.cumulative_lots += tables.arrivals.stock_transposed(weight * tables.lot_size[:, None])

    def add_lots(self, tables: Tables, weight: Array) -> None:
        """Add weight [items, nodes] times lots ordered at the node."""
        self.cumulative_lots += weight - apply(tables.tree.to_parent.T.tocsr(), weight)


def ancestors(tree: ScenarioTree, depth: int) -> NDArray[np.int64]:
    """Ancestor at each depth 0..depth of every node [depth + 1, nodes], -1 beyond the root."""
    table = np.full((depth + 1, len(tree)), -1, dtype=np.int64)
    table[0] = np.arange(len(tree))
    for level in range(1, depth + 1):
        above = table[level - 1]
        table[level] = np.where(above >= 0, tree.parent[above], -1)
    return table


def _aged(tables: Tables, net_inventory: Array) -> tuple[Array, Array]:
    aged, aged_older = np.zeros_like(net_inventory), np.zeros_like(net_inventory)
    members = np.flatnonzero(tables.shelf_life >= 0)
    if len(members):
        cumulative_demand = cumulate(tables.tree, tables.demand[members])
        lookup = ancestors(tables.tree, int(tables.shelf_life.max()) + 1)
        for extra, out in ((0, aged), (1, aged_older)):
            out[members] = _aged_beyond(
                net_inventory[members], cumulative_demand, lookup, tables.shelf_life[members] + extra
            )
    return aged, aged_older


@nb.njit(nogil=True, cache=True)
def _aged_beyond(
    net_inventory: Array, cumulative_demand: Array, ancestor: IntArray, age_periods: IntArray
) -> Array:
    """Units older than `age_periods` [items] under first in, first out: supply back then, less demand until now."""
    out = np.zeros_like(net_inventory)
    for i in range(out.shape[0]):
        for node in range(out.shape[1]):
            then = ancestor[age_periods[i], node]
            if then >= 0:
                supply = net_inventory[i, then] + cumulative_demand[i, then]
                out[i, node] = max(0.0, supply - cumulative_demand[i, node])
    return out
