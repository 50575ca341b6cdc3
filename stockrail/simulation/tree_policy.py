"""A plan on a tree as a policy: what the plan orders where a path is, made up for what it did not foresee."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.simulation.following import Follower, TreeFollower
from stockrail.simulation.state import State


@dataclass
class _Memory:
    """What a tree policy remembers: demand and lots of the nodes so far, and what had been demanded, ordered and unserved before."""

    expected: Array
    planned_lots: IntArray
    demanded_before: Array
    lots_before: IntArray
    unserved_before: Array


class TreePolicy:
    """Follow a plan through its tree (docs/formulation.md, section 11, "Following").

    Orders so far are brought up to those of the plan and `surprise / lot_size`, rounded, where the plan orders, and in other periods as
    soon as that takes at least a smallest order and `sigma`, what the plan's safety stock is there for. Surprise is demand so
    far less that of the nodes; what has been expedited or lost needs no order any more and is taken off it.

    Parameters
    ----------
    cumulative_lots : int [items, nodes], the plan.
    follower : says at which node a path is, by default `TreeFollower`.
    is_unserved_left_out : whether what is expedited or lost is taken off; without it the ledger's convention of section 4 is
        followed to the letter, which orders it again.
    is_surprise_followed : whether orders are adjusted at all.
    first_period : period of the simulation that the tree's root is in.
    """

    def __init__(
        self,
        tree: ScenarioTree,
        cumulative_lots: IntArray,
        *,
        follower: Follower | None = None,
        is_unserved_left_out: bool = True,
        is_surprise_followed: bool = True,
        first_period: int = 0,
    ) -> None:
        if cumulative_lots.shape != tree.demand.shape:
            raise ValueError(
                f"Expected a plan of {tree.demand.shape} items and nodes, got {cumulative_lots.shape}."
            )
        self._tree = tree
        self._follower = follower or TreeFollower(tree, first_period=first_period)
        self._lots = cumulative_lots.copy()
        self._lots[:, 1:] -= cumulative_lots[:, tree.parent[1:]]
        self._is_unserved_left_out = is_unserved_left_out
        self._is_surprise_followed = is_surprise_followed
        self._first = first_period

    @staticmethod
    def of_orders(instance: Instance, tree: ScenarioTree, orders: pd.DataFrame) -> "TreePolicy":
        """Follow the orders of a plan as data: columns item, node, lots, as in `Plan.orders` and `orders.csv`.

        Raises
        ------
        ValueError
            An item or a node is not one of the instance and its tree.
        """
        node_of = {name: node for node, name in enumerate(tree.names)}
        item, node = orders["item"].map(instance.item_index), orders["node"].map(node_of)
        if item.isna().any() or node.isna().any():
            raise ValueError(
                "Expected orders of items and nodes of the instance, such as those of a plan for it."
            )
        lots = np.zeros(tree.demand.shape, dtype=np.int64)
        lots[item.astype(int), node.astype(int)] = orders["lots"].astype(int)
        for at in range(1, len(tree)):
            lots[:, at] += lots[:, tree.parent[at]]
        return TreePolicy(tree, lots)

    def orders(self, state: State) -> IntArray:
        """Lots on each path."""
        node = self._follower.node(state)
        planned = self._lots[:, node].T
        if not self._is_surprise_followed:
            return planned
        world, memory = state.world, self._remembered(state)
        memory.expected += self._tree.demand[:, node].T
        memory.planned_lots += planned
        surprise = state.demanded - memory.demanded_before + state.demand - memory.expected
        if self._is_unserved_left_out:
            surprise -= state.unserved + state.leaving - memory.unserved_before
        so_far = state.ordered_lots - memory.lots_before
        wanted = np.rint(memory.planned_lots + surprise / world.lot_size - so_far).astype(np.int64)
        sigma = world.protection_sigma[:, state.period]
        is_much = (wanted >= world.minimum_lots) & (wanted * world.lot_size >= sigma)
        is_time = ((planned > 0) & (wanted > 0)) | is_much
        most = np.where(world.maximum_lots < 0, np.iinfo(np.int64).max, world.maximum_lots)
        lots = np.minimum(np.maximum(wanted, world.minimum_lots), most)
        return np.asarray(np.where(state.can_order & is_time, lots, 0))

    def _remembered(self, state: State) -> _Memory:
        key = f"tree policy {id(self)}"
        if state.period == self._first or key not in state.memory:
            shape = state.demand.shape
            state.memory[key] = _Memory(
                expected=np.zeros(shape),
                planned_lots=np.zeros(shape, dtype=np.int64),
                demanded_before=state.demanded.copy(),
                lots_before=state.ordered_lots.copy(),
                unserved_before=state.unserved.copy(),
            )
        memory: _Memory = state.memory[key]
        return memory
