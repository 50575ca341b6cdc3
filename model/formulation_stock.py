"""Stock in the extensive form: net inventory, its split into stock and backlog, shortage, aging.

`backlog_of(x; s)` is not linear, and its coefficient in the objective can have either sign, so it is modelled exactly
in one of two ways:

- an item without forecast error has two linear pieces and one binary per split (laws `..._in_stock`, `..._out_of_stock`);
- an item with forecast error has a binary per reachable number of cumulative lots at each order node (`is_level`), and
  every function of that number is a table: exact at whole lots, which is all a plan can order.

Laws
    inventory_balance[i,n]                      on_hand - backlog = net_inventory
    in_stock, out_of_stock[i,n]                 only one of on_hand and backlog is positive
    opening_balance[i,n]                        opening_backlog >= -(net_inventory + demand)
    opening_in_stock, opening_out_of_stock      opening_backlog is that or 0, whichever is larger
    aging_balance[i,n,a]                        aged_beyond >= supply a periods ago less demand until now
    aged_in_stock, aged_out_of_stock            aged_beyond is that or 0, whichever is larger
    one_level, lots_of_level[i,o]               exactly one level holds, and it is K
    backlog_of_level, opening_backlog_of_level, aged_beyond_of_level
    short_within_demand[i,n]                    0 <= short <= demand; implied, and tightens the relaxation
"""

import math
from collections.abc import Callable

import pyomo.environ as pyo

LEAST_TABLE_UNITS = 1e-6
"""Expected units below this are left out of tables of levels: next to coefficients as small as that, HiGHS 1.16 has
called plans optimal that are not, by several percent (tests/solvers/test_recursion.py has the cases)."""


def declare_stock(m: pyo.ConcreteModel) -> None:
    """Declare net inventory, stock, backlog, aging and the lines of docs/formulation.md, section 4."""
    m.NOISY_ITEMS = pyo.Set(initialize=[i for i in m.ITEMS if any(m.sigma[i, n] > 0 for n in m.NODES)])
    m.EXACT_ITEMS = m.ITEMS - m.NOISY_ITEMS
    m.AGES = pyo.Set(dimen=3, initialize=ages)
    m.EXACT_AGES = pyo.Set(dimen=3, initialize=[index for index in m.AGES if index[0] in m.EXACT_ITEMS])
    m.NOISY_AGES = m.AGES - m.EXACT_AGES
    m.net_inventory = pyo.Expression(m.ITEMS, m.NODES, rule=net_inventory)
    m.on_hand = pyo.Var(m.ITEMS, m.NODES, domain=pyo.NonNegativeReals)
    m.backlog = pyo.Var(m.ITEMS, m.NODES, domain=pyo.NonNegativeReals)
    m.opening_backlog = pyo.Var(m.ITEMS, m.NODES, domain=pyo.NonNegativeReals)
    m.aged_beyond = pyo.Var(m.AGES, domain=pyo.NonNegativeReals)
    m.inventory_balance = pyo.Constraint(m.ITEMS, m.NODES, rule=inventory_balance)
    _declare_split(m)
    _declare_levels(m)
    _declare_lines(m)
    m.short_within_demand = pyo.Constraint(m.ITEMS, m.NODES, rule=short_within_demand)


def _declare_split(m: pyo.ConcreteModel) -> None:
    m.is_in_stock = pyo.Var(m.EXACT_ITEMS, m.NODES, domain=pyo.Binary)
    m.is_opening_in_stock = pyo.Var(m.EXACT_ITEMS, m.NODES, domain=pyo.Binary)
    m.is_aged = pyo.Var(m.EXACT_AGES, domain=pyo.Binary)
    m.in_stock = pyo.Constraint(m.EXACT_ITEMS, m.NODES, rule=in_stock)
    m.out_of_stock = pyo.Constraint(m.EXACT_ITEMS, m.NODES, rule=out_of_stock)
    m.opening_balance = pyo.Constraint(m.EXACT_ITEMS, m.NODES, rule=opening_balance)
    m.opening_in_stock = pyo.Constraint(m.EXACT_ITEMS, m.NODES, rule=opening_in_stock)
    m.opening_out_of_stock = pyo.Constraint(m.EXACT_ITEMS, m.NODES, rule=opening_out_of_stock)
    m.aging_balance = pyo.Constraint(m.EXACT_AGES, rule=aging_balance)
    m.aged_in_stock = pyo.Constraint(m.EXACT_AGES, rule=aged_in_stock)
    m.aged_out_of_stock = pyo.Constraint(m.EXACT_AGES, rule=aged_out_of_stock)


def _declare_levels(m: pyo.ConcreteModel) -> None:
    m.LEVEL_NODES = pyo.Set(dimen=2, initialize=level_nodes)
    m.LEVELS = pyo.Set(m.LEVEL_NODES, initialize=levels)
    m.is_level = pyo.Var([(i, o, k) for i, o in m.LEVEL_NODES for k in m.LEVELS[i, o]], domain=pyo.Binary)
    m.one_level = pyo.Constraint(m.LEVEL_NODES, rule=one_level)
    m.lots_of_level = pyo.Constraint(m.LEVEL_NODES, rule=lots_of_level)
    m.backlog_of_level = pyo.Constraint(m.NOISY_ITEMS, m.NODES, rule=backlog_of_level)
    m.opening_backlog_of_level = pyo.Constraint(m.NOISY_ITEMS, m.NODES, rule=opening_backlog_of_level)
    m.aged_beyond_of_level = pyo.Constraint(m.NOISY_AGES, rule=aged_beyond_of_level)


def _declare_lines(m: pyo.ConcreteModel) -> None:
    for rule in (short, expedited, lost, waiting, served, ordered, received, netted, in_transit, newly_aged):
        m.add_component(rule.__name__, pyo.Expression(m.ITEMS, m.NODES, rule=rule))


def net_inventory(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Opening stock, scheduled receipts and arrived lots, less demand, cumulated on the path."""
    arrived_lots = m.cumulative_lots[i, m.arrived[i, n]] if (i, n) in m.arrived else 0
    return m.base_stock[i, n] + m.lot_size[i] * arrived_lots


def net_inventory_range(m: pyo.ConcreteModel, i: str, n: str) -> tuple[float, float]:
    """Least and most net inventory of any plan: what the fewest and the most lots that can have arrived give.

    The bounds in the laws of the split follow from it; they are as tight as data allow.
    """
    if (i, n) not in m.arrived:
        return m.base_stock[i, n], m.base_stock[i, n]
    order = m.arrived[i, n]
    least = m.base_stock[i, n] + m.lot_size[i] * m.fixed_cumulative_lots[i, order]
    most = m.base_stock[i, n] + m.lot_size[i] * m.most_cumulative_lots[i, order]
    return least, most


def inventory_balance(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Net inventory is stock on hand less backlog."""
    return m.on_hand[i, n] - m.backlog[i, n] == m.net_inventory[i, n]


def in_stock(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Stock only where the item is in stock."""
    _, most = net_inventory_range(m, i, n)
    return m.on_hand[i, n] <= max(most, 0.0) * m.is_in_stock[i, n]


def out_of_stock(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Backlog only where the item is out of stock."""
    least, _ = net_inventory_range(m, i, n)
    return m.backlog[i, n] <= max(-least, 0.0) * (1 - m.is_in_stock[i, n])


def opening_balance(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """What is still owed when demand arrives is at least what stock before demand falls short of."""
    return m.opening_backlog[i, n] >= -(m.net_inventory[i, n] + m.demand[i, n])


def opening_in_stock(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Stock before demand is positive only where the item opens in stock."""
    _, most = net_inventory_range(m, i, n)
    opening_stock = m.net_inventory[i, n] + m.demand[i, n] + m.opening_backlog[i, n]
    return opening_stock <= max(most + m.demand[i, n], 0.0) * m.is_opening_in_stock[i, n]


def opening_out_of_stock(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Something is owed before demand arrives only where the item does not open in stock."""
    least, _ = net_inventory_range(m, i, n)
    return m.opening_backlog[i, n] <= max(-least - m.demand[i, n], 0.0) * (1 - m.is_opening_in_stock[i, n])


def ages(m: pyo.ConcreteModel) -> list[tuple[str, str, int]]:
    """Ages in periods at which stock is counted: the shelf life and one more, once that much time has passed."""
    return [
        (i, n, age)
        for i in m.shelf_life
        for n in m.NODES
        for age in (m.shelf_life[i], m.shelf_life[i] + 1)
        if m.period[n] >= age
    ]


def then_and_demand_since(m: pyo.ConcreteModel, i: str, n: str, age: int) -> tuple[str, float]:
    """The node `age` periods before n on its path, and the demand after it until n."""
    path = list(m.PATH[n])
    return path[-1 - age], sum(m.demand[i, later] for later in path[len(path) - age :])


def aging_balance(m: pyo.ConcreteModel, i: str, n: str, age: int) -> pyo.Expression:
    """First in, first out: of what there was `age` periods ago, what demand since has not used is older than that."""
    then, demand_since = then_and_demand_since(m, i, n, age)
    return m.aged_beyond[i, n, age] >= m.net_inventory[i, then] - demand_since


def aged_in_stock(m: pyo.ConcreteModel, i: str, n: str, age: int) -> pyo.Expression:
    """Old stock only where there is any."""
    then, demand_since = then_and_demand_since(m, i, n, age)
    _, most = net_inventory_range(m, i, then)
    return m.aged_beyond[i, n, age] <= max(most - demand_since, 0.0) * m.is_aged[i, n, age]


def aged_out_of_stock(m: pyo.ConcreteModel, i: str, n: str, age: int) -> pyo.Expression:
    """Where there is old stock, it is exactly what demand since has not used."""
    then, demand_since = then_and_demand_since(m, i, n, age)
    least, _ = net_inventory_range(m, i, then)
    unused = m.net_inventory[i, then] - demand_since
    return m.aged_beyond[i, n, age] - unused <= max(demand_since - least, 0.0) * (1 - m.is_aged[i, n, age])


def level_nodes(m: pyo.ConcreteModel) -> list[tuple[str, str]]:
    """Order nodes whose cumulative lots some node's stock depends on, for items with forecast error."""
    return list(
        dict.fromkeys((i, m.arrived[i, n]) for i in m.NOISY_ITEMS for n in m.NODES if (i, n) in m.arrived)
    )


def levels(m: pyo.ConcreteModel, i: str, o: str) -> range:
    """Numbers of cumulative lots that can be reached at an order node."""
    return range(m.fixed_cumulative_lots[i, o], m.most_cumulative_lots[i, o] + 1)


def one_level(m: pyo.ConcreteModel, i: str, o: str) -> pyo.Expression:
    """Exactly one number of cumulative lots holds."""
    return sum(m.is_level[i, o, k] for k in m.LEVELS[i, o]) == 1


def lots_of_level(m: pyo.ConcreteModel, i: str, o: str) -> pyo.Expression:
    """The level is the cumulative lots."""
    return sum(k * m.is_level[i, o, k] for k in m.LEVELS[i, o]) == m.cumulative_lots[i, o]


def backlog_of(net_inventory_units: float, sigma_units: float) -> float:
    """Units owed: sigma * G(x / sigma) with the standard normal loss function G, max(0, -x) where sigma is 0."""
    if sigma_units == 0:
        return max(-net_inventory_units, 0.0)
    z = net_inventory_units / sigma_units
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return sigma_units * (density - z * math.erfc(z / math.sqrt(2)) / 2)


def table_backlog(net_inventory_units: float, sigma_units: float) -> float:
    """`backlog_of` without the far tails: on either side of zero where they are below `LEAST_TABLE_UNITS`."""
    is_tail = backlog_of(abs(net_inventory_units), sigma_units) < LEAST_TABLE_UNITS
    return backlog_of(net_inventory_units, 0.0 if is_tail else sigma_units)


def by_level(m: pyo.ConcreteModel, i: str, n: str, value: Callable[[float], float]) -> pyo.Expression:
    """A function of net inventory at n as a table over the levels of the order node it depends on."""
    if (i, n) not in m.arrived:
        return value(m.base_stock[i, n])
    o = m.arrived[i, n]
    return sum(value(m.base_stock[i, n] + m.lot_size[i] * k) * m.is_level[i, o, k] for k in m.LEVELS[i, o])


def backlog_of_level(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Expected backlog, read from the table."""

    def owed(stock: float) -> float:
        return table_backlog(stock, m.sigma[i, n])

    return m.backlog[i, n] == by_level(m, i, n, owed)


def opening_backlog_of_level(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Expected backlog before the period's demand, read from the table."""

    def owed(stock: float) -> float:
        return table_backlog(stock + m.demand[i, n], m.sigma[i, n])

    return m.opening_backlog[i, n] == by_level(m, i, n, owed)


def aged_beyond_of_level(m: pyo.ConcreteModel, i: str, n: str, age: int) -> pyo.Expression:
    """Old stock, without noise, read from the table."""
    then, demand_since = then_and_demand_since(m, i, n, age)

    def unused(stock: float) -> float:
        return max(stock - demand_since, 0.0)

    return m.aged_beyond[i, n, age] == by_level(m, i, then, unused)


def short_within_demand(m: pyo.ConcreteModel, i: str, n: str) -> tuple[float, pyo.Expression, float]:
    """Newly short units are part of the period's demand."""
    return (0.0, m.short[i, n], m.demand[i, n])


def short(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Newly short units."""
    return m.backlog[i, n] - m.opening_backlog[i, n]


def expedited(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Newly short units that are served at once at a premium."""
    return m.expedited_share[i] * m.short[i, n]


def lost(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Newly short units that are never served."""
    return m.lost_fraction[i] * m.short[i, n]


def waiting(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units customers wait for at the end of the period."""
    return m.waiting_share[i] * m.backlog[i, n]


def served(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units handed to customers: demand less what is lost and what more customers wait for."""
    waiting_before = m.waiting[i, m.parent[n]] if n in m.parent else 0
    return m.demand[i, n] - m.lost[i, n] - (m.waiting[i, n] - waiting_before)


def ordered(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units ordered at the node."""
    return m.lot_size[i] * m.lots[i, n]


def received(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Scheduled and ordered units that arrive at the start of the period."""
    return m.scheduled_received[i, n] + sum(m.ordered[i, o] for o in m.ARRIVING[i, n])


def netted(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Receipts that replace what was expedited or lost before."""
    backlog_before = m.backlog[i, m.parent[n]] if n in m.parent else 0
    return (1 - m.waiting_share[i]) * (backlog_before - m.opening_backlog[i, n])


def in_transit(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Ordered and scheduled units that have not arrived at the end of the period."""
    arrived_lots = m.cumulative_lots[i, m.arrived[i, n]] if (i, n) in m.arrived else 0
    return m.scheduled_in_transit[i, n] + m.lot_size[i] * (m.cumulative_lots[i, n] - arrived_lots)


def newly_aged(m: pyo.ConcreteModel, i: str, n: str) -> pyo.Expression:
    """Units that pass their shelf life in this period; older ones have been written down before."""
    if i not in m.shelf_life or m.period[n] < m.shelf_life[i]:
        return 0.0
    age = m.shelf_life[i]
    older = m.aged_beyond[i, n, age + 1] if m.period[n] > age else 0
    return m.aged_beyond[i, n, age] - older
