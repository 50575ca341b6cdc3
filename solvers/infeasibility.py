"""Why no plan keeps the guardrails: the row that cannot hold, and by how much it must give way."""

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.recursion import Recursion
from stockrail.solvers.result import InfeasibleError

MOST_ROWS = 24


def explain(tables: Tables, guardrails: Guardrails, recursion: Recursion, violation: Array) -> None:
    """Raise `InfeasibleError` for the broken row that even a plan made for it alone cannot keep.

    The least use of one row over all plans comes from the recursion with a price on that row and nothing else. If each
    broken row can be kept by itself, the guardrails fail only together, and the worst row of the mix is named.
    """
    relative = violation / np.maximum(np.abs(guardrails.limits), 1.0)
    for row in np.argsort(-relative, kind="stable")[:MOST_ROWS]:
        if violation[row] <= 0:
            break
        price = np.zeros(len(guardrails))
        price[row] = 1.0
        least = float(recursion.minimise(guardrails.pull(price)).lower_bound.sum())
        excess = least - guardrails.limits[row]
        if excess > 1e-9 * max(abs(guardrails.limits[row]), 1.0):
            raise _error(tables, guardrails, int(row), excess, "Even a plan made for this limit alone cannot keep it.")
    worst = int(np.argmax(relative))
    reason = "Each limit can be kept alone, but they cannot be kept together."
    raise _error(tables, guardrails, worst, float(violation[worst]), reason)


def _error(tables: Tables, guardrails: Guardrails, row: int, excess: float, reason: str) -> InfeasibleError:
    block, position = guardrails.describe(row)
    node = tables.tree.names[block.node[position]]
    period = int(tables.tree.period[block.node[position]])
    direction = "raised" if block.side == "upper" else "lowered"
    message = (
        f"Guardrail {block.name!r} cannot hold: its {block.side} limit {block.limit[position]:,.2f} on {block.metric} must be "
        f"{direction} by at least {excess:,.2f} at node {node} (period {period}). {reason}"
    )
    return InfeasibleError(message, guardrail=block.name, node=node, least_relaxation=excess)
