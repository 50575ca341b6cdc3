"""What every solver takes and returns: options, progress, result. Termination reason and solution status are kept apart."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

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
class Incumbent:
    """The best plan so far of a running solve, with what another solve of the same instance needs to go on from it.

    Attributes
    ----------
    cumulative_lots : int array [items, nodes]
        The plan K.
    objective, bound : of the plan, and the upper bound proven so far (inf where there is none), in money.
    prices : [rows of guardrails], those that proved the bound; None where the solver has none.
    """

    cumulative_lots: NDArray[np.int64]
    objective: float
    bound: float
    prices: Array | None = None


@dataclass(frozen=True)
class SolveOptions:
    """Limits and switches of a solve.

    Attributes
    ----------
    time_limit : seconds of wall clock from the start of the solve.
    gap : relative gap at which to stop.
    seed : seed of every random choice; the same seed gives the same plan where no time limit intervenes.
    workers : threads, or processes where items are planned in blocks.
    dask : address of a cluster that plans items in blocks instead.
    checkpoint : file that a run in blocks is kept in, and goes on from.
    start : the best plan of an earlier solve of the same instance, to begin with; not in blocks, whose checkpoint has more.
    on_progress : called from the solving thread whenever bound or incumbent improve.
    on_plan : called from the solving thread with each better plan, before `on_progress` tells of it; not in blocks, where making the
        plan takes about as long as finding it.
    is_cancelled : asked often; answering True ends the solve with the best plan so far.
    """

    time_limit: float = 300.0
    gap: float = 0.003
    seed: int = 0
    workers: int = 2
    dask: str | None = None
    checkpoint: Path | None = None
    start: Incumbent | None = None
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_plan: Callable[[Incumbent], None] | None = None
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class SolveResult:
    """A plan with its proof.

    Attributes
    ----------
    cumulative_lots : int array [items, nodes] or None
        The plan K; None where no plan was found.
    objective, bound : objective of the plan (docs/formulation.md, section 5; the expected margin unless it is blended
        with CVaR), -inf where there is none, and upper bound on it, in money.
    prices : margin earned by one more unit of limit, an array [nodes] per (guardrail name, side), side "upper" or
        "lower" (expected rows at the first node of their period); empty where the solver has none.
    seconds : seconds by phase.
    notes : sentences about the certificate that a reader must know.
    """

    cumulative_lots: NDArray[np.int64] | None
    objective: float
    bound: float
    termination_reason: TerminationReason
    solution_status: SolutionStatus
    prices: dict[tuple[str, str], Array] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative gap between incumbent and bound; may be slightly negative, which is not hidden."""
        return relative_gap(self.objective, self.bound)


@dataclass(frozen=True)
class Relaxation:
    """How far one side of a guardrail has to give way in one period.

    Attributes
    ----------
    amount : in the unit of the metric, of a ratio's numerator; `relaxation` of docs/formulation.md, section 7.
    limit_change : the same in the unit of the limit as stated: what to add to an upper limit, to take from a lower one.
    money : amount times its money weight.
    """

    guardrail: str
    side: str
    period: int
    amount: float
    limit_change: float
    money: float


@dataclass(frozen=True)
class Diagnosis:
    """Why no plan keeps the hard guardrails, and what would help.

    Attributes
    ----------
    conflict : (guardrail, side) pairs that cannot hold together.
    is_minimal : whether it is known that without any one of them the others can.
    relaxations : the cheapest change of limits found, with a plan that keeps the changed limits unless `is_enough` says otherwise.
    money, least_money : what the relaxations add up to, and a proven lower bound on the cheapest.
    items : names of the items that drive it with their share of the conflict (they add up to at most 1), largest first.
    is_unavoidable : whether each guardrail of the conflict is broken by itself, whatever is ordered; the relaxations are then the
        least that any plan needs.
    is_enough : whether a plan is known that keeps the limits as the relaxations change them.
    """

    conflict: tuple[tuple[str, str], ...]
    relaxations: tuple[Relaxation, ...]
    money: float
    least_money: float
    items: tuple[tuple[str, float], ...] = ()
    is_minimal: bool = True
    is_unavoidable: bool = False
    is_enough: bool = True


class NoPlanError(Exception):
    """The solve ended before it had a plan that keeps every hard guardrail."""


class BlocksError(Exception):
    """Planning in blocks of items cannot be done as asked, or its workers are lost; the message says what to do."""


class InfeasibleError(Exception):
    """No plan keeps the hard guardrails. `diagnosis` says which cannot hold together and the cheapest relaxation."""

    def __init__(self, message: str, diagnosis: Diagnosis) -> None:
        super().__init__(message)
        self.diagnosis = diagnosis


def notes_on_buckets(coarse_items: int) -> tuple[str, ...]:
    """What a reader of the bound must know where it treats some items in buckets of several lots."""
    if not coarse_items:
        return ()
    note = (
        f"The bound treats {coarse_items:,} items that have very many lots in buckets of several lots: it is valid for "
        "every plan in whole lots, and somewhat wider than a bound lot by lot."
    )
    return (note,)


def relative_gap(incumbent: float, bound: float) -> float:
    """(bound - incumbent) / max(|incumbent|, 1), infinite where either is."""
    if not (np.isfinite(incumbent) and np.isfinite(bound)):
        return float("inf")
    return (bound - incumbent) / max(abs(incumbent), 1.0)
