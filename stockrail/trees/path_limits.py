"""Hard limits on paths that a plan's tree has never seen: how often they are exceeded, and by how much."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.rows import ROUNDING

Limit = tuple[str, str]
"""Guardrail and side."""


@dataclass(frozen=True)
class LimitOnPaths:
    """One side of a hard guardrail that holds in every scenario, on fresh paths.

    Attributes
    ----------
    exceeded_share : share of the paths on which it is exceeded in at least one period.
    excess_share : on those, the largest excess as a share of the limit, the mean over paths; 0 where there are none.
    """

    guardrail: str
    side: str
    exceeded_share: float
    excess_share: float


def excess_by_limit(ledger: Ledger) -> dict[Limit, float]:
    """Largest excess over each limit on the ledger's nodes, as a share of the limit; 0 where it is kept.

    Soft limits, and those that need not hold in every scenario, are left out.
    """
    guardrails = Guardrails.build(ledger.tables)
    hard = [
        (block, where)
        for block, where in guardrails.each()
        if block.holds == "every scenario" and block.soft_price is None
    ]
    if not hard:
        return {}
    over = guardrails.usage(guardrails.metric_values(ledger.stock))[0] - guardrails.limits
    found: dict[Limit, float] = {}
    for block, where in hard:
        # A ratio's limit is part of its usage, so there its amounts say what is large.
        size = np.abs(guardrails.limits[where])
        size = np.where(size > 0, size, block.scale)
        is_over = over[where] > ROUNDING * block.scale
        share = np.divide(over[where], size, out=np.zeros(len(size)), where=is_over & (size > 0))
        key = block.name, block.side
        found[key] = max(found.get(key, 0.0), float(share.max(initial=0.0)))
    return found


def limits_on_paths(excess: Sequence[dict[Limit, float]]) -> tuple[LimitOnPaths, ...]:
    """Sum up the excess of paths, the limit that is exceeded most often first."""
    found = []
    for limit in excess[0] if excess else ():
        shares = np.array([path[limit] for path in excess])
        over = shares[shares > 0]
        found.append(LimitOnPaths(*limit, len(over) / len(shares), float(over.mean()) if len(over) else 0.0))
    return tuple(sorted(found, key=lambda row: -row.exceeded_share))
