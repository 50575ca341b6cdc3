"""Starting a run: what can be planned, what of it the visitor looks at, and the options with their usual values."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.problems import describe
from stockrail.web.stale import seen_of
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.errors import StateError
from stockrail.workbench.guardrail_versions import effective_on
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.options import MODELS, Options
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import BaselineVersion, GuardrailVersion, RunKind, Scenario

NO_BASELINE = "There is no baseline to plan yet: import one first."


class BaselineChoice(BaseModel):
    """A baseline that can be planned."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    message: str
    author: str
    created_at: dt.datetime


class ScenarioChoice(BaseModel):
    """A scenario that can be planned."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    baseline_id: int
    changes: int = Field(description="How many changes it makes.")
    updated_by: str
    updated_at: dt.datetime


class ChosenView(BaseModel):
    """What a run would plan now."""

    model_config = ConfigDict(frozen=True)

    baseline: BaselineChoice
    scenario: ScenarioChoice | None = Field(description="Null for the baseline without changes.")
    guardrail_version_id: int | None = Field(
        description="Approved limits that hold today; null for the baseline's."
    )
    guardrails_approved_by: str | None
    seen: str = Field(description="Send it back to start a run of just this.")


class OptionField(BaseModel):
    """An option of a run."""

    model_config = ConfigDict(frozen=True)

    name: str
    usual: Any = Field(description="Its value where nothing is said; null for none.")
    allowed: str
    choices: tuple[str, ...] = Field(
        description="Values it may have; empty where it is a number or a switch."
    )
    is_switch: bool


class StartView(BaseModel):
    """Everything that can be started."""

    model_config = ConfigDict(frozen=True)

    baselines: tuple[BaselineChoice, ...] = Field(description="The latest first.")
    scenarios: tuple[ScenarioChoice, ...] = Field(description="By name, without archived ones.")
    chosen: ChosenView
    options: dict[RunKind, tuple[OptionField, ...]]
    may_start: bool


def view(store: Store, actor: str, scenario: str | None = None, baseline_id: int | None = None) -> StartView:
    """What can be started, with one choice looked at closely.

    Raises
    ------
    NotFoundError
        There is no such scenario or baseline.
    StateError
        There is no baseline yet.
    """
    with store.read() as session:
        listed = session.scalars(
            sa.select(Scenario).where(Scenario.is_archived.is_(False)).order_by(Scenario.name)
        ).all()
    return StartView(
        baselines=tuple(_baseline(row) for row in baselines.versions(store)),
        scenarios=tuple(_scenario(row) for row in listed),
        chosen=chosen(store, scenario, baseline_id),
        options={kind: _fields(model) for kind, model in MODELS.items()},
        may_start=store.governance.allows(actor, Permission.RUN_START),
    )


def chosen(store: Store, scenario: str | None = None, baseline_id: int | None = None) -> ChosenView:
    """What a run would plan now: the scenario on its own baseline, or a baseline, by default the latest.

    Raises
    ------
    NotFoundError
        There is no such scenario or baseline.
    StateError
        There is no baseline yet, or the scenario changes another one.
    """
    found = None if scenario is None else scenarios.get(store, scenario)
    baseline = _baseline_of(store, found, baseline_id)
    limits = effective_on(store, store.clock().date())
    return ChosenView(
        baseline=_baseline(baseline),
        scenario=None if found is None else _scenario(found),
        guardrail_version_id=None if limits is None else limits.id,
        guardrails_approved_by=None if limits is None else limits.decided_by,
        seen=_seen(baseline, found, limits),
    )


def _baseline_of(store: Store, scenario: Scenario | None, baseline_id: int | None) -> BaselineVersion:
    if scenario is not None:
        if baseline_id is not None and baseline_id != scenario.baseline_id:
            raise StateError(
                f"The scenario {scenario.name} changes baseline {scenario.baseline_id}, not {baseline_id}."
            )
        return baselines.get(store, scenario.baseline_id)
    if baseline_id is not None:
        return baselines.get(store, baseline_id)
    latest = baselines.latest(store)
    if latest is None:
        raise StateError(NO_BASELINE)
    return latest


def _seen(baseline: BaselineVersion, scenario: Scenario | None, limits: GuardrailVersion | None) -> str:
    facts = (None, None) if scenario is None else (scenario.id, scenario.version)
    return seen_of("start", baseline.id, *facts, None if limits is None else limits.id)


def _baseline(row: BaselineVersion) -> BaselineChoice:
    return BaselineChoice(
        id=row.id, name=row.name, message=row.message, author=row.author, created_at=row.created_at
    )


def _scenario(row: Scenario) -> ScenarioChoice:
    return ScenarioChoice(
        name=row.name,
        version=row.version,
        baseline_id=row.baseline_id,
        changes=len(row.overlay),
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )


def _fields(model: type[Options]) -> tuple[OptionField, ...]:
    schema = model.model_json_schema()["properties"]
    usual = {
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
    }
    return tuple(
        OptionField(
            name=name,
            usual=usual[name],
            allowed=entry.get("description") or describe(entry),
            choices=tuple(entry.get("enum", ())),
            is_switch=entry.get("type") == "boolean",
        )
        for name, entry in schema.items()
    )
