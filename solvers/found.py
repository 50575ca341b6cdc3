"""What a search knows."""

import time
from dataclasses import dataclass

import numpy as np

from stockrail.model.tree import Array
from stockrail.solvers.master import Mix
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.result import Progress, SolveOptions, TerminationReason, relative_gap
from stockrail.solvers.session import Proof

ROUNDING = 1e-9
"""Gap that sums of floating-point numbers leave; a smaller one is none."""


@dataclass
class Standing:
    """How far a search is. Objectives, so larger is better.

    `target` is the value of the priced plans at the best prices known: where every item's grid is 1 it equals `bound`,
    elsewhere it is about what the bound would be on a grid of whole lots, and serves to steer.
    """

    prices: Array
    bound: float = np.inf
    target: float = np.inf
    objective: float = -np.inf
    reason: TerminationReason | None = None

    def reason_to_stop(self, options: SolveOptions, began: float) -> TerminationReason | None:
        """Why a search that began at `began` (`time.perf_counter`) should end now; None where it should not."""
        if relative_gap(self.objective, self.bound) <= max(options.gap, ROUNDING):
            return TerminationReason.GAP_REACHED
        if options.is_cancelled():
            return TerminationReason.CANCELLED
        if time.perf_counter() - began > options.time_limit:
            return TerminationReason.TIME_LIMIT
        return None

    def report(self, phase: str, options: SolveOptions, began: float) -> None:
        """Say so to whoever watches."""
        elapsed = time.perf_counter() - began
        options.on_progress(Progress(phase, self.objective, self.bound, elapsed))


@dataclass
class Found(Standing):
    """What a search knows."""

    proof: Proof | None = None
    plan: PlanArray | None = None
    mix: Mix | None = None
    is_recovered: bool = False
