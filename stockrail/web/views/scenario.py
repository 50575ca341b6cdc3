"""A scenario as somebody edits it: its changes in words, and a table of it as a grid."""

import datetime as dt
from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.model import Instance
from stockrail.model.overlay import FIXED_ROWS
from stockrail.model.problems import InstanceError
from stockrail.web.files import instance_of
from stockrail.web.stale import seen_of
from stockrail.web.views.baseline import row_counts
from stockrail.web.views.grid_table import (
    CellValue,
    GridTableView,
    columns_of_grid,
    require_table,
    rows_of_grid,
    shown_value,
)
from stockrail.web.views.scenarios import path_of, seen_scenario
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.excel.column import Plain
from stockrail.workbench.permissions import Permission
from stockrail.workbench.scenario_editing.cell_edits import EditedTable
from stockrail.workbench.scenario_editing.cell_input import text_of
from stockrail.workbench.scenario_editing.drafts import Draft, draft_of
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits
from stockrail.workbench.scenario_editing.table_grid import TableGrid
from stockrail.workbench.scenario_editing.words import cell_words, place_words, words_of
from stockrail.workbench.store import Store

FIRST_TABLE = "items"

MOST_LISTED = 100
"""Edited cells that are listed in words; the grid shows all of its own."""

MOST_MARKS = 20_000
"""Cells that are marked as changed by a rule; of more the sentence of the rule is enough."""


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
    is_new: bool = Field(description="Whether it is not saved yet.")


class EditProblemView(_View):
    """What keeps a draft from being saved."""

    table: str
    row: str
    column: str
    found: str
    allowed: str


class MarkView(_View):
    """A cell that differs from the baseline."""

    row: str
    column: str
    note: str


class CellChangeView(_View):
    """A cell that is edited and not saved."""

    row: str
    column: str
    value: CellValue


class EditedTableView(_View):
    """A table with the scenario's changes, to edit."""

    grid: GridTableView = Field(description="Values as the scenario is saved, with the rules of the draft.")
    marks: tuple[MarkView, ...] = Field(description="Cells that differ from the baseline as it is saved.")
    changes: tuple[CellChangeView, ...] = Field(description="Cells of the draft that are not saved.")
    problems: tuple[EditProblemView, ...]
    may_add_rows: bool

    @property
    def grid_marks(self) -> list[dict[str, Any]]:
        """The marks as the template's macro takes them."""
        return [vars(mark) for mark in self.marks]

    @property
    def grid_changes(self) -> list[dict[str, Any]]:
        """The changes as the template's macro takes them."""
        return [vars(change) for change in self.changes]


class TableChoiceView(_View):
    """A table that can be edited."""

    table: str
    rows: int
    edited: int = Field(description="Cells of it that are edited, saved or not.")


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
    _, misfit = with_rules(store, draft)
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
        cells=tuple(
            CellEditView(
                words=place_words(place), value=cell_words(value), is_new=_is_new(draft, place, value)
            )
            for place, value in list(draft.edits.cells.items())[:MOST_LISTED]
        ),
        cell_count=len(draft.edits.cells),
        overlay=tuple(draft.edits.overlay),
        refused=len(draft.edits.refused),
        misfit=misfit,
        may_edit=allows(actor, Permission.SCENARIO_EDIT),
        may_run=allows(actor, Permission.RUN_START),
        seen=seen_draft(draft),
        seen_saved=seen_scenario(scenario),
    )


def table_view(store: Store, actor: str, name: str, table: str) -> EditedTableView:
    """A table of a scenario with the actor's draft of it.

    Raises
    ------
    NotFoundError
        There is no such scenario or table.
    """
    require_table(table)
    draft = draft_of(store, actor, scenarios.get(store, name))
    instance, _ = with_rules(store, draft)
    edited = EditedTable(instance, table)
    saved = edited.values(Edits(cells=draft.before.cells))
    may_edit = store.governance.allows(actor, Permission.SCENARIO_EDIT)
    grid = GridTableView(
        table=table,
        columns=columns_of_grid(instance, edited.grid, is_editable=may_edit),
        rows=rows_of_grid(edited.grid, saved),
    )
    baseline = TableGrid.of(instance_of(store, draft.baseline_id), table)
    return EditedTableView(
        grid=grid,
        marks=_marks(edited.grid, saved, baseline),
        changes=_changes(edited.grid, saved, edited.values(draft.edits)),
        problems=tuple(EditProblemView.model_validate(vars(one)) for one in edited.problems(draft.edits)),
        may_add_rows=may_edit and table in row_counts(instance) and table not in {*FIXED_ROWS, "settings"},
    )


def table_choices(store: Store, actor: str, name: str) -> tuple[TableChoiceView, ...]:
    """The tables, those with rows."""
    draft = draft_of(store, actor, scenarios.get(store, name))
    instance, _ = with_rules(store, draft)
    edited = Counter(place.table for place in [*draft.edits.cells, *draft.edits.refused])
    return tuple(
        TableChoiceView(table=table, rows=count, edited=edited[table])
        for table, count in row_counts(instance).items()
    )


def with_rules(store: Store, draft: Draft) -> tuple[Instance, str | None]:
    """The baseline with the draft's rules; without them where they do not fit, and why."""
    try:
        rules = [dict(rule) for rule in draft.edits.rules]
        return instance_of(store, draft.baseline_id, overlay=rules), None
    except InstanceError as error:
        problem = error.problems[0]
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        return instance_of(store, draft.baseline_id), f"{problem}{more}"


def _is_new(draft: Draft, place: CellPlace, value: Plain) -> bool:
    return place not in draft.before.cells or draft.before.cells[place] != value


def _marks(grid: TableGrid, values: list[list[Plain]], baseline: TableGrid) -> tuple[MarkView, ...]:
    """Cells that differ from the baseline, with what it has there."""
    found: list[MarkView] = []
    fields = [column.key for column in grid.columns]
    is_same_shape = grid.texts == baseline.texts
    for k, (name, cells) in enumerate(zip(grid.texts, values, strict=True)):
        row = k if is_same_shape else baseline.row_index.get(name)
        if row is None:
            found.append(MarkView(row=name, column=fields[0], note="not in the baseline"))
            continue
        before = baseline.rows[row]
        if tuple(cells) == before:
            continue
        found += [
            MarkView(row=name, column=column, note=f"baseline: {text_of(was) or 'blank'}")
            for column, was, now in zip(fields, before, cells, strict=True)
            if was != now
        ]
    return tuple(found) if len(found) <= MOST_MARKS else ()


def _changes(
    grid: TableGrid, saved: list[list[Plain]], values: list[list[Plain]]
) -> tuple[CellChangeView, ...]:
    fields = [column.key for column in grid.columns]
    is_settings = bool(grid.row_columns)
    return tuple(
        CellChangeView(
            row=name, column=column, value=(text_of(now) or None) if is_settings else shown_value(now)
        )
        for name, before, after in zip(grid.texts, saved, values, strict=True)
        if before != after
        for column, was, now in zip(fields, before, after, strict=True)
        if was != now
    )
