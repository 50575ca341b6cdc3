"""Quantity breaks in the extensive form, and the value of orders that follows (docs/formulation.md, sections 2 and 4).

Every order of an item with breaks is in one tier: tier 0 below the first break (also where nothing is ordered), tier b from
break b up to the next. Within a tier the saving is linear in lots.

Variables and laws
    is_tier[i,n,b], tier_lots[i,n,b]            whether the order is in tier b; its lots there, 0 in all other tiers
    one_tier[i,n], lots_of_tier[i,n]            exactly one tier, and its lots are those of the order
    tier_from, tier_to[i,n,b]                   an order is in a tier only if it is as large as that
Expressions
    saving[i,n]                                 what quantity breaks save, money
    ordered_value, received_value, in_transit_value[i,n]        orders at what they cost, money
"""

from math import ceil

import pyomo.environ as pyo

from stockrail.model.tables import Tables

ROUNDING_LOTS = 1e-9
"""Lots that an order may be short of a break by rounding."""


def declare_breaks(m: pyo.ConcreteModel, tables: Tables) -> None:
    """Declare tiers, what they save, and the value of what is ordered, received and on its way."""
    _declare_tiers(m, tables)
    m.TIER_ORDERS = pyo.Set(dimen=2, initialize=[(i, n) for i, n in m.FREE_ORDERS if len(m.TIERS[i]) > 1])
    tiers = [(i, n, b) for i, n in m.TIER_ORDERS for b in m.TIERS[i]]
    m.is_tier = pyo.Var(tiers, domain=pyo.Binary)
    m.tier_lots = pyo.Var(tiers, domain=pyo.NonNegativeReals)
    m.one_tier = pyo.Constraint(m.TIER_ORDERS, rule=one_tier)
    m.lots_of_tier = pyo.Constraint(m.TIER_ORDERS, rule=lots_of_tier)
    m.tier_from = pyo.Constraint(tiers, rule=tier_from)
    m.tier_to = pyo.Constraint(tiers, rule=tier_to)
    for rule in (saving, ordered_value, received_value, in_transit_value):
        m.add_component(rule.__name__, pyo.Expression(m.ITEMS, m.NODES, rule=rule))


def _declare_tiers(m: pyo.ConcreteModel, tables: Tables) -> None:
    instance = tables.instance
    items = {row.item: row for row in instance.items}
    breaks = {
        i: sorted((row for row in instance.quantity_breaks if row.item == i), key=lambda row: row.from_units)
        for i in m.ITEMS
    }
    m.TIERS = pyo.Set(m.ITEMS, initialize={i: list(range(len(rows) + 1)) for i, rows in breaks.items()})
    m.INCREMENTAL_ITEMS = pyo.Set(
        initialize=[i for i, rows in breaks.items() if any(row.applies_to == "incremental" for row in rows)]
    )
    index = [(i, b) for i in m.ITEMS for b in m.TIERS[i]]
    m.break_units = pyo.Param(
        index, initialize={(i, b): breaks[i][b - 1].from_units if b else 0.0 for i, b in index}
    )
    m.tier_unit_cost = pyo.Param(
        index,
        initialize={(i, b): breaks[i][b - 1].unit_cost if b else items[i].unit_cost for i, b in index},
    )
    rates = 1.0 + instance.supplier_column("freight_rate") + instance.supplier_column("duty_rate")
    m.landed_rate = pyo.Param(m.ITEMS, initialize=dict(zip(m.ITEMS, rates.tolist(), strict=True)))


def first_lots(m: pyo.ConcreteModel, i: str, b: int) -> int:
    """Fewest lots of an order in a tier."""
    fewest: int = ceil(m.break_units[i, b] / m.lot_size[i] - ROUNDING_LOTS)
    return fewest


def one_tier(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """An order is in exactly one tier."""
    return sum(m.is_tier[i, n, b] for b in m.TIERS[i]) == 1


def lots_of_tier(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """The lots of the order are those of its tier."""
    return sum(m.tier_lots[i, n, b] for b in m.TIERS[i]) == m.lots[i, n]


def tier_from(m: pyo.ConcreteModel, i: str, n: str, b: int) -> pyo.Expression:
    """An order in a tier reaches its break."""
    return m.tier_lots[i, n, b] >= first_lots(m, i, b) * m.is_tier[i, n, b]


def tier_to(m: pyo.ConcreteModel, i: str, n: str, b: int) -> pyo.Expression:
    """An order in a tier does not reach the next break."""
    is_last = b + 1 == len(m.TIERS[i])
    last = m.largest_order_lots[i] if is_last else first_lots(m, i, b + 1) - 1
    return m.tier_lots[i, n, b] <= last * m.is_tier[i, n, b]


def saving_in_tier(
    m: pyo.ConcreteModel, i: str, b: int, units: pyo.Expression, is_tier: pyo.Expression
) -> pyo.Expression:
    """What `units` units ordered in tier b save at cost factor 1; both arguments are 0 where the order is elsewhere."""
    if i not in m.INCREMENTAL_ITEMS:
        return m.landed_rate[i] * (m.tier_unit_cost[i, 0] - m.tier_unit_cost[i, b]) * units
    return m.landed_rate[i] * sum(
        (m.tier_unit_cost[i, c - 1] - m.tier_unit_cost[i, c]) * (units - m.break_units[i, c] * is_tier)
        for c in range(1, b + 1)
    )


def saving(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """What quantity breaks save on the order placed at the node."""
    if (i, n) in m.TIER_ORDERS:
        saved = sum(
            saving_in_tier(m, i, b, m.lot_size[i] * m.tier_lots[i, n, b], m.is_tier[i, n, b])
            for b in m.TIERS[i]
        )
    elif (i, n) in m.FIXED_ORDERS and m.fixed_lots[i, n] > 0:
        tier = max(b for b in m.TIERS[i] if first_lots(m, i, b) <= m.fixed_lots[i, n])
        saved = saving_in_tier(m, i, tier, m.lot_size[i] * m.fixed_lots[i, n], 1)
    else:
        return 0.0
    return m.cost_factor[i, n] * saved


def ordered_value(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """What the order placed at the node costs when it arrives."""
    return m.landed_cost[i, n] * m.ordered[i, n] - m.saving[i, n]


def received_value(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of orders that arrive, and of scheduled units at standard value."""
    arriving = sum(m.ordered_value[i, o] for o in m.ARRIVING[i, n])
    return arriving + m.unit_value[i] * m.scheduled_received[i, n]


def in_transit_value(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Value of orders that have not arrived at the end of the period, and of scheduled units at standard value."""
    path = list(m.PATH[n])
    on_the_way = path[path.index(m.arrived[i, n]) + 1 :] if (i, n) in m.arrived else path
    ordered = sum(m.ordered_value[i, o] for o in on_the_way)
    return ordered + m.unit_value[i] * m.scheduled_in_transit[i, n]
