"""Put cells that somebody typed or pasted into a draft: what fits becomes an edit, what does not is kept and told where it is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from stockrail.model import Instance
from stockrail.model.schema import TABLES
from stockrail.model.schema_settings import Settings
from stockrail.model.what_if import SETTINGS_TABLE
from stockrail.workbench.excel.cells import Refused
from stockrail.workbench.excel.column import Column, Kind, Plain
from stockrail.workbench.scenario_editing.cell_input import NUMBER_FORM, Given, text_of, value_of_input
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits
from stockrail.workbench.scenario_editing.instance_names import names_in
from stockrail.workbench.scenario_editing.table_grid import BY_PERIOD, TableGrid, row_text


@dataclass(frozen=True)
class GivenCell:
    """A cell as it was typed, by the names that the grid has for its row and column."""

    row: str
    column: str
    value: Given


@dataclass(frozen=True)
class CellProblem:
    """What is wrong with a cell.

    Attributes
    ----------
    row, column : names of the grid.
    found : what was typed.
    allowed : what may stand there, and why where that is not plain.
    """

    table: str
    row: str
    column: str
    found: str
    allowed: str


class EditedTable:
    """A table of a scenario, with the rules made, into which cells are put.

    Parameters
    ----------
    instance : the baseline with the rules made.
    """

    def __init__(self, instance: Instance, table: str) -> None:
        self.instance = instance
        self.grid = TableGrid.of(instance, table)

    def put(self, edits: Edits, given: Sequence[GivenCell]) -> tuple[Edits, list[CellProblem]]:
        """Put cells into a draft.

        A cell that gets the value it has without an edit is no longer edited.

        Returns
        -------
        tuple
            The draft, and what is wrong with the given cells. Those with a problem are `refused` in it; what names no cell of the grid,
            or one that is locked, is not in it.
        """
        cells, refused = dict(edits.cells), dict(edits.refused)
        problems: list[CellProblem] = []
        touched: dict[int, dict[int, str]] = defaultdict(dict)
        for one in given:
            found = self._found(one)
            if isinstance(found, CellProblem):
                problems.append(found)
                continue
            row, k = found
            place = self.place(row, k)
            column = self.grid.column_of(row, k)
            value = value_of_input(one.value, column)
            cells.pop(place, None)
            refused.pop(place, None)
            touched[row].pop(k, None)
            if isinstance(value, Refused):
                refused[place] = text_of(one.value)
                allowed = _allowed(column, is_typed=True)
                problems.append(self._problem(row, k, value.found, allowed))
            elif not _is_same(value, self.grid.rows[row][k]):
                cells[place] = value
                touched[row][k] = text_of(one.value)
        for row, columns in touched.items():
            for k, problem in self._out_of_range(row, columns, cells):
                place = self.place(row, k)
                if cells.pop(place, problem) is not problem:
                    refused[place] = columns[k]
                problems.append(problem)
        return Edits(edits.rules, cells, refused), problems

    def problems(self, edits: Edits) -> list[CellProblem]:
        """What is wrong with the cells of this table that a draft has: refused ones, and those that no longer fit."""
        known = {self.grid.keys[k]: k for k in range(len(self.grid.keys))}
        given = []
        problems = []
        for place, value in [*edits.cells.items(), *edits.refused.items()]:
            if place.table != self.grid.table:
                continue
            row = known.get(place.key)
            if row is None or place.column not in self.grid.column_index:
                words = row_text(place.key) if row is None else place.column
                problems.append(
                    CellProblem(
                        place.table,
                        row_text(place.key),
                        place.column,
                        words,
                        "a row and a column that are there",
                    )
                )
                continue
            given.append(GivenCell(self.grid.texts[row], place.column, text_of(value)))
        return problems + self.put(Edits(edits.rules), given)[1]

    def place(self, row: int, column: int) -> CellPlace:
        """A cell of the grid as a draft has it."""
        return CellPlace(self.grid.table, self.grid.keys[row], self.grid.columns[column].key)

    def values(self, edits: Edits) -> list[list[Plain]]:
        """All cells as a draft has them: what was typed where something was, else what the rules make of the baseline."""
        found = [list(row) for row in self.grid.rows]
        row_of = {key: k for k, key in enumerate(self.grid.keys)}
        columns = self.grid.column_index
        for place, value in [*edits.cells.items(), *edits.refused.items()]:
            if place.table == self.grid.table and place.key in row_of and place.column in columns:
                found[row_of[place.key]][columns[place.column]] = value
        return found

    def _found(self, one: GivenCell) -> tuple[int, int] | CellProblem:
        row = self.grid.row_index.get(one.row)
        if row is None:
            return CellProblem(self.grid.table, one.row, one.column, one.row, f"a row of {self.grid.table}")
        k = self.grid.column_index.get(one.column)
        if k is None:
            allowed = f"one of the columns: {', '.join(column.key for column in self.grid.columns)}"
            return CellProblem(self.grid.table, one.row, one.column, one.column, allowed)
        locked = self.grid.locked(row, k)
        if locked:
            shown = text_of(self.grid.rows[row][k]) or "blank"
            return self._problem(row, k, text_of(one.value), f"{shown}, as it is: {locked}")
        return row, k

    def _out_of_range(
        self, row: int, columns: Mapping[int, str], cells: Mapping[CellPlace, Plain]
    ) -> Iterator[tuple[int, CellProblem]]:
        """What the row's model refuses of these columns, and names that are in no table."""
        for k in list(columns):
            column = self.grid.column_of(row, k)
            if column.reference is None:
                continue
            value = cells.get(self.place(row, k))
            names = names_in(self.instance, column.reference)
            if value not in (None, "") and value not in names:
                allowed = f"a name in the table {column.reference}: {_listed(names)}"
                yield k, self._problem(row, k, columns[k], allowed)
        wrong = self._refused_columns(row, cells)
        for k in columns:
            if wrong is not None and (self.grid.columns[k].key in wrong or not wrong):
                column = self.grid.column_of(row, k)
                yield k, self._problem(row, k, columns[k], _allowed(column))

    def _refused_columns(self, row: int, cells: Mapping[CellPlace, Plain]) -> set[str] | None:
        """Columns of a row that its model refuses; an empty set where it refuses the row as a whole; None where all is well."""
        table = self.grid.table
        if table == SETTINGS_TABLE:
            return self._refused_setting(row, cells)
        if table in BY_PERIOD:
            found = set()
            for column in self.grid.columns[1:]:
                value = cells.get(CellPlace(table, self.grid.keys[row], column.key))
                if value is not None and not isinstance(value, str | list) and value < 0:
                    found.add(column.key)
            return found or None
        values = {
            column.key: cells.get(self.place(row, k), self.grid.rows[row][k])
            for k, column in enumerate(self.grid.columns)
        }
        try:
            TABLES[table].model_validate(values)
        except ValidationError as error:
            return {str(detail["loc"][0]) for detail in error.errors(include_url=False) if detail["loc"]}
        return None

    def _refused_setting(self, row: int, cells: Mapping[CellPlace, Plain]) -> set[str] | None:
        settings: dict[str, Any] = self.instance.settings.model_dump()
        for place, value in cells.items():
            if place.table != SETTINGS_TABLE or place.key != self.grid.keys[row]:
                continue
            *groups, last = str(place.key[0]).split(".")
            group = settings
            for name in groups:
                group = group[name]
            group[last] = value
        try:
            Settings.model_validate(settings)
        except ValidationError:
            return set()
        return None

    def _problem(self, row: int, k: int, found: str, allowed: str) -> CellProblem:
        return CellProblem(self.grid.table, self.grid.texts[row], self.grid.columns[k].key, found, allowed)


def _listed(names: Mapping[str, None], most: int = 8) -> str:
    shown = list(names)[:most]
    return ", ".join(shown) + (", ..." if len(names) > most else "") or "there is none"


def _allowed(column: Column, *, is_typed: bool = False) -> str:
    """What may stand in a cell; how a number is typed where that was the mistake."""
    if is_typed and column.kind in (Kind.NUMBER, Kind.WHOLE):
        return f"{column.allowed}; {NUMBER_FORM}"
    if column.choices and column.kind is not Kind.CHOICE:
        return f"one of: {', '.join(column.choices)}"
    return column.allowed


def _is_same(value: Plain, before: Plain) -> bool:
    if value in (None, "") and before in (None, ""):
        return True
    return value == before
