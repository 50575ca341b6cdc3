"""The extensive form: the whole model as one mixed-integer program in Pyomo, the specification in executable form.

It states docs/formulation.md law by law and shares no formula with the fast engine, which is why tests compare the two.
Use it for small instances, for export and as the oracle; beyond some tens of items the decomposition is the way.

Sets
    ITEMS, NODES        names, in the order of the instance and of the tree
    PATH[n]             nodes from the root to n
    ARRIVING[i,n]       nodes whose orders arrive at the start of n's period
Variables
    lots[i,n], is_order[i,n], cumulative_lots[i,n]                                          (this file)
    is_tier[i,n,b], tier_lots[i,n,b]                                                        (formulation_breaks)
    order_added[i,n], order_cut[i,n], is_added[i,n]                                         (formulation_changes)
    on_hand[i,n], backlog[i,n], opening_backlog[i,n], aged_beyond[i,n,a] and binaries       (formulation_stock)
    in_full[i,n], beyond_cover[i,n] and binaries                                            (formulation_service)
    margin_tail_start, margin_shortfall[n]                                                  (formulation_money)
    guardrail_over[g,s,n], violation[g,s,n], relaxation[g,s,t] and what ways to hold need
                                            (formulation_guardrails, formulation_holds, formulation_chance)
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

from stockrail.model.formulation_breaks import declare_breaks
from stockrail.model.formulation_changes import declare_changes
from stockrail.model.formulation_guardrails import declare_guardrails
from stockrail.model.formulation_money import declare_money
from stockrail.model.formulation_parameters import declare_parameters
from stockrail.model.formulation_service import declare_service
from stockrail.model.formulation_stock import declare_stock
from stockrail.model.tables import Tables


def build_model(tables: Tables, *, is_elastic: bool = False) -> pyo.ConcreteModel:
    """Build the extensive form of an instance on its tree.

    Parameters
    ----------
    tables : the parameters of the model.
    is_elastic : let every hard guardrail give way and minimise what that is worth in money instead (section 7,
        relaxation). It answers what an infeasible instance would have to change.
    """
    m = pyo.ConcreteModel(name="extensive form")
    declare_parameters(m, tables)
    _declare_orders(m)
    declare_stock(m)
    declare_service(m, tables)
    declare_breaks(m, tables)
    declare_changes(m, tables)
    declare_money(m, tables)
    declare_guardrails(m, tables, is_elastic=is_elastic)
    m.expected_margin = pyo.Expression(rule=expected_margin)
    if is_elastic:
        m.total_relaxation = pyo.Objective(rule=total_relaxation, sense=pyo.minimize)
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


def expected_margin(m: pyo.ConcreteModel) -> pyo.Expression:
    """Expected margin of the items less the two parts that belong to none of them."""
    return m.items_margin - m.overtime - m.guardrail_penalty


def objective(m: pyo.ConcreteModel) -> pyo.Expression:
    """Expected margin, blended with the mean of the lowest scenario margins as the settings ask for."""
    b = m.margin_cvar_weight
    return (1 - b) * m.items_margin + b * m.margin_cvar - m.overtime - m.guardrail_penalty


def total_relaxation(m: pyo.ConcreteModel) -> pyo.Expression:
    """What hard guardrails give way, in money."""
    return sum(m.money_weight[g] * m.relaxation[g, s, t] for g, s, t in m.RELAXED)
