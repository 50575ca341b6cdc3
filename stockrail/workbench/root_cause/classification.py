"""What a miss is put down to: a decision table over four answers, the first row that fits (docs/root-cause.md).

It asks in the order in which a miss could have been avoided: whoever knew of it in time could have acted, whatever the reason.
Where nobody knew, an assumption was wrong, or the plan took a risk that it knew of, or it was not carried out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Shown(StrEnum):
    """Whether an exception had pointed to it."""

    IN_TIME = "in time"
    LATE = "late"
    NEVER = "never"


class Decided(StrEnum):
    """How the exceptions that had pointed to it in time were decided."""

    AS_RULED = "as ruled"
    WAITING = "still due"
    BY_OTHERS = "by others"
    LATE = "late"
    NEVER = "never"
    NOTHING = "nothing to decide"


class Hindsight(StrEnum):
    """Whether the plan as made, carried out on the demand that came, misses as well."""

    MISSES = "misses too"
    HOLDS = "holds"
    UNKNOWN = "not known"


class Assumption(StrEnum):
    """What a plan assumes of the world."""

    DEMAND = "demand"
    LEAD_TIME = "lead time"
    QUANTITY = "supplier quantity"
    COST = "price or cost"


class Place(StrEnum):
    """Where what happened lies in what was assumed, in the direction that makes the miss."""

    AS_ASSUMED = "as assumed"
    INSIDE = "inside the fan"
    OUTSIDE = "outside the fan"
    UNKNOWN = "not known"


class Cause(StrEnum):
    """What a miss is counted under."""

    NOT_DECIDED = "shown, not decided"
    DECIDED_LATE = "shown, decided late"
    DECIDED_BY_OTHERS = "shown, decided by others"
    DECIDED = "known and decided"
    DEMAND = "demand outside the fan"
    LEAD_TIME = "lead time outside the fan"
    QUANTITY = "supplier quantity outside the fan"
    COST = "price or cost outside the fan"
    RISK_TAKEN = "risk the plan took"
    NOT_FOLLOWED = "plan not carried out"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Finding:
    """An assumption held against what happened.

    Attributes
    ----------
    money : how much of the miss it can explain, as the value of its units; 0 where it was as assumed, None where unknown.
    """

    place: Place
    money: float | None = None


@dataclass(frozen=True)
class Fault:
    """The assumption that explains a miss best; None where none does."""

    assumption: Assumption | None
    place: Place


@dataclass(frozen=True)
class Answers:
    """What is known of a miss."""

    shown: Shown
    decided: Decided
    hindsight: Hindsight
    fault: Fault


@dataclass(frozen=True)
class TableRow:
    """A row of the decision table. None is any answer."""

    shown: Shown | None
    decided: Decided | None
    hindsight: Hindsight | None
    place: Place | None
    assumption: Assumption | None
    cause: Cause

    def fits(self, answers: Answers) -> bool:
        """Whether the row is about these answers."""
        pairs = (
            (self.shown, answers.shown),
            (self.decided, answers.decided),
            (self.hindsight, answers.hindsight),
            (self.place, answers.fault.place),
            (self.assumption, answers.fault.assumption),
        )
        return all(wanted is None or wanted == given for wanted, given in pairs)


TABLE = (
    TableRow(Shown.IN_TIME, Decided.NEVER, None, None, None, Cause.NOT_DECIDED),
    TableRow(Shown.IN_TIME, Decided.LATE, None, None, None, Cause.DECIDED_LATE),
    TableRow(Shown.IN_TIME, Decided.BY_OTHERS, None, None, None, Cause.DECIDED_BY_OTHERS),
    TableRow(Shown.IN_TIME, Decided.AS_RULED, None, None, None, Cause.DECIDED),
    TableRow(None, None, None, Place.OUTSIDE, Assumption.DEMAND, Cause.DEMAND),
    TableRow(None, None, None, Place.OUTSIDE, Assumption.LEAD_TIME, Cause.LEAD_TIME),
    TableRow(None, None, None, Place.OUTSIDE, Assumption.QUANTITY, Cause.QUANTITY),
    TableRow(None, None, None, Place.OUTSIDE, Assumption.COST, Cause.COST),
    TableRow(None, None, Hindsight.MISSES, None, None, Cause.RISK_TAKEN),
    TableRow(None, None, None, Place.INSIDE, None, Cause.RISK_TAKEN),
    TableRow(None, None, Hindsight.HOLDS, Place.AS_ASSUMED, None, Cause.NOT_FOLLOWED),
    TableRow(None, None, None, None, None, Cause.UNKNOWN),
)
"""The first row that fits decides; the last one fits everything."""

CANDIDATES: Mapping[Hindsight, tuple[Assumption, ...]] = {
    Hindsight.MISSES: (Assumption.DEMAND,),
    Hindsight.HOLDS: (Assumption.LEAD_TIME, Assumption.QUANTITY, Assumption.COST),
    Hindsight.UNKNOWN: tuple(Assumption),
}
"""Which assumptions can explain a miss. A plan that misses on the demand that came, with suppliers as assumed, was not missed because
of suppliers; one that holds there was not missed because of demand."""


def classify(answers: Answers) -> tuple[Cause, int]:
    """The cause, and the number of the row that says so, from 1."""
    number = next(k for k, row in enumerate(TABLE) if row.fits(answers))
    return TABLE[number].cause, number + 1


def at_fault(findings: Mapping[Assumption, Finding], hindsight: Hindsight) -> Fault:
    """The assumption that explains a miss best: one outside the fan before one inside it, then by money.

    Where none is wrong, and one that could be is not known, it is not known which.
    """
    candidates = [(name, findings[name]) for name in CANDIDATES[hindsight] if name in findings]
    for place in (Place.OUTSIDE, Place.INSIDE):
        there = [(name, found) for name, found in candidates if found.place == place]
        if there:
            name, _ = max(there, key=lambda pair: pair[1].money or 0.0)
            return Fault(name, place)
    if not candidates or any(found.place == Place.UNKNOWN for _, found in candidates):
        return Fault(None, Place.UNKNOWN)
    return Fault(None, Place.AS_ASSUMED)
