"""The cells of one sheet by the columns of its table, with what is wrong with the sheet's form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stockrail.workbench.excel.cells import Cell, described
from stockrail.workbench.excel.column import Column, columns_of
from stockrail.workbench.excel.layout import FIRST_ROW, HEADER_ROW, UNITS_ROW, address
from stockrail.workbench.excel.package import Package
from stockrail.workbench.excel.problem import CellProblem

UNITS_WORDS = "the row of units and ranges as exported: values begin in row 3"


@dataclass(frozen=True)
class SheetCells:
    """The rows of a sheet that are not blank.

    Attributes
    ----------
    columns : of the table, in the order of the format.
    position : where each of them is in the sheet, counted from 0.
    rows : cells in the order of `columns`.
    lines : the row of each in the sheet, as Excel counts.
    has_truth_values : whether a cell holds TRUE or FALSE, which compare equal to 1 and 0.
    """

    sheet: str
    columns: tuple[Column, ...]
    position: dict[str, int]
    rows: list[list[Cell]]
    lines: list[int]
    has_truth_values: bool

    def address(self, line: int, column: str) -> str:
        """The address of a column's cell in a line."""
        return address(line, self.position[column])


def read_sheet(
    package: Package, table: str, units: dict[str, str], problems: list[CellProblem]
) -> SheetCells | None:
    """Read the sheet of a table; None where its columns are not those of the table.

    Parameters
    ----------
    units : what the second row says of each column.
    problems : gets what is wrong with columns, with merged cells, and with cells outside of the table.
    """
    cells = package.rows(table)
    columns = columns_of(table)
    width = max(map(len, cells), default=0)
    header = [*(cells[0] if cells else ()), *[""] * (width - len(cells[0]) if cells else 0)]
    # Of merged cells only the first has a value, so what follows may be blank by mistake; it is read all the same.
    problems += [
        CellProblem(table, address(first[0] + 1, first[1]), "merged cells", "single cells: unmerge them")
        for first, _ in package.merged(table)
    ]
    found = _header_problems(table, header, cells, columns)
    if found:
        problems += found
        return None
    position = {str(name): k for k, name in enumerate(header) if name != ""}
    wrong = _units_problem(table, cells, position, units)
    if wrong is not None:
        problems.append(wrong)
        return None
    order = [position[column.name] for column in columns]
    body = cells[FIRST_ROW - 1 :]
    if order != list(range(width)):
        last = max(order) + 1
        padded = ([*row, *[""] * (last - len(row))] for row in body)
        body = [[row[k] for k in order] for row in padded]
    blank = [""] * len(order)
    kept = [(line, row) for line, row in enumerate(body, start=FIRST_ROW) if row != blank]
    rows = [row if len(row) == len(order) else [*row, *blank[len(row) :]] for _, row in kept]
    types = {kind for row in rows for kind in set(map(type, row))}
    return SheetCells(table, columns, position, rows, [line for line, _ in kept], bool in types)


def _header_problems(
    table: str, header: Sequence[Any], cells: Sequence[Sequence[Any]], columns: tuple[Column, ...]
) -> list[CellProblem]:
    known = [column.name for column in columns]
    listed = ", ".join(known)
    problems = []
    for k, name in enumerate(header):
        place = address(HEADER_ROW, k)
        if name == "":
            line = next((n for n, row in enumerate(cells, start=1) if len(row) > k and row[k] != ""), None)
            if line is not None:
                found = described(cells[line - 1][k])
                allowed = "nothing: the column has no name"
                problems.append(CellProblem(table, address(line, k), found, allowed))
        elif name not in known:
            problems.append(CellProblem(table, place, described(name), f"one of the columns: {listed}"))
        elif name in header[:k]:
            problems.append(CellProblem(table, place, f"a second column {name}", "each column once"))
    missing = [name for name in known if name not in header]
    problems += [
        CellProblem(table, f"row {HEADER_ROW}", "no column of this name", "all columns as exported", name)
        for name in missing
    ]
    return problems


def _units_problem(
    table: str, cells: Sequence[Sequence[Any]], position: dict[str, int], units: dict[str, str]
) -> CellProblem | None:
    """A missing second row would make the first row of values a row of words."""
    row = cells[UNITS_ROW - 1] if len(cells) >= UNITS_ROW else ()
    for name, k in position.items():
        cell = row[k] if k < len(row) else ""
        if cell != units[name]:
            return CellProblem(table, address(UNITS_ROW, k), described(cell), UNITS_WORDS, name)
    return None
