"""Money in the extensive form: the parts of the margin (docs/formulation.md, section 5), all as positive amounts.

Expressions
    margin_part[p,i,n]      part p of the margin of item i at node n, money
    margin[i,n]             their signed sum, money
    expected_margin         sum over nodes of probability * discount * margin, money
"""

from collections.abc import Callable

import pyomo.environ as pyo

Rule = Callable[[pyo.ConcreteModel, str, str], pyo.Expression]


def declare_money(m: pyo.ConcreteModel) -> None:
    """Declare the parts of the margin and their expected sum."""
    m.MARGIN_PARTS = pyo.Set(initialize=list(MARGIN_PARTS))
    m.margin_part = pyo.Expression(m.MARGIN_PARTS, m.ITEMS, m.NODES, rule=margin_part)
    m.margin = pyo.Expression(m.ITEMS, m.NODES, rule=margin)
    m.expected_margin = pyo.Expression(rule=expected_margin)


def margin_part(m: pyo.ConcreteModel, part: str, i: str, n: str) -> pyo.Expression:
    """One part of the margin, by name."""
    _, rule = MARGIN_PARTS[part]
    return rule(m, i, n)


def margin(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Revenue and terminal value less everything else."""
    return sum(sign * m.margin_part[part, i, n] for part, (sign, _) in MARGIN_PARTS.items())


def expected_margin(m: pyo.ConcreteModel) -> pyo.Expression:
    """Expected discounted margin of all items."""
    return sum(m.probability[n] * m.discount[n] * m.margin[i, n] for i in m.ITEMS for n in m.NODES)


def revenue(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units served, at the price of the node."""
    return m.price[i, n] * m.served[i, n]


def landed_cost_of_receipts(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Ordered units at the cost of their order's node, scheduled ones at standard value, less netted, plus expedited."""
    arriving = sum(m.landed_cost[i, o] * m.ordered[i, o] for o in m.ARRIVING[i, n])
    scheduled = m.unit_value[i] * m.scheduled_received[i, n]
    return arriving + scheduled + m.landed_cost[i, n] * (m.expedited[i, n] - m.netted[i, n])


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
    "terminal_value": (1, terminal_value),
}
"""Sign in the margin and rule of each part, by its name in results."""
