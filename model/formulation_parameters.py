"""Sets and parameters of the extensive form, taken from `Tables` and indexed by the names of items and nodes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo

from stockrail.model.tables import Tables
from stockrail.model.tree import ScenarioTree

ByItemNode = dict[tuple[str, str], Any]

_BY_ITEM_AND_NODE = (
    "demand",
    "price",
    "landed_cost",
    "order_cost",
    "sigma",
    "base_stock",
    "scheduled_received",
    "fixed_lots",
)
_BY_ITEM = (
    "unit_value",
    "lot_size",
    "minimum_lots",
    "lots_limit",
    "waiting_share",
    "lost_fraction",
    "expedited_share",
    "expedite_premium",
    "churn_cost",
    "backorder_cost",
    "write_off_share",
)


def declare_parameters(m: pyo.ConcreteModel, tables: Tables) -> None:
    """Declare the sets ITEMS, NODES, PATH, LEAVES, ARRIVING, the three kinds of order nodes, and all parameters."""
    tree = tables.tree
    items = [row.item for row in tables.instance.items]
    m.ITEMS = pyo.Set(initialize=items)
    m.NODES = pyo.Set(initialize=tree.names)
    m.PATH = pyo.Set(
        m.NODES, initialize={tree.names[n]: _names(tree, tree.path(n)) for n in range(len(tree))}
    )
    m.LEAVES = pyo.Set(initialize=_names(tree, tree.leaves))
    for name in _BY_ITEM_AND_NODE:
        values = _by_item_and_node(items, tree.names, getattr(tables, name))
        m.add_component(name, pyo.Param(m.ITEMS, m.NODES, initialize=values, domain=pyo.Reals))
    for name in _BY_ITEM:
        by_item = dict(zip(items, getattr(tables, name).tolist(), strict=True))
        m.add_component(name, pyo.Param(m.ITEMS, initialize=by_item, domain=pyo.Reals))
    _declare_supply(m, items, tables)
    m.terminal_stock_share = pyo.Param(initialize=tables.instance.settings.terminal_stock_share)
    m.holding_rate = pyo.Param(initialize=tables.holding_rate)
    m.cash_holding_rate = pyo.Param(initialize=tables.cash_holding_rate)
    m.period = pyo.Param(m.NODES, initialize=dict(zip(tree.names, tree.period.tolist(), strict=True)))
    m.probability = pyo.Param(
        m.NODES, initialize=dict(zip(tree.names, tree.probability.tolist(), strict=True))
    )
    m.discount = pyo.Param(m.NODES, initialize=dict(zip(tree.names, tables.discount.tolist(), strict=True)))
    m.parent = pyo.Param(m.NODES, domain=pyo.Any, initialize=_parents(tree))
    m.arrived = pyo.Param(m.ITEMS, m.NODES, domain=pyo.Any, initialize=_arrived(items, tables))
    m.ARRIVING = pyo.Set(m.ITEMS, m.NODES, initialize=arriving)
    m.shelf_life = pyo.Param(
        m.ITEMS,
        initialize={i: int(a) for i, a in zip(items, tables.shelf_life, strict=True) if a >= 0},
    )
    _declare_order_rules(m, items, tables)
    _declare_terms(m, items, tables)


def arriving(m: pyo.ConcreteModel, i: str, n: str) -> list[str]:
    """Nodes whose orders arrive at the start of n's period: after those arrived at the parent, up to `arrived`."""
    if (i, n) not in m.arrived:
        return []
    path = list(m.PATH[n])
    last = path.index(m.arrived[i, n])
    has_earlier = n in m.parent and (i, m.parent[n]) in m.arrived
    first = path.index(m.arrived[i, m.parent[n]]) + 1 if has_earlier else 0
    return path[first : last + 1]


def _declare_supply(m: pyo.ConcreteModel, items: Sequence[str], tables: Tables) -> None:
    """What suppliers and warehouses add to an item, and the length of periods."""
    instance = tables.instance
    cost_factor = tables.tree.cost_factor[instance.item_supplier]
    m.cost_factor = pyo.Param(
        m.ITEMS, m.NODES, initialize=_by_item_and_node(items, tables.tree.names, cost_factor)
    )
    deposits = instance.supplier_column("deposit_share").tolist()
    m.deposit_share = pyo.Param(m.ITEMS, initialize=dict(zip(items, deposits, strict=True)))
    m.space_per_unit = pyo.Param(m.ITEMS, initialize={row.item: row.space_per_unit for row in instance.items})
    m.period_length_days = pyo.Param(initialize=instance.settings.period_length_days)
    m.periods_per_year = pyo.Param(initialize=instance.periods_per_year)
    m.forward_cover_days = pyo.Param(initialize=instance.settings.forward_cover_days)


def _declare_order_rules(m: pyo.ConcreteModel, items: Sequence[str], tables: Tables) -> None:
    tree = tables.tree
    given = {(row.item, row.period) for row in tables.instance.order_overrides}
    given |= {(i, t) for i in items for t in range(tables.instance.settings.frozen_periods)}
    allowed = _by_item_and_node(items, tree.names, tables.is_order_allowed)
    fixed = [(i, n) for i, n in allowed if (i, m.period[n]) in given]
    m.FREE_ORDERS = pyo.Set(
        dimen=2, initialize=[index for index, is_allowed in allowed.items() if is_allowed]
    )
    m.FIXED_ORDERS = pyo.Set(dimen=2, initialize=fixed)
    m.NO_ORDERS = m.ITEMS * m.NODES - m.FREE_ORDERS - m.FIXED_ORDERS
    m.largest_order_lots = pyo.Param(
        m.ITEMS,
        initialize={
            i: int(limit if most < 0 else min(limit, most))
            for i, most, limit in zip(items, tables.maximum_lots, tables.lots_limit, strict=True)
        },
    )
    m.fixed_cumulative_lots = pyo.Param(m.ITEMS, m.NODES, initialize=fixed_cumulative_lots)
    m.most_cumulative_lots = pyo.Param(m.ITEMS, m.NODES, initialize=most_cumulative_lots)


def fixed_cumulative_lots(m: pyo.ConcreteModel, i: str, n: str) -> int:
    """Fixed lots on the path to n: the least that K can be there."""
    return int(sum(m.fixed_lots[i, o] for o in m.PATH[n]))


def most_cumulative_lots(m: pyo.ConcreteModel, i: str, n: str) -> int:
    """The most that K can be at n: fixed lots, and the largest order at each node where one may be placed.

    Every bound on stock follows from it, so that no constraint needs a bound out of the air.
    """
    orders = sum(1 for o in m.PATH[n] if (i, o) in m.FREE_ORDERS)
    free = min(m.lots_limit[i], orders * m.largest_order_lots[i])
    return int(m.fixed_cumulative_lots[i, n] + free)


def _declare_terms(m: pyo.ConcreteModel, items: Sequence[str], tables: Tables) -> None:
    """Payment terms and stock on its way that was there before the plan."""
    instance, tree = tables.instance, tables.tree
    length = instance.settings.period_length_days
    payment_days = dict(zip(items, instance.supplier_column("payment_days").tolist(), strict=True))
    suppliers = {row.supplier: row for row in instance.suppliers}
    m.LAGS = pyo.Set(initialize=range(tree.periods))
    m.receivable_weight = pyo.Param(
        m.LAGS, initialize={j: unpaid(instance.settings.receivable_days, length, j) for j in m.LAGS}
    )
    m.payable_weight = pyo.Param(
        m.ITEMS,
        m.LAGS,
        initialize={(i, j): unpaid(payment_days[i], length, j) for i in items for j in m.LAGS},
    )
    m.SHIPMENT_ITEMS = pyo.Set(
        initialize=[r.item for r in instance.items if suppliers[r.supplier].ownership == "shipment"]
    )
    open_orders = [(row.item, row.due_period, row.units) for row in instance.open_orders]
    m.scheduled_in_transit = pyo.Param(
        m.ITEMS,
        m.NODES,
        initialize={
            (i, n): sum(units for item, due, units in open_orders if item == i and due > m.period[n])
            for i in m.ITEMS
            for n in m.NODES
        },
    )


def unpaid(days: float, period_length_days: int, lag: int) -> float:
    """Share of the lag-th last period's amount (0 = this one) that is still unpaid after `days` days of credit."""
    return min(max(days / period_length_days - lag, 0.0), 1.0)


def _names(tree: ScenarioTree, nodes: Any) -> list[str]:
    return [tree.names[n] for n in nodes]


def _parents(tree: ScenarioTree) -> dict[str, str]:
    return {tree.names[n]: tree.names[tree.parent[n]] for n in range(1, len(tree))}


def _arrived(items: Sequence[str], tables: Tables) -> ByItemNode:
    names = tables.tree.names
    latest = _by_item_and_node(items, names, tables.arrived)
    return {index: names[order] for index, order in latest.items() if order >= 0}


def _by_item_and_node(items: Sequence[str], nodes: Sequence[str], values: Any) -> ByItemNode:
    rows = np.asarray(values).tolist()
    return {(i, n): rows[a][b] for a, i in enumerate(items) for b, n in enumerate(nodes)}
