"""Checks of items by themselves: prices, stock, lead times, dates."""

import numpy as np

from stockrail.formats import amount, units
from stockrail.model.dates import first_day
from stockrail.workbench.data_health.finding import Facts, Finding, of_items

YEARS_OF_STOCK = 1.0
"""Stock and orders beyond the demand of so many years are striking."""


def sold_at_a_loss(facts: Facts) -> Finding | None:
    """A unit costs more than it brings."""
    loss = (facts.landed_cost - facts.price) * facts.year_units
    return of_items(
        facts,
        facts.landed_cost > facts.price,
        lambda i: f"price {amount(facts.price[i], 2)}, landed cost {amount(facts.landed_cost[i], 2)}",
        key="sold_at_a_loss",
        title="Items that cost more than their price",
        meaning="Plans order as little of them as the limits allow. Check price and cost: is one of them per pack?",
        column="unit_price",
        money=loss,
        money_meaning="loss in a year at the expected demand",
    )


def without_demand(facts: Facts) -> Finding | None:
    """Nothing is expected to be sold in the horizon."""
    stock = facts.instance.item_column("opening_stock_units")
    return of_items(
        facts,
        facts.year_units == 0.0,
        lambda i: f"demand 0 in all periods, stock {units(stock[i])}",
        key="without_demand",
        title="Items without any demand",
        meaning="Nothing is ordered of them and their stock stays. Is the forecast missing? Items that have ended can be left out.",
        table="demand",
        column="mean_units",
        money=stock * facts.landed_cost,
        money_meaning="value of their stock",
    )


def too_much_stock(facts: Facts) -> Finding | None:
    """Stock and open orders last for more than a year."""
    have = facts.instance.item_column("opening_stock_units") + facts.on_order
    excess = np.maximum(have - YEARS_OF_STOCK * facts.year_units, 0.0)
    return of_items(
        facts,
        (facts.year_units > 0.0) & (excess > 0.0),
        lambda i: f"{units(have[i])} in stock and on order, demand of a year {units(facts.year_units[i])}",
        key="too_much_stock",
        title="Items with stock and orders for more than a year",
        meaning="It ties up working capital whatever the plan does. Check units, or cancel open orders and mark down.",
        column="opening_stock_units",
        money=excess * facts.landed_cost,
        money_meaning="value of what lasts for more than a year",
    )


def without_lead_time(facts: Facts) -> Finding | None:
    """An order arrives in the period in which it is placed."""
    lead_time = facts.instance.item_column("lead_time_periods")
    return of_items(
        facts,
        lead_time == 0.0,
        lambda i: f"lead time 0, demand of a year {units(facts.year_units[i])}",
        key="without_lead_time",
        title="Items with a lead time of 0",
        meaning="They need hardly any safety stock. That is right where goods arrive within the period of the order, and often a blank of the ERP.",
        column="lead_time_periods",
        money=facts.year_units * facts.landed_cost,
        money_meaning="spend of a year",
    )


def without_order_cost(facts: Facts) -> Finding | None:
    """Ordering is free, so that plans order every period."""
    free = facts.instance.item_column("order_cost") == 0.0
    return of_items(
        facts,
        free & (facts.year_units > 0.0),
        lambda i: f"order cost 0, lot size {units(facts.instance.items[i].lot_size)}",
        key="without_order_cost",
        title="Items whose orders cost nothing",
        meaning="Plans then order as often as suppliers take orders. Give what placing, receiving and paying an order costs.",
        column="order_cost",
        money=facts.year_units * facts.landed_cost,
        money_meaning="spend of a year",
    )


def ended_with_demand(facts: Facts) -> Finding | None:
    """Demand is expected after the item has ended, or before it is launched."""
    instance = facts.instance
    days = [first_day(instance.settings, t) for t in range(instance.settings.periods)]
    beyond = np.zeros(facts.count)
    for i, row in enumerate(instance.items):
        is_off = [
            (row.end_date is not None and day > row.end_date)
            or (row.launch_date is not None and day < row.launch_date)
            for day in days
        ]
        beyond[i] = instance.mean_demand[i, np.array(is_off, dtype=bool)].sum()
    return of_items(
        facts,
        beyond > 0.0,
        lambda i: (
            f"demand of {units(beyond[i])} before {_day(instance.items[i].launch_date)} or after {_day(instance.items[i].end_date)}"
        ),
        key="ended_with_demand",
        title="Items with demand before their launch or after their end",
        meaning="One of the two is out of date: the forecast, or the date.",
        table="demand",
        column="mean_units",
        money=beyond * facts.price,
        money_meaning="revenue that is planned for then",
    )


def _day(day: object) -> str:
    return "-" if day is None else str(day)


CHECKS = (
    sold_at_a_loss,
    too_much_stock,
    without_demand,
    ended_with_demand,
    without_lead_time,
    without_order_cost,
)
