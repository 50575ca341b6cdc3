"""Metrics in the extensive form, per item and node (docs/formulation.md, section 6).

Expressions
    cash_flow[i,n]          what an item adds to cash in one period, before terms of payment, money
    metric[x,i,n]           metric x, of a ratio its numerator; only metrics that a guardrail or capacity names
    denominator[x,i,n]      denominator of a ratio

`overtime_spend` belongs to no item and is in formulation_guardrails.
"""

from collections.abc import Callable, Iterable

import pyomo.environ as pyo

from stockrail.model.instance import Instance

Rule = Callable[[pyo.ConcreteModel, str, str], pyo.Expression]


def declare_metrics(m: pyo.ConcreteModel, names: Iterable[str]) -> None:
    """Declare the metrics of the names given, and the denominators of the ratios among them."""
    m.METRICS = pyo.Set(initialize=[name for name in dict.fromkeys(names) if name in METRICS])
    m.RATIOS = pyo.Set(initialize=[name for name in m.METRICS if name in DENOMINATORS])
    m.cash_flow = pyo.Expression(m.ITEMS, m.NODES, rule=cash_flow)
    m.metric = pyo.Expression(m.METRICS, m.ITEMS, m.NODES, rule=metric)
    m.denominator = pyo.Expression(m.RATIOS, m.ITEMS, m.NODES, rule=denominator)


def metric(m: pyo.ConcreteModel, name: str, i: str, n: str) -> pyo.Expression:
    """One metric, by name; of a ratio its numerator."""
    return METRICS[name](m, i, n)


def denominator(m: pyo.ConcreteModel, name: str, i: str, n: str) -> pyo.Expression:
    """The denominator of one ratio, by name."""
    return DENOMINATORS[name](m, i, n)


def inventory_value(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of stock on hand, and of stock on its way where it is ours from shipment on."""
    owned_in_transit = m.in_transit[i, n] if i in m.SHIPMENT_ITEMS else 0
    return m.unit_value[i] * (m.on_hand[i, n] + owned_in_transit)


def purchases(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of what is ordered at the node."""
    return m.ordered_value[i, n]


def open_commitments(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of what is ordered and has not arrived."""
    return m.in_transit_value[i, n]


def ordered_units(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units ordered at the node."""
    return m.ordered[i, n]


def served_units(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units handed to customers."""
    return m.served[i, n]


def uncollected(m: pyo.ConcreteModel, rule: Rule, i: str, n: str) -> pyo.Expression:
    """An amount of the last periods as far as customers have not paid for it yet."""
    back = list(m.PATH[n])[::-1]
    return sum(m.receivable_weight[j] * rule(m, i, o) for j, o in enumerate(back))


def receivables(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Revenue of the last periods that customers have not paid yet."""
    return uncollected(m, lambda m, i, o: m.margin_part["revenue", i, o], i, n)


def payables(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Landed cost of the last periods that suppliers are still owed, less deposits on what has not arrived."""
    back = list(m.PATH[n])[::-1]
    owed = sum(m.payable_weight[i, j] * m.margin_part["landed_cost", i, o] for j, o in enumerate(back))
    return (1 - m.deposit_share[i]) * owed - m.deposit_share[i] * m.in_transit_value[i, n]


def working_capital(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Stock and receivables less payables."""
    return inventory_value(m, i, n) + receivables(m, i, n) - payables(m, i, n)


def cash_flow(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Revenue less everything that is paid, the capital cost of holding not being paid."""
    return (
        m.margin_part["revenue", i, n]
        - m.margin_part["landed_cost", i, n]
        - m.margin_part["order_cost", i, n]
        - m.margin_part["expedite", i, n]
        - m.cash_holding_rate * m.unit_value[i] * m.on_hand[i, n]
    )


def cash(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Cash flow so far, less what customers and plus what suppliers are still owed."""
    return sum(m.cash_flow[i, o] for o in m.PATH[n]) - receivables(m, i, n) + payables(m, i, n)


def expedite_spend(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Premiums of expedited units."""
    return m.margin_part["expedite", i, n]


def write_offs(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """What is written off on stock that passes its shelf life."""
    return m.margin_part["write_off", i, n]


def margin(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Margin of the period, undiscounted."""
    return m.margin[i, n]


def excess_exposure(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of stock beyond cover and of stock beyond its shelf life."""
    is_aging = i in m.shelf_life and m.period[n] >= m.shelf_life[i]
    aged = m.aged_beyond[i, n, m.shelf_life[i]] if is_aging else 0
    return m.unit_value[i] * (m.beyond_cover[i, n] + aged)


def storage_space(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Space that stock on hand takes."""
    return m.space_per_unit[i] * m.on_hand[i, n]


def value_on_hand(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of stock on hand."""
    return m.unit_value[i] * m.on_hand[i, n]


def value_of_daily_demand(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of a day of forward demand."""
    return m.unit_value[i] * m.forward_demand[i, n] / m.forward_cover_days


def not_short(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units demanded that are not newly short."""
    return m.demand[i, n] - m.short[i, n]


def served_in_full(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units demanded, times the probability that nothing is owed."""
    return m.demand[i, n] * m.in_full[i, n]


def units_demanded(m: pyo.ConcreteModel, i: str, n: str) -> float:
    """Units demanded."""
    return float(m.demand[i, n])


def cost_of_sales(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units served at standard value."""
    return m.unit_value[i] * m.served[i, n]


def yearly_cost_of_sales(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Cost of a year's sales at the pace of the period."""
    return m.periods_per_year * cost_of_sales(m, i, n)


def daily_cost_of_sales(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Cost of a day's sales."""
    return cost_of_sales(m, i, n) / m.period_length_days


def capital_at_cost(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Inventory, what customers owe at cost, less what suppliers are owed."""
    return inventory_value(m, i, n) + uncollected(m, cost_of_sales, i, n) - payables(m, i, n)


METRICS: dict[str, Rule] = {
    "inventory_value": inventory_value,
    "purchases": purchases,
    "open_commitments": open_commitments,
    "ordered_units": ordered_units,
    "served_units": served_units,
    "receivables": receivables,
    "payables": payables,
    "working_capital": working_capital,
    "cash": cash,
    "expedite_spend": expedite_spend,
    "write_offs": write_offs,
    "margin": margin,
    "excess_exposure": excess_exposure,
    "storage_space": storage_space,
    "days_of_supply": value_on_hand,
    "fill_rate": not_short,
    "on_time_in_full": served_in_full,
    "turns": yearly_cost_of_sales,
    "cash_conversion_cycle": capital_at_cost,
}
"""Rule of each metric that belongs to items, by its name in `guardrails`; of a ratio the numerator."""

DENOMINATORS: dict[str, Rule] = {
    "days_of_supply": value_of_daily_demand,
    "fill_rate": units_demanded,
    "on_time_in_full": units_demanded,
    "turns": inventory_value,
    "cash_conversion_cycle": daily_cost_of_sales,
}
"""Rule of the denominator of each ratio."""

UNITS = {
    "ordered_units": "units",
    "served_units": "units",
    "fill_rate": "units",
    "on_time_in_full": "units",
    "storage_space": "space",
    "turns": "money per year",
}
"""Unit of a metric, of a ratio's numerator, where it is not money."""


def instance_wide_amount(instance: Instance, metric_name: str, period: int) -> float:
    """What opening receivables, payables, cash and fixed payments add to a metric of scope `all` in a period."""
    settings = instance.settings
    payment_days = {row.supplier: row.payment_days for row in instance.suppliers}
    average_payment_days = sum(payment_days[row.supplier] for row in instance.items) / len(instance.items)

    def still_open(opening: float, days: float) -> float:
        elapsed_days = (period + 1) * settings.period_length_days
        return opening * max(0.0, 1.0 - elapsed_days / days) if days > 0 else 0.0

    owed_to_us = still_open(settings.opening_receivables, settings.receivable_days)
    owed_by_us = still_open(settings.opening_payables, average_payment_days)
    collected, paid = settings.opening_receivables - owed_to_us, settings.opening_payables - owed_by_us
    amounts = {
        "receivables": owed_to_us,
        "payables": owed_by_us,
        "working_capital": owed_to_us - owed_by_us,
        "cash": settings.opening_cash + collected - paid - settings.fixed_payments_per_period * (period + 1),
    }
    return amounts.get(metric_name, 0.0)
