"""What differs between the rows of a table then and now, whoever changed them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stockrail.model.consistency import KEYS
from stockrail.model.schema import TABLES
from stockrail.workbench.excel.column import Plain
from stockrail.workbench.excel.row_keys import (
    RowKey,
    key_positions,
    keys_of,
    numbered,
    numbered_alike,
)
from stockrail.workbench.excel.snapshot import PlainRow


@dataclass
class Difference:
    """Cells that differ and rows that are new or gone, by the key of the row.

    Attributes
    ----------
    edits : new value by position of the column.
    added, removed : whole rows.
    """

    edits: dict[RowKey, dict[int, Plain]] = field(default_factory=dict)
    added: dict[RowKey, PlainRow] = field(default_factory=dict)
    removed: dict[RowKey, PlainRow] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.edits or self.added or self.removed)


def has_unique_keys(table: str) -> bool:
    """Whether no two rows of a valid table have the same key."""
    return TABLES[table] in KEYS


def row_keys(table: str, rows: Sequence[PlainRow]) -> list[RowKey]:
    """The key of each row of a valid table."""
    keys = keys_of(rows, key_positions(table))
    return keys if has_unique_keys(table) else numbered(keys)


def difference(table: str, before: Sequence[PlainRow], after: Sequence[PlainRow]) -> Difference:
    """Compare two valid versions of a table; the order of rows means nothing."""
    found = Difference()
    if before == after:
        return found
    old = dict(zip(row_keys(table, before), before, strict=True))
    new = dict(zip(row_keys_like(table, after, before), after, strict=True))
    for key, row in new.items():
        if key not in old:
            found.added[key] = row
        elif row != old[key]:
            found.edits[key] = {k: value for k, value in enumerate(row) if value != old[key][k]}
    found.removed = {key: row for key, row in old.items() if key not in new}
    return found


def row_keys_like(table: str, rows: Sequence[PlainRow], others: Sequence[PlainRow]) -> list[RowKey]:
    """The key of each row; where keys are not unique, numbered as the equal rows among the `others` are."""
    positions = key_positions(table)
    keys = keys_of(rows, positions)
    if has_unique_keys(table):
        return keys
    return numbered_alike(keys, rows, keys_of(others, positions), others, lambda a, b: bool(a == b))
