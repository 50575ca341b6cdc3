"""Monitoring of a store: the plan in force against the actuals, what breaks a rule, and whether it is time to plan again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.model.instance import Instance
from stockrail.workbench import baselines
from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.approvals import KIND
from stockrail.workbench.governance.exceptions import files_of
from stockrail.workbench.governance.found import open_found
from stockrail.workbench.governance.in_force import ApprovedPlan, approved_plans, plan_of
from stockrail.workbench.governance.rules import Broken
from stockrail.workbench.monitoring.observed import Observed
from stockrail.workbench.monitoring.rules import broken_rules
from stockrail.workbench.monitoring.seen import OnStep, Seen
from stockrail.workbench.monitoring.suppliers import Drift, SupplierPerformance
from stockrail.workbench.monitoring.triggers import Cycle, Trigger, cycle, triggers
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.inputs import instance_of
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, PlanException, Run
from stockrail.workbench.tradeoffs.overdue import open_overdue

LEAST_SHIPMENTS = 5
"""Shipments below which nothing is said of a lead time, where no rule says another number."""


@dataclass(frozen=True)
class Monitored:
    """What monitoring found.

    Attributes
    ----------
    on : day as of which it is.
    plan : the approved plan it is about; None where there is none.
    seen : None where there is no plan, or nothing happened yet in a period of it that is over.
    broken : rules that are broken.
    last_plan : day on which the last plan was finished or approved; None where there is none.
    drift_tolerance_days, least_shipments : from when on a lead time counts as another one.
    cycle, triggers : where the monthly rhythm stands, and every reason to plan now.
    notes : what a reader has to know.
    """

    on: dt.date
    plan: ApprovedPlan | None
    seen: Seen | None
    broken: tuple[Broken, ...]
    last_plan: dt.date | None
    cycle: Cycle
    triggers: tuple[Trigger, ...]
    notes: tuple[str, ...]
    drift_tolerance_days: float = 0.0
    least_shipments: int = LEAST_SHIPMENTS

    def drift_of(self, supplier: SupplierPerformance) -> Drift:
        """Whether the mean lead time of a supplier is another one than the plan's."""
        return supplier.drift(self.drift_tolerance_days, self.least_shipments)

    @property
    def run_id(self) -> int | None:
        """The run whose plan it is about."""
        return None if self.plan is None else self.plan.run.id


@dataclass(frozen=True)
class Started:
    """A run that was asked for because of triggers; `is_new` is false where the same inputs have been planned already."""

    run: Run
    is_new: bool


def monitor(
    store: Store,
    *,
    run_id: int | None = None,
    until: dt.date | None = None,
    on: dt.date | None = None,
    on_step: OnStep = lambda words: None,
) -> Monitored:
    """Hold the actuals against the plan in force. Changes nothing; see `open_exceptions` and `start`.

    Parameters
    ----------
    run_id : a run whose plan was approved; None for the latest one with actuals in its periods.
    until : last day whose actuals are complete; None for all there is, but for a period that goes on today.
    on : day as of which dates due count and the calendar is read; None for today.
    on_step : called before each step that may take long.

    Raises
    ------
    NotFoundError
        The run has no approved plan.
    StateError
        It was never in force.
    """
    today = on or store.clock().date()
    governance = store.governance
    rules = governance.document.monitoring
    with store.read() as session:
        plans = approved_plans(session)
        last_plan = _last_plan(session)
    wanted = (
        [plan_of(plans, run_id)]
        if run_id is not None
        else [one for one in reversed(plans) if one.periods_in_force]
    )
    seen: Seen | None = None
    broken: list[Broken] = []
    notes: list[str] = []
    chosen = wanted[0] if wanted else None
    for plan in wanted:
        on_step("actuals")
        instance = instance_of(store, plan.run)
        observed = _in_force(store, plan, Observed.of_store(store, instance, until), instance)
        if observed.n_periods:
            seen = Seen.of(
                instance,
                files_of(store, plan.run),
                observed,
                tail=rules.tail_probability,
                confidence=rules.confidence,
                on_step=on_step,
            )
            chosen = plan
            break
    if seen is None:
        notes.append(_nothing(chosen))
    else:
        broken = broken_rules(governance, seen, today)
        notes += _notes(seen)
    where = cycle(governance, last_plan, today)
    drift = next((rule for rule in rules.rules if rule.kind == "lead_time"), None)
    return Monitored(
        on=today,
        plan=chosen,
        seen=seen,
        broken=tuple(broken),
        last_plan=last_plan,
        cycle=where,
        triggers=tuple(triggers(governance, where, last_plan, broken)),
        notes=tuple(notes),
        drift_tolerance_days=0.0 if drift is None else drift.limit,
        least_shipments=LEAST_SHIPMENTS if drift is None else drift.least_observations,
    )


def open_exceptions(store: Store, actor: str, monitored: Monitored) -> list[PlanException]:
    """Open an exception for each broken rule and each overdue trade-off, none twice, and return those that are open now.

    Raises
    ------
    NotAllowedError
        The actor may not import actuals, which is what brings exceptions about.
    """
    store.governance.require(actor, Permission.ACTUALS_IMPORT)
    found = open_found(store, actor, monitored.broken, monitored.run_id) if monitored.broken else []
    return [*found, *open_overdue(store, actor)]


def start(
    store: Store,
    actor: str,
    monitored: Monitored,
    *,
    baseline_id: int | None = None,
    scenario_id: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> Started:
    """Ask for the run that the triggers ask for; its reason has each of theirs. It waits in the queue.

    Parameters
    ----------
    baseline_id : what is planned; None for the latest baseline, which should have stock and open orders of today.

    Raises
    ------
    NotAllowedError
        The actor may not start runs.
    StateError
        There is no reason to plan, or no baseline.
    """
    store.governance.require(actor, Permission.RUN_START)
    if not monitored.triggers:
        raise StateError("Nothing asks for a new plan. To make one nevertheless: stockrail run start.")
    if baseline_id is None:
        latest = baselines.latest(store)
        if latest is None:
            raise StateError("There is no baseline yet: stockrail baseline import FOLDER comes first.")
        baseline_id = latest.id
    with store.read() as session:
        before = session.scalar(sa.select(sa.func.max(Run.id))) or 0
    reason = "\n".join(f"{one.kind}: {one.reason}" for one in monitored.triggers)
    run = submit(store, actor, "plan", baseline_id, scenario_id, options, reason)
    return Started(run, run.id > before)


def _in_force(store: Store, plan: ApprovedPlan, observed: Observed, instance: Instance) -> Observed:
    """Without the periods in which another plan had taken its place."""
    if plan.end is None or observed.n_periods <= plan.periods_in_force:
        return observed
    return Observed.of_store(store, instance, plan.end - dt.timedelta(days=1))


def _last_plan(session: Session) -> dt.date | None:
    finished = sa.select(sa.func.max(Run.finished_at)).where(Run.kind == "plan", Run.state == "finished")
    approved = sa.select(sa.func.max(Decision.at)).where(
        Decision.kind == KIND, Decision.verdict == "approved"
    )
    days = [at.date() for at in (session.scalar(finished), session.scalar(approved)) if at is not None]
    return max(days, default=None)


def _nothing(plan: ApprovedPlan | None) -> str:
    if plan is None:
        return "No plan is approved yet: there is nothing that actuals could be held against. See stockrail approve RUN."
    return (
        f"Nothing is known of a period of the plan of run {plan.run.id} that is over. It begins on {plan.start}: "
        "stockrail actuals import FOLDER."
    )


def _notes(seen: Seen) -> list[str]:
    notes = []
    unknown = seen.observed.unknown_items
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        notes.append(
            f"Actuals of items that the plan does not have are left out: {', '.join(unknown[:3])}{more}."
        )
    total = len(seen.instance.items) * seen.observed.n_periods
    if seen.position.known < total:
        notes.append(
            f"Demand of {total - seen.position.known:,} of {total:,} items and periods is not known; missing is not zero."
        )
    return notes
