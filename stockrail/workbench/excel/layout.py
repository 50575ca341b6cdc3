"""Where things are in a workbook, and which of its cells may be edited."""

from collections.abc import Mapping
from dataclasses import dataclass

from stockrail.model.overlay import FIXED_ROWS, FIXED_SETTINGS
from stockrail.workbench.excel.column import Plain, key_columns

INSTRUCTIONS, BUYS, OUTLOOK, VERSION = "instructions", "buys", "outlook", "version"
"""Sheets that are for reading."""

READ_ONLY_SHEETS = frozenset({INSTRUCTIONS, BUYS, OUTLOOK, VERSION})

HEADER_ROW, UNITS_ROW, FIRST_ROW = 1, 2, 3
"""Rows of a table's sheet as Excel counts: names of columns, units and allowed ranges, first row of values."""

SETTING_COLUMNS = ("name", "value", "unit", "allowed", "meaning")
"""Columns of the sheet of settings. Its values begin in row 2."""

FIRST_SETTING_ROW = 2

LOCKED_WORDS = "not to be edited"
"""What stands in the column `allowed` of a setting that is protected."""

MOST_ROWS = 1_048_576
"""Rows of a sheet of Excel."""

FORMED_BY_RULES = "the rules of segmentation form it; change the facts they are about, or fixed_segment"


@dataclass(frozen=True)
class Locks:
    """What must not be edited, and why.

    Attributes
    ----------
    columns : by table and column.
    settings : by dotted name.
    """

    columns: Mapping[tuple[str, str], str]
    settings: Mapping[str, str]

    @classmethod
    def of(cls, settings: Mapping[str, Plain]) -> "Locks":
        """The locks of an instance with these settings, by dotted name."""
        columns = {
            (table, name): f"{name} is protected" for table in FIXED_ROWS for name in key_columns(table)
        }
        if any(name.startswith("segmentation.") for name in settings):
            columns["items", "segment"] = FORMED_BY_RULES
        locked = {}
        for name in settings:
            if name in FIXED_SETTINGS:
                locked[name] = "plans of what-ifs are compared item by item and period by period"
            elif name.startswith("segmentation."):
                locked[name] = "rules form segments when an instance is read; change instance.yaml"
            elif name in ("segmentation", "calibration", "tree"):
                locked[name] = "a group of settings is added or replaced in instance.yaml"
        return cls(columns, locked)


def has_fixed_rows(table: str) -> bool:
    """Whether rows of a table may be changed only, not added or removed."""
    return table in FIXED_ROWS


def address(row: int, column: int) -> str:
    """The address of a cell; rows from 1 as Excel counts, columns from 0.

    Examples
    --------
    >>> address(3, 0), address(12, 27)
    ('A3', 'AB12')
    """
    return f"{column_letters(column)}{row}"


def column_letters(column: int) -> str:
    """The letters of a column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
