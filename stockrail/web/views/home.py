"""Home: what waits for whom, what goes on, what is next and what changed last."""

import datetime as dt

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from stockrail.model.what_if import BASE
from stockrail.web.files import currency_of
from stockrail.web.views import exceptions, home_changes, home_steps
from stockrail.web.views.guardrail_versions import VersionView, versions_of
from stockrail.web.views.plan_approval import ApprovalView, approval_view
from stockrail.web.views.run_progress import ProgressView
from stockrail.web.views.run_progress import view as progress_of
from stockrail.workbench.governance.approvals import latest_approved
from stockrail.workbench.governance.calendar import Occurrence
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, Scenario

LOOK_AHEAD_DAYS = 60
"""How far ahead events of the calendar are shown."""

MOST_EVENTS, MOST_RUNS, MOST_PLANS = 8, 10, 10


class EventView(BaseModel):
    """An event of the calendar that is on or comes."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str = Field(description="promotion_lock, supply_freeze, forecast_update or close.")
    first: dt.date
    last: dt.date
    is_on: bool
    in_days: int = Field(description="Until it begins; 0 where it is on.")
    owner_role: str
    people: tuple[str, ...] = Field(description="Who has that role.")
    holds_orders: bool = Field(description="Whether orders of the approved plan are held meanwhile.")
    scope: str = Field(description="Whose orders: `all`, or what is in the scope, in words.")


class GoingRunView(BaseModel):
    """A run that goes or waits."""

    model_config = ConfigDict(frozen=True)

    requested_by: str
    scenario: str = Field(description="base for the baseline without changes.")
    progress: ProgressView


class WaitingPlanView(BaseModel):
    """A finished plan that nobody has decided on."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    scenario: str = Field(description="base for the baseline without changes.")
    requested_by: str
    finished_at: dt.datetime | None = Field(description="In UTC.")
    currency: str
    expected_margin: float | None = Field(description="Money in `currency`.")
    gap: float | None = Field(description="Proven, a share.")
    passed: bool | None = Field(description="What the independent checker says; null where it was not asked.")
    approval: ApprovalView


class HomeView(BaseModel):
    """What waits for whom, what goes on, what is next and what changed last."""

    model_config = ConfigDict(frozen=True)

    today: dt.date
    steps: tuple[home_steps.StepView, ...] = Field(description="What to do first in a new store; none later.")
    exceptions: exceptions.ExceptionsView
    plans: tuple[WaitingPlanView, ...] = Field(
        description=f"Plans since the one that was approved last that wait for a decision, the latest first, {MOST_PLANS} at most."
    )
    more_plans: int = Field(description="How many more of them wait.")
    limits: tuple[VersionView, ...] = Field(description="Limits that wait for a decision, the latest first.")
    approved_run: int | None = Field(description="The run whose plan was approved last.")
    runs: tuple[GoingRunView, ...] = Field(description="In the order in which they began or will begin.")
    more_runs: int = Field(description="How many more wait.")
    events: tuple[EventView, ...] = Field(
        description=f"What is on and what begins within {LOOK_AHEAD_DAYS} days."
    )
    changes: tuple[home_changes.ChangeView, ...] = Field(
        description="The latest first; none for those who may not read the log."
    )


def view(store: Store, actor: str, role: str | None = None) -> HomeView:
    """Home as somebody sees it.

    Parameters
    ----------
    role : whose exceptions; `mine` for those of the actor's roles, None for all.
    """
    today = store.clock().date()
    with store.read() as session:
        approved = latest_approved(session)
        since = 0 if approved is None else approved.id
        waiting = list(
            session.scalars(
                sa.select(Run)
                .where(
                    Run.kind == "plan",
                    Run.state == "finished",
                    Run.approved_state == "none",
                    Run.id > since,
                )
                .order_by(Run.id.desc())
            )
        )
        # A plan that cannot exist is nothing to decide on.
        waiting = [run for run in waiting if "orders.csv" in run.artifacts]
        is_running = sa.case((Run.state == "running", 0), else_=1)
        going = list(
            session.scalars(
                sa.select(Run)
                .where(Run.state.in_(("running", "queued")))
                .order_by(is_running, Run.requested_at, Run.id)
            )
        )
        names = _scenario_names(session, [*waiting, *going])
    coming = store.governance.calendar.between(today, today + dt.timedelta(days=LOOK_AHEAD_DAYS))
    return HomeView(
        today=today,
        steps=home_steps.steps(store),
        exceptions=exceptions.view(store, actor, role),
        plans=tuple(_plan(store, actor, run, names) for run in waiting[:MOST_PLANS]),
        more_plans=max(0, len(waiting) - MOST_PLANS),
        limits=tuple(row for row in versions_of(store, actor) if row.state == "proposed"),
        approved_run=None if approved is None else approved.id,
        runs=tuple(
            GoingRunView(
                requested_by=run.requested_by, scenario=_name(run, names), progress=progress_of(store, run.id)
            )
            for run in going[:MOST_RUNS]
        ),
        more_runs=max(0, len(going) - MOST_RUNS),
        events=tuple(_event(store, one, today) for one in coming[:MOST_EVENTS]),
        changes=home_changes.changes(store, actor),
    )


def _plan(store: Store, actor: str, run: Run, names: dict[int, str]) -> WaitingPlanView:
    numbers = run.certificate or {}
    return WaitingPlanView(
        run_id=run.id,
        scenario=_name(run, names),
        requested_by=run.requested_by,
        finished_at=run.finished_at,
        currency=currency_of(store, run.baseline_id),
        expected_margin=numbers.get("expected_margin"),
        gap=numbers.get("gap"),
        passed=(numbers.get("verification") or {}).get("passed"),
        approval=approval_view(store, actor, run.id),
    )


def _event(store: Store, one: Occurrence, today: dt.date) -> EventView:
    event = one.event
    value = f" {event.scope_value}" if event.scope_value else ""
    return EventView(
        name=one.name,
        kind=event.kind,
        first=one.first,
        last=one.last,
        is_on=one.is_on(today),
        in_days=max(0, (one.first - today).days),
        owner_role=event.owner,
        people=store.governance.people_in(event.owner),
        holds_orders=one.holds_orders,
        scope="all" if event.scope == "all" else f"{event.scope}{value}",
    )


def _name(run: Run, names: dict[int, str]) -> str:
    return BASE if run.scenario_id is None else names[run.scenario_id]


def _scenario_names(session: Session, runs: list[Run]) -> dict[int, str]:
    wanted = {run.scenario_id for run in runs} - {None}
    rows = session.execute(sa.select(Scenario.id, Scenario.name).where(Scenario.id.in_(wanted)))
    return {number: name for number, name in rows}
