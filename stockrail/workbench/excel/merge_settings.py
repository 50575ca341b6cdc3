"""Bring settings that were changed in a workbook together with those that changed in the baseline since."""

from collections.abc import Mapping

from stockrail.workbench.excel.changes import CellChange, ChangeKind, value_words
from stockrail.workbench.excel.column import SETTINGS_SHEET, Plain
from stockrail.workbench.excel.edited_settings import EditedSettings
from stockrail.workbench.excel.merge import HOW_TO_DECIDE, Conflicts
from stockrail.workbench.excel.problem import CellProblem


class MergedSettings:
    """The settings of the baseline as they are now, with the workbook's changes.

    Attributes
    ----------
    edited : what the sheet holds.
    changes : new value by dotted name.
    values : all settings after them.
    meanwhile : what changed in the baseline: value when exported and now, by name.
    """

    def __init__(
        self,
        original: Mapping[str, Plain],
        current: Mapping[str, Plain],
        edited: EditedSettings,
        conflicts: Conflicts = Conflicts.REFUSE,
    ) -> None:
        self.edited, self.current = edited, current
        names = [*current, *(name for name in original if name not in current)]
        self.meanwhile = {
            name: (original.get(name), current.get(name))
            for name in names
            if original.get(name) != current.get(name)
        }
        self.changes: dict[str, Plain] = {}
        self.problems: list[CellProblem] = []
        for name, value in edited.edits.items():
            before, now = self.meanwhile.get(name, (None, None))
            is_conflict = name in self.meanwhile and now != value
            if is_conflict and (conflicts is Conflicts.REFUSE or name not in current):
                theirs = (
                    f"{value_words(now)} in the baseline"
                    if name in current
                    else "it is gone from the baseline"
                )
                found = f"{value_words(value)} here, and {theirs}, {value_words(before)} when exported"
                place = edited.cell(name)
                self.problems.append(CellProblem(SETTINGS_SHEET, place, found, HOW_TO_DECIDE, name))
            elif current.get(name) != value and not (is_conflict and conflicts is Conflicts.BASELINE):
                self.changes[name] = value
        self.values: dict[str, Plain] = {**current, **self.changes}

    def cell_changes(self) -> list[CellChange]:
        """The changes as a list."""
        return [
            CellChange(
                ChangeKind.SET,
                SETTINGS_SHEET,
                self.edited.cell(name) or "",
                (name,),
                "value",
                self.current[name],
                value,
            )
            for name, value in self.changes.items()
        ]

    def moved(self) -> list[CellChange]:
        """What changed in the baseline as a list."""
        return [
            CellChange(
                ChangeKind.SET, SETTINGS_SHEET, self.edited.cell(name) or "", (name,), "value", before, now
            )
            for name, (before, now) in self.meanwhile.items()
        ]
