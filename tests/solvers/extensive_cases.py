"""What the tests of the extensive form share: solving to the optimum, and instances that several of them use."""

from typing import Any

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import SolveOptions, SolveResult
from tests.builders import Changes, make_instance

EXACT = SolveOptions(time_limit=60.0, gap=0.0)

LOST: Changes = {"lost_share": 1.0}
"""What is short is lost, and costs nothing but its margin."""


def solve(instance: Instance, options: SolveOptions = EXACT) -> SolveResult:
    """The optimum of the extensive form."""
    return solve_extensive(Tables.build(instance, build_tree(instance)), options)


def orders(result: SolveResult) -> list[list[int]]:
    """Lots per period of each item, on a tree of one path."""
    assert result.cumulative_lots is not None
    lots: list[list[int]] = np.diff(result.cumulative_lots, axis=1, prepend=0).tolist()
    return lots


def one_order_two_futures(**changes: Any) -> Instance:
    """One order now, for a demand of 10 or of 2 units, equally likely, that is lost where it is not served.

    At a price of 20 and a cost of 6, u units from 2 to 10 earn 20 * (u + 2) / 2 - 6 u = 20 + 4 u in expectation: 14 u where
    demand is high, 40 - 6 u where it is low. Stock left is 0 or u - 2 units, worth 6 each.
    """
    given: dict[str, Any] = {
        "demand": (0, 10),
        "items": {"unit_price": 20},
        "segments": LOST,
        "suppliers": {"order_interval_periods": 2},
        "scenarios": [
            {"node": "now", "period": 0, "probability": 1},
            {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
            {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.2},
        ],
    }
    return make_instance(**{**given, **changes})


def units_ordered_now(result: SolveResult) -> int:
    """Lots of the first item at the root."""
    assert result.cumulative_lots is not None
    return int(result.cumulative_lots[0, 0])
