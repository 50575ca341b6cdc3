"""How tight limits can be, each by itself: beyond that no plan keeps them, whatever is ordered (docs/formulation.md, section 7).

What is in stock, under way or fixed uses some of every limit. This is what is certain at once, without a solve. With other limits beside
it a limit may have to be looser still: a frontier finds that out.
"""

from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.solvers.limit_moves import LimitKey, room, sides, tightest
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.unavoidable import LeastUse, counts, per_stated_unit


@dataclass(frozen=True)
class LeastLimit:
    """The tightest that one side of a guardrail could be.

    Attributes
    ----------
    stated : the tightest limit of its periods as it is now, in the unit of the metric.
    limit : no plan keeps a tighter one: below it for an upper limit, above it for a lower one. Where periods have limits of their own,
        all of them are taken to move by the same amount.
    """

    guardrail: str
    side: str
    stated: float
    limit: float


def least_limits(tables: Tables) -> tuple[LeastLimit, ...]:
    """The least feasible limit of every hard side of which something is known.

    Left out are soft limits, which every plan may violate; ratios whose denominator depends on the plan; and tails of amounts whose limit
    counts differently at their nodes.
    """
    guardrails = Guardrails.build(tables)
    least = LeastUse.of(guardrails, LineRanges(tables))
    per_unit = per_stated_unit(guardrails, least)
    found = []
    for key in sides(guardrails):
        if not _is_known(guardrails, key):
            continue
        left, stated = room(guardrails, key, least.use, per_unit), tightest(guardrails, key)
        if np.isfinite(left) and np.isfinite(stated):
            limit = stated - left if key.side == "upper" else stated + left
            found.append(LeastLimit(key.guardrail, key.side, stated, limit))
    return tuple(found)


def _is_known(guardrails: Guardrails, key: LimitKey) -> bool:
    blocks = [block for block in guardrails.blocks if (block.name, block.side) == (key.guardrail, key.side)]
    return all(
        block.soft_price is None
        and counts(guardrails, block)
        and not block.has_plan_denominator
        and not (block.has_tail and np.ptp(block.base) > 0)
        for block in blocks
    )
