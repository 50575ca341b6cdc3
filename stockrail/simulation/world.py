"""What the simulator knows of an instance: prices, costs, rules and terms by item, straight from its tables.

It shares no code with the tables and the ledger of the engine: docs/formulation.md is its only source, so that a mistake in one does
not repeat in the other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray
from stockrail.simulation.breaks import Breaks

BoolArray = NDArray[np.bool_]

Scope = tuple[str, str]
"""What a guardrail sums over: a column of `items` and a value of it, or "all" and nothing."""

ALL: Scope = ("all", "")


@dataclass(frozen=True)
class World:
    """The parameters of docs/formulation.md, section 2, by item. Arrays are [items] unless said otherwise.

    Attributes
    ----------
    periods : number of periods that are simulated.
    supplier : int, position of the item's supplier.
    unit_price, unit_value, order_cost : money per unit, money per unit with freight and duty, money per order.
    landed_rate : 1 + freight and duty.
    minimum_lots, maximum_lots : int, smallest and largest order; -1 where there is no largest one.
    is_calendar : bool [items, periods], whether the supplier takes orders.
    is_fixed, fixed_lots : bool and int [items, periods], where an override or the existing plan says what is ordered.
    announced, change_price : [items, periods], units announced to suppliers, and money per unit that an order differs from that.
    scheduled : [items, periods], units of open orders due at the start of the period.
    mean_demand, sigma : [items, periods], units, as in the instance.
    protection_sigma : [items, periods], units, `sigma` of section 2.
    expedited_share, lost_fraction, waiting_share : what becomes of newly short units; they add up to 1.
    churn_cost, backorder_cost : shares of the price, the second per period.
    shelf_life : int, periods; -1 where stock does not age.
    receivable_weight, payable_weight : [periods] and [periods, items], part of the money of so many periods ago that is unpaid.
    discount : [periods], factor that takes money of a period to now.
    instance_wide : by metric, [periods]: what opening balances and fixed payments add where all items are in scope.
    scopes, scope_items : what amounts are summed over, and 1 where it has the item [scopes, items]; the first one is all items.
    """

    instance: Instance
    periods: int
    supplier: IntArray
    unit_price: Array
    unit_value: Array
    landed_rate: Array
    order_cost: Array
    breaks: Breaks
    lot_size: Array
    minimum_lots: IntArray
    maximum_lots: IntArray
    lead_time_periods: IntArray
    is_calendar: BoolArray
    is_fixed: BoolArray
    fixed_lots: IntArray
    announced: Array
    change_price: Array
    scheduled: Array
    opening_stock: Array
    mean_demand: Array
    sigma: Array
    protection_sigma: Array
    expedite_premium: Array
    expedited_share: Array
    lost_fraction: Array
    waiting_share: Array
    churn_cost: Array
    backorder_cost: Array
    shelf_life: IntArray
    write_off_share: Array
    is_owned_in_transit: BoolArray
    deposit_share: Array
    space_per_unit: Array
    holding_rate: float
    cash_holding_rate: float
    terminal_stock_share: float
    discount: Array
    receivable_weight: Array
    payable_weight: Array
    instance_wide: dict[str, Array]
    scopes: tuple[Scope, ...]
    scope_items: Array

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.lot_size)

    @staticmethod
    def of(instance: Instance, periods: int | None = None) -> "World":
        """Read an instance.

        Parameters
        ----------
        periods : how many periods are simulated, by default the horizon of the instance. Beyond it there are no open orders, no
            fixed orders, and mean demand and `sigma_units` are those of the last period.
        """
        settings = instance.settings
        count = settings.periods if periods is None else periods
        landed_rate = instance.landed_rate
        unit_value = instance.item_column("unit_cost") * landed_rate
        expedited_share = _expedited_share(instance, unit_value)
        lost_share = instance.segment_column("lost_share")
        maximum = instance.item_column("maximum_order_units")
        lot_size = instance.item_column("lot_size")
        shelf_life = instance.item_column("shelf_life_periods")
        is_fixed, fixed_lots = _fixed_orders(instance, count)
        announced, change_price = _announced(instance, count)
        lead_time = instance.item_column("lead_time_periods").astype(np.int64)
        sigma = _extended(instance.sigma, count)
        paid_rate = settings.storage_rate_per_year + settings.insurance_rate_per_year
        scopes = _scopes(instance)
        lag = np.arange(count)
        receivable_lag = settings.receivable_days / settings.period_length_days
        payable_lag = instance.supplier_column("payment_days") / settings.period_length_days
        return World(
            instance=instance,
            periods=count,
            supplier=instance.item_supplier,
            unit_price=instance.item_column("unit_price"),
            unit_value=unit_value,
            landed_rate=landed_rate,
            order_cost=instance.item_column("order_cost"),
            breaks=Breaks(instance),
            lot_size=lot_size,
            minimum_lots=np.maximum(
                np.ceil(instance.item_column("minimum_order_units") / lot_size - 1e-9), 1.0
            ).astype(np.int64),
            maximum_lots=np.where(
                np.isnan(maximum), -1.0, np.floor(np.nan_to_num(maximum) / lot_size + 1e-9)
            ).astype(np.int64),
            lead_time_periods=lead_time,
            is_calendar=_calendar(instance, count),
            is_fixed=is_fixed,
            fixed_lots=fixed_lots,
            announced=announced,
            change_price=change_price,
            scheduled=_scheduled(instance, count),
            opening_stock=instance.item_column("opening_stock_units"),
            mean_demand=_extended(instance.mean_demand, count),
            sigma=sigma,
            protection_sigma=_protection_sigma(sigma, lead_time),
            expedite_premium=instance.item_column("expedite_premium"),
            expedited_share=expedited_share,
            lost_fraction=(1.0 - expedited_share) * lost_share,
            waiting_share=(1.0 - expedited_share) * (1.0 - lost_share),
            churn_cost=instance.segment_column("churn_cost_share_of_price"),
            backorder_cost=instance.segment_column("backorder_cost_share_of_price_per_period"),
            shelf_life=np.where(np.isnan(shelf_life), -1.0, np.nan_to_num(shelf_life)).astype(np.int64),
            write_off_share=instance.item_column("write_off_share"),
            is_owned_in_transit=np.array(
                [instance.suppliers[v].ownership == "shipment" for v in instance.item_supplier], dtype=bool
            ),
            deposit_share=instance.supplier_column("deposit_share"),
            space_per_unit=instance.item_column("space_per_unit"),
            holding_rate=(settings.cost_of_capital_rate_per_year + paid_rate) / instance.periods_per_year,
            cash_holding_rate=paid_rate / instance.periods_per_year,
            terminal_stock_share=settings.terminal_stock_share,
            discount=(1.0 + settings.discount_rate_per_year) ** (-lag / instance.periods_per_year),
            receivable_weight=np.clip(receivable_lag - lag, 0.0, 1.0),
            payable_weight=np.clip(payable_lag - lag[:, None], 0.0, 1.0),
            instance_wide=_instance_wide(instance, count),
            scopes=scopes,
            scope_items=np.array([instance.items_in_scope(*scope) for scope in scopes], dtype=np.float64),
        )


def _expedited_share(instance: Instance, unit_value: Array) -> Array:
    """Share of newly short units that is expedited: `expedite_share` where that costs less than the shortage."""
    price, premium = instance.item_column("unit_price"), instance.item_column("expedite_premium")
    lost_share = instance.segment_column("lost_share")
    lost_cost = price - unit_value + instance.segment_column("churn_cost_share_of_price") * price
    waiting_cost = instance.segment_column("backorder_cost_share_of_price_per_period") * price
    is_worthwhile = premium < lost_share * lost_cost + (1.0 - lost_share) * waiting_cost
    return np.asarray(np.where(is_worthwhile, instance.item_column("expedite_share"), 0.0))


def _calendar(instance: Instance, periods: int) -> BoolArray:
    interval = instance.supplier_column("order_interval_periods")[:, None]
    since = np.arange(periods) - instance.supplier_column("order_offset_periods")[:, None]
    return np.asarray((since >= 0) & (since % interval == 0))


def _fixed_orders(instance: Instance, periods: int) -> tuple[BoolArray, IntArray]:
    shape = (len(instance.items), periods)
    is_fixed, lots = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    is_fixed[:, : instance.settings.frozen_periods] = True
    for row in instance.order_overrides:
        if row.period < periods:
            is_fixed[instance.item_index[row.item], row.period] = True
            lots[instance.item_index[row.item], row.period] = row.lots
    return is_fixed, lots


def _announced(instance: Instance, periods: int) -> tuple[Array, Array]:
    """Units announced and the price of a unit of change; of items that no row names, nothing was announced."""
    settings, shape = instance.settings, (len(instance.items), periods)
    announced, price = np.zeros(shape), np.zeros(shape)
    last = settings.periods if settings.change_price_periods is None else settings.change_price_periods
    for row in instance.announced_orders:
        i = instance.item_index[row.item]
        price[i, :last] = settings.change_price_share_of_cost * instance.items[i].unit_cost
        if row.period < periods:
            announced[i, row.period] = row.units
    return announced, price


def _scheduled(instance: Instance, periods: int) -> Array:
    """Open orders by the period they are due; those due after the last period never arrive."""
    units = np.zeros((len(instance.items), periods))
    for row in instance.open_orders:
        if row.due_period < periods:
            units[instance.item_index[row.item], row.due_period] += row.units
    return units


def _extended(values: Array, periods: int) -> Array:
    """Values [items, periods of the instance] for more or fewer periods."""
    return np.asarray(values[:, np.minimum(np.arange(periods), values.shape[1] - 1)])


def _protection_sigma(sigma: Array, lead_time: IntArray) -> Array:
    """Error accumulated over lead time + one period, no longer than the time elapsed."""
    periods = sigma.shape[1]
    back = np.arange(periods)[:, None] - np.arange(periods)
    total = np.empty_like(sigma)
    for length in np.unique(lead_time):
        members = lead_time == length
        window = ((back >= 0) & (back <= length)).astype(np.float64)
        total[members] = np.sqrt(sigma[members] ** 2 @ window.T)
    return total


def _instance_wide(instance: Instance, periods: int) -> dict[str, Array]:
    settings = instance.settings
    ended = np.arange(1, periods + 1)
    days = ended * settings.period_length_days

    def unpaid(opening: float, terms: float) -> Array:
        if terms == 0:
            return np.zeros(periods)
        return np.asarray(opening * np.maximum(0.0, 1.0 - days / terms))

    receivables = unpaid(settings.opening_receivables, settings.receivable_days)
    payables = unpaid(settings.opening_payables, float(instance.supplier_column("payment_days").mean()))
    cash = np.asarray(
        settings.opening_cash
        - settings.fixed_payments_per_period * ended
        + settings.opening_receivables
        - receivables
        - settings.opening_payables
        + payables
    )
    return {
        "receivables": receivables,
        "payables": payables,
        "working_capital": receivables - payables,
        "cash": cash,
    }


def _scopes(instance: Instance) -> tuple[Scope, ...]:
    """All items, what guardrails sum over, suppliers with a capacity, and warehouses; each once."""
    found = [ALL]
    found += [(row.scope, row.scope_value) if row.scope != "all" else ALL for row in instance.guardrails]
    found += [
        ("supplier", row.supplier) for row in instance.suppliers if row.capacity_units_per_period is not None
    ]
    found += [("warehouse", row.warehouse) for row in instance.warehouses]
    return tuple(dict.fromkeys(found))
