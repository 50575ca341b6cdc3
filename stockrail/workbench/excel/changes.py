"""The list of changes that somebody made in a workbook, cell by cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from stockrail.workbench.excel.column import Plain

Key = tuple[Plain, ...]


class ChangeKind(StrEnum):
    """What was done."""

    SET = "set"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True)
class CellChange:
    """One cell that was changed, one row that was added, or one that is gone.

    Attributes
    ----------
    cell : its address; of a row the address of its first cell; of a row that is gone, where it was when the workbook was written.
    key : which row, by the values of the table's key columns; for settings the dotted name.
    column : name of the column; '' for a whole row.
    before, after : None is blank. Of a whole row `before` or `after` is None.
    row : all values of a row that was added or is gone, by column.
    """

    kind: ChangeKind
    sheet: str
    cell: str
    key: Key
    column: str = ""
    before: Plain = None
    after: Plain = None
    row: dict[str, Plain] = field(default_factory=dict)

    @property
    def row_name(self) -> str:
        """The key in words, such as `item-003, 4`."""
        return key_words(self.key)


def key_words(key: Sequence[Plain]) -> str:
    """The key of a row in words, such as `item-003, 4`."""
    return ", ".join(value_words(value) for value in key)


def value_words(value: Plain) -> str:
    """A value as it is shown in a list of changes."""
    if value is None or value == "":
        return "blank"
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def changes_frame(changes: Sequence[CellChange]) -> pd.DataFrame:
    """The list as a table with the columns sheet, cell, change, key, column, before, after; all as text."""
    rows = [
        {
            "sheet": change.sheet,
            "cell": change.cell,
            "change": str(change.kind),
            "key": change.row_name,
            "column": change.column,
            "before": _side(change, change.before, ChangeKind.REMOVE),
            "after": _side(change, change.after, ChangeKind.ADD),
        }
        for change in changes
    ]
    names = ["sheet", "cell", "change", "key", "column", "before", "after"]
    return pd.DataFrame(rows, columns=names, dtype=str)


def _side(change: CellChange, value: Plain, of_row: ChangeKind) -> str:
    """One side of a change; a whole row is what is not blank in it, and nothing on its other side."""
    if change.column:
        return value_words(value)
    if change.kind is not of_row:
        return ""
    return ", ".join(
        f"{name} {value_words(cell)}" for name, cell in change.row.items() if cell not in (None, "")
    )
