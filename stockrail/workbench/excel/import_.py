"""Read a workbook back: every change and every error with its cell, and nothing is accepted by that."""

from collections.abc import Callable, Iterator
from pathlib import Path

from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.model.what_if import Kind, WhatIf
from stockrail.workbench.excel.collection import paused_collection
from stockrail.workbench.excel.column import SETTINGS_SHEET, columns_of, units_text
from stockrail.workbench.excel.contradictions import contradictions
from stockrail.workbench.excel.difference import difference
from stockrail.workbench.excel.edited import edited
from stockrail.workbench.excel.edited_settings import EditedSettings, edited_settings, validated_settings
from stockrail.workbench.excel.imported import Imported
from stockrail.workbench.excel.layout import READ_ONLY_SHEETS, VERSION, Locks
from stockrail.workbench.excel.merge import Conflicts, Merge
from stockrail.workbench.excel.merge_settings import MergedSettings
from stockrail.workbench.excel.package import Package, PackageError, open_package
from stockrail.workbench.excel.problem import CellProblem, WorkbookError
from stockrail.workbench.excel.sheet_cells import read_sheet
from stockrail.workbench.excel.snapshot import Snapshot, SnapshotError
from stockrail.workbench.excel.version_sheet import read_version

Tell = Callable[[str], None]
"""Is told which part is being worked on."""


def import_workbook(
    path: Path | str,
    instance: Instance,
    *,
    conflicts: Conflicts = Conflicts.REFUSE,
    tell: Tell = lambda _: None,
) -> Imported:
    """Compare a workbook with the version it was made from, and put its changes on top of the instance as it is now.

    Parameters
    ----------
    path : what `export_workbook` wrote and somebody edited.
    instance : the baseline as it is now.
    conflicts : what counts where both changed the same cell or row.

    Returns
    -------
    Imported
        The changes, and every problem; whatever the file holds, nothing is raised for it.
    """
    with paused_collection():
        current = Snapshot.of(instance)
        tell("file")
        try:
            package = open_package(Path(path))
            original, problems = _original(package, current)
            if original is None:
                return Imported(current, problems=tuple(problems))
            return _Reader(package, original, instance, current, conflicts, tell).run(problems)
        except PackageError as error:
            return Imported(current, problems=(error.problem,))


def accepted(
    imported: Imported,
    instance: Instance,
    name: str,
    *,
    owner: str = "",
    reason: str = "",
    kind: Kind = "choice",
) -> WhatIf:
    """Make the what-if of a workbook's changes, and check that it gives exactly what the workbook shows.

    Raises
    ------
    WorkbookError
        The workbook has problems, or changes nothing.
    """
    if imported.problems:
        raise WorkbookError(imported.problems)
    if not imported.changes:
        raise WorkbookError([CellProblem("", None, "no change", "a workbook in which something was edited")])
    words = {"kind": kind, "owner": owner, "reason": reason}
    given = {name: text for name, text in words.items() if text != WhatIf.model_fields[name].default}
    what_if = WhatIf.model_validate({"name": name, **given, "changes": imported.overlay})
    made = Snapshot.of(apply(instance, what_if))
    same_settings = made.settings == imported.settings
    wrong = [
        merge.table
        for merge in imported.merges
        if difference(merge.table, list(merge.rows.values()), made.tables[merge.table])
    ]
    if wrong or not same_settings:
        tables = ", ".join([*wrong, *([] if same_settings else [SETTINGS_SHEET])])
        raise AssertionError(
            f"the overlay does not give what the workbook shows in {tables}; please report this"
        )
    return what_if


def _original(package: Package, current: Snapshot) -> tuple[Snapshot | None, list[CellProblem]]:
    """What the workbook was made from, or why that is not known."""
    allowed = "the hidden sheet as exported: export again, and copy your changes into the new workbook"
    if VERSION not in package.names:
        return None, [CellProblem(VERSION, None, "no sheet of this name", allowed)]
    try:
        original = read_version(package.rows(VERSION))
    except SnapshotError as error:
        return None, [CellProblem(VERSION, None, str(error), allowed)]
    if original.name != current.name:
        found = f"a workbook of the instance {original.name}"
        return None, [CellProblem(VERSION, "B2", found, f"one of the instance {current.name}")]
    expected = {SETTINGS_SHEET, *original.tables}
    problems = [
        CellProblem(name, None, "no sheet of this name", "all sheets as exported")
        for name in (SETTINGS_SHEET, *original.tables)
        if name not in package.names
    ]
    listed = ", ".join(sorted(expected))
    problems += [
        CellProblem(name, None, "a sheet that was not exported", f"one of the sheets {listed}")
        for name in package.names
        if name not in expected | READ_ONLY_SHEETS
    ]
    return original, problems


class _Reader:
    """Reads the sheets of one workbook."""

    def __init__(
        self,
        package: Package,
        original: Snapshot,
        instance: Instance,
        current: Snapshot,
        conflicts: Conflicts,
        tell: Tell,
    ) -> None:
        self.package, self.original, self.instance = package, original, instance
        self.current = current.restricted(original.tables)
        self.conflicts, self.tell = conflicts, tell
        self.locks = Locks.of(original.settings)
        self.problems: list[CellProblem] = []

    def run(self, problems: list[CellProblem]) -> Imported:
        """Read settings and tables, then check them together."""
        self.problems = problems
        settings = self._settings()
        merges = [merge for name in self.original.tables for merge in self._table(name)]
        for merge in merges:
            self.problems += merge.problems
        is_changed = bool(settings.changes) or any(merge.changes for merge in merges)
        if is_changed:
            self.tell("contradictions")
            valid, found = validated_settings(settings.values, settings.edited)
            self.problems += found
            in_doubt = {problem.sheet for problem in self.problems}
            kept = [merge for merge in merges if merge.table not in in_doubt]
            self.problems += contradictions(self.instance, valid, kept, settings.edited, in_doubt)
        return Imported(
            self.current,
            self.original,
            tuple(self.problems),
            tuple(self._notes(bool(settings.meanwhile) or any(merge.meanwhile for merge in merges))),
            settings,
            tuple(merges),
        )

    def _settings(self) -> MergedSettings:
        mine = EditedSettings()
        if SETTINGS_SHEET in self.package.names:
            mine = edited_settings(self.package, self.original.settings, self.locks)
        self.problems += mine.problems
        merged = MergedSettings(self.original.settings, self.current.settings, mine, self.conflicts)
        self.problems += merged.problems
        return merged

    def _table(self, table: str) -> Iterator[Merge]:
        if table not in self.package.names:
            return
        self.tell(table)
        currency = str(self.original.settings["currency"])
        units = {column.name: units_text(column, currency) for column in columns_of(table)}
        try:
            cells = read_sheet(self.package, table, units, self.problems)
        except PackageError as error:
            self.problems.append(error.problem)
            return
        if cells is not None:
            mine = edited(cells, self.original.tables[table], self.locks)
            self.problems += mine.problems
            yield Merge(table, self.original.tables[table], self.current.tables[table], mine, self.conflicts)

    def _notes(self, has_moved_on: bool) -> Iterator[str]:
        if has_moved_on:
            yield (
                f"The workbook was made from version {self.original.version[:12]} ({self.original.source}); the baseline is now "
                f"version {self.current.version[:12]}. Your changes are put on top of it."
            )
        if self.package.counts_from_1904:
            yield "The workbook counts days from 1904, an option of Excel. Dates are read as Excel shows them."
        calculated = {
            name: count
            for name, count in self.package.formulas.items()
            if count and name not in READ_ONLY_SHEETS
        }
        if calculated:
            listed = ", ".join(f"{count} in {name}" for name, count in calculated.items())
            yield f"Cells with formulas are read by the value that was last calculated: {listed}."
