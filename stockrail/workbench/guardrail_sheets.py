"""Guardrails as people edit them: three sheets whose cells change, and the files that they make.

Limits of single periods are a sheet with a row for each side of a guardrail and a column for each period, as finance has them in its own
workbooks. A few blank rows are there for what is new; a row that is marked to be removed, or has no cell filled in, makes no row of a file.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stockrail.model.draft import TABLE_OF
from stockrail.model.guardrail_blocks import CAPACITY, WAREHOUSE
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.schema import FundedBuild, Guardrail, GuardrailLimit
from stockrail.model.schema_values import Row
from stockrail.workbench.excel.column import plain

GUARDRAILS, LIMITS, BUILDS = TABLE_OF[Guardrail], TABLE_OF[GuardrailLimit], TABLE_OF[FundedBuild]

SPARE_ROWS: Final = 3
"""Blank rows for new guardrails, and for new funded builds."""

REMOVE: Final = "remove"
"""The column that marks a row to be removed, where it is filled in."""

SIDES: Final = ("upper", "lower")

Cell = str | int | float | None
Cells = Mapping[str, Cell]
Place = tuple[str, str, str]
"""Sheet, row and column of a cell."""


@dataclass(frozen=True)
class CellChange:
    """A cell of a sheet that gets another value; None is blank."""

    sheet: str
    row: str
    column: str
    value: Cell


@dataclass(frozen=True)
class LimitRow:
    """A row of the sheet of single periods.

    Attributes
    ----------
    of : the row of the sheet of guardrails that it belongs to; None for a capacity.
    guardrail : its name there; of a capacity `capacity:SUPPLIER` or `warehouse:WAREHOUSE`; None for a blank row.
    side : upper or lower.
    stated : the limit that those of single periods replace.
    periods : limits by the period's number, blank where the stated one holds.
    """

    of: str | None
    guardrail: str | None
    side: str
    stated: Cell
    periods: Cells


@dataclass(frozen=True)
class GuardrailSheets:
    """The sheets.

    Attributes
    ----------
    guardrails, builds : cells of each row by the row's name.
    limits : rows of the sheet of single periods by their names.
    periods : of the horizon.
    """

    guardrails: Mapping[str, Cells]
    limits: Mapping[str, LimitRow]
    builds: Mapping[str, Cells]
    periods: int

    @staticmethod
    def of(instance: Instance) -> "GuardrailSheets":
        """The sheets of an instance."""
        guardrails = _rows(Guardrail, instance.guardrails)
        owners: list[tuple[str | None, str | None, str, Cell]] = [
            (row, None if cells["guardrail"] is None else str(cells["guardrail"]), side, cells[side])
            for row, cells in guardrails.items()
            for side in SIDES
        ]
        owners += [
            (None, f"{CAPACITY}{row.supplier}", "upper", row.capacity_units_per_period)
            for row in instance.suppliers
            if row.capacity_units_per_period is not None
        ]
        owners += [
            (None, f"{WAREHOUSE}{row.warehouse}", "upper", row.capacity_space) for row in instance.warehouses
        ]
        given = {(row.guardrail, row.period): row for row in instance.guardrail_limits}
        numbers = range(instance.settings.periods)
        limits = {
            f"{of or name} {side}": LimitRow(
                of,
                name,
                side,
                stated,
                {
                    str(t): None if (name or "", t) not in given else getattr(given[name or "", t], side)
                    for t in numbers
                },
            )
            for of, name, side, stated in owners
        }
        return GuardrailSheets(
            guardrails, limits, _rows(FundedBuild, instance.funded_builds), instance.settings.periods
        )

    def changed(self, changes: Iterable[CellChange]) -> "GuardrailSheets":
        """The sheets with other cells.

        Raises
        ------
        InstanceError
            With every change of a cell that is not there.
        """
        guardrails = {row: dict(cells) for row, cells in self.guardrails.items()}
        builds = {row: dict(cells) for row, cells in self.builds.items()}
        limits = {row: dict(one.periods) for row, one in self.limits.items()}
        sheets: dict[str, dict[str, dict[str, Cell]]] = {
            GUARDRAILS: guardrails,
            LIMITS: limits,
            BUILDS: builds,
        }
        problems = []
        for change in changes:
            cells = sheets.get(change.sheet, {}).get(change.row)
            if cells is None or change.column not in cells:
                where = f"{change.row}, {change.column}"
                problems.append(Problem(change.sheet, None, None, where, "a cell that the sheet has"))
            else:
                cells[change.column] = change.value
        if problems:
            raise InstanceError(problems)
        rows = {row: replace(one, periods=limits[row]) for row, one in self.limits.items()}
        return replace(self, guardrails=guardrails, limits=rows, builds=builds)

    def files(self) -> dict[str, bytes]:
        """The files of a guardrail version by their names. What is wrong with them is for who reads them to say."""
        files = {f"{GUARDRAILS}.csv": _csv(Guardrail, [cells for _, cells in self._kept(self.guardrails)])}
        if limits := [cells for _, cells in self._limit_rows()]:
            files[f"{LIMITS}.csv"] = _csv(GuardrailLimit, limits)
        if builds := [cells for _, cells in self._kept(self.builds)]:
            files[f"{BUILDS}.csv"] = _csv(FundedBuild, builds)
        return files

    def place_of(self, problem: Problem) -> Place | None:
        """The cell that a problem of the files is about; None where it is about none."""
        table, line, column = problem.file.rpartition(".")[0], problem.row, problem.column
        if line is None or line < 2:
            return None
        if table == LIMITS:
            rows = [where for where, _ in self._limit_rows()]
            if line - 2 >= len(rows):
                return None
            name, period = rows[line - 2]
            side = column if column in SIDES else SIDES[0]
            at = next(
                (row for row, one in self.limits.items() if (self._name(one), one.side) == (name, side)), None
            )
            return None if at is None else (LIMITS, at, period)
        sheet = {GUARDRAILS: self.guardrails, BUILDS: self.builds}.get(table)
        if sheet is None or column is None:
            return None
        kept = [row for row, _ in self._kept(sheet)]
        if line - 2 >= len(kept) or column not in sheet[kept[line - 2]]:
            return None
        return table, kept[line - 2], column

    def _kept(self, sheet: Mapping[str, Cells]) -> list[tuple[str, Cells]]:
        return [
            (row, cells)
            for row, cells in sheet.items()
            if _is_blank(cells[REMOVE]) and not all(map(_is_blank, cells.values()))
        ]

    def _limit_rows(self) -> list[tuple[tuple[str, str], dict[str, Cell]]]:
        """Guardrail and period of each row of guardrail_limits, with its cells."""
        found: dict[tuple[str, str], dict[str, Cell]] = {}
        cells = {
            (name, one.side): one.periods
            for one in self.limits.values()
            if (name := self._name(one)) is not None
        }
        for name in dict.fromkeys(name for name, _ in cells):
            for t in map(str, range(self.periods)):
                sides = {side: cells.get((name, side), {}).get(t) for side in SIDES}
                if not all(map(_is_blank, sides.values())):
                    found[name, t] = {"guardrail": name, "period": t, **sides}
        return list(found.items())

    def _name(self, one: LimitRow) -> str | None:
        """What the guardrail of a row is called now; None where it is removed or has no name."""
        if one.of is None:
            return one.guardrail
        cells = self.guardrails[one.of]
        is_gone = not _is_blank(cells[REMOVE]) or _is_blank(cells["guardrail"])
        return None if is_gone else str(cells["guardrail"])


def _rows(model: type[Row], rows: Sequence[Row]) -> dict[str, Cells]:
    columns = tuple(model.model_fields)
    made: dict[str, Cells] = {}
    for number, row in enumerate(rows, start=1):
        made[str(number)] = {REMOVE: None, **{name: _cell(getattr(row, name)) for name in columns}}
    for number in range(1, SPARE_ROWS + 1):
        made[f"new {number}"] = {REMOVE: None, **dict.fromkeys(columns)}
    return made


def _cell(value: object) -> Cell:
    shown = plain(value)
    return None if shown == "" or isinstance(shown, list) else shown


def _csv(model: type[Row], rows: Iterable[Cells]) -> bytes:
    columns = list(model.model_fields)
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(cells[name]) for name in columns] for cells in rows)
    return stream.getvalue().encode()


def _text(value: Cell) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return "" if value is None else str(value).strip()


def _is_blank(value: Cell) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
