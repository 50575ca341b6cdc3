"""Which approved plan was in force in which of its periods."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance.approvals import approved_runs
from stockrail.workbench.store.tables import Run


@dataclass(frozen=True)
class ApprovedPlan:
    """An approved plan.

    Attributes
    ----------
    approved_at : when.
    start : first day of its first period.
    end : first day on which another plan, approved later, begins; None while none does.
    """

    run: Run
    approved_at: dt.datetime
    start: dt.date
    end: dt.date | None

    @property
    def periods_in_force(self) -> int:
        """How many of its periods, from the first one on, end before another plan begins."""
        numbers = self.run.certificate or {}
        periods, days = int(numbers["periods"]), int(numbers["period_length_days"])
        if self.end is None:
            return periods
        return min(periods, max(0, (self.end - self.start).days) // days)


def approved_plans(session: Session) -> list[ApprovedPlan]:
    """Plans in the order in which they were approved; each is in force from its start until a later one begins."""
    found = approved_runs(session)
    starts = [dt.date.fromisoformat(str((run.certificate or {})["start"])) for run, _ in found]
    return [
        ApprovedPlan(run, at, starts[k], min(starts[k + 1 :], default=None))
        for k, (run, at) in enumerate(found)
    ]


def plan_of(plans: Sequence[ApprovedPlan], run_id: int) -> ApprovedPlan:
    """The plan of a run.

    Raises
    ------
    NotFoundError
        It was not approved.
    StateError
        It was never in force: a plan that was approved later begins no later.
    """
    found = next((plan for plan in plans if plan.run.id == run_id), None)
    if found is None:
        approved = ", ".join(str(plan.run.id) for plan in plans) or "none yet"
        raise NotFoundError(f"Run {run_id} has no approved plan; approved are those of the runs: {approved}.")
    if not found.periods_in_force:
        raise StateError(
            f"The plan of run {run_id} was never in force: another one took its place before a period ended."
        )
    return found
