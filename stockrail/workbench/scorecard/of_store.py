"""The scorecard of a store: which quarter, which plans were approved for it, and the actuals that were imported."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from stockrail.formats import plural
from stockrail.model.dates import first_day
from stockrail.model.instance import Instance
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance.approvals import approved_runs
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.monitoring.observed import Observed
from stockrail.workbench.runs.inputs import instance_of
from stockrail.workbench.runs.lookup import get_in
from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.quarter_facts import AGED_DAYS, QuarterFacts, without_plan
from stockrail.workbench.scorecard.scorecard import Scorecard
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

MOST_NAMED = 3
"""Items that a note names."""

OnStep = Callable[[str], None]
"""Called with what comes next."""


@dataclass(frozen=True)
class PlannedRun:
    """A run with its instance; its plan need not be approved."""

    run: Run
    instance: Instance

    @property
    def start(self) -> dt.date:
        """First day of its first period."""
        return self.instance.settings.start

    @property
    def end(self) -> dt.date:
        """First day after its horizon."""
        return first_day(self.instance.settings, self.instance.settings.periods)

    @property
    def period(self) -> dt.timedelta:
        """Length of a period."""
        return dt.timedelta(days=self.instance.settings.period_length_days)

    def reaches(self, quarter: Quarter) -> bool:
        """Whether a period of the plan ends in the quarter."""
        first, last = quarter.periods(self.instance.settings)
        return last >= max(first, 0) and first < self.instance.settings.periods and last >= 0


def scorecard(
    store: Store,
    *,
    day: dt.date | None = None,
    run_id: int | None = None,
    aged_days: float = AGED_DAYS,
    on_step: OnStep = lambda words: None,
) -> Scorecard:
    """The scorecard of a quarter, from the actuals of a store and the plans approved for it and for the quarter before.

    Parameters
    ----------
    day : any day of the quarter; by default the last one of the last period with actual demand.
    run_id : the run whose plan is held against what happened, approved or not; by default `plan_for` the quarter.
    on_step : called before each step that may take long.

    Raises
    ------
    NotFoundError
        There is no such run.
    StateError
        There are no actuals in the quarter, or no plan that it could be held against.
    """
    on_step("reading plans")
    with store.read() as session:
        plans = _approved(store, session)
        given = None if run_id is None else _given(store, session, run_id)
    if given is None and not plans:
        raise StateError(
            "No plan has been approved that actuals could be held against: stockrail approve RUN, or name a run with --run."
        )
    on_step("reading actuals")
    quarter = Quarter.of(
        (given or plans[-1]).instance.settings, day or _latest_day(store, [given] if given else plans)
    )
    plan = given or plan_for(plans, quarter)
    if plan is None:
        ends = f"the last one ends on {max(one.end for one in plans) - dt.timedelta(days=1)}"
        raise StateError(
            f"No approved plan reaches into the quarter {quarter}; {ends}. Name a run with --run."
        )
    on_step("this quarter")
    now = _facts(store, quarter, plan, plan.instance, aged_days)
    if now is None:
        raise StateError(
            f"No period of the plan of run {plan.run.id} that ends in the quarter {quarter} has actual demand. Import it "
            "(stockrail actuals import FOLDER), or name a day of another quarter with --quarter."
        )
    on_step("last quarter")
    last = _facts(store, quarter.before, plan_for(plans, quarter.before), plan.instance, aged_days)
    return Scorecard(quarter, now, last, aged_days, tuple(_notes(quarter, now, last, plan)))


def plan_for(plans: list[PlannedRun], quarter: Quarter) -> PlannedRun | None:
    """The plan in force when the quarter began, or the first one to start within it; None where none reaches into it.

    A plan counts from the beginning on that starts less than a period after it. Of several with the same start the one approved
    last counts.

    Parameters
    ----------
    plans : in the order of their approval.
    """
    there = [plan for plan in plans if plan.reaches(quarter)]
    before = [plan for plan in there if plan.start - quarter.first_day < plan.period]
    start = max((plan.start for plan in before), default=min((plan.start for plan in there), default=None))
    of_start = [plan for plan in there if plan.start == start]
    return of_start[-1] if of_start else None


def _facts(
    store: Store, quarter: Quarter, plan: PlannedRun | None, instance: Instance, aged_days: float
) -> QuarterFacts | None:
    there = without_plan(instance, quarter, aged_days) if plan is None else plan.instance
    # A quarter that goes on may have a period that does, too; the store's clock tells.
    is_over = quarter.last_day < store.clock().date()
    observed = Observed.of_store(store, there, quarter.last_day if is_over else None)
    files = None if plan is None else plan_files(store, plan.run)
    return QuarterFacts.of(
        there,
        observed,
        quarter,
        files,
        aged_days=aged_days,
        run_id=None if plan is None else plan.run.id,
    )


def _latest_day(store: Store, plans: list[PlannedRun]) -> dt.date:
    """The last day of the last period with actual demand, of the latest plan that has any."""
    for plan in reversed(plans):
        periods = Observed.of_store(store, plan.instance, None).n_periods
        if periods:
            return first_day(plan.instance.settings, periods) - dt.timedelta(days=1)
    raise StateError(
        f"There are no actuals of the periods of {'the plan' if len(plans) == 1 else 'approved plans'} yet: stockrail actuals "
        "import FOLDER."
    )


def plan_files(store: Store, run: Run) -> PlanFiles:
    """The files of the plan of a run.

    Raises
    ------
    StateError
        It has none.
    """

    def contents(name: str) -> bytes:
        if name not in run.artifacts:
            raise StateError(f"Run {run.id} has no plan ({run.state}): name a finished run.")
        return store.artifacts.get(run.artifacts[name])

    return PlanFiles.of(f"run {run.id}", contents)


def _approved(store: Store, session: Session) -> list[PlannedRun]:
    """Plans in the order of their approval."""
    return [PlannedRun(run, instance_of(store, run)) for run, _ in approved_runs(session)]


def _given(store: Store, session: Session, run_id: int) -> PlannedRun:
    run = get_in(session, run_id)
    if run.kind != "plan":
        raise NotFoundError(f"Run {run_id} is a {run.kind}, not a plan.")
    return PlannedRun(run, instance_of(store, run))


def _notes(quarter: Quarter, now: QuarterFacts, last: QuarterFacts | None, plan: PlannedRun) -> list[str]:
    notes = []
    if plan.run.approved_state != "approved":
        notes.append(f"The plan of run {plan.run.id} is not approved.")
    if last is None:
        notes.append(f"Nothing is known of the quarter before, {quarter.before}.")
    elif last.run_id is None:
        notes.append(
            f"No plan was approved for the quarter before, {quarter.before}: it has actuals only, at today's prices and terms."
        )
    _, whole = quarter.periods(now.instance.settings)
    if now.last < whole:
        ends = now.last + 1 == now.instance.settings.periods
        why = "The plan ends within the quarter" if ends else "The quarter is not over"
        notes.append(f"{why}: it is looked at up to {now.last_day}.")
    if now.unknown_items:
        count = len(now.unknown_items)
        listed = ", ".join(now.unknown_items[:MOST_NAMED]) + (", ..." if count > MOST_NAMED else "")
        notes.append(
            f"{count} {plural(count, 'item')} of the actuals, {listed}, the plan does not have; left out."
        )
    if last is not None and (now.last - now.first) != (last.last - last.first):
        here, there = now.last - now.first + 1, last.last - last.first + 1
        notes.append(
            f"The quarter has {here} periods with actuals, the one before has {there}; sums are not of equal length."
        )
    return notes
