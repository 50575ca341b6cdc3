"""Parameters on a part of a scenario tree, on its mean, and with orders held (docs/formulation.md, section 17)."""

from dataclasses import replace

import numpy as np

from stockrail.model.schema import OrderOverride
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import Array, IntArray, ScenarioTree


def sub_tree(tables: Tables, leaves: IntArray) -> tuple[Tables, IntArray]:
    """Parameters on the paths to some leaves, given that one of them happens, and the node of the tree behind each node.

    What limits refer to stays that of the whole tree: `forward_demand` by node, and `lots_limit`. So every plan of the tree is one
    here, with the same stock and metrics on these paths.
    """
    tree = tables.tree
    reached = np.zeros(len(tree))
    reached[leaves] = tree.probability[leaves]
    for node in range(len(tree) - 1, 0, -1):
        reached[tree.parent[node]] += reached[node]
    nodes = np.flatnonzero(reached > 0)
    place = np.full(len(tree), -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    parent = np.where(tree.parent[nodes] >= 0, place[tree.parent[nodes]], -1)
    part = ScenarioTree(
        names=tuple(tree.names[n] for n in nodes),
        parent=parent,
        period=tree.period[nodes],
        probability=reached[nodes] / reached[0],
        demand=tree.demand[:, nodes],
        price_factor=tree.price_factor[nodes],
        delay_periods=tree.delay_periods[:, nodes],
        cost_factor=tree.cost_factor[:, nodes],
        order_cost_factor=tree.order_cost_factor[:, nodes],
        capacity_factor=tree.capacity_factor[:, nodes],
        warehouse_factor=tree.warehouse_factor[:, nodes],
    )
    built = Tables.build(tables.instance, part)
    return (
        replace(built, forward_demand=tables.forward_demand[:, nodes], lots_limit=tables.lots_limit),
        nodes,
    )


def mean_path(tables: Tables, *, has_error: bool) -> Tables:
    """Parameters on one path where every fact of a node is its mean over the nodes of the period.

    Delays are rounded to whole periods, halves up.

    Parameters
    ----------
    has_error : whether the forecast error that the tree does not branch on stays; without it everything is certain.
    """
    tree = tables.tree
    weight = np.zeros((len(tree), tree.periods))
    weight[np.arange(len(tree)), tree.period] = tree.probability
    path = ScenarioTree(
        names=tuple(f"mean-{t}" for t in range(tree.periods)),
        parent=np.arange(tree.periods) - 1,
        period=np.arange(tree.periods),
        probability=np.ones(tree.periods),
        demand=tree.demand @ weight,
        price_factor=tree.price_factor @ weight,
        delay_periods=np.floor(tree.delay_periods @ weight + 0.5 + 1e-9).astype(np.int64),
        cost_factor=tree.cost_factor @ weight,
        order_cost_factor=tree.order_cost_factor @ weight,
        capacity_factor=tree.capacity_factor @ weight,
        warehouse_factor=tree.warehouse_factor @ weight,
    )
    instance = tables.instance
    if not has_error:
        instance = replace(instance, sigma=np.zeros_like(instance.sigma))
    return Tables.build(instance, path)


def with_orders_held(tables: Tables, lots: IntArray, last_period: int) -> Tables:
    """The same with the orders of each period up to `last_period` held at `lots` [items, periods up to it], the same at all nodes.

    Where no order may be placed, as it would arrive after the horizon there, none is.
    """
    period = tables.tree.period
    is_held = tables.is_order_allowed & (period <= last_period)
    held = np.where(is_held, lots[:, np.minimum(period, last_period)], 0)
    # What is held counts as if it had been chosen, so that every plan with it is a plan without it.
    most: Array = cumulate(tables.tree, held.astype(np.float64)).max(axis=1)
    instance = tables.instance
    later = [row for row in instance.order_overrides if row.period > last_period]
    now = [
        OrderOverride(item=row.item, period=t, lots=int(lots[i, t]), reason="mean plan held")
        for i, row in enumerate(instance.items)
        for t in range(last_period + 1)
    ]
    return replace(
        tables,
        instance=replace(instance, order_overrides=(*now, *later)),
        fixed_lots=tables.fixed_lots + held,
        is_order_allowed=tables.is_order_allowed & ~is_held,
        lots_limit=np.maximum(tables.lots_limit - most.astype(np.int64), 0),
    )


def lots_of(tables: Tables, cumulative_lots: IntArray) -> IntArray:
    """Lots ordered at each node [items, nodes]."""
    lots = cumulative_lots.copy()
    lots[:, 1:] -= cumulative_lots[:, tables.tree.parent[1:]]
    return lots
