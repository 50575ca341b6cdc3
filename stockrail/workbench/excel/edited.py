"""What somebody changed in the sheet of a table, against the values it was written with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from stockrail.model.schema import TABLES
from stockrail.workbench.excel.cells import Cell, Refused, cells_of, described, is_same, value_of
from stockrail.workbench.excel.changes import key_words, value_words
from stockrail.workbench.excel.column import Column, Plain, key_columns
from stockrail.workbench.excel.difference import Difference, has_unique_keys, row_keys
from stockrail.workbench.excel.layout import FIRST_ROW, Locks, address, has_fixed_rows
from stockrail.workbench.excel.problem import CellProblem
from stockrail.workbench.excel.row_keys import RowKey, key_positions, keys_of, numbered_alike
from stockrail.workbench.excel.sheet_cells import SheetCells
from stockrail.workbench.excel.snapshot import PlainRow


@dataclass
class Edited:
    """The changes of one sheet.

    Attributes
    ----------
    lines : row in the sheet of each key, where it has one.
    position : where each column is in the sheet, counted from 0.
    """

    difference: Difference = field(default_factory=Difference)
    lines: dict[RowKey, int] = field(default_factory=dict)
    position: dict[str, int] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)


def edited(cells: SheetCells, original: Sequence[PlainRow], locks: Locks) -> Edited:
    """Compare the cells of a sheet with the rows it was written with."""
    return _Comparison(cells, original, locks).run()


class _Comparison:
    """One sheet against its rows."""

    def __init__(self, cells: SheetCells, original: Sequence[PlainRow], locks: Locks) -> None:
        self.cells, self.original = cells, original
        self.table = cells.sheet
        self.positions = key_positions(self.table)
        self.locked = {
            name: allowed for (table, name), allowed in locks.columns.items() if table == self.table
        }
        self.result = Edited(position=cells.position)

    def run(self) -> Edited:
        result, cells = self.result, self.cells
        written = cells_of(self.original, cells.columns)
        original_keys = row_keys(self.table, self.original)
        if not cells.has_truth_values and cells.rows == written:
            result.lines = dict(zip(original_keys, cells.lines, strict=True))
            return result
        index = {key: k for k, key in enumerate(original_keys)}
        unmatched: list[tuple[RowKey, int, list[Cell]]] = []
        for key, line, row in zip(self._keys(), cells.lines, cells.rows, strict=True):
            if key in result.lines:
                self._report_twice(line, row, result.lines[key])
                continue
            result.lines[key] = line
            k = index.get(key)
            if k is None:
                unmatched.append((key, line, row))
            elif cells.has_truth_values or row != written[k]:
                self._row(key, line, row, self.original[k])
        missing = [(key, k) for key, k in index.items() if key not in result.lines]
        if has_fixed_rows(self.table):
            result.problems += self._wrong_rows(unmatched, missing)
        else:
            for key, line, row in unmatched:
                self._new_row(key, line, row)
            result.difference.removed = {key: self.original[k] for key, k in missing}
        return result

    def _keys(self) -> list[RowKey]:
        keys = keys_of(self.cells.rows, self.positions)
        if has_unique_keys(self.table):
            return keys

        def alike(row: list[Cell], other: PlainRow) -> bool:
            return all(map(is_same, row, other, self.cells.columns))

        others = keys_of(self.original, self.positions)
        return numbered_alike(keys, self.cells.rows, others, self.original, alike)

    def _row(self, key: RowKey, line: int, row: list[Cell], original: PlainRow) -> None:
        """A row that is there then and now."""
        edits: dict[int, Plain] = {}
        problems = []
        for k, (column, cell, before) in enumerate(zip(self.cells.columns, row, original, strict=True)):
            if is_same(cell, before, column):
                continue
            value = value_of(cell, column)
            if column.name in self.locked:
                words = f"{value_words(before)}, as exported: {self.locked[column.name]}"
                problems.append(self._problem(line, column, described(cell), words, original))
            elif isinstance(value, Refused):
                problems.append(self._problem(line, column, value.found, column.allowed, original))
            elif value != before:
                edits[k] = value
        if edits:
            changed = [edits.get(k, value) for k, value in enumerate(original)]
            problems += self._out_of_range(line, changed, set(edits))
        if edits and not problems:
            self.result.difference.edits[key] = edits
        self.result.problems += problems

    def _new_row(self, key: RowKey, line: int, row: list[Cell]) -> None:
        values: PlainRow = []
        problems = []
        for column, cell in zip(self.cells.columns, row, strict=True):
            value = value_of(cell, column)
            if isinstance(value, Refused):
                problems.append(self._problem(line, column, value.found, column.allowed, None))
            else:
                values.append(value)
        problems = problems or list(self._out_of_range(line, values, None))
        if not problems:
            self.result.difference.added[key] = values
        self.result.problems += problems

    def _out_of_range(self, line: int, row: PlainRow, of: set[int] | None) -> Iterator[CellProblem]:
        """What the model of a row refuses."""
        names = [column.name for column in self.cells.columns]
        try:
            TABLES[self.table].model_validate(dict(zip(names, row, strict=True)))
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_context=False):
                k = names.index(str(detail["loc"][0]))
                if of is None or k in of:
                    column = self.cells.columns[k]
                    yield self._problem(line, column, _found(row[k]), column.allowed, row)

    def _report_twice(self, line: int, row: list[Cell], first: int) -> None:
        column = self.cells.columns[self.positions[0]]
        words = key_words(
            [row[k] if isinstance(row[k], str | int | float) else str(row[k]) for k in self.positions]
        )
        allowed = f"each {' and '.join(key_columns(self.table))} once; row {first} has it as well"
        self.result.problems.append(self._problem(line, column, f"{words} again", allowed, None))

    def _wrong_rows(
        self, unmatched: Sequence[tuple[RowKey, int, list[Cell]]], missing: Sequence[tuple[RowKey, int]]
    ) -> Iterator[CellProblem]:
        """Rows that are new or gone in a table whose rows may be changed only."""
        # Where a row stands in the place of one that is missing, its key was changed: one mistake, told once.
        at = {FIRST_ROW + k: self.original[k] for _, k in missing}
        told = set()
        for _, line, row in unmatched:
            before = at.get(line)
            for k in self.positions:
                column = self.cells.columns[k]
                if before is not None and is_same(row[k], before[k], column):
                    continue
                value = value_of(row[k], column)
                found = value.found if isinstance(value, Refused) else described(row[k])
                allowed = f"no new row: items and periods of {self.table} are those of the baseline"
                if before is not None:
                    told.add(line)
                    allowed = f"{value_words(before[k])}, as exported: {column.name} is protected"
                yield self._problem(line, column, found, allowed, None)
                break
        for _, k in missing:
            if FIRST_ROW + k not in told:
                row = self.original[k]
                words = key_words([row[position] for position in self.positions])
                allowed = f"a row for each {' and '.join(key_columns(self.table))} of the baseline"
                found = f"no row (it was row {FIRST_ROW + k})"
                yield CellProblem(self.table, address(FIRST_ROW + k, 0), found, allowed, key=words)

    def _problem(
        self, line: int, column: Column, found: str, allowed: str, row: Sequence[Any] | None
    ) -> CellProblem:
        key = "" if row is None else key_words([row[k] for k in self.positions])
        place = self.cells.address(line, column.name)
        # Of the key itself it says nothing more.
        is_key = column.name in key_columns(self.table)
        return CellProblem(self.table, place, found, allowed, column.name, "" if is_key else key)


def _found(value: Plain) -> str:
    return "blank" if value in (None, "") else repr(value) if isinstance(value, str) else value_words(value)
