"""All scenarios."""

import datetime as dt
from urllib.parse import quote

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.stale import seen_of
from stockrail.web.views.baselines import seen_latest
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState, Scenario, ScenarioDraft


class LatestRunView(BaseModel):
    """The run of a scenario that was asked for last."""

    model_config = ConfigDict(frozen=True)

    id: int
    state: RunState
    scenario_version: int | None


class ScenarioRowView(BaseModel):
    """A scenario in the list."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    path: str = Field(description="Of its page.")
    baseline_id: int
    version: int
    changes: int = Field(description="How many changes it makes to its baseline.")
    created_by: str
    updated_by: str
    updated_at: dt.datetime = Field(description="In UTC.")
    is_archived: bool
    has_draft: bool = Field(description="Whether the visitor has edits that are not saved.")
    run: LatestRunView | None
    seen: str = Field(description="Send it back to replace or archive the scenario.")


class ScenariosView(BaseModel):
    """The scenarios by name."""

    model_config = ConfigDict(frozen=True)

    scenarios: tuple[ScenarioRowView, ...]
    archived: int = Field(description="Archived ones, whether or not they are listed.")
    baselines: tuple[int, ...] = Field(
        description="Versions that a new scenario can change, the latest first."
    )
    may_edit: bool
    seen: str = Field(description="Send it back to make a scenario.")


def view(store: Store, actor: str, *, with_archived: bool = False) -> ScenariosView:
    """The scenarios, as the actor sees them."""
    found = scenarios.scenarios(store, with_archived=True)
    with store.read() as session:
        drafts = set(
            session.scalars(sa.select(ScenarioDraft.scenario_id).where(ScenarioDraft.actor == actor))
        )
        latest = sa.select(sa.func.max(Run.id)).where(Run.scenario_id.is_not(None)).group_by(Run.scenario_id)
        runs = {run.scenario_id: run for run in session.scalars(sa.select(Run).where(Run.id.in_(latest)))}
    return ScenariosView(
        scenarios=tuple(
            _row(one, one.id in drafts, runs.get(one.id))
            for one in found
            if with_archived or not one.is_archived
        ),
        archived=sum(one.is_archived for one in found),
        baselines=tuple(version.id for version in baselines.versions(store)),
        may_edit=store.governance.allows(actor, Permission.SCENARIO_EDIT),
        seen=seen_latest(store),
    )


def _row(scenario: Scenario, has_draft: bool, run: Run | None) -> ScenarioRowView:
    return ScenarioRowView(
        id=scenario.id,
        name=scenario.name,
        path=path_of(scenario.name),
        baseline_id=scenario.baseline_id,
        version=scenario.version,
        changes=len(scenario.overlay),
        created_by=scenario.created_by,
        updated_by=scenario.updated_by,
        updated_at=scenario.updated_at,
        is_archived=scenario.is_archived,
        has_draft=has_draft,
        run=None
        if run is None
        else LatestRunView(id=run.id, state=run.state, scenario_version=run.scenario_version),
        seen=seen_scenario(scenario),
    )


def path_of(name: str) -> str:
    """Address of a scenario's page."""
    return f"/scenarios/{quote(name, safe='')}"


def seen_scenario(scenario: Scenario) -> str:
    """The tag of a scenario as it is saved."""
    return seen_of("scenario", scenario.id, scenario.version)


def saved_meanwhile(scenario: Scenario) -> str:
    """Who saved a scenario last, for whom has looked at an earlier version."""
    at = f"{scenario.updated_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{scenario.updated_by} saved {scenario.name} at {at}: it is version {scenario.version} now."
