"""What somebody changed in the sheet of settings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from stockrail.model.schema_settings import Settings
from stockrail.workbench.excel.cells import Cell, Refused, cell_of, described, is_same, value_of
from stockrail.workbench.excel.changes import value_words
from stockrail.workbench.excel.column import SETTINGS_SHEET, Column, Plain, setting_column, unit_text
from stockrail.workbench.excel.layout import (
    FIRST_SETTING_ROW,
    HEADER_ROW,
    LOCKED_WORDS,
    SETTING_COLUMNS,
    Locks,
    address,
)
from stockrail.workbench.excel.package import Package
from stockrail.workbench.excel.problem import CellProblem

VALUE = SETTING_COLUMNS.index("value")


@dataclass
class EditedSettings:
    """Settings that were changed.

    Attributes
    ----------
    edits : new value by dotted name.
    lines : row in the sheet by dotted name.
    """

    edits: dict[str, Plain] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)

    def cell(self, name: str) -> str | None:
        """Where the value of a setting is."""
        return address(self.lines[name], VALUE) if name in self.lines else None


def edited_settings(package: Package, original: Mapping[str, Plain], locks: Locks) -> EditedSettings:
    """Compare the sheet of settings with the settings it was written with."""
    result = EditedSettings()
    rows = package.rows(SETTINGS_SHEET)
    merged = [address(first[0] + 1, first[1]) for first, _ in package.merged(SETTINGS_SHEET)]
    header = list(rows[0]) if rows else []
    if tuple(header[: len(SETTING_COLUMNS)]) != SETTING_COLUMNS:
        found = ", ".join(map(described, header)) or "blank"
        allowed = f"the columns {', '.join(SETTING_COLUMNS)}, as exported"
        result.problems.append(CellProblem(SETTINGS_SHEET, f"row {HEADER_ROW}", found, allowed))
    result.problems += [
        CellProblem(SETTINGS_SHEET, place, "merged cells", "single cells: unmerge them") for place in merged
    ]
    if result.problems:
        return result
    result.problems += [
        CellProblem(SETTINGS_SHEET, address(line, k), described(cell), "nothing: the column has no name")
        for line, row in enumerate(rows, start=HEADER_ROW)
        for k, cell in enumerate(row[len(SETTING_COLUMNS) :], start=len(SETTING_COLUMNS))
        if cell != ""
    ]
    currency = str(original["currency"])
    for line, row in enumerate(rows[1:], start=FIRST_SETTING_ROW):
        if any(cell != "" for cell in row):
            result.problems += _row(result, line, row, original, locks, currency)
    result.problems += [
        CellProblem(SETTINGS_SHEET, None, "no row", "every setting as exported", name)
        for name in original
        if name not in result.lines
    ]
    return result


def _row(
    result: EditedSettings,
    line: int,
    row: Sequence[Cell],
    original: Mapping[str, Plain],
    locks: Locks,
    currency: str,
) -> Iterator[CellProblem]:
    """Take over one row, and yield what is wrong with it."""
    name = row[0]
    if not isinstance(name, str) or name not in original:
        allowed = "a setting of the exported workbook; others are added in instance.yaml"
        yield CellProblem(SETTINGS_SHEET, address(line, 0), described(name), allowed)
        return
    if name in result.lines:
        allowed = f"each setting once; row {result.lines[name]} has it as well"
        yield CellProblem(SETTINGS_SHEET, address(line, 0), f"{name} again", allowed, name)
        return
    result.lines[name] = line
    column, place, before = setting_column(name), address(line, VALUE), original[name]
    yield from _changed_words(line, row, column, name in locks.settings, currency)
    if is_same(row[VALUE], before, column):
        return
    if name in locks.settings:
        words = f"{value_words(cell_of(before, column))}, as exported: {locks.settings[name]}"  # type: ignore[arg-type]  # a date is shown as text
        yield CellProblem(SETTINGS_SHEET, place, described(row[VALUE]), words, name)
        return
    value = value_of(row[VALUE], column)
    if isinstance(value, Refused):
        yield CellProblem(SETTINGS_SHEET, place, value.found, column.allowed, name)
    elif value != before:
        result.edits[name] = value


def _changed_words(
    line: int, row: Sequence[Cell], column: Column, is_locked: bool, currency: str
) -> Iterator[CellProblem]:
    """Changes of what the sheet says about a setting: they would be lost, so they are refused."""
    texts = (unit_text(column, currency), LOCKED_WORDS if is_locked else column.allowed, column.meaning)
    for k, text in enumerate(texts, start=VALUE + 1):
        if row[k] != text:
            yield CellProblem(SETTINGS_SHEET, address(line, k), described(row[k]), "the text as exported")


def validated_settings(
    values: Mapping[str, Plain], edited: EditedSettings
) -> tuple[Settings | None, list[CellProblem]]:
    """The settings of dotted names, or what is wrong with them."""
    try:
        return Settings.model_validate(nested(values)), []
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False, include_context=False):
            parts = [str(part) for part in detail["loc"] if part != "TreeSpecification"]
            prefixes = [".".join(parts[:k]) for k in range(len(parts), 0, -1)]
            name = next((prefix for prefix in prefixes if prefix in values), prefixes[0])
            # A union reports each of its members; the word `table` says nothing about a specification.
            if name in values and name in edited.edits:
                allowed = str(detail["msg"]).removeprefix("Input should be ")
                if name == ".".join(parts):
                    allowed = setting_column(name).allowed
                within = "" if name == ".".join(parts) else f" in {'.'.join(parts)}"
                found = f"{value_words(_shown(detail['input']))}{within}"
                problems.append(CellProblem(SETTINGS_SHEET, edited.cell(name), found, allowed, name))
        return None, problems


def nested(values: Mapping[str, Plain]) -> dict[str, Any]:
    """Settings by dotted name as groups within groups."""
    groups: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        group = groups
        for part in path:
            group = group.setdefault(part, {})
        group[last] = value
    return groups


def _shown(value: Any) -> Plain:
    return value if isinstance(value, str | int | float) or value is None else str(value)
