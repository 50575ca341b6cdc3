"""Scenarios: named lists of changes to a baseline that several people edit, none of whom overwrites another."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from stockrail.model import WhatIf, apply
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema_values import Name
from stockrail.model.what_if import BASE, Change
from stockrail.workbench import baselines
from stockrail.workbench.errors import ConflictError, NotFoundError, StateError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Scenario

NEW = 0
"""The version that was looked at where there was none."""

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def save(
    store: Store,
    actor: str,
    name: str,
    overlay: Sequence[Mapping[str, Any] | Change],
    expected_version: int,
    baseline_id: int | None = None,
) -> Scenario:
    """Save a scenario, unless somebody else has saved it since it was looked at.

    Parameters
    ----------
    overlay : changes as in scenarios.yaml. They are made on the baseline first, so that what is saved can be planned.
    expected_version : the version that was looked at, `NEW` for a new scenario.
    baseline_id : the baseline it changes; None for the one it has, or for a new one the latest.

    Returns
    -------
    Scenario
        With its new version.

    Raises
    ------
    ConflictError
        Somebody else saved meanwhile; says who and when. Nothing was changed.
    InstanceError
        With every change that does not fit the baseline.
    """
    store.governance.require(actor, Permission.SCENARIO_EDIT)
    _require_name(name)
    changes = _changes(name, overlay)
    there = find(store, name)
    _require_version(name, there, expected_version)
    if baseline_id is None:
        baseline_id = _usual_baseline(store) if there is None else there.baseline_id
    apply(baselines.instance(store, baseline_id), WhatIf(name=name, changes=tuple(changes)))
    plain = [change.model_dump(mode="json", exclude_unset=True) for change in changes]
    with store.write(actor, "scenario.save", Scenario.__tablename__) as change:
        # Read again: the check above was outside of the only block in which nobody else writes.
        scenario = change.session.scalar(sa.select(Scenario).where(Scenario.name == name))
        _require_version(name, scenario, expected_version)
        if scenario is None:
            scenario = Scenario(name=name, created_by=actor, version=NEW)
            change.session.add(scenario)
        scenario.baseline_id = baseline_id
        scenario.overlay = plain
        scenario.version = expected_version + 1
        scenario.updated_by, scenario.updated_at = actor, change.at
        scenario.is_archived = False
        change.session.flush()
        change.entity_id = scenario.id
        change.data = {
            "name": name,
            "version": scenario.version,
            "baseline_id": baseline_id,
            "overlay": plain,
        }
    return scenario


def archive(store: Store, actor: str, name: str, expected_version: int) -> Scenario:
    """Take a scenario off the list. Runs keep what they used; saving it again brings it back."""
    store.governance.require(actor, Permission.SCENARIO_EDIT)
    with store.write(actor, "scenario.archive", Scenario.__tablename__) as change:
        scenario = change.session.scalar(sa.select(Scenario).where(Scenario.name == name))
        if scenario is None:
            raise NotFoundError(_not_there(name))
        _require_version(name, scenario, expected_version)
        scenario.is_archived = True
        scenario.version += 1
        scenario.updated_by, scenario.updated_at = actor, change.at
        change.entity_id = scenario.id
        change.data = {"name": name, "version": scenario.version}
    return scenario


def get(store: Store, name: str) -> Scenario:
    """A scenario by its name.

    Raises
    ------
    NotFoundError
        There is none.
    """
    found = find(store, name)
    if found is None:
        raise NotFoundError(_not_there(name))
    return found


def find(store: Store, name: str) -> Scenario | None:
    """A scenario by its name, or None."""
    with store.read() as session:
        return session.scalar(sa.select(Scenario).where(Scenario.name == name))


def scenarios(store: Store, *, with_archived: bool = False) -> list[Scenario]:
    """All scenarios by name."""
    with store.read() as session:
        found = session.scalars(sa.select(Scenario).order_by(Scenario.name))
        return [scenario for scenario in found if with_archived or not scenario.is_archived]


def _require_name(name: str) -> None:
    try:
        _NAME.validate_python(name)
    except ValidationError as error:
        raise StateError(f"The name of a scenario has 1 to 120 characters; found {name[:130]!r}.") from error
    if name.strip() != name or name == BASE or name.isdigit():
        raise StateError(
            f"{name!r} cannot be the name of a scenario: {BASE!r} is the baseline itself, and a number is a version."
        )


def _require_version(name: str, scenario: Scenario | None, expected: int) -> None:
    current = NEW if scenario is None else scenario.version
    if current == expected:
        return
    if scenario is None:
        raise ConflictError(
            f"There is no scenario {name} yet: save it as a new one, with expected version {NEW}."
        )
    raise ConflictError(
        f"{scenario.updated_by} saved {name} at {scenario.updated_at:%Y-%m-%d %H:%M:%S} UTC: it is version {current}, "
        f"and you looked at {'none' if expected == NEW else f'version {expected}'}. Look at it again, and save your changes on top."
    )


def _changes(name: str, overlay: Sequence[Mapping[str, Any] | Change]) -> list[Change]:
    """The changes, each valid by itself, or every problem at once."""
    found: list[Change] = []
    problems: list[Problem] = []
    for number, change in enumerate(overlay, start=1):
        try:
            found.append(Change.model_validate(change))
        except ValidationError as error:
            place = f"scenario {name}, change {number}"
            for detail in error.errors(include_url=False, include_context=False):
                column = ".".join(str(part) for part in detail["loc"]) or None
                value = None if detail["type"] == "missing" else str(detail["input"])
                allowed = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
                problems.append(Problem(place, None, column, value, allowed))
    if problems:
        raise InstanceError(problems)
    return found


def _usual_baseline(store: Store) -> int:
    found = baselines.latest(store)
    if found is None:
        raise StateError("There is no baseline to change yet: stockrail baseline import FOLDER comes first.")
    return found.id


def _not_there(name: str) -> str:
    return f"There is no scenario {name}: stockrail scenario list shows those there are."
