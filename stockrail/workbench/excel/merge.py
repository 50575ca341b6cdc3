"""Bring what somebody changed in a workbook together with what changed in the baseline since it was written."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property

from stockrail.workbench.excel.changes import key_words, value_words
from stockrail.workbench.excel.column import Plain, columns_of, key_columns
from stockrail.workbench.excel.difference import Difference, difference, row_keys, row_keys_like
from stockrail.workbench.excel.edited import Edited
from stockrail.workbench.excel.layout import FIRST_ROW, address
from stockrail.workbench.excel.problem import CellProblem
from stockrail.workbench.excel.row_keys import RowKey, key_positions
from stockrail.workbench.excel.snapshot import PlainRow

HOW_TO_DECIDE = "the same in both; or --conflicts workbook, or --conflicts baseline"


class Conflicts(StrEnum):
    """What counts where both changed the same cell or row."""

    REFUSE = "refuse"
    WORKBOOK = "workbook"
    BASELINE = "baseline"


class Merge:
    """One table: what was changed in the workbook, on top of the baseline as it is now.

    Attributes
    ----------
    current : rows of the baseline by key.
    changes : what remains to be done to them.
    meanwhile : what changed in the baseline.
    """

    def __init__(
        self,
        table: str,
        original: Sequence[PlainRow],
        current: Sequence[PlainRow],
        mine: Edited,
        conflicts: Conflicts = Conflicts.REFUSE,
    ) -> None:
        self.table, self.lines, self._conflicts = table, mine.lines, conflicts
        self._position, self._key = mine.position, key_columns(table)[0]
        self.meanwhile = difference(table, original, current)
        self.original = dict(zip(row_keys(table, original), original, strict=True))
        keys = row_keys_like(table, current, original) if self.meanwhile else list(self.original)
        self.current = dict(zip(keys, current, strict=True))
        self.problems: list[CellProblem] = []
        self.changes = Difference()
        for key, edits in mine.difference.edits.items():
            self._edit(key, edits)
        for key, row in mine.difference.added.items():
            self._add(key, row)
        for key in mine.difference.removed:
            self._remove(key)

    @cached_property
    def rows(self) -> dict[RowKey, PlainRow]:
        """The rows with all changes made; rows that are new come last."""
        kept = {key: row for key, row in self.current.items() if key not in self.changes.removed}
        for key, edits in self.changes.edits.items():
            kept[key] = [edits.get(k, value) for k, value in enumerate(kept[key])]
        return kept | self.changes.added

    def cell(self, key: RowKey, column: str) -> str:
        """The address of a row's cell; of a row that is gone, where it was when the workbook was written."""
        line = self.lines.get(key)
        if line is None:
            line = FIRST_ROW + list(self.original).index(key)
        return address(line, self._position.get(column, 0))

    def place(self, line: int, column: str | None) -> str:
        """The address of a column's cell in a line; the first key column where there is no column."""
        return address(line, self._position.get(column or "", self._position[self._key]))

    def _edit(self, key: RowKey, edits: dict[int, Plain]) -> None:
        if key in self.meanwhile.removed:
            row = [edits.get(k, value) for k, value in enumerate(self.original[key])]
            if self._is_mine(key, "a change", "the row is gone from the baseline"):
                self.changes.added[key] = row
            return
        theirs = self.meanwhile.edits.get(key, {})
        kept = {}
        for k, value in edits.items():
            if k in theirs and theirs[k] == value:
                continue
            before = self.original[key][k]
            if k not in theirs or self._is_mine(
                key,
                value_words(value),
                f"{value_words(theirs[k])} in the baseline, {value_words(before)} when exported",
                k,
            ):
                kept[k] = value
        if kept:
            self.changes.edits[key] = kept

    def _add(self, key: RowKey, row: PlainRow) -> None:
        theirs = self.meanwhile.added.get(key)
        if theirs is None:
            self.changes.added[key] = row
        elif theirs != row and self._is_mine(
            key, "a new row", "another new row of this name in the baseline"
        ):
            self.changes.edits[key] = {k: value for k, value in enumerate(row) if value != theirs[k]}

    def _remove(self, key: RowKey) -> None:
        if key in self.meanwhile.removed:
            return
        if key in self.meanwhile.edits and not self._is_mine(
            key, "no row", "the row changed in the baseline"
        ):
            return
        self.changes.removed[key] = self.current[key]

    def _is_mine(self, key: RowKey, mine: str, theirs: str, k: int | None = None) -> bool:
        """Whether the workbook counts; reports the conflict where nobody said what counts."""
        if self._conflicts is Conflicts.REFUSE:
            columns = columns_of(self.table)
            name = self._key if k is None else columns[k].name
            place, found = self.cell(key, name), f"{mine} here, and {theirs}"
            column = None if k is None else name
            self.problems.append(
                CellProblem(self.table, place, found, HOW_TO_DECIDE, column, self.words(key))
            )
        return self._conflicts is Conflicts.WORKBOOK

    def words(self, key: RowKey) -> str:
        """The key of a row in words."""
        return key_words(self.key_values(key))

    def key_values(self, key: RowKey) -> tuple[Plain, ...]:
        """The values of a row's key columns."""
        row = next(rows[key] for rows in (self.current, self.original, self.changes.added) if key in rows)
        return tuple(row[k] for k in key_positions(self.table))
