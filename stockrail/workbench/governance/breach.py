"""Where a plan breaks a rule, before anybody is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CENT = 0.005
"""Amounts of money that differ by less are the same."""

ROUNDING = 1e-6
"""Relative slack of everything else, against the rounding of solvers."""

MOST_LISTED = 20
"""Entries of evidence that are kept; their number is kept in any case."""


@dataclass(frozen=True)
class Breach:
    """One break of a rule.

    Attributes
    ----------
    subject : what breaks it; the same for every plan that breaks it in the same place.
    money : at stake; None where it cannot be said.
    evidence : plain data.
    """

    subject: str
    money: float | None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def not_judged(subject: str, reason: str) -> "Breach":
        """A rule that cannot be held against the plan."""
        return Breach(subject, None, {"not_judged": reason})
