"""The plan that a policy's rule makes, and where a plan leaves the band of its policy (docs/formulation.md, section 10)."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.policy_targets import PolicyTargets
from stockrail.model.tables import BoolArray, Tables, cumulate
from stockrail.model.tree import IntArray


def rule_plan(tables: Tables, targets: PolicyTargets) -> IntArray:
    """Cumulative lots [items, nodes] of the plan that orders as an ERP with these targets does. It keeps all order rules.

    It does not look at guardrails and shared capacities.
    """
    return np.asarray(
        _rule_plan(
            tables.tree.parent,
            targets.is_review,
            targets.trigger_lots,
            targets.target_lots,
            tables.fixed_lots,
            tables.minimum_lots,
            np.where(tables.maximum_lots < 0, tables.lots_limit, tables.maximum_lots),
            tables.lots_limit,
        ),
        dtype=np.int64,
    )


@nb.njit(nogil=True, cache=True)
def _rule_plan(
    parent: NDArray[np.int64],
    is_review: NDArray[np.bool_],
    trigger_lots: NDArray[np.int64],
    target_lots: NDArray[np.int64],
    fixed_lots: NDArray[np.int64],
    minimum_lots: NDArray[np.int64],
    maximum_lots: NDArray[np.int64],
    lots_limit: NDArray[np.int64],
) -> NDArray[np.int64]:
    items, nodes = is_review.shape
    plan = np.zeros((items, nodes), np.int64)
    free = np.zeros(nodes, np.int64)  # free lots on the path to each node, of the item at hand
    for i in range(items):
        for n in range(nodes):
            before, free_before = 0, 0
            if parent[n] >= 0:
                before, free_before = plan[i, parent[n]], free[parent[n]]
            most = min(maximum_lots[i], lots_limit[i] - free_before)
            order = 0
            if is_review[i, n] and before < trigger_lots[i, n] and most >= minimum_lots[i]:
                order = min(max(target_lots[i, n] - before, minimum_lots[i]), most)
            plan[i, n] = before + order + fixed_lots[i, n]
            free[n] = free_before + order
    return plan


def breaches_of_band(tables: Tables, targets: PolicyTargets, cumulative_lots: IntArray) -> NDArray[np.int64]:
    """Where a plan is below `safety_stock_floor` or above `order_up_to_ceiling`, as rows of item and node [breaches, 2].

    The plan must keep the order rules; fixed orders are in no band.
    """
    before, room = _before(tables, cumulative_lots)
    lots = cumulative_lots - before
    minimum = tables.minimum_lots[:, None]
    maximum = np.where(tables.maximum_lots < 0, tables.lots_limit, tables.maximum_lots)[:, None]
    most = np.where(room >= minimum, np.minimum(maximum, room), 0)
    is_below: BoolArray = targets.is_review & (
        cumulative_lots < np.minimum(targets.floor_lots, before + most)
    )
    ceiling = np.maximum(targets.target_lots, before + minimum)
    is_above: BoolArray = tables.is_order_allowed & (lots > 0) & (cumulative_lots > ceiling)
    return np.argwhere(is_below | is_above)


def _before(tables: Tables, cumulative_lots: IntArray) -> tuple[IntArray, IntArray]:
    """Cumulative lots of the parent, and free lots that the limit leaves from there on [items, nodes]."""
    before = np.zeros_like(cumulative_lots)
    before[:, 1:] = cumulative_lots[:, tables.tree.parent[1:]]
    fixed = cumulate(tables.tree, tables.fixed_lots.astype(np.float64)).astype(np.int64)
    fixed_before = np.zeros_like(fixed)
    fixed_before[:, 1:] = fixed[:, tables.tree.parent[1:]]
    return before, tables.lots_limit[:, None] - (before - fixed_before)
