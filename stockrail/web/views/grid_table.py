"""A table of a baseline or a scenario as the grid shows it, read or edited."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stockrail.model import Instance
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.excel.column import Column, Kind, Plain, unit_text
from stockrail.workbench.scenario_editing.cell_input import text_of
from stockrail.workbench.scenario_editing.instance_names import names_in
from stockrail.workbench.scenario_editing.table_grid import (
    BY_PERIOD,
    GRID_TABLES,
    VALUE,
    GridColumn,
    TableGrid,
)

ROW = "row"
"""Field of a row that holds its name: no column of a table is called so."""

MOST_CHOICES = 200
"""Names that a cell's list offers; where there are more they are typed."""

_TYPES: dict[Kind, Literal["text", "number", "date", "choice"]] = {
    Kind.NUMBER: "number",
    Kind.WHOLE: "number",
    Kind.DATE: "date",
    Kind.CHOICE: "choice",
}
_WIDE = {"description": 220, "meaning": 420, "allowed": 260, "name": 280, "message": 220, "reason": 220}

CellValue = str | int | float | None


class GridColumnView(BaseModel):
    """A column as the grid takes it."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(description="Name of the column; of demand and forecast error the period's number.")
    title: str
    type: Literal["text", "number", "date", "choice"] = "text"
    unit: str | None = None
    editable: bool = False
    required: bool = Field(default=False, description="Whether a cell may not be blank.")
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] | None = Field(default=None, description="Values that a cell may have.")
    pinned: bool = False
    width: int | None = Field(default=None, description="Pixels.")
    help: str | None = Field(default=None, description="What the column means.")


class GridTableView(BaseModel):
    """A table; `row` of a row is its name, the other fields are its cells."""

    model_config = ConfigDict(frozen=True)

    table: str
    columns: tuple[GridColumnView, ...]
    rows: tuple[dict[str, CellValue], ...] = Field(description="Null is blank. Dates are ISO text.")

    @property
    def grid_columns(self) -> list[dict[str, Any]]:
        """The columns as the template's macro takes them."""
        return [column.model_dump(exclude_none=True) for column in self.columns]


def grid_table(instance: Instance, table: str) -> GridTableView:
    """A table to read.

    Raises
    ------
    NotFoundError
        There is no such table.
    """
    require_table(table)
    grid = TableGrid.of(instance, table)
    return GridTableView(
        table=table, columns=columns_of_grid(instance, grid, is_editable=False), rows=rows_of_grid(grid)
    )


def require_table(table: str) -> None:
    """Refuse the name of no table.

    Raises
    ------
    NotFoundError
        Says which there are.
    """
    if table not in GRID_TABLES:
        raise NotFoundError(f"There is no table of this name; there are: {', '.join(GRID_TABLES)}.")


def columns_of_grid(instance: Instance, grid: TableGrid, *, is_editable: bool) -> tuple[GridColumnView, ...]:
    """The columns; those that say which row it is stay at the left."""
    currency = instance.settings.currency
    return tuple(_column(instance, grid, column, currency, is_editable) for column in grid.columns)


def rows_of_grid(
    grid: TableGrid, values: Sequence[Sequence[Plain]] | None = None
) -> tuple[dict[str, CellValue], ...]:
    """The rows with their names, with the grid's own values or others."""
    fields = [column.key for column in grid.columns]
    is_settings = bool(grid.row_columns)
    found = []
    for name, cells in zip(grid.texts, grid.rows if values is None else values, strict=True):
        # Settings have cells of all kinds in one column, so all of them are text.
        shown = [text_of(cell) or None if is_settings else shown_value(cell) for cell in cells]
        found.append({ROW: name, **dict(zip(fields, shown, strict=True))})
    return tuple(found)


def shown_value(value: Plain) -> CellValue:
    """A value as the grid takes it: blank is null, a list is text."""
    if value is None or value == "":
        return None
    return str(value) if isinstance(value, list) else value


def _column(
    instance: Instance, grid: TableGrid, made: GridColumn, currency: str, is_editable: bool
) -> GridColumnView:
    column = made.column
    bounds = dict(column.bounds)
    choices = choices_of(instance, column)
    is_by_period = grid.table in BY_PERIOD and made.key.isdecimal()
    is_value = bool(grid.row_columns) and made.key == VALUE
    kind = "choice" if choices else _TYPES.get(column.kind, "text")
    unit = unit_text(column, currency)
    # A heading with one date each needs no unit beside it.
    has_unit = unit not in ("", "-", "date") and not is_by_period
    return GridColumnView(
        field=made.key,
        title=made.title,
        type="text" if is_value else kind,
        unit=unit if has_unit else None,
        editable=is_editable and not made.locked,
        required=not (column.is_nullable or column.has_default) and not is_value,
        whole=column.kind is Kind.WHOLE,
        minimum=bounds.get("minimum", bounds.get("exclusiveMinimum")),
        maximum=bounds.get("maximum", bounds.get("exclusiveMaximum")),
        choices=choices or None,
        pinned=made.locked.endswith("which row it is") or made.locked.endswith("which setting it is"),
        width=_WIDE.get(made.key) or (122 if is_by_period else None),
        help=column.meaning or None,
    )


def choices_of(instance: Instance, column: Column) -> tuple[str, ...]:
    """Values that a cell may have, as far as they can be listed: words, or names of another table."""
    if column.kind is Kind.CHOICE:
        return column.choices
    if column.reference is None or column.is_period:
        return ()
    names = tuple(names_in(instance, column.reference))
    return names if len(names) <= MOST_CHOICES else ()
