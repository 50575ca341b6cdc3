"""What a search knows."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.tree import Array
from stockrail.solvers.master import Mix
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.result import TerminationReason
from stockrail.solvers.session import Proof


@dataclass
class Found:
    """What a search knows. Objectives, so larger is better.

    `target` is the value of the priced plans at the best prices known: where every item's grid is 1 it equals `bound`,
    elsewhere it is about what the bound would be on a grid of whole lots, and serves to steer.
    """

    prices: Array
    proof: Proof | None = None
    bound: float = np.inf
    target: float = np.inf
    objective: float = -np.inf
    plan: PlanArray | None = None
    mix: Mix | None = None
    reason: TerminationReason | None = None
    is_recovered: bool = False
