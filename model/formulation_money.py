"""Money in the extensive form: the parts of the margin (docs/formulation.md, section 5), all as positive amounts.

Expressions
    margin_part[p,i,n]      part p of the margin of item i at node n, money
    margin[i,n]             their signed sum, money
    items_margin            sum over nodes of probability * discount * margin, money
    scenario_margin[n]      discounted margin of all items on the path to a leaf, money
    margin_cvar             mean of the lowest 1 - margin_cvar_alpha share of the scenario margins, money
Variables and laws, where the objective looks at margin_cvar
    margin_tail_start, margin_shortfall[n]      where the tail starts; by how much a scenario is below
    margin_tail[n]                              margin_shortfall >= margin_tail_start - scenario_margin

At its best, margin_tail_start - (expected margin_shortfall) / (1 - margin_cvar_alpha) is the CVaR (Rockafellar and Uryasev
2000, theorem 1), so the laws hold margin_cvar down to it and no further.
"""

from collections.abc import Callable

import pyomo.environ as pyo

from stockrail.model.tables import Tables

Rule = Callable[[pyo.ConcreteModel, str, str], pyo.Expression]


def declare_money(m: pyo.ConcreteModel, tables: Tables) -> None:
    """Declare the parts of the margin, their expected sum and, where it counts, the mean of its lowest share."""
    settings = tables.instance.settings
    m.MARGIN_PARTS = pyo.Set(initialize=list(MARGIN_PARTS))
    m.margin_part = pyo.Expression(m.MARGIN_PARTS, m.ITEMS, m.NODES, rule=margin_part)
    m.margin = pyo.Expression(m.ITEMS, m.NODES, rule=margin)
    m.items_margin = pyo.Expression(rule=items_margin)
    m.margin_cvar_weight = pyo.Param(initialize=settings.margin_cvar_weight)
    m.margin_cvar_alpha = pyo.Param(initialize=settings.margin_cvar_alpha)
    m.TAIL_LEAVES = pyo.Set(initialize=list(m.LEAVES) if settings.margin_cvar_weight > 0 else [])
    m.scenario_margin = pyo.Expression(m.TAIL_LEAVES, rule=scenario_margin)
    m.margin_tail_start = pyo.Var(domain=pyo.Reals)
    m.margin_shortfall = pyo.Var(m.TAIL_LEAVES, domain=pyo.NonNegativeReals)
    m.margin_tail = pyo.Constraint(m.TAIL_LEAVES, rule=margin_tail)
    m.margin_cvar = pyo.Expression(rule=margin_cvar)


def margin_part(m: pyo.ConcreteModel, part: str, i: str, n: str) -> pyo.Expression:
    """One part of the margin, by name."""
    _, rule = MARGIN_PARTS[part]
    return rule(m, i, n)


def margin(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Revenue and terminal value less everything else."""
    return sum(sign * m.margin_part[part, i, n] for part, (sign, _) in MARGIN_PARTS.items())


def items_margin(m: pyo.ConcreteModel) -> pyo.Expression:
    """Expected discounted margin of all items, before overtime and penalties."""
    return sum(m.probability[n] * m.discount[n] * m.margin[i, n] for i in m.ITEMS for n in m.NODES)


def scenario_margin(m: pyo.ConcreteModel, n: str) -> pyo.Expression:
    """Discounted margin of all items on the path to a leaf."""
    return sum(m.discount[o] * m.margin[i, o] for i in m.ITEMS for o in m.PATH[n])


def margin_tail(m: pyo.ConcreteModel, n: str) -> pyo.Expression:
    """By how much a scenario's margin is below the start of the tail."""
    return m.margin_shortfall[n] >= m.margin_tail_start - m.scenario_margin[n]


def margin_cvar(m: pyo.ConcreteModel) -> pyo.Expression:
    """Mean of the lowest share of the scenario margins; 0 where it has no weight in the objective."""
    if len(m.TAIL_LEAVES) == 0:
        return 0.0
    below = sum(m.probability[n] * m.margin_shortfall[n] for n in m.TAIL_LEAVES)
    return m.margin_tail_start - below / (1 - m.margin_cvar_alpha)


def revenue(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units served, at the price of the node."""
    return m.price[i, n] * m.served[i, n]


def landed_cost_of_receipts(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of receipts, less netted and plus expedited units at the cost of the node itself."""
    return m.received_value[i, n] + m.landed_cost[i, n] * (m.expedited[i, n] - m.netted[i, n])


def order_cost_of_orders(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """The fixed cost of an order, where it is placed."""
    return m.order_cost[i, n] * m.is_order[i, n]


def holding(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Capital, storage and insurance on the value of stock at the end of the period."""
    return m.holding_rate * m.unit_value[i] * m.on_hand[i, n]


def expedite(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """The premium on expedited units."""
    return m.expedite_premium[i] * m.expedited[i, n]


def stockout(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Goodwill for lost units and a cost per period for units that wait, both shares of the price."""
    churn = m.churn_cost[i] * m.price[i, n] * m.lost[i, n]
    return churn + m.backorder_cost[i] * m.price[i, n] * m.waiting[i, n]


def write_off(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units that pass their shelf life, written down once."""
    return m.write_off_share[i] * m.unit_value[i] * m.newly_aged[i, n]


def change(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units by which an order differs from what its supplier was told, at their price."""
    return m.change_price[i, n] * m.order_change[i, n]


def terminal_value(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """At the end, stock is worth a share of its value, and waiting customers are served at once, the fast way."""
    if n not in m.LEAVES:
        return 0.0
    stock = m.terminal_stock_share * m.unit_value[i] * m.on_hand[i, n]
    return stock + (m.price[i, n] - m.landed_cost[i, n] - m.expedite_premium[i]) * m.waiting[i, n]


MARGIN_PARTS: dict[str, tuple[int, Rule]] = {
    "revenue": (1, revenue),
    "landed_cost": (-1, landed_cost_of_receipts),
    "order_cost": (-1, order_cost_of_orders),
    "holding": (-1, holding),
    "expedite": (-1, expedite),
    "stockout": (-1, stockout),
    "write_off": (-1, write_off),
    "change": (-1, change),
    "terminal_value": (1, terminal_value),
}
"""Sign in the margin and rule of each part, by its name in results."""
