"""When to plan again: the monthly run by the calendar, and runs in between, each with its reason."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from stockrail.workbench.governance.calendar import LOOK_AHEAD_DAYS, Calendar
from stockrail.workbench.governance.roles import Governance
from stockrail.workbench.governance.rules import Broken

MONTHLY: Final = "monthly"
OFF_CYCLE: Final = "off-cycle"


@dataclass(frozen=True)
class Trigger:
    """A reason to plan."""

    kind: Literal["monthly", "off-cycle"]
    reason: str


@dataclass(frozen=True)
class Cycle:
    """Where the monthly rhythm stands.

    Attributes
    ----------
    due_since : the latest event after which no plan was made; None where there is none.
    next_event, next_day : what comes next; None where nothing comes within a year.
    """

    due_since: dt.date | None
    due_event: str
    next_event: str | None
    next_day: dt.date | None


def cycle(governance: Governance, last_plan: dt.date | None, today: dt.date) -> Cycle:
    """Whether an event of `monthly_events` has come since the last plan.

    Parameters
    ----------
    last_plan : day on which the last plan was finished; None where there is none.
    """
    kinds = governance.document.monitoring.monthly_events
    calendar: Calendar = governance.calendar
    far = dt.timedelta(days=LOOK_AHEAD_DAYS)
    around = [one for one in calendar.between(today - far, today + far) if one.event.kind in kinds]
    past = [one for one in around if one.first <= today]
    coming = next((one for one in around if one.first > today), None)
    latest = past[-1] if past else None
    is_due = latest is not None and (last_plan is None or last_plan < latest.first)
    return Cycle(
        due_since=latest.first if is_due and latest is not None else None,
        due_event=latest.name if is_due and latest is not None else "",
        next_event=None if coming is None else coming.name,
        next_day=None if coming is None else coming.first,
    )


def triggers(
    governance: Governance, where: Cycle, last_plan: dt.date | None, found: Sequence[Broken]
) -> list[Trigger]:
    """Every reason to plan now: the monthly run first, then what was found by rules that ask for a new plan."""
    reasons = []
    if where.due_since is not None:
        since = "no plan has been made yet" if last_plan is None else f"the last plan is of {last_plan}"
        reasons.append(Trigger(MONTHLY, f"{where.due_event} of {where.due_since}; {since}"))
    replans = {rule.rule for rule in governance.document.monitoring.rules if rule.replans == "yes"}
    reasons += [
        Trigger(OFF_CYCLE, f"{one.rule}: {one.subject}, {one.evidence['why']}")
        for one in found
        if one.rule in replans
    ]
    return reasons
