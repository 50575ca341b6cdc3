"""What the checker reads straight from an instance: arrival periods, accumulated errors, open orders, opening terms.

Part of the independent checker: docs/formulation.md is its only source, and it shares no code with the engine.
"""

import datetime as dt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray, ScenarioTree

Mask = NDArray[np.bool_]

Lots = NDArray[np.signedinteger]
"""Lots ordered, an array [nodes, items] in 4 or 8 bytes each."""


def arrival_periods(instance: Instance, tree: ScenarioTree) -> IntArray:
    """Period at whose start an order placed at a node arrives, an array [nodes, items]: orders never overtake."""
    lead_time = instance.item_column("lead_time_periods").astype(np.int64)
    arrival = np.zeros((len(tree), len(instance.items)), dtype=np.int64)
    for node, parent in enumerate(tree.parent):
        arrival[node] = tree.period[node] + lead_time + tree.delay_periods[instance.item_supplier, node]
        if parent >= 0:
            arrival[node] = np.maximum(arrival[node], arrival[parent])
    return arrival


def accumulated_sigma(instance: Instance) -> Array:
    """Forecast error accumulated over lead time + one period, no longer than the time elapsed, [periods, items]."""
    variance = instance.sigma.T**2
    lead_time = instance.item_column("lead_time_periods")
    accumulated = np.zeros_like(variance)
    for period in range(len(variance)):
        for earlier in range(period + 1):
            accumulated[period] += np.where(period - earlier <= lead_time, variance[earlier], 0.0)
    return np.sqrt(accumulated)


def scheduled_units(instance: Instance) -> Array:
    """Open orders by the period they are due, an array [periods, items]."""
    units = np.zeros((instance.settings.periods, len(instance.items)))
    for row in instance.open_orders:
        units[row.due_period, instance.item_index[row.item]] += row.units
    return units


def opening_terms(instance: Instance) -> dict[str, Array]:
    """What scope `all` adds to each metric, arrays [periods]: opening balances run off, fixed payments add up."""
    settings = instance.settings
    elapsed_periods = np.arange(settings.periods) + 1.0
    elapsed_days = elapsed_periods * settings.period_length_days

    def left(opening: float, days: float) -> Array:
        if days == 0:
            return np.zeros(settings.periods)
        return np.asarray(opening * np.maximum(0.0, 1.0 - elapsed_days / days))

    receivables = left(settings.opening_receivables, settings.receivable_days)
    payables = left(settings.opening_payables, float(np.mean(instance.supplier_column("payment_days"))))
    collected = settings.opening_receivables - receivables
    paid = settings.opening_payables - payables
    return {
        "receivables": receivables,
        "payables": payables,
        "working_capital": receivables - payables,
        "cash": settings.opening_cash
        + collected
        - paid
        - settings.fixed_payments_per_period * elapsed_periods,
    }


def is_quarter_end(instance: Instance) -> Mask:
    """Which periods contain the last day of a fiscal quarter [periods]: the day before one that begins the next."""
    settings = instance.settings
    is_end = np.zeros(settings.periods, dtype=bool)
    for day in range(settings.periods * settings.period_length_days):
        morrow = settings.start + dt.timedelta(days=day + 1)
        if morrow.day == 1 and (morrow.month - settings.fiscal_year_start_month) % 3 == 0:
            is_end[day // settings.period_length_days] = True
    return is_end


def expected_backlog(net_inventory: Array, sigma: Array) -> Array:
    """Expected units short of zero when `net_inventory` has a normal error of standard deviation `sigma`."""
    is_noisy = sigma > 0
    z = net_inventory / np.where(is_noisy, sigma, 1.0)
    noisy = sigma * (norm.pdf(z) - z * norm.sf(z))
    return np.asarray(np.where(is_noisy, noisy, np.maximum(0.0, -net_inventory)))


def forward_demand(instance: Instance, tree: ScenarioTree) -> Array:
    """Expected demand in the `forward_cover_days` after each node's period, given the node, an array [nodes, items].

    One look ahead is the mean over the children of what they expected one look shorter; a leaf looks at itself.
    """
    cover = instance.settings.forward_cover_days / instance.settings.period_length_days
    expected = tree.demand.T.copy()
    total = np.zeros_like(expected)
    share = tree.probability / np.where(tree.parent >= 0, tree.probability[tree.parent], 1.0)
    ahead = 0
    while ahead < cover:
        nearer, expected = expected, np.zeros_like(expected)
        expected[tree.leaves] = nearer[tree.leaves]
        for node in range(1, len(tree)):
            expected[tree.parent[node]] += share[node] * nearer[node]
        ahead += 1
        # Beyond the horizon nothing changes any more, so that the rest of the cover has one expectation.
        weight = cover - (ahead - 1) if ahead > tree.periods else min(1.0, cover - (ahead - 1))
        total += weight * expected
        if ahead > tree.periods:
            break
    return total


class Facts:
    """What the instance says about each item, [items] unless the name of the array says otherwise.

    Attributes
    ----------
    sigma, scheduled : arrays [periods, items].
    owned_at_shipment : 1 where goods are ours when the supplier ships them.
    deposit_share : share of the landed cost that is paid with the order; `space_per_unit` is what a unit needs.
    premium, churn, backorder : expedite premium; churn and backorder cost as shares of the price.
    unpaid_by_customers, unpaid_to_suppliers : [periods] and [periods, items], the part of the money of so many periods
        ago that is still unpaid.
    perishable : positions of the items whose stock can pass its shelf life within the horizon; `shelf_life` is theirs.
    ages : how many ages of stock need to be told apart.
    """

    def __init__(self, instance: Instance) -> None:
        self.settings = instance.settings
        self.periods_per_year = 365.0 / instance.settings.period_length_days
        self.supplier = instance.item_supplier
        self.sigma = accumulated_sigma(instance)
        self.scheduled = scheduled_units(instance)
        self.lot_size = instance.item_column("lot_size")
        self.unit_price = instance.item_column("unit_price")
        self.unit_value = instance.item_column("unit_cost") * (
            1.0 + instance.supplier_column("freight_rate") + instance.supplier_column("duty_rate")
        )
        self.order_cost = instance.item_column("order_cost")
        self.opening_stock = instance.item_column("opening_stock_units")
        self.write_off_share = instance.item_column("write_off_share")
        self.owned_at_shipment = np.array(
            [instance.suppliers[v].ownership == "shipment" for v in self.supplier], dtype=np.float64
        )
        self.deposit_share = instance.supplier_column("deposit_share")
        self.space_per_unit = instance.item_column("space_per_unit")
        self._shortage(instance)
        self._rates_and_terms(instance)
        shelf_life = instance.item_column("shelf_life_periods")
        # Stock that outlasts the horizon never passes its shelf life, so it needs no ages.
        self.perishable = np.flatnonzero(shelf_life < self.settings.periods)
        self.shelf_life = shelf_life[self.perishable].astype(np.int64)
        self.ages = int(self.shelf_life.max(initial=0)) + 2

    def _shortage(self, instance: Instance) -> None:
        lost_share = instance.segment_column("lost_share")
        self.premium = instance.item_column("expedite_premium")
        self.churn = instance.segment_column("churn_cost_share_of_price")
        self.backorder = instance.segment_column("backorder_cost_share_of_price_per_period")
        cost_of_losing = self.unit_price - self.unit_value + self.churn * self.unit_price
        cost_of_waiting = self.backorder * self.unit_price
        is_expedited = self.premium < lost_share * cost_of_losing + (1.0 - lost_share) * cost_of_waiting
        self.expedited_share = np.where(is_expedited, instance.item_column("expedite_share"), 0.0)
        self.lost_fraction = (1.0 - self.expedited_share) * lost_share
        self.waiting_share = (1.0 - self.expedited_share) * (1.0 - lost_share)

    def _rates_and_terms(self, instance: Instance) -> None:
        settings = self.settings
        paid = settings.storage_rate_per_year + settings.insurance_rate_per_year
        self.cash_holding_rate = paid / self.periods_per_year
        self.holding_rate = (paid + settings.cost_of_capital_rate_per_year) / self.periods_per_year
        age = np.arange(settings.periods)
        length = settings.period_length_days
        payment_days = instance.supplier_column("payment_days")
        self.unpaid_by_customers = np.clip(settings.receivable_days / length - age, 0.0, 1.0)
        self.unpaid_to_suppliers = np.clip(payment_days / length - age[:, None], 0.0, 1.0)

    def discount(self, periods: IntArray) -> Array:
        """Factor that takes money of a period to now."""
        return (1.0 + self.settings.discount_rate_per_year) ** -(periods / self.periods_per_year)
