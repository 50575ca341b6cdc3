"""A scenario as somebody edits it: its changes in words, and a table of it as a grid."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.model import Instance
from stockrail.web.files import instance_of
from stockrail.web.stale import seen_of
from stockrail.web.views.draft_instance import with_rules
from stockrail.web.views.scenarios import path_of, seen_scenario
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.excel.column import Plain
from stockrail.workbench.permissions import Permission
from stockrail.workbench.scenario_editing.drafts import Draft, draft_of
from stockrail.workbench.scenario_editing.edits import CellPlace
from stockrail.workbench.scenario_editing.table_grid import TableGrid
from stockrail.workbench.scenario_editing.words import cell_words, place_words, words_of
from stockrail.workbench.store import Store

FIRST_TABLE = "items"

MOST_LISTED = 100
"""Edited cells that are listed in words; the grid shows all of its own."""


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class RuleView(_View):
    """A change of many rows, or of rows as a whole."""

    number: int = Field(description="Among the changes, from 0.")
    words: str
    is_new: bool = Field(description="Whether it is not saved yet.")
    change: dict[str, Any] = Field(description="As in scenarios.yaml.")


class CellEditView(_View):
    """A cell that has another value than the baseline and the rules give it."""

    words: str = Field(description="Which cell.")
    value: str
    before: str = Field(description="What the baseline with the rules has there.")
    is_new: bool = Field(description="Whether it is not saved yet.")


class ScenarioView(_View):
    """A scenario with the visitor's draft of it."""

    id: int
    name: str
    path: str
    version: int = Field(description="As it is saved now.")
    draft_version: int = Field(description="That the draft was begun from.")
    is_archived: bool
    created_by: str
    updated_by: str
    updated_at: dt.datetime = Field(description="In UTC.")
    baseline_id: int = Field(description="That the draft changes.")
    saved_baseline_id: int
    latest_baseline_id: int
    currency: str
    is_changed: bool = Field(description="Whether there is anything to save.")
    is_overtaken: bool = Field(description="Whether somebody saved the scenario after the draft was begun.")
    draft_at: dt.datetime | None = Field(description="When the draft was edited last, in UTC.")
    rules: tuple[RuleView, ...]
    removed_rules: tuple[str, ...] = Field(description="Rules that the draft takes away.")
    cells: tuple[CellEditView, ...] = Field(description=f"The first {MOST_LISTED}.")
    cell_count: int
    overlay: tuple[dict[str, Any], ...] = Field(
        description="All changes as in scenarios.yaml, draft included."
    )
    refused: int = Field(description="Cells that hold no value of their column; they must be put right.")
    misfit: str | None = Field(description="Why the changes do not fit the baseline; null where they do.")
    may_edit: bool
    may_run: bool
    seen: str = Field(description="Send it back to change, save or discard the draft, or to optimize.")
    seen_saved: str = Field(description="Send it back to replace or archive the scenario as it is saved.")


def seen_draft(draft: Draft) -> str:
    """The tag of a draft."""
    return seen_of("draft", draft.scenario_id, draft.version, draft.revision)


def view(store: Store, actor: str, name: str) -> ScenarioView:
    """A scenario with the actor's draft of it.

    Raises
    ------
    NotFoundError
        There is no such scenario.
    """
    scenario = scenarios.get(store, name)
    draft = draft_of(store, actor, scenario)
    instance, misfit = with_rules(store, draft)
    latest = baselines.latest(store)
    allows = store.governance.allows
    return ScenarioView(
        id=scenario.id,
        name=name,
        path=path_of(name),
        version=scenario.version,
        draft_version=draft.version,
        is_archived=scenario.is_archived,
        created_by=scenario.created_by,
        updated_by=scenario.updated_by,
        updated_at=scenario.updated_at,
        baseline_id=draft.baseline_id,
        saved_baseline_id=scenario.baseline_id,
        latest_baseline_id=draft.baseline_id if latest is None else latest.id,
        currency=instance_of(store, draft.baseline_id).settings.currency,
        is_changed=draft.is_changed,
        is_overtaken=draft.version != scenario.version,
        draft_at=draft.updated_at,
        rules=tuple(
            RuleView(number=k, words=words_of(rule), is_new=rule not in draft.before.rules, change=dict(rule))
            for k, rule in enumerate(draft.edits.rules)
        ),
        removed_rules=tuple(words_of(rule) for rule in draft.before.rules if rule not in draft.edits.rules),
        cells=tuple(_cells(instance, draft)),
        cell_count=len(draft.edits.cells),
        overlay=tuple(draft.edits.overlay),
        refused=len(draft.edits.refused),
        misfit=misfit,
        may_edit=allows(actor, Permission.SCENARIO_EDIT),
        may_run=allows(actor, Permission.RUN_START),
        seen=seen_draft(draft),
        seen_saved=seen_scenario(scenario),
    )


def _cells(instance: Instance, draft: Draft) -> Iterator[CellEditView]:
    listed = list(draft.edits.cells.items())[:MOST_LISTED]
    grids = {table: TableGrid.of(instance, table) for table in {place.table for place, _ in listed}}
    rows = {table: dict(zip(grid.keys, grid.rows, strict=True)) for table, grid in grids.items()}
    for place, value in listed:
        row = rows[place.table].get(place.key)
        before = "no such row"
        if row is not None:
            before = cell_words(row[grids[place.table].column_index[place.column]])
        yield CellEditView(
            words=place_words(place),
            value=cell_words(value),
            before=before,
            is_new=_is_new(draft, place, value),
        )


def _is_new(draft: Draft, place: CellPlace, value: Plain) -> bool:
    return place not in draft.before.cells or draft.before.cells[place] != value
