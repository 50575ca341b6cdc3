"""Did the process show it in time, and was it decided as the rules say: exceptions that had been about the same thing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from stockrail.workbench.governance.exceptions import REPLACED
from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.classification import Decided, Shown
from stockrail.workbench.root_cause.miss import FoundMiss
from stockrail.workbench.root_cause.related import is_about
from stockrail.workbench.store.tables import Decision, PlanException

WORST_FIRST = (Decided.NEVER, Decided.LATE, Decided.BY_OTHERS, Decided.AS_RULED, Decided.WAITING)
"""Of several exceptions the one that went worst counts: it could have been acted on."""


@dataclass(frozen=True)
class Raised:
    """An exception and the decision that closed it; None while it is open."""

    exception: PlanException
    decision: Decision | None


@dataclass(frozen=True)
class Escalation:
    """What the process did about a miss before it happened.

    Attributes
    ----------
    needed_by : day by which it had to be known, so that an order could still have helped.
    numbers : exceptions that had pointed to it, the first raised first.
    """

    shown: Shown
    decided: Decided
    needed_by: dt.date
    numbers: tuple[int, ...]


def escalation(case: Case, miss: FoundMiss, raised: Sequence[Raised], today: dt.date) -> Escalation:
    """What exceptions had said about a miss, and what became of them.

    In time is before the first day of the miss's period, earlier by the lead time of the item where it is about one. Exceptions
    that were closed only because another plan was approved had pointed to another plan.
    """
    needed_by = deadline(case, miss)
    about = [
        one
        for one in sorted(raised, key=lambda one: (one.exception.opened_at, one.exception.id))
        if one.exception.opened_at.date() <= miss.date
        and REPLACED not in one.exception.evidence
        and is_about(one.exception, case.instance, miss)
    ]
    numbers = tuple(one.exception.id for one in about)
    in_time = [one for one in about if one.exception.opened_at.date() <= needed_by]
    if not in_time:
        return Escalation(Shown.LATE if about else Shown.NEVER, Decided.NOTHING, needed_by, numbers)
    how = {decided(one, today) for one in in_time}
    return Escalation(
        Shown.IN_TIME, next(answer for answer in WORST_FIRST if answer in how), needed_by, numbers
    )


def decided(one: Raised, today: dt.date) -> Decided:
    """How an exception was decided: by its owner's role, or waived by who may; by its due date, later, or never."""
    row, decision = one.exception, one.decision
    if row.state == "open" or decision is None:
        return Decided.NEVER if row.due is not None and row.due < today else Decided.WAITING
    if row.state == "resolved" and decision.role != row.owner_role:
        return Decided.BY_OTHERS
    return Decided.LATE if row.due is not None and decision.at.date() > row.due else Decided.AS_RULED


def deadline(case: Case, miss: FoundMiss) -> dt.date:
    """Last day on which knowing of a miss helps: an order of that day arrives with the miss's period."""
    settings = case.instance.settings
    first = case.last_day(miss.period).date() - dt.timedelta(days=settings.period_length_days - 1)
    if not miss.item or len(miss.members) != 1:
        return first
    lead = case.instance.items[int(miss.members[0])].lead_time_periods
    return first - dt.timedelta(days=lead * settings.period_length_days)
