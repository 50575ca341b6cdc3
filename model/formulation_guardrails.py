"""Guardrails in the extensive form: metrics and rows (docs/formulation.md, sections 6 and 7).

A row is named by guardrail and node; a row that holds in expectation by the first node of its period.

Expressions
    cash_flow[i,n]                  what an item adds to cash in one period, before terms of payment, money
    metric[x,i,n]                   metric x of item i at node n; only metrics that a guardrail names
    guardrail_penalty               cost of violating soft guardrails, expected, money
Variables and laws
    guardrail_value[g,n]            the row's metric over scope, and over nodes where it holds in expectation
    guardrail_balance[g,n]          defines it
    guardrail_upper, guardrail_lower[g,n]       the limits
    guardrail_excess, guardrail_shortfall[g,n]  violation of a soft guardrail, or of any in the elastic form
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyomo.environ as pyo

from stockrail.model.instance import Instance
from stockrail.model.tables import Tables

Rule = Callable[[pyo.ConcreteModel, str, str], pyo.Expression]
Row = tuple[str, str]


@dataclass(frozen=True)
class _Rail:
    """A guardrail or a supplier's capacity, with limits by node name."""

    metric: str
    items: tuple[str, ...]
    is_expected: bool
    lower: dict[str, float]
    upper: dict[str, float]
    soft_price: float | None
    constant: dict[str, float]


def declare_guardrails(m: pyo.ConcreteModel, tables: Tables, *, is_elastic: bool) -> None:
    """Declare the metrics that guardrails name, the rows and their violations."""
    first_nodes = {m.period[n]: n for n in reversed(list(m.NODES))}
    rails = {**_stated(m, tables, first_nodes), **_capacities(m, tables)}
    upper = {(g, n): limit for g, rail in rails.items() for n, limit in rail.upper.items()}
    lower = {(g, n): limit for g, rail in rails.items() for n, limit in rail.lower.items()}
    m.METRICS = pyo.Set(initialize=list(dict.fromkeys(rail.metric for rail in rails.values())))
    m.GUARDRAILS = pyo.Set(initialize=list(rails))
    m.GUARDRAIL_ITEMS = pyo.Set(m.GUARDRAILS, initialize={g: rail.items for g, rail in rails.items()})
    m.EXPECTED_GUARDRAILS = pyo.Set(initialize=[g for g, rail in rails.items() if rail.is_expected])
    m.UPPER_ROWS = pyo.Set(dimen=2, initialize=list(upper))
    m.LOWER_ROWS = pyo.Set(dimen=2, initialize=list(lower))
    m.GUARDRAIL_ROWS = m.UPPER_ROWS | m.LOWER_ROWS
    m.guardrail_metric = pyo.Param(
        m.GUARDRAILS, domain=pyo.Any, initialize={g: rail.metric for g, rail in rails.items()}
    )
    m.upper_limit = pyo.Param(m.UPPER_ROWS, domain=pyo.Reals, initialize=upper)
    m.lower_limit = pyo.Param(m.LOWER_ROWS, domain=pyo.Reals, initialize=lower)
    m.soft_price = pyo.Param(
        m.GUARDRAILS,
        initialize={g: rail.soft_price for g, rail in rails.items() if rail.soft_price is not None},
    )
    m.instance_wide_amount = pyo.Param(
        m.GUARDRAIL_ROWS,
        domain=pyo.Reals,
        initialize={(g, n): rails[g].constant.get(n, 0.0) for g, n in m.GUARDRAIL_ROWS},
    )
    is_slack = {g: is_elastic or rail.soft_price is not None for g, rail in rails.items()}
    m.UPPER_SLACK_ROWS = pyo.Set(dimen=2, initialize=[row for row in upper if is_slack[row[0]]])
    m.LOWER_SLACK_ROWS = pyo.Set(dimen=2, initialize=[row for row in lower if is_slack[row[0]]])
    _declare_rows(m)


def _declare_rows(m: pyo.ConcreteModel) -> None:
    m.cash_flow = pyo.Expression(m.ITEMS, m.NODES, rule=cash_flow)
    m.metric = pyo.Expression(m.METRICS, m.ITEMS, m.NODES, rule=metric)
    m.guardrail_value = pyo.Var(m.GUARDRAIL_ROWS, domain=pyo.Reals)
    m.guardrail_excess = pyo.Var(m.UPPER_SLACK_ROWS, domain=pyo.NonNegativeReals)
    m.guardrail_shortfall = pyo.Var(m.LOWER_SLACK_ROWS, domain=pyo.NonNegativeReals)
    m.guardrail_balance = pyo.Constraint(m.GUARDRAIL_ROWS, rule=guardrail_balance)
    m.guardrail_upper = pyo.Constraint(m.UPPER_ROWS, rule=guardrail_upper)
    m.guardrail_lower = pyo.Constraint(m.LOWER_ROWS, rule=guardrail_lower)
    m.guardrail_penalty = pyo.Expression(rule=guardrail_penalty)


def guardrail_balance(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """The row's value: its metric over the items in scope, at the node or expected over the node's period."""
    if g in m.EXPECTED_GUARDRAILS:
        weight = {o: m.probability[o] for o in m.NODES if m.period[o] == m.period[n]}
    else:
        weight = {n: 1.0}
    value = sum(
        weight[o] * m.metric[m.guardrail_metric[g], i, o] for i in m.GUARDRAIL_ITEMS[g] for o in weight
    )
    return m.guardrail_value[g, n] == value + m.instance_wide_amount[g, n]


def guardrail_upper(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """The value stays below the upper limit, or exceeds it by the excess."""
    excess = m.guardrail_excess[g, n] if (g, n) in m.UPPER_SLACK_ROWS else 0
    return m.guardrail_value[g, n] - excess <= m.upper_limit[g, n]


def guardrail_lower(m: pyo.ConcreteModel, g: str, n: str) -> pyo.Expression:
    """The value stays above the lower limit, or falls short of it by the shortfall."""
    shortfall = m.guardrail_shortfall[g, n] if (g, n) in m.LOWER_SLACK_ROWS else 0
    return m.guardrail_value[g, n] + shortfall >= m.lower_limit[g, n]


def guardrail_penalty(m: pyo.ConcreteModel) -> pyo.Expression:
    """Soft price times violation, discounted, weighted by the node's probability where a row is of one node."""
    excess = sum(
        m.soft_price[g] * _row_weight(m, g, n) * m.guardrail_excess[g, n]
        for g, n in m.UPPER_SLACK_ROWS
        if g in m.soft_price
    )
    shortfall = sum(
        m.soft_price[g] * _row_weight(m, g, n) * m.guardrail_shortfall[g, n]
        for g, n in m.LOWER_SLACK_ROWS
        if g in m.soft_price
    )
    return excess + shortfall


def _row_weight(m: pyo.ConcreteModel, g: str, n: str) -> float:
    probability = 1.0 if g in m.EXPECTED_GUARDRAILS else m.probability[n]
    return float(probability * m.discount[n])


def metric(m: pyo.ConcreteModel, name: str, i: str, n: str) -> pyo.Expression:
    """One metric, by name."""
    return METRICS[name](m, i, n)


def inventory_value(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of stock on hand, and of stock on its way where it is ours from shipment on."""
    owned_in_transit = m.in_transit[i, n] if i in m.SHIPMENT_ITEMS else 0
    return m.unit_value[i] * (m.on_hand[i, n] + owned_in_transit)


def purchases(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Landed cost of what is ordered at the node."""
    return m.landed_cost[i, n] * m.ordered[i, n]


def ordered_units(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units ordered at the node."""
    return m.ordered[i, n]


def receivables(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Revenue of the last periods that customers have not paid yet."""
    back = list(m.PATH[n])[::-1]
    return sum(m.receivable_weight[j] * m.margin_part["revenue", i, o] for j, o in enumerate(back))


def payables(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Landed cost of the last periods that has not been paid to suppliers yet."""
    back = list(m.PATH[n])[::-1]
    return sum(m.payable_weight[i, j] * m.margin_part["landed_cost", i, o] for j, o in enumerate(back))


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


METRICS: dict[str, Rule] = {
    "inventory_value": inventory_value,
    "purchases": purchases,
    "ordered_units": ordered_units,
    "receivables": receivables,
    "payables": payables,
    "working_capital": working_capital,
    "cash": cash,
}
"""Rule of each metric, by its name in `guardrails`."""


def _stated(m: pyo.ConcreteModel, tables: Tables, first_nodes: dict[int, str]) -> dict[str, _Rail]:
    items = [row.item for row in tables.instance.items]
    rails = {}
    for row in tables.instance.guardrails:
        in_scope = tables.instance.items_in_scope(row.scope, row.scope_value)
        is_expected = row.holds == "expected"
        periods = range(row.first_period, row.last_period + 1)
        nodes = (
            [first_nodes[t] for t in periods]
            if is_expected
            else [n for n in m.NODES if m.period[n] in periods]
        )
        has_constant = row.scope == "all"
        rails[row.guardrail] = _Rail(
            metric=row.metric,
            items=tuple(i for i, is_in in zip(items, in_scope, strict=True) if is_in),
            is_expected=is_expected,
            lower={} if row.lower is None else dict.fromkeys(nodes, row.lower),
            upper={} if row.upper is None else dict.fromkeys(nodes, row.upper),
            soft_price=row.soft_price,
            constant={
                n: instance_wide_amount(tables.instance, row.metric, m.period[n])
                for n in nodes
                if has_constant
            },
        )
    return rails


def _capacities(m: pyo.ConcreteModel, tables: Tables) -> dict[str, _Rail]:
    rails = {}
    for v, row in enumerate(tables.instance.suppliers):
        if row.capacity_units_per_period is not None:
            factors = tables.tree.capacity_factor[v].tolist()
            rails[f"capacity:{row.supplier}"] = _Rail(
                metric="ordered_units",
                items=tuple(item.item for item in tables.instance.items if item.supplier == row.supplier),
                is_expected=False,
                lower={},
                upper={
                    n: row.capacity_units_per_period * factor
                    for n, factor in zip(m.NODES, factors, strict=True)
                },
                soft_price=None,
                constant={},
            )
    return rails


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
