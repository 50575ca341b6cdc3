"""What came of reading a workbook."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from stockrail.model.what_if import Change
from stockrail.workbench.excel.changes import CellChange, ChangeKind
from stockrail.workbench.excel.column import Plain, columns_of
from stockrail.workbench.excel.difference import Difference
from stockrail.workbench.excel.merge import Merge
from stockrail.workbench.excel.merge_settings import MergedSettings
from stockrail.workbench.excel.overlay import overlay_of
from stockrail.workbench.excel.problem import CellProblem
from stockrail.workbench.excel.row_keys import RowKey
from stockrail.workbench.excel.snapshot import PlainRow, Snapshot


@dataclass(frozen=True)
class Imported:
    """Changes and problems of a workbook.

    Attributes
    ----------
    current : the baseline as it is now.
    original : the version the workbook was made from; None where the workbook does not say.
    problems : what has to be put right before the changes can be accepted.
    notes : what a reader should know.
    """

    current: Snapshot
    original: Snapshot | None = None
    problems: tuple[CellProblem, ...] = ()
    notes: tuple[str, ...] = ()
    merged_settings: MergedSettings | None = None
    merges: tuple[Merge, ...] = ()

    @cached_property
    def changes(self) -> tuple[CellChange, ...]:
        """What was changed in the workbook, against the baseline as it is now, sheet by sheet."""
        found = [] if self.merged_settings is None else self.merged_settings.cell_changes()
        for merge in self.merges:
            found += _listed(merge, merge.changes, merge.current)
        return tuple(found)

    @cached_property
    def meanwhile(self) -> tuple[CellChange, ...]:
        """What changed in the baseline since the workbook was written."""
        found = [] if self.merged_settings is None else self.merged_settings.moved()
        for merge in self.merges:
            found += _listed(merge, merge.meanwhile, merge.original)
        return tuple(found)

    @property
    def settings(self) -> Mapping[str, Plain]:
        """All settings with the changes made, by dotted name."""
        return self.current.settings if self.merged_settings is None else self.merged_settings.values

    @cached_property
    def overlay(self) -> tuple[Change, ...]:
        """The changes as a what-if has them."""
        settings = {} if self.merged_settings is None else self.merged_settings.changes
        return overlay_of(settings, self.merges)


def _listed(merge: Merge, found: Difference, before: Mapping[RowKey, PlainRow]) -> Iterator[CellChange]:
    """The changes of one table: by line for cells and new rows, then rows that are gone."""
    names = [column.name for column in columns_of(merge.table)]
    by_line = sorted([*found.edits, *found.added], key=lambda key: merge.lines.get(key, 0))
    for key in by_line:
        words = merge.key_values(key)
        if key in found.added:
            row = dict(zip(names, found.added[key], strict=True))
            yield CellChange(ChangeKind.ADD, merge.table, merge.cell(key, names[0]), words, row=row)
            continue
        for k, value in sorted(found.edits[key].items()):
            place = merge.cell(key, names[k])
            yield CellChange(ChangeKind.SET, merge.table, place, words, names[k], before[key][k], value)
    for key, removed in found.removed.items():
        row = dict(zip(names, removed, strict=True))
        yield CellChange(
            ChangeKind.REMOVE, merge.table, merge.cell(key, names[0]), merge.key_values(key), row=row
        )
