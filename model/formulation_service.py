"""Service and cover in the extensive form: `in_full` and `beyond_cover` (docs/formulation.md, section 4).

Only metrics of guardrails use them, so they are there for items and nodes where a guardrail names such a metric. Items
without forecast error need a binary for each, items with forecast error read them from their levels.

Laws
    in_full_balance[i,n]                    in_full is the binary, or read from the table of levels
    in_full_from, in_full_to[i,n]           is_in_full = [cumulative lots cover what is owed]
    beyond_cover_balance[i,n]               beyond_cover >= net_inventory - forward_demand
    beyond_cover_above, beyond_cover_below  beyond_cover is that or 0, whichever is larger
    beyond_cover_of_level[i,n]              read from the table of levels
"""

import math

import pyomo.environ as pyo

from stockrail.model.formulation_stock import LEAST_TABLE_UNITS, by_level, net_inventory_range, table_backlog
from stockrail.model.tables import Tables

ROUNDING_UNITS = 1e-9
"""Units below zero that are rounding and no backlog."""

LEAST_TABLE_PROBABILITY = LEAST_TABLE_UNITS
"""Probabilities below this are left out of tables of levels, as expected units are."""


def declare_service(m: pyo.ConcreteModel, tables: Tables) -> None:
    """Declare forward demand, and service and cover where guardrails name a metric that needs them."""
    named = {row.metric for row in tables.instance.guardrails}
    everywhere = [(i, n) for i in m.ITEMS for n in m.NODES]
    m.forward_demand = pyo.Param(m.ITEMS, m.NODES, initialize=_forward_demand(m, tables))
    m.IN_FULL = pyo.Set(dimen=2, initialize=everywhere if "on_time_in_full" in named else [])
    m.BEYOND_COVER = pyo.Set(dimen=2, initialize=everywhere if "excess_exposure" in named else [])
    exact = [
        (i, n) for i, n in m.IN_FULL if i in m.EXACT_ITEMS and (i, n) in m.arrived
    ]  # without an arrival nothing is decided
    m.in_full = pyo.Var(m.IN_FULL, domain=pyo.NonNegativeReals)
    m.is_in_full = pyo.Var(exact, domain=pyo.Binary)
    m.in_full_balance = pyo.Constraint(m.IN_FULL, rule=in_full_balance)
    m.in_full_from = pyo.Constraint(exact, rule=in_full_from)
    m.in_full_to = pyo.Constraint(exact, rule=in_full_to)
    exact = [(i, n) for i, n in m.BEYOND_COVER if i in m.EXACT_ITEMS]
    noisy = [(i, n) for i, n in m.BEYOND_COVER if i in m.NOISY_ITEMS]
    m.beyond_cover = pyo.Var(m.BEYOND_COVER, domain=pyo.NonNegativeReals)
    m.is_beyond_cover = pyo.Var(exact, domain=pyo.Binary)
    m.beyond_cover_balance = pyo.Constraint(exact, rule=beyond_cover_balance)
    m.beyond_cover_above = pyo.Constraint(exact, rule=beyond_cover_above)
    m.beyond_cover_below = pyo.Constraint(exact, rule=beyond_cover_below)
    m.beyond_cover_of_level = pyo.Constraint(noisy, rule=beyond_cover_of_level)


def _forward_demand(m: pyo.ConcreteModel, tables: Tables) -> dict[tuple[str, str], float]:
    """Expected demand of the `forward_cover_days` after each node's period, given the node, straight from section 2."""
    settings = tables.instance.settings
    cover_periods = settings.forward_cover_days / settings.period_length_days
    below: dict[tuple[str, int], list[str]] = {}
    for o in m.NODES:
        for n in m.PATH[o]:
            below.setdefault((n, m.period[o]), []).append(o)
    last = settings.periods - 1

    def expected(i: str, n: str, period: int) -> float:
        later = below[n, min(period, last)]
        return float(sum(m.probability[o] * m.demand[i, o] for o in later) / m.probability[n])

    def forward(i: str, n: str) -> float:
        ahead = range(1, math.ceil(cover_periods) + 1)
        return sum(min(cover_periods - (j - 1), 1.0) * expected(i, n, m.period[n] + j) for j in ahead)

    return {(i, n): forward(i, n) for i in m.ITEMS for n in m.NODES}


def in_full_of(net_inventory_units: float, sigma_units: float) -> float:
    """Probability that nothing is owed: cdf(x / sigma), and [x >= 0] where sigma is 0."""
    if sigma_units == 0:
        return 1.0 if net_inventory_units >= -ROUNDING_UNITS else 0.0
    probability = math.erfc(-net_inventory_units / sigma_units / math.sqrt(2)) / 2
    return probability if probability >= LEAST_TABLE_PROBABILITY else 0.0


def lots_in_full(m: pyo.ConcreteModel, i: str, n: str) -> int:
    """Fewest cumulative lots with which an item without forecast error owes nothing at n."""
    fewest: int = math.ceil((-m.base_stock[i, n] - ROUNDING_UNITS) / m.lot_size[i])
    return fewest


def in_full_balance(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Whether, or with which probability, nothing is owed."""
    if (i, n) in m.is_in_full:
        return m.in_full[i, n] == m.is_in_full[i, n]

    def probability(stock: float) -> float:
        return in_full_of(stock, m.sigma[i, n])

    return m.in_full[i, n] == by_level(m, i, n, probability)


def in_full_from(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """In full takes as many lots as cover what is owed."""
    o = m.arrived[i, n]
    least = m.fixed_cumulative_lots[i, o]
    return m.cumulative_lots[i, o] >= least + (lots_in_full(m, i, n) - least) * m.is_in_full[i, n]


def in_full_to(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Not in full means at least one lot less."""
    o = m.arrived[i, n]
    fewer, most = lots_in_full(m, i, n) - 1, m.most_cumulative_lots[i, o]
    return m.cumulative_lots[i, o] <= fewer + (most - fewer) * m.is_in_full[i, n]


def beyond_cover_balance(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Stock beyond cover is at least what net inventory has more than forward demand."""
    return m.beyond_cover[i, n] >= m.net_inventory[i, n] - m.forward_demand[i, n]


def beyond_cover_above(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Stock beyond cover only where there is any."""
    _, most = net_inventory_range(m, i, n)
    return m.beyond_cover[i, n] <= max(most - m.forward_demand[i, n], 0.0) * m.is_beyond_cover[i, n]


def beyond_cover_below(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Where there is stock beyond cover, it is exactly what net inventory has more than forward demand."""
    least, _ = net_inventory_range(m, i, n)
    beyond = m.net_inventory[i, n] - m.forward_demand[i, n]
    room = max(m.forward_demand[i, n] - least, 0.0)
    return m.beyond_cover[i, n] - beyond <= room * (1 - m.is_beyond_cover[i, n])


def beyond_cover_of_level(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Expected stock beyond cover, read from the table."""

    def beyond(stock: float) -> float:
        y = stock - m.forward_demand[i, n]
        return float(y + table_backlog(y, m.sigma[i, n]))

    return m.beyond_cover[i, n] == by_level(m, i, n, beyond)
