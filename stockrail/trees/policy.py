"""What a plan on a tree earns on paths that the tree has never seen (docs/formulation.md, section 11)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.trees.path_tree import PathTree
from stockrail.trees.paths import SamplePaths


class PathPolicy:
    """A plan as a policy: on every path it orders what the plan orders at the node where the path is taken to be, and makes up
    for what has been sold more or less than the node expects.

    Parameters
    ----------
    tree : the tree that the plan was made on, and that says at which node a path is.
    tables : its parameters.
    cumulative_lots : int [items, nodes], the plan.
    """

    def __init__(self, tree: PathTree, tables: Tables, cumulative_lots: IntArray) -> None:
        self._tree, self._tables = tree, tables
        self._lots = cumulative_lots.copy()
        self._lots[:, 1:] -= cumulative_lots[:, tables.tree.parent[1:]]

    def margins(self, paths: SamplePaths) -> Array:
        """Discounted margin of each path [paths], money, before overtime and penalties of soft guardrails.

        There is no forecast error left on a path: stock and shortage are those of its own demand.
        """
        margins = np.empty(len(paths))
        for path, ledger in self.ledgers(paths):
            margins[path] = ledger.expected_margin
        return margins

    def ledgers(self, paths: SamplePaths) -> Iterator[tuple[int, Ledger]]:
        """Position of each path, in any order, and the ledger of what the policy does on it."""
        node = self._tree.follow(paths)
        for leaf in np.unique(node[:, -1]):
            members = np.flatnonzero(node[:, -1] == leaf)
            nodes = self._tables.tree.path(int(leaf))
            tables = path_tables(self._tables, nodes)
            demand = paths.demand[members]
            lots = follow_plan(tables, self._lots[:, nodes], demand, self._tables.sigma[:, nodes])
            for k, member in enumerate(members):
                yield int(member), _ledger(tables, demand[k], np.cumsum(lots[k], axis=1))


def path_tables(tables: Tables, nodes: IntArray) -> Tables:
    """Parameters on one path of a tree, with nothing uncertain left."""
    tree = tables.tree
    path = ScenarioTree(
        names=tuple(tree.names[n] for n in nodes),
        parent=np.arange(len(nodes)) - 1,
        period=tree.period[nodes],
        probability=np.ones(len(nodes)),
        demand=tree.demand[:, nodes],
        price_factor=tree.price_factor[nodes],
        delay_periods=tree.delay_periods[:, nodes],
        cost_factor=tree.cost_factor[:, nodes],
        order_cost_factor=tree.order_cost_factor[:, nodes],
        capacity_factor=tree.capacity_factor[:, nodes],
        warehouse_factor=tree.warehouse_factor[:, nodes],
    )
    instance = tables.instance
    return Tables.build(replace(instance, sigma=np.zeros_like(instance.sigma)), path)


def follow_plan(tables: Tables, plan_lots: Array | IntArray, demand: Array, sigma: Array) -> IntArray:
    """Lots that are ordered on each path [paths, items, periods].

    Where the plan orders, its order is raised or lowered by what has been sold more or less than expected so far. Where it does
    not, an order is placed as soon as that is at least `sigma`, what the plan's safety stock is there for, and a smallest order.
    Order rules hold: calendar, smallest and largest order, fixed lots.

    Parameters
    ----------
    tables : of the path of nodes; its demand is what the nodes expect.
    plan_lots : int [items, periods].
    demand : [paths, items, periods], units.
    sigma : [items, periods], units, the error of the protection interval.
    """
    lot_size = tables.lot_size[:, None]
    surprise = np.cumsum(demand - tables.demand, axis=2)
    target = np.cumsum(plan_lots, axis=1) + surprise / lot_size
    is_allowed = tables.is_order_allowed
    most = np.where(tables.maximum_lots < 0, np.iinfo(np.int64).max, tables.maximum_lots)
    lots = np.zeros(demand.shape, dtype=np.int64)
    so_far = np.zeros(demand.shape[:2], dtype=np.int64)
    for t in range(demand.shape[2]):
        wanted = np.rint(target[:, :, t] - so_far).astype(np.int64)
        is_short = (wanted >= tables.minimum_lots) & (wanted * tables.lot_size >= sigma[:, t])
        is_time = ((plan_lots[:, t] > 0) & (wanted > 0)) | is_short
        order = np.where(is_time, np.clip(wanted, tables.minimum_lots, most), 0)
        lots[:, :, t] = np.where(is_allowed[:, t], order, tables.fixed_lots[:, t])
        so_far += lots[:, :, t]
    return lots


def _ledger(tables: Tables, demand: Array, cumulative_lots: IntArray) -> Ledger:
    """The ledger of one path; what is expected beyond it, such as `forward_demand`, stays that of its nodes."""
    more = np.cumsum(demand - tables.demand, axis=1)
    tree = replace(tables.tree, demand=demand)
    own = replace(tables, tree=tree, demand=demand, base_stock=tables.base_stock - more)
    return Ledger(own, cumulative_lots)
