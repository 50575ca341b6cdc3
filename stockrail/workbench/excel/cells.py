"""One cell: what a value looks like in a workbook, and which value a cell that somebody edited holds. Nothing is coerced.

Excel keeps 15 digits of a number that is typed, so two numbers with the same 15 digits are the same cell.
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from stockrail.model.sources import parse_yaml
from stockrail.workbench.excel.column import Column, Kind, Plain

_TYPES = {
    Kind.TEXT: "a text",
    Kind.CHOICE: "a text",
    Kind.NUMBER: "a number",
    Kind.WHOLE: "a number",
    Kind.DATE: "a date",
    Kind.LIST: "a list",
}

Cell = Any
"""A cell as read: str ('' is blank), int, float, bool, date, datetime, time, timedelta or `Broken`."""

FIRST_DATE = dt.date(1900, 3, 1)
"""Excel counts a day too many before it, so earlier dates are written as text."""

LONGEST_TEXT = 32767
"""Characters that a cell holds."""

LARGEST_WHOLE = 2**53
"""Whole numbers up to here are exact in a cell."""


@dataclass(frozen=True)
class Broken:
    """A cell without a value: an error such as #N/A, or a formula that was never calculated."""

    text: str


@dataclass(frozen=True)
class Refused:
    """What was found in a cell that holds no value of its column, in words."""

    found: str


def cell_of(value: Plain, column: Column) -> str | float | dt.date:
    """The cell that shows a value: '' for blank, a date for ISO text, 16 digits of a number, YAML for a list."""
    if value is None or value == "":
        return ""
    if column.kind is Kind.LIST:
        return list_text(value)
    if column.kind is Kind.DATE and isinstance(value, str):
        date = dt.date.fromisoformat(value)
        return date if date >= FIRST_DATE else value
    if isinstance(value, float):
        return float(f"{value:.16G}")
    return value  # type: ignore[return-value]  # lists are of the kind LIST


def cells_of(rows: Sequence[Sequence[Plain]], columns: Sequence[Column]) -> list[list[Any]]:
    """The cells that show rows of a table, but numbers with all of their digits: rows that are equal to them are the same.

    A row that is not may be the same, too: `is_same` says.
    """
    result: list[list[Any]] = [["" if value is None else value for value in row] for row in rows]
    for k, column in enumerate(columns):
        if column.kind in (Kind.DATE, Kind.LIST):
            for row in result:
                row[k] = cell_of(row[k], column)
    return result


def is_same(cell: Cell, value: Plain, column: Column) -> bool:
    """Whether a cell still shows a value."""
    expected = cell_of(value, column)
    if isinstance(expected, int | float):
        return type(cell) in (int, float) and digits(cell) == digits(expected)
    if isinstance(cell, str) and column.kind is Kind.LIST and cell != expected:
        read = value_of(cell, column)
        return not isinstance(read, Refused) and read == value
    return type(cell) is type(expected) and bool(cell == expected)


def value_of(cell: Cell, column: Column) -> Plain | Refused:
    """The value that a cell holds for its column, or what is wrong with it.

    A text that looks like a number or a date, a number in a column of text, a date in a column of numbers, a truth value
    and white space are refused. Ranges are for the row's model to check.
    """
    if cell == "" and isinstance(cell, str):
        if column.has_default:
            return column.default
        return None if column.is_nullable else Refused("blank")
    if isinstance(cell, Broken):
        return Refused(cell.text)
    if isinstance(cell, str):
        return _of_text(cell, column)
    if type(cell) in (int, float):
        return _of_number(cell, column)
    if type(cell) is dt.date and column.kind is Kind.DATE:
        return cell.isoformat()
    return _of_other_type(cell, column)


def described(cell: Cell) -> str:
    """A cell in words for a message, with its type where the type is what may be wrong."""
    if isinstance(cell, Broken):
        return cell.text
    if isinstance(cell, bool):
        return f"the truth value {str(cell).upper()}"
    if isinstance(cell, str):
        if not cell:
            return "blank"
        return (
            f"the text {_short(cell)!r}"
            if cell.strip()
            else f"white space {_short(cell)!r}, not a blank cell"
        )
    if isinstance(cell, int | float):
        return f"the number {digits(cell)}"
    if isinstance(cell, dt.datetime):
        return f"the date and time {cell.isoformat(' ')}"
    if isinstance(cell, dt.date):
        return f"the date {cell.isoformat()}"
    return f"a time of day or a duration, {cell}"


def digits(number: float) -> str:
    """The 15 digits of a number that Excel keeps; 0 for -0."""
    return f"{number + 0.0:.15g}"


def list_text(value: Plain) -> str:
    """A list of settings in one line of YAML."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, width=10**9, sort_keys=False, allow_unicode=True
    )
    return text.strip()


def _of_text(cell: str, column: Column) -> Plain | Refused:
    if column.kind is Kind.LIST:
        try:
            value = parse_yaml(cell)[0]
        except (yaml.YAMLError, ValueError, RecursionError):
            return _of_other_type(cell, column)
        return value if isinstance(value, list) else _of_other_type(cell, column)
    if column.kind not in (Kind.TEXT, Kind.CHOICE):
        return _of_other_type(cell, column)
    if cell != cell.strip():
        edge = "" if not cell.strip() else " with white space at an end"
        return Refused(described(cell) + edge)
    return cell if len(cell) <= LONGEST_TEXT else Refused(f"a text of {len(cell):,} characters")


def _of_number(cell: float, column: Column) -> Plain | Refused:
    if not math.isfinite(cell):
        return Refused(f"the number {cell}")
    if column.kind is Kind.NUMBER:
        return float(cell)
    if column.kind is Kind.WHOLE and float(cell).is_integer() and abs(cell) < LARGEST_WHOLE:
        return int(cell)
    return Refused(described(cell)) if column.kind is Kind.WHOLE else _of_other_type(cell, column)


def _of_other_type(cell: Cell, column: Column) -> Refused:
    """A value of a type that the column does not hold, however much it looks like one that it does."""
    return Refused(f"{described(cell)}, which is not {_TYPES[column.kind]}")


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
