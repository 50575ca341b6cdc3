"""The extensive form: the whole model as one mixed-integer program in Pyomo, the specification in executable form.

It states docs/formulation.md law by law and shares no formula with the fast engine, which is why tests compare the two.
Use it for small instances, for export and as the oracle; beyond some tens of items the decomposition is the way.

Sets
    ITEMS, NODES        names, in the order of the instance and of the tree
    PATH[n]             nodes from the root to n
    ARRIVING[i,n]       nodes whose orders arrive at the start of n's period
Variables
    lots[i,n], is_order[i,n], cumulative_lots[i,n]                                          (this file)
    on_hand[i,n], backlog[i,n], opening_backlog[i,n], aged_beyond[i,n,a] and binaries       (formulation_stock)
    guardrail_value[g,n], guardrail_excess[g,n], guardrail_shortfall[g,n]                   (formulation_guardrails)
Laws (this file)
    lots_balance[i,n]           K = K of the parent + lots
    order_trigger[i,n]          lots <= largest order * is_order
    minimum_order[i,n]          lots >= minimum_lots * is_order
    order_calendar[i,n]         no order outside the calendar or arriving after the horizon
    fixed_orders[i,n]           lots = fixed_lots where an override or a frozen period says so
    fixed_order_trigger[i,n]    is_order = [fixed_lots > 0] there
    cumulative_lots_limit[i,n]  free lots on the path <= lots_limit

Appendix 9 of docs/formulation.md lists every component with index, meaning and unit.
"""

import pyomo.environ as pyo

from stockrail.model.formulation_guardrails import declare_guardrails
from stockrail.model.formulation_money import declare_money
from stockrail.model.formulation_parameters import declare_parameters
from stockrail.model.formulation_stock import declare_stock
from stockrail.model.tables import Tables


def build_model(tables: Tables, *, is_elastic: bool = False) -> pyo.ConcreteModel:
    """Build the extensive form of an instance on its tree.

    Parameters
    ----------
    tables : the parameters of the model.
    is_elastic : let every hard guardrail give way and minimise the sum of violations instead, each in the unit of
        its metric. It answers which guardrail an infeasible instance cannot keep.
    """
    m = pyo.ConcreteModel(name="extensive form")
    declare_parameters(m, tables)
    _declare_orders(m)
    declare_stock(m)
    declare_money(m)
    declare_guardrails(m, tables, is_elastic=is_elastic)
    if is_elastic:
        m.total_violation = pyo.Objective(rule=total_violation, sense=pyo.minimize)
    else:
        m.objective = pyo.Objective(rule=objective, sense=pyo.maximize)
    return m


def _declare_orders(m: pyo.ConcreteModel) -> None:
    m.lots = pyo.Var(m.ITEMS, m.NODES, domain=pyo.NonNegativeIntegers)
    m.is_order = pyo.Var(m.ITEMS, m.NODES, domain=pyo.Binary)
    m.cumulative_lots = pyo.Var(m.ITEMS, m.NODES, domain=pyo.NonNegativeReals)
    m.lots_balance = pyo.Constraint(m.ITEMS, m.NODES, rule=lots_balance)
    m.order_trigger = pyo.Constraint(m.FREE_ORDERS, rule=order_trigger)
    m.minimum_order = pyo.Constraint(m.FREE_ORDERS, rule=minimum_order)
    m.cumulative_lots_limit = pyo.Constraint(m.FREE_ORDERS, rule=cumulative_lots_limit)
    m.order_calendar = pyo.Constraint(m.NO_ORDERS, rule=order_calendar)
    m.fixed_orders = pyo.Constraint(m.FIXED_ORDERS, rule=fixed_orders)
    m.fixed_order_trigger = pyo.Constraint(m.FIXED_ORDERS, rule=fixed_order_trigger)


def lots_balance(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Cumulative lots are those of the parent and what is ordered here; none before the root."""
    before = m.cumulative_lots[i, m.parent[n]] if n in m.parent else 0
    return m.cumulative_lots[i, n] == before + m.lots[i, n]


def order_trigger(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Lots need an order, which is no larger than the item's maximum."""
    return m.lots[i, n] <= m.largest_order_lots[i] * m.is_order[i, n]


def minimum_order(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """An order is no smaller than the item's minimum."""
    return m.lots[i, n] >= m.minimum_lots[i] * m.is_order[i, n]


def cumulative_lots_limit(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """More free lots on a path than demand with four standard deviations can use are never ordered."""
    return m.cumulative_lots[i, n] <= m.fixed_cumulative_lots[i, n] + m.lots_limit[i]


def order_calendar(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """No order where the calendar excludes it or where it would arrive after the horizon."""
    return m.lots[i, n] + m.is_order[i, n] == 0


def fixed_orders(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """An override, or the existing plan in a frozen period, fixes the lots."""
    return m.lots[i, n] == m.fixed_lots[i, n]


def fixed_order_trigger(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Fixed lots are an order, no lots are none."""
    return m.is_order[i, n] == (1 if m.fixed_lots[i, n] > 0 else 0)


def objective(m: pyo.ConcreteModel) -> pyo.Expression:
    """Expected margin less the penalty of soft guardrails."""
    return m.expected_margin - m.guardrail_penalty


def total_violation(m: pyo.ConcreteModel) -> pyo.Expression:
    """Sum of the violations of hard guardrails, each in the unit of its metric."""
    excess = sum(m.guardrail_excess[g, n] for g, n in m.UPPER_SLACK_ROWS if g not in m.soft_price)
    shortfall = sum(m.guardrail_shortfall[g, n] for g, n in m.LOWER_SLACK_ROWS if g not in m.soft_price)
    return excess + shortfall
