"""Changes of announced orders in the extensive form (docs/formulation.md, sections 2, 4 and 5).

Variables and laws, for free orders whose change costs something
    order_added[i,n], order_cut[i,n]    units beyond what was announced, and units short of it
    change_balance[i,n]                 what is ordered less what was announced is what was added less what was cut
    is_added[i,n], added_only_beyond[i,n], cut_only_below[i,n]      not both at once
Expressions
    order_change[i,n]                   units by which an order differs from what was announced

A cost keeps one of the two at 0 by itself, but a guardrail on the margin could gain by wasting money: where one names it, a
binary for each change forbids that.
"""

import pyomo.environ as pyo

from stockrail.model.tables import Tables


def declare_changes(m: pyo.ConcreteModel, tables: Tables) -> None:
    """Declare what was announced, what a change costs, and how much orders change."""
    changes, period = tables.order_changes, tables.tree.period
    for name, values in (("announced", changes.announced), ("change_price", changes.price)):
        rows = values[:, period].tolist()
        by_node = {(i, n): rows[a][b] for a, i in enumerate(m.ITEMS) for b, n in enumerate(m.NODES)}
        m.add_component(name, pyo.Param(m.ITEMS, m.NODES, initialize=by_node))
    m.CHANGE_ORDERS = pyo.Set(
        dimen=2, initialize=[index for index in m.FREE_ORDERS if m.change_price[index] > 0]
    )
    is_limited = any(row.metric == "margin" for row in tables.instance.guardrails)
    m.EXACT_CHANGES = pyo.Set(dimen=2, initialize=list(m.CHANGE_ORDERS) if is_limited else [])
    m.order_added = pyo.Var(m.CHANGE_ORDERS, domain=pyo.NonNegativeReals)
    m.order_cut = pyo.Var(m.CHANGE_ORDERS, domain=pyo.NonNegativeReals)
    m.is_added = pyo.Var(m.EXACT_CHANGES, domain=pyo.Binary)
    m.change_balance = pyo.Constraint(m.CHANGE_ORDERS, rule=change_balance)
    m.added_only_beyond = pyo.Constraint(m.EXACT_CHANGES, rule=added_only_beyond)
    m.cut_only_below = pyo.Constraint(m.EXACT_CHANGES, rule=cut_only_below)
    m.order_change = pyo.Expression(m.ITEMS, m.NODES, rule=order_change)


def most_added(m: pyo.ConcreteModel, i: str, n: str) -> float:
    """Most units that an order can be beyond what was announced."""
    largest: float = m.lot_size[i] * m.largest_order_lots[i]
    return max(0.0, largest - float(m.announced[i, n]))


def change_balance(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """What is ordered is what was announced, with what was added and without what was cut."""
    return m.lot_size[i] * m.lots[i, n] == m.announced[i, n] + m.order_added[i, n] - m.order_cut[i, n]


def added_only_beyond(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units are added only to an order that is larger than announced."""
    return m.order_added[i, n] <= most_added(m, i, n) * m.is_added[i, n]


def cut_only_below(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units are cut only from an order that is smaller than announced."""
    return m.order_cut[i, n] <= m.announced[i, n] * (1 - m.is_added[i, n])


def order_change(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units by which an order differs from what was announced; 0 where nobody asks what it costs."""
    if (i, n) in m.CHANGE_ORDERS:
        return m.order_added[i, n] + m.order_cut[i, n]
    if (i, n) in m.FREE_ORDERS:
        return 0.0
    lots = m.fixed_lots[i, n] if (i, n) in m.FIXED_ORDERS else 0
    return abs(m.lot_size[i] * lots - m.announced[i, n])
