"""What every solver takes and returns: options, progress, result. Termination reason and solution status are kept apart."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from stockrail.model.tree import Array


class TerminationReason(StrEnum):
    """Why the solver stopped."""

    OPTIMAL = "optimal"
    GAP_REACHED = "gap_reached"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"
    STALLED = "stalled"
    INFEASIBLE = "infeasible"


class SolutionStatus(StrEnum):
    """What the returned plan is: proven within the gap asked for, merely feasible, or absent."""

    PROVEN = "proven"
    FEASIBLE = "feasible"
    NONE = "none"


@dataclass(frozen=True)
class Progress:
    """A moment of a running solve. `incumbent` is -inf while there is no plan, `bound` +inf while there is none."""

    phase: str
    incumbent: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """Relative gap, infinite while either side is missing."""
        return relative_gap(self.incumbent, self.bound)


@dataclass(frozen=True)
class SolveOptions:
    """Limits and switches of a solve.

    Attributes
    ----------
    time_limit : seconds of wall clock from the start of the solve.
    gap : relative gap at which to stop.
    seed : seed of every random choice; the same seed gives the same plan where no time limit intervenes.
    workers : threads.
    on_progress : called from the solving thread whenever bound or incumbent improve.
    is_cancelled : asked often; answering True ends the solve with the best plan so far.
    """

    time_limit: float = 300.0
    gap: float = 0.003
    seed: int = 0
    workers: int = 2
    on_progress: Callable[[Progress], None] = lambda progress: None
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class SolveResult:
    """A plan with its proof.

    Attributes
    ----------
    cumulative_lots : int array [items, nodes] or None
        The plan K; None where no plan was found.
    expected_margin, bound : incumbent (-inf where there is none) and upper bound on it, in money.
    prices : margin earned by one more unit of limit, an array [nodes] per (guardrail name, side), side "upper" or
        "lower" (expected rows at the first node of their period); empty where the solver has none.
    seconds : seconds by phase.
    notes : sentences about the certificate that a reader must know.
    """

    cumulative_lots: NDArray[np.int64] | None
    expected_margin: float
    bound: float
    termination_reason: TerminationReason
    solution_status: SolutionStatus
    prices: dict[tuple[str, str], Array] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative gap between incumbent and bound; may be slightly negative, which is not hidden."""
        return relative_gap(self.expected_margin, self.bound)


class InfeasibleError(Exception):
    """No plan keeps the hard guardrails. The message names guardrail, node and the least relaxation."""

    def __init__(self, message: str, *, guardrail: str, node: str, least_relaxation: float) -> None:
        super().__init__(message)
        self.guardrail = guardrail
        self.node = node
        self.least_relaxation = least_relaxation


def relative_gap(incumbent: float, bound: float) -> float:
    """(bound - incumbent) / max(|incumbent|, 1), infinite where either is."""
    if not (np.isfinite(incumbent) and np.isfinite(bound)):
        return float("inf")
    return (bound - incumbent) / max(abs(incumbent), 1.0)
