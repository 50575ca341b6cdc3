"""Every parameter of the model as arrays over items and nodes, computed once (docs/formulation.md, sections 2 to 4)."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.arrivals import Arrivals
from stockrail.model.expected_demand import demand_ahead
from stockrail.model.instance import Instance
from stockrail.model.order_changes import OrderChanges
from stockrail.model.quantity_breaks import Tiers
from stockrail.model.tree import Array, IntArray, ScenarioTree

STOCK_SAFETY_FACTOR = 4.0
"""Standard deviations above the largest demand that a plan may ever cover (law `cumulative_lots_limit`)."""

BoolArray = NDArray[np.bool_]
Number = TypeVar("Number", np.float64, np.int32, np.int64)


@dataclass(frozen=True)
class Tables:
    """The parameters of docs/formulation.md, section 2. Arrays are [items, nodes] or [items] unless said otherwise.

    Attributes
    ----------
    base_stock : [items, nodes]
        Net inventory without any order: opening stock + scheduled receipts - demand, cumulated on the path.
    maximum_lots, shelf_life : int [items]
        -1 where there is none.
    lots_limit : int [items]
        Most free lots on a path (law `cumulative_lots_limit`).
    fixed_lots : int [items, nodes]
        Lots ordered at the node by an override or the existing plan in a frozen period.
    is_order_allowed : bool [items, nodes]
        Whether free lots may be ordered at the node.
    discount : [nodes]
        Factor that takes money of the node's period to now.
    forward_demand : [items, nodes]
        Expected demand in the `forward_cover_days` after the node's period, given the node.
    tiers : what quantity breaks save, by whole lots.
    order_changes : what was announced to suppliers, and what changing it costs.
    cost_factor : [items, nodes]
        Factor of the item's supplier on unit costs of orders placed at the node, and so on what breaks save.
    """

    instance: Instance
    tree: ScenarioTree
    arrivals: Arrivals
    demand: Array
    price: Array
    landed_cost: Array
    order_cost: Array
    sigma: Array
    base_stock: Array
    scheduled_received: Array
    fixed_lots: IntArray
    is_order_allowed: BoolArray
    unit_value: Array
    lot_size: Array
    minimum_lots: IntArray
    maximum_lots: IntArray
    lots_limit: IntArray
    waiting_share: Array
    lost_fraction: Array
    expedited_share: Array
    expedite_premium: Array
    churn_cost: Array
    backorder_cost: Array
    write_off_share: Array
    shelf_life: IntArray
    holding_rate: float
    cash_holding_rate: float
    discount: Array
    forward_demand: Array
    tiers: Tiers
    order_changes: OrderChanges
    cost_factor: Array
    deposit_share: Array
    space_per_unit: Array

    @property
    def arrived(self) -> IntArray:
        """Latest node whose order has arrived [items, nodes], -1 where there is none."""
        return self.arrivals.arrived[self.arrivals.item_lane]

    @property
    def weight(self) -> Array:
        """Probability times discount [nodes]: what a unit of money at a node adds to the objective."""
        return self.tree.probability * self.discount

    def net_inventory(self, cumulative_lots: Array) -> Array:
        """Opening stock + receipts - demand on the path [items, nodes], for cumulative lots [items, nodes]."""
        return self.base_stock + self.lot_size[:, None] * self.arrivals.stock(cumulative_lots)

    @staticmethod
    def build(instance: Instance, tree: ScenarioTree, arrivals: Arrivals | None = None) -> "Tables":
        """Compute all parameters of an instance on its tree; `arrivals` are theirs where they are known already."""
        if arrivals is None:
            arrivals = Arrivals.build(instance, tree)
        supplier = instance.item_supplier
        landed_rate = instance.landed_rate
        unit_value = instance.item_column("unit_cost") * landed_rate
        cost_factor = tree.cost_factor[supplier]
        scheduled = _scheduled(instance)
        cumulative_demand = cumulate(tree, tree.demand)
        lot_size = instance.item_column("lot_size")
        minimum_lots, maximum_lots = lot_rules(instance)
        sigma = _protection_sigma(instance)[:, tree.period]
        fixed_lots, is_fixed = _fixed_lots(instance)
        fixed_lots = fixed_lots[:, tree.period]
        opening = instance.item_column("opening_stock_units")
        expedited_share, lost_fraction, waiting_share = _shortage_shares(instance, unit_value)
        settings = instance.settings
        paid_rate = settings.storage_rate_per_year + settings.insurance_rate_per_year
        shelf_life = instance.item_column("shelf_life_periods")
        base_stock = opening[:, None] + np.cumsum(scheduled, axis=1)[:, tree.period] - cumulative_demand
        most_needed = (
            cumulative_demand.max(axis=1)
            + STOCK_SAFETY_FACTOR * sigma.max(axis=1)
            - opening
            - scheduled.sum(axis=1)
            - lot_size * cumulate(tree, fixed_lots.astype(np.float64)).max(axis=1)
        )
        in_horizon = arrivals.arrival_period[arrivals.item_lane] < tree.periods
        return Tables(
            instance=instance,
            tree=tree,
            arrivals=arrivals,
            demand=tree.demand,
            price=instance.item_column("unit_price")[:, None] * tree.price_factor,
            landed_cost=unit_value[:, None] * cost_factor,
            order_cost=instance.item_column("order_cost")[:, None] * tree.order_cost_factor[supplier],
            sigma=sigma,
            base_stock=base_stock,
            scheduled_received=scheduled[:, tree.period],
            fixed_lots=fixed_lots,
            is_order_allowed=(_calendar(instance) & ~is_fixed)[:, tree.period] & in_horizon,
            unit_value=unit_value,
            lot_size=lot_size,
            minimum_lots=minimum_lots,
            maximum_lots=maximum_lots,
            lots_limit=np.ceil(np.maximum(most_needed, 0.0) / lot_size - 1e-9).astype(np.int64)
            + minimum_lots,
            waiting_share=waiting_share,
            lost_fraction=lost_fraction,
            expedited_share=expedited_share,
            expedite_premium=instance.item_column("expedite_premium"),
            churn_cost=instance.segment_column("churn_cost_share_of_price"),
            backorder_cost=instance.segment_column("backorder_cost_share_of_price_per_period"),
            write_off_share=instance.item_column("write_off_share"),
            shelf_life=np.where(np.isnan(shelf_life), -1, np.nan_to_num(shelf_life)).astype(np.int64),
            holding_rate=(settings.cost_of_capital_rate_per_year + paid_rate) / instance.periods_per_year,
            cash_holding_rate=paid_rate / instance.periods_per_year,
            discount=discount_of(instance, tree),
            forward_demand=_forward_demand(instance, tree),
            tiers=Tiers.of(instance),
            order_changes=OrderChanges.of(instance),
            cost_factor=cost_factor,
            deposit_share=instance.supplier_column("deposit_share"),
            space_per_unit=instance.item_column("space_per_unit"),
        )


def discount_of(instance: Instance, tree: ScenarioTree) -> Array:
    """Factor that takes money of each node's period to now [nodes]."""
    rate = instance.settings.discount_rate_per_year
    return np.asarray((1.0 + rate) ** (-tree.period / instance.periods_per_year))


def cumulate(tree: ScenarioTree, values: NDArray[Number]) -> NDArray[Number]:
    """Sum of values [items, nodes] along the path from the root to each node."""
    total = values.copy()
    _add_parents(total, tree.parent)
    return total


def sum_below(tree: ScenarioTree, values: Array) -> Array:
    """Sum of values [items, nodes] over each node and all nodes below it: the adjoint of `cumulate`."""
    total = values.copy()
    _add_to_parents(total, tree.parent)
    return total


@nb.njit(nogil=True, cache=True)
def _add_parents(total: NDArray[Any], parent: IntArray) -> None:
    for i in range(total.shape[0]):
        for node in range(1, total.shape[1]):
            total[i, node] += total[i, parent[node]]


@nb.njit(nogil=True, cache=True)
def _add_to_parents(total: Array, parent: IntArray) -> None:
    for i in range(total.shape[0]):
        for node in range(total.shape[1] - 1, 0, -1):
            total[i, parent[node]] += total[i, node]


def lot_rules(instance: Instance) -> tuple[IntArray, IntArray]:
    """Minimum (at least 1) and maximum (-1: none) order in lots [items]."""
    lot_size = instance.item_column("lot_size")
    minimum = np.ceil(instance.item_column("minimum_order_units") / lot_size - 1e-9)
    maximum = np.floor(instance.item_column("maximum_order_units") / lot_size + 1e-9)
    return (
        np.maximum(minimum, 1).astype(np.int64),
        np.where(np.isnan(maximum), -1, np.nan_to_num(maximum)).astype(np.int64),
    )


def _forward_demand(instance: Instance, tree: ScenarioTree) -> Array:
    """Expected demand in the `forward_cover_days` after each node's period, given the node [items, nodes]."""
    cover_periods = instance.settings.forward_cover_days / instance.settings.period_length_days
    ahead: Array = demand_ahead(tree, np.full((1, len(instance.items)), cover_periods))[0]
    return ahead


def _scheduled(instance: Instance) -> Array:
    scheduled = np.zeros_like(instance.mean_demand)
    for row in instance.open_orders:
        scheduled[instance.item_index[row.item], row.due_period] += row.units
    return scheduled


def _protection_sigma(instance: Instance) -> Array:
    """Error accumulated over lead time + one period, by item and period, no longer than the time elapsed."""
    cumulative = np.cumsum(np.pad(instance.sigma**2, ((0, 0), (1, 0))), axis=1)
    lead_time = instance.item_column("lead_time_periods").astype(np.int64)
    period = np.arange(instance.mean_demand.shape[1])
    first = np.maximum(period[None, :] - lead_time[:, None], 0)
    variance = cumulative[:, 1:] - np.take_along_axis(cumulative, first, axis=1)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)))


def _fixed_lots(instance: Instance) -> tuple[IntArray, BoolArray]:
    lots = np.zeros(instance.mean_demand.shape, dtype=np.int64)
    is_fixed = np.zeros(lots.shape, dtype=bool)
    is_fixed[:, : instance.settings.frozen_periods] = True
    for row in instance.order_overrides:
        position = instance.item_index[row.item], row.period
        lots[position] = row.lots
        is_fixed[position] = True
    return lots, is_fixed


def _calendar(instance: Instance) -> BoolArray:
    interval = instance.supplier_column("order_interval_periods")
    offset = instance.supplier_column("order_offset_periods")
    since = np.arange(instance.mean_demand.shape[1])[None, :] - offset[:, None]
    return np.asarray((since >= 0) & (since % interval[:, None] == 0))


def _shortage_shares(instance: Instance, unit_value: Array) -> tuple[Array, Array, Array]:
    """Shares of newly short units that are expedited, lost, waiting. Expediting only where it is worthwhile."""
    price = instance.item_column("unit_price")
    lost_share = instance.segment_column("lost_share")
    churn = instance.segment_column("churn_cost_share_of_price") * price
    backorder = instance.segment_column("backorder_cost_share_of_price_per_period") * price
    stockout_cost = lost_share * (price - unit_value + churn) + (1.0 - lost_share) * backorder
    is_expedited = instance.item_column("expedite_premium") < stockout_cost
    expedited = instance.item_column("expedite_share") * is_expedited
    return expedited, (1.0 - expedited) * lost_share, (1.0 - expedited) * (1.0 - lost_share)
