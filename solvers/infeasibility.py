"""Why no plan keeps the guardrails: the row that cannot hold, and by how much it must give way."""

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.solvers.pool import PlanPool
from stockrail.solvers.recursion import Recursion
from stockrail.solvers.result import InfeasibleError

MOST_ROWS = 8


def explain(
    guardrails: Guardrails,
    recursion: Recursion,
    pool: PlanPool,
    is_soft: BoolArray,
    prices: Array,
    *,
    is_final: bool,
) -> None:
    """Raise `InfeasibleError` for a hard row that even a plan made for it alone cannot keep.

    The least use of one row over all plans comes from the recursion with a price on that row and nothing else. Tested are
    the rows that no mix of known plans can keep. If each can be kept by itself, the guardrails can fail only together:
    that is tested if `is_final`, and proven by the master's `prices` [rows], which then price nothing but violations. A row
    alone would have to give way by what is missing at these prices, over its own price.
    """
    known = np.min(pool.usage, axis=0).sum(axis=0) - guardrails.limits
    known[is_soft] = -np.inf
    relative = known / np.maximum(np.abs(guardrails.limits), 1.0)
    excess = np.full(len(guardrails), -np.inf)
    for row in np.argsort(-relative, kind="stable")[:MOST_ROWS]:
        if known[row] > 0:
            price = np.zeros(len(guardrails))
            price[row] = 1.0
            least_use = float(recursion.minimise(guardrails.pull(price)).lower_bound.sum())
            excess[row] = least_use - guardrails.limits[row]
    worst = int(np.argmax(excess))
    if excess[worst] > 1e-9 * max(abs(guardrails.limits[worst]), 1.0):
        reason = "Even a plan made for this limit alone cannot keep it."
        raise _error(guardrails, worst, float(excess[worst]), reason)
    if is_final:
        # If even the plan that uses least at these prices uses more than the limits are worth, no plan keeps them all.
        multipliers = np.where(is_soft, 0.0, prices)
        least_use = float(recursion.minimise(guardrails.pull(multipliers)).lower_bound.sum())
        missing = least_use - float(multipliers @ guardrails.limits)
        if missing > 1e-9 * float(multipliers @ np.maximum(np.abs(guardrails.limits), 1.0)):
            worst = int(np.argmax(multipliers))
            reason = (
                "Each limit can be kept alone, but not together with the others, if none of them gives way."
            )
            raise _error(guardrails, worst, missing / float(multipliers[worst]), reason)


def _error(guardrails: Guardrails, row: int, excess: float, reason: str) -> InfeasibleError:
    block, position = guardrails.describe(row)
    tree = guardrails.tables.tree
    node = int(block.node[position])
    direction = "raised" if block.side == "upper" else "lowered"
    place = f"in period {tree.period[node]}" + (
        f" at node {tree.names[node]}" if block.holds == "every scenario" else " in expectation"
    )
    message = (
        f"Guardrail {block.name!r} cannot hold: its {block.side} limit of {block.limit[position]:,.2f} on {block.metric} "
        f"must be {direction} by at least {excess:,.2f} {place}. {reason}"
    )
    return InfeasibleError(message, guardrail=block.name, node=tree.names[node], least_relaxation=excess)
