"""What a rule knows of demand and cost, item by item (docs/formulation.md, section 16)."""

from dataclasses import dataclass

import numpy as np

from stockrail.inventory.stock_outlook import children_given_parent
from stockrail.model.expected_demand import demand_ahead
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree


@dataclass(frozen=True)
class DemandFacts:
    """Demand ahead and what it costs to be wrong. Arrays are [items], by node [items, nodes].

    Attributes
    ----------
    tables : parameters of the instance on its tree.
    lead_time_periods, review_periods : int; L and R of the textbook, R the interval of the supplier's calendar.
    protection_periods : int, periods of demand not yet known that an order has to cover, L + R - 1.
    mean_demand : units per period, mean over the horizon.
    sd_units : units, standard deviation of one period's demand as forecast today, root mean square over the horizon: forecast
        error and scenarios together.
    protection_mean, protection_sd : by node, units: mean and standard deviation of the demand of the protection periods, given
        the node.
    """

    tables: Tables
    lead_time_periods: IntArray
    review_periods: IntArray
    mean_demand: Array
    sd_units: Array
    protection_mean: Array
    protection_sd: Array

    @staticmethod
    def of(tables: Tables) -> "DemandFacts":
        """Compute what the instance says of its demand."""
        instance, tree = tables.instance, tables.tree
        lead_time = instance.item_column("lead_time_periods").astype(np.int64)
        review = instance.supplier_column("order_interval_periods").astype(np.int64)
        window = protection_periods(lead_time, review)
        variance = np.stack([_variance_in(tables, t) for t in range(tree.periods)], axis=1)
        return DemandFacts(
            tables=tables,
            lead_time_periods=lead_time,
            review_periods=review,
            mean_demand=np.asarray(tables.demand @ tree.probability / tree.periods),
            sd_units=np.asarray(np.sqrt(variance.mean(axis=1))),
            protection_mean=demand_ahead(tree, window[None, :].astype(np.float64))[0],
            protection_sd=np.sqrt(
                noise_ahead(instance.sigma, window)[:, tree.period]
                + scenario_variance_ahead(tree, tables.demand, window)
            ),
        )

    @property
    def protection_periods(self) -> IntArray:
        """Periods of demand not yet known that an order has to cover [items]."""
        return protection_periods(self.lead_time_periods, self.review_periods)

    @property
    def underage(self) -> Array:
        """What a unit short costs, at the instance's shares of expediting, lost sales and waiting [items], money."""
        tables = self.tables
        price = tables.instance.item_column("unit_price")
        cost = (
            tables.expedited_share * tables.expedite_premium
            + tables.lost_fraction * (price - tables.unit_value + tables.churn_cost * price)
            + tables.waiting_share * tables.backorder_cost * price
        )
        return np.asarray(np.maximum(cost, 0.0))

    @property
    def holding(self) -> Array:
        """What a unit in stock costs a period [items], money."""
        return np.asarray(self.tables.holding_rate * self.tables.unit_value)


def protection_periods(lead_time: IntArray, review: IntArray) -> IntArray:
    """L + R - 1 [items]: an order is placed when the period's demand is known, and has to last until the next one arrives."""
    return np.asarray(lead_time + review - 1)


def noise_ahead(sigma: Array, window: IntArray) -> Array:
    """Variance of the forecast error of the next periods [items, periods]; beyond the horizon the last one's.

    Parameters
    ----------
    sigma : [items, periods], units.
    window : int [items], periods ahead.
    """
    periods = sigma.shape[1]
    squared = np.pad(sigma**2, ((0, 0), (0, int(window.max(initial=0)))), mode="edge")
    cumulative = np.cumsum(np.pad(squared, ((0, 0), (1, 0))), axis=1)
    first = np.arange(1, periods + 1)
    ahead = np.take_along_axis(cumulative, first[None, :] + window[:, None], axis=1) - cumulative[:, first]
    return np.asarray(np.maximum(ahead, 0.0))


def scenario_variance_ahead(tree: ScenarioTree, demand: Array, window: IntArray) -> Array:
    """Variance over scenarios of the demand of the next periods, given the node [items, nodes]; none beyond the horizon.

    Parameters
    ----------
    demand : [items, nodes], units.
    window : int [items], periods ahead.
    """
    to_children, above = children_given_parent(tree), np.maximum(tree.parent, 0)
    own = np.ascontiguousarray(demand.T)
    mean, variance = np.zeros_like(own), np.zeros_like(own)
    out = np.zeros_like(own)
    for ahead in range(1, int(window.max(initial=0)) + 1):
        to_come = own + mean
        mean = to_children @ to_come
        variance = to_children @ ((to_come - mean[above]) ** 2 + variance)
        here = window == ahead
        out[:, here] = variance[:, here]
    return out.T


def _variance_in(tables: Tables, t: int) -> Array:
    """Variance of the demand of a period as seen today [items]."""
    tree = tables.tree
    nodes = np.flatnonzero(tree.period == t)
    weight = tree.probability[nodes]
    demand = tables.demand[:, nodes]
    mean = demand @ weight
    return np.asarray((demand - mean[:, None]) ** 2 @ weight + tables.instance.sigma[:, t] ** 2)
