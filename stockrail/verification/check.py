"""One named result of the independent checker, and how numbers are compared there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CENT = 0.01
"""What two amounts of money may differ by."""

NAMED_FAULTS = 3
"""How many offenders a failed check names; the rest are counted."""


@dataclass(frozen=True)
class Check:
    """One thing that was recomputed.

    Attributes
    ----------
    name : the law or the number that was checked, as in docs/formulation.md and plan.json.
    difference : how far the plan's files are from the recomputation, or by how much a law is broken.
    allowed : the largest difference that passes.
    detail : what was compared, and where it failed.
    """

    name: str
    difference: float
    allowed: float
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the difference is within what is allowed; a missing number (NaN) never is."""
        return self.difference <= self.allowed


@dataclass(frozen=True)
class Fault:
    """Something that breaks a law: by how much, and which row or node it is."""

    excess: float
    where: str


def law(name: str, faults: Sequence[Fault], allowed: float = 0.0, *, kept: str = "") -> Check:
    """Sum up the faults against one law: the largest excess counts, the worst few are named.

    Parameters
    ----------
    kept : the detail where nothing breaks the law.
    """
    broken = [fault for fault in faults if not fault.excess <= allowed]
    if not broken:
        return Check(name, max((fault.excess for fault in faults), default=0.0), allowed, kept)
    broken.sort(key=lambda fault: -math.inf if math.isnan(fault.excess) else -fault.excess)
    named = "; ".join(fault.where for fault in broken[:NAMED_FAULTS])
    rest = len(broken) - NAMED_FAULTS
    return Check(name, broken[0].excess, allowed, f"{named}; and {rest} more" if rest > 0 else named)


def compare(name: str, claimed: float, recomputed: float, allowed: float, where: str = "plan.json") -> Check:
    """Check a number that the plan claims against the same number recomputed."""
    detail = f"{where} says {claimed:,.6g}, recomputed {recomputed:,.6g}"
    if abs(claimed) < 1e12 and abs(claimed - recomputed) < 1e3:
        detail = f"{where} says {claimed:,.4f}, recomputed {recomputed:,.4f}"
    return Check(name, abs(claimed - recomputed), allowed, detail)


def number(value: Any) -> float:
    """Read a number from JSON or CSV; whatever is none becomes NaN, which passes no check."""
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
