"""Guardrails: the limits in force, what a plan makes of them, what they are worth, and the versions there are."""

import datetime as dt

import pandas as pd
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import moment
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError
from stockrail.model.what_if import BASE
from stockrail.reports.chart_parts import Chart, Timeline
from stockrail.web import files
from stockrail.web.errors import LocatedProblem, located
from stockrail.web.stale import seen_of
from stockrail.web.views.guardrail_charts import chart_of
from stockrail.web.views.guardrail_limits import BuildView, LimitView, builds_of, limits_of
from stockrail.web.views.guardrail_prices import PriceView, prices_of
from stockrail.web.views.guardrail_versions import NextChange, VersionView, next_change, versions_of
from stockrail.web.views.run_diagnosis import DiagnosisView, diagnosis_of
from stockrail.workbench import baselines, guardrail_versions
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import GuardrailVersion, Run, Scenario

PRICES, PERIODS, SUMMARY = "guardrails.csv", "guardrail_periods.csv", "plan.json"

MOST_PLANS = 20
"""Finished plans that can be chosen."""


class PlanChoice(BaseModel):
    """A finished plan whose prices can be shown."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    scenario: str = Field(description="base for the baseline without changes.")
    guardrail_version_id: int | None = Field(description="Null where the baseline's own limits held.")
    is_under_these: bool = Field(
        description="Whether it was made under the limits in force, of this baseline."
    )


class InfeasibleView(BaseModel):
    """The latest run under these limits found that no plan keeps them."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    diagnosis: DiagnosisView


class GuardrailsView(BaseModel):
    """The limits in force on the latest baseline. Money is in `currency`."""

    model_config = ConfigDict(frozen=True)

    today: dt.date
    baseline_id: int
    currency: str
    in_force: VersionView | None = Field(description="Null where the baseline's own limits hold.")
    next_change: NextChange | None
    limits: tuple[LimitView, ...]
    builds: tuple[BuildView, ...]
    problems: tuple[LocatedProblem, ...] = Field(
        description="Where the version in force does not fit the latest baseline: what is wrong. Then there are no limits here."
    )
    plan: PlanChoice | None = Field(description="The plan that fans and prices are of.")
    plans: tuple[PlanChoice, ...] = Field(description="Finished plans that can be chosen, the latest first.")
    prices: tuple[PriceView, ...] = Field(description="What earns most first.")
    infeasible: InfeasibleView | None
    versions: tuple[VersionView, ...] = Field(description="The latest first.")
    may_propose: bool
    seen: str = Field(description="Send it back with a proposal.")


def view(store: Store, actor: str, run_id: int | None = None) -> GuardrailsView | None:
    """The guardrails as somebody sees them; None before there is a baseline.

    Parameters
    ----------
    run_id : whose prices and fans are shown; None for the latest plan under these limits, or else the latest one.

    Raises
    ------
    NotFoundError
        There is no such run, or it has no plan.
    """
    latest = baselines.latest(store)
    if latest is None:
        return None
    versions = versions_of(store, actor)
    in_force = next((row for row in versions if row.is_in_force), None)
    instance, problems = _instance(store, latest.id, None if in_force is None else in_force.id)
    plans = _plans(store, latest.id, None if in_force is None else in_force.id)
    plan = _chosen(plans, run_id)
    prices: tuple[PriceView, ...] = ()
    if plan is not None:
        run = get(store, plan.run_id)
        prices = prices_of(files.table_of(store, run, PRICES), files.json_of(store, run, SUMMARY))
    return GuardrailsView(
        today=store.clock().date(),
        baseline_id=latest.id,
        currency=files.currency_of(store, latest.id),
        in_force=in_force,
        next_change=next_change(store, versions),
        limits=() if instance is None else limits_of(instance),
        builds=() if instance is None else builds_of(instance),
        problems=problems,
        plan=plan,
        plans=plans,
        prices=prices,
        infeasible=_infeasible(store, latest.id, None if in_force is None else in_force.id),
        versions=versions,
        may_propose=store.governance.allows(actor, Permission.GUARDRAIL_PROPOSE),
        seen=seen(store),
    )


def charts(store: Store, view: GuardrailsView) -> dict[str, Chart]:
    """The chart of each guardrail in force that has limits by period, by its name: with a fan where the plan has the same periods."""
    instance, _ = _instance(store, view.baseline_id, None if view.in_force is None else view.in_force.id)
    if instance is None:
        return {}
    timeline = timeline_of(instance)
    used = None if view.plan is None else _used(store, view.plan.run_id, instance)
    made = {
        limit.name: chart_of(limit, number, view.currency, timeline, used)
        for number, limit in enumerate(view.limits, start=1)
    }
    return {name: chart for name, chart in made.items() if chart is not None}


def timeline_of(instance: Instance) -> Timeline:
    """The periods of an instance."""
    settings = instance.settings
    return Timeline(pd.Timestamp(settings.start), settings.periods, float(settings.period_length_days))


def seen(store: Store) -> str:
    """The tag of what a proposal starts from: the baseline, the version in force, and the latest one there is."""
    latest, there = baselines.latest(store), guardrail_versions.versions(store)
    in_force = guardrail_versions.effective_on(store, store.clock().date())
    return seen_of(
        "limits",
        None if latest is None else latest.id,
        None if in_force is None else in_force.id,
        f"{there[0].id}{there[0].state}" if there else None,
    )


def changed(store: Store) -> str:
    """What a proposal would start from now, by whom and when."""
    told = []
    if (latest := baselines.latest(store)) is not None:
        at = moment(latest.created_at.isoformat())
        told.append(f"the latest baseline is {latest.id}, by {latest.author} at {at}")
    if there := guardrail_versions.versions(store):
        told.append(f"the latest version of the limits is {there[0].id}, {_last_word(there[0])}")
    return f"You looked at something else: {', and '.join(told) or 'there is no baseline'}."


def _last_word(row: GuardrailVersion) -> str:
    by, at = row.decided_by or row.proposed_by, row.decided_at or row.proposed_at
    return f"{row.state} by {by} at {moment(at.isoformat())}"


def _instance(
    store: Store, baseline_id: int, version_id: int | None
) -> tuple[Instance | None, tuple[LocatedProblem, ...]]:
    try:
        return files.instance_of(store, baseline_id, version_id), ()
    except InstanceError as error:
        return None, tuple(located(error))


def _plans(store: Store, baseline_id: int, version_id: int | None) -> tuple[PlanChoice, ...]:
    with store.read() as session:
        finished = sa.select(Run).where(Run.kind == "plan", Run.state == "finished").order_by(Run.id.desc())
        found = [run for run in session.scalars(finished.limit(4 * MOST_PLANS)) if PRICES in run.artifacts]
        rows = session.execute(
            sa.select(Scenario.id, Scenario.name).where(Scenario.id.in_({run.scenario_id for run in found}))
        )
        names = {number: name for number, name in rows}
    return tuple(
        PlanChoice(
            run_id=run.id,
            scenario=BASE if run.scenario_id is None else names[run.scenario_id],
            guardrail_version_id=run.guardrail_version_id,
            is_under_these=(run.baseline_id, run.guardrail_version_id) == (baseline_id, version_id),
        )
        for run in found[:MOST_PLANS]
    )


def _chosen(plans: tuple[PlanChoice, ...], run_id: int | None) -> PlanChoice | None:
    if run_id is not None:
        found = next((plan for plan in plans if plan.run_id == run_id), None)
        if found is None:
            raise NotFoundError(
                f"Run {run_id} has no finished plan among the latest whose prices could be shown."
            )
        return found
    under_these = (plan for plan in plans if plan.is_under_these)
    return next(under_these, plans[0] if plans else None)


def _infeasible(store: Store, baseline_id: int, version_id: int | None) -> InfeasibleView | None:
    """The latest run of a plan of the baseline under these limits, where it found that no plan keeps them."""
    is_version = (
        Run.guardrail_version_id.is_(None) if version_id is None else Run.guardrail_version_id == version_id
    )
    with store.read() as session:
        run = session.scalar(
            sa.select(Run)
            .where(
                Run.kind == "plan",
                Run.baseline_id == baseline_id,
                Run.scenario_id.is_(None),  # that a scenario cannot keep them says nothing of the limits
                is_version,
                Run.certificate.is_not(None),
            )
            .order_by(Run.id.desc())
            .limit(1)
        )
    if run is None or run.state in ("queued", "running"):
        return None
    diagnosis = diagnosis_of(store, run)
    return None if diagnosis is None else InfeasibleView(run_id=run.id, diagnosis=diagnosis)


def _used(store: Store, run_id: int, instance: Instance) -> pd.DataFrame | None:
    """What the plan uses of each guardrail by period; None where its periods are others."""
    run = get(store, run_id)
    if not files.has_file(run, PERIODS):
        return None
    summary = files.json_of(store, run, SUMMARY)
    settings = instance.settings
    same = (
        str(summary["start"])[:10] == settings.start.isoformat()
        and int(summary["periods"]) == settings.periods
        and float(summary["period_length_days"]) == float(settings.period_length_days)
    )
    return files.table_of(store, run, PERIODS) if same else None
