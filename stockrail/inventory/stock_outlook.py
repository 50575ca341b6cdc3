"""What stock at a node has to expect (docs/formulation.md, section 8): demand until the next receipt, uncertainty, shortage."""

from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.special import ndtri

from stockrail.model.ledger import Ledger
from stockrail.model.tables import STOCK_SAFETY_FACTOR, BoolArray
from stockrail.model.tree import Array, IntArray, ScenarioTree

DEMAND_RISE = 0.2
"""Demand that is expected to be higher than now by more than this share explains stock in advance."""

RISE = 1e-6
"""Share by which costs or delays rise, or capacity falls, that is more than rounding."""

RECEIPT_UNITS = 1e-9
"""Units that are a receipt and not rounding."""


class Outlook:
    """What stock at each node has to expect. Arrays are [items, nodes] or [items].

    They are computed as [nodes, items], where a node's row is contiguous.

    Parameters
    ----------
    lead_time_periods : int [items], how long an order takes; by default what the instance says.
    """

    def __init__(self, ledger: Ledger, lead_time_periods: IntArray | None = None) -> None:
        self._ledger = ledger
        self._tables = ledger.tables
        self._tree = ledger.tables.tree
        instance = ledger.tables.instance
        planned = instance.item_column("lead_time_periods").astype(np.int64)
        self._lead_time = planned if lead_time_periods is None else lead_time_periods
        self._review = instance.supplier_column("order_interval_periods").astype(np.int64)

    @cached_property
    def need(self) -> Array:
        """Expected demand until the next receipt."""
        return self._until_receipt(self._tables.demand)

    @cached_property
    def wait(self) -> Array:
        """Expected periods until the next receipt."""
        return self._until_receipt(np.ones_like(self._tables.demand))

    def _until_receipt(self, values: Array) -> Array:
        """Expected sum of values over the nodes below, as far as nothing is received.

        At a leaf nobody knows the next receipt: it counts lead time and review interval times the leaf's own value.
        """
        tree, given = self._tree, given_parent(self._tree)
        value = np.ascontiguousarray(values.T)
        has_none = np.ascontiguousarray((self._ledger.line("received") <= RECEIPT_UNITS).T)
        total = np.zeros_like(value)
        total[tree.leaves] = value[tree.leaves] * (self._lead_time + self._review)
        for node in range(len(tree) - 1, 0, -1):
            total[tree.parent[node]] += given[node] * has_none[node] * (value[node] + total[node])
        return total.T

    @cached_property
    def mean_demand(self) -> Array:
        """Mean demand per period [items]."""
        return np.asarray(self._tables.demand @ self._tree.probability / self._tree.periods)

    @cached_property
    def economic_lot(self) -> Array:
        """The lot that balances order cost and holding, infinite where holding is free [items]."""
        order_cost = self._tables.instance.item_column("order_cost")
        holding = self._tables.holding_rate * self._tables.unit_value
        free = np.where(order_cost * self.mean_demand > 0, np.inf, 0.0)
        squared = np.divide(2.0 * self.mean_demand * order_cost, holding, out=free, where=holding > 0)
        return np.asarray(np.sqrt(squared))

    @cached_property
    def review_demand(self) -> Array:
        """Mean demand over the review interval of the supplier's calendar [items]."""
        return self.mean_demand * self._review

    @cached_property
    def largest_cycle(self) -> Array:
        """The most that is called cycle stock [items]: one lot that makes sense, and demand until the next review."""
        smallest_order = self._tables.minimum_lots * self._tables.lot_size
        return np.asarray(np.maximum(self.economic_lot, smallest_order) + self.review_demand)

    @cached_property
    def shortage_cost(self) -> Array:
        """What a unit costs that is short for one period, money per unit [items], at least 0."""
        tables = self._tables
        price = tables.instance.item_column("unit_price")
        shortage = (
            tables.expedited_share * tables.expedite_premium
            + tables.lost_fraction * (price - tables.unit_value + tables.churn_cost * price)
            + tables.waiting_share * tables.backorder_cost * price
        )
        return np.asarray(np.maximum(shortage, 0.0))

    @cached_property
    def holding_cost(self) -> Array:
        """What a unit costs that is held until the next receipt, on average, money per unit [items]."""
        wait = self.wait @ self._tree.probability / self._tree.periods
        return np.asarray(self._tables.holding_rate * self._tables.unit_value * wait)

    @cached_property
    def critical_ratio(self) -> Array:
        """Share of order cycles that should end without shortage: shortage over shortage and holding [items]; 0 where both cost nothing."""
        total = self.shortage_cost + self.holding_cost
        return np.asarray(np.divide(self.shortage_cost, total, out=np.zeros_like(total), where=total > 0))

    @cached_property
    def safety_factor(self) -> Array:
        """Standard deviations of safety at the item's critical ratio [items], between 0 and 4."""
        return np.asarray(np.clip(ndtri(self.critical_ratio), 0.0, STOCK_SAFETY_FACTOR))

    @cached_property
    def sigma_total(self) -> Array:
        """Standard deviation of demand over the next lead time + 1 periods: forecast error and scenarios together."""
        return np.asarray(np.sqrt(self.noise_variance + self._scenario_variance()))

    @cached_property
    def noise_variance(self) -> Array:
        """Variance of the forecast error of the periods ahead; beyond the horizon the last one's."""
        instance, periods = self._tables.instance, self._tree.periods
        horizon = int(self._lead_time.max(initial=0)) + 1
        variance = np.pad(instance.sigma**2, ((0, 0), (0, horizon)), mode="edge")
        cumulative = np.cumsum(np.pad(variance, ((0, 0), (1, 0))), axis=1)
        first = np.arange(1, periods + 1)
        last = first[None, :] + self._lead_time[:, None] + 1
        ahead = np.take_along_axis(cumulative, last, axis=1) - cumulative[:, first]
        return np.asarray(np.maximum(ahead, 0.0)[:, self._tree.period])

    def _scenario_variance(self) -> Array:
        """Variance over scenarios of the demand of the periods ahead, given the node; none beyond the horizon."""
        tree, to_children = self._tree, children_given_parent(self._tree)
        above = np.maximum(tree.parent, 0)
        out = np.zeros((len(tree), len(self._lead_time)))
        members = np.arange(len(self._lead_time))
        demand = np.ascontiguousarray(self._tables.demand.T)
        mean, variance = np.zeros_like(demand), np.zeros_like(demand)
        for ahead in range(1, int(self._lead_time.max(initial=0)) + 2):
            to_come = demand + mean
            mean = to_children @ to_come
            variance = to_children @ ((to_come - mean[above]) ** 2 + variance)
            is_done = self._lead_time[members] + 1 == ahead
            out[:, members[is_done]] = variance[:, is_done]
            members, demand = members[~is_done], demand[:, ~is_done]
            mean, variance = mean[:, ~is_done], variance[:, ~is_done]
        return out.T

    @cached_property
    def is_shortage_foreseen(self) -> BoolArray:
        """Whether the next lead time and review interval bring dearer or fewer supplies, or more demand, than now."""
        tree, window = self._tree, self._lead_time + self._review
        instance = self._tables.instance
        supplier = instance.item_supplier
        has_capacity = np.isfinite(instance.supplier_column("capacity_units_per_period"))
        cost, delay = tree.cost_factor[supplier], tree.delay_periods[supplier].astype(np.float64)
        capacity = tree.capacity_factor[supplier]
        mean_cost, mean_delay, mean_capacity = (
            mean_ahead(tree, facts, window, rows=supplier)
            for facts in (tree.cost_factor, tree.delay_periods.astype(np.float64), tree.capacity_factor)
        )
        demand = self._tables.demand
        mean_demand = mean_ahead(tree, demand, window, rows=np.arange(len(window)))
        return np.asarray(
            (mean_cost > cost * (1.0 + RISE))
            | (mean_delay > delay + RISE)
            | ((mean_capacity < capacity * (1.0 - RISE)) & has_capacity[:, None])
            | (mean_demand > demand * (1.0 + DEMAND_RISE) + RISE)
        )


def given_parent(tree: ScenarioTree) -> Array:
    """Probability of each node given its parent [nodes]; 1 at the root."""
    above = np.maximum(tree.parent, 0)
    return np.asarray(np.where(tree.parent >= 0, tree.probability / tree.probability[above], 1.0))


def children_given_parent(tree: ScenarioTree) -> sp.csr_matrix:
    """Operator [nodes, nodes] to the mean over the children, given the node; 0 at leaves."""
    children = np.arange(1, len(tree))
    shape = (len(tree), len(tree))
    return sp.csr_matrix((given_parent(tree)[1:], (tree.parent[1:], children)), shape=shape)


def mean_ahead(tree: ScenarioTree, values: Array, window: IntArray, *, rows: IntArray) -> Array:
    """Mean of values over the next periods given the node [items, nodes]; beyond the horizon a leaf's value goes on.

    Parameters
    ----------
    values : [sources, nodes].
    window : int [items], how many periods ahead count, at least 1.
    rows : int [items], which source an item reads.
    """
    leaves = tree.leaves
    loops = sp.csr_matrix((np.ones(len(leaves)), (leaves, leaves)), shape=(len(tree), len(tree)))
    ahead = sp.csr_matrix(children_given_parent(tree) + loops)
    expected = np.ascontiguousarray(values.T)
    so_far = np.zeros_like(expected)
    out = np.empty((len(tree), len(window)))
    for step in range(1, int(window.max(initial=0)) + 1):
        expected = ahead @ expected
        so_far += expected
        here = np.flatnonzero(window == step)
        out[:, here] = so_far[:, rows[here]] / step
    return out.T
