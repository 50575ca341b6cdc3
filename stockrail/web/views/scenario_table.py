"""A table of a scenario as somebody edits it."""

from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.overlay import FIXED_ROWS
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.web.files import instance_of
from stockrail.web.views.baseline import row_counts
from stockrail.web.views.draft_instance import with_rules
from stockrail.web.views.grid_table import (
    CellValue,
    GridTableView,
    columns_of_grid,
    require_table,
    rows_of_grid,
    shown_value,
)
from stockrail.workbench import scenarios
from stockrail.workbench.excel.column import Plain
from stockrail.workbench.permissions import Permission
from stockrail.workbench.scenario_editing.cell_edits import EditedTable
from stockrail.workbench.scenario_editing.cell_input import text_of
from stockrail.workbench.scenario_editing.drafts import draft_of
from stockrail.workbench.scenario_editing.edits import Edits
from stockrail.workbench.scenario_editing.table_grid import TableGrid
from stockrail.workbench.store import Store

MOST_MARKS = 20_000
"""Cells that are marked as changed by a rule; of more the sentence of the rule is enough."""


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


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
        may_add_rows=may_edit and table not in {*FIXED_ROWS, SETTINGS_TABLE},
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
