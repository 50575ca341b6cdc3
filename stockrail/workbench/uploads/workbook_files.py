"""The files of an instance folder out of a workbook: one that was exported and edited, or one that is an instance itself."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from python_calamine import CalamineError

from stockrail.model import Instance, apply, load
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.sources import read_source
from stockrail.model.what_if import WhatIf
from stockrail.model.writer import write
from stockrail.workbench import baselines
from stockrail.workbench.excel.import_ import accepted, import_workbook
from stockrail.workbench.excel.layout import VERSION
from stockrail.workbench.excel.package import PackageError, open_package
from stockrail.workbench.excel.problem import CellProblem
from stockrail.workbench.excel.snapshot import Snapshot
from stockrail.workbench.uploads.received import Files, Sent


@dataclass(frozen=True)
class FromWorkbook:
    """What a workbook is as files of a folder, and what a reader should know."""

    files: Files
    notes: tuple[str, ...] = ()


def files_of_workbook(book: Sent, base: Mapping[str, bytes] | None) -> FromWorkbook:
    """Make files of a workbook.

    Parameters
    ----------
    base : files of the latest version, on which the changes of an exported workbook are put: files of tables without changes stay as
        they are, byte for byte. None where there is no version yet.

    Raises
    ------
    InstanceError
        With every error of the workbook, by sheet, row and column; also where nothing was changed in it.
    """
    with tempfile.TemporaryDirectory(prefix="stockrail-") as folder:
        path = Path(folder) / "workbook.xlsx"
        path.write_bytes(book.data)
        try:
            names = open_package(path).names
        except PackageError as error:
            raise InstanceError([_problem(book.path, error.problem)]) from error
        if VERSION in names:
            return _edited(book.path, path, base)
        try:
            read = load(path)
        except InstanceError as error:
            renamed = [
                Problem(one.file.replace(path.name, book.path), one.row, one.column, one.value, one.allowed)
                for one in error.problems
            ]
            raise InstanceError(renamed) from error
        except CalamineError as error:
            raise InstanceError(
                [Problem(book.path, None, None, str(error), "a readable workbook")]
            ) from error
        return FromWorkbook(_written(read, _segments_as_given(path)))


def _edited(name: str, path: Path, base: Mapping[str, bytes] | None) -> FromWorkbook:
    if base is None:
        allowed = (
            "a folder or a workbook with a whole instance: there is no baseline yet that this one changes"
        )
        raise InstanceError([Problem(name, None, None, "an exported workbook", allowed)])
    with baselines.folder_with(base) as folder:
        before = load(folder)
        segments = _segments_as_given(folder)
    found = import_workbook(path, before)
    if found.problems:
        raise InstanceError([_problem(name, problem) for problem in found.problems])
    if not found.changes:
        raise InstanceError(
            [Problem(name, None, None, "no change", "a workbook in which something was edited")]
        )
    what_if = accepted(found, before, "workbook")
    after = apply(before, WhatIf(name="workbook", changes=what_if.changes))
    return FromWorkbook(_replaced(base, before, after, segments), found.notes)


def _replaced(
    base: Mapping[str, bytes], before: Instance, after: Instance, segments: Mapping[str, str | None]
) -> Files:
    """The files of a version with those of changed tables written anew."""
    old, new = Snapshot.of(before), Snapshot.of(after)
    changed = {table for table, rows in new.tables.items() if rows != old.tables[table]}
    written = _written(after, segments)
    files = dict(base)
    for table in changed:
        for ending in baselines.FORMATS:
            files.pop(f"{table}{ending}", None)
        if f"{table}.csv" in written:
            files[f"{table}.csv"] = written[f"{table}.csv"]
    if old.settings != new.settings:
        files[baselines.SETTINGS_FILE] = written[baselines.SETTINGS_FILE]
    return files


def _written(instance: Instance, segments: Mapping[str, str | None]) -> Files:
    if instance.settings.segmentation is not None:
        # The reader has put the segments that the rules form in place of those in the file, which say what an item was before.
        rows = tuple(
            row.model_copy(update={"segment": segments.get(row.item) or ""}) for row in instance.items
        )
        instance = replace(instance, items=rows)
    with tempfile.TemporaryDirectory(prefix="stockrail-") as folder:
        write(instance, folder)
        return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}


def _segments_as_given(source: Path) -> dict[str, str | None]:
    """The segment of each item as the file has it."""
    table = read_source(source).tables.get("items")
    if table is None or "segment" not in table.header:
        return {}
    item, segment = table.header.index("item"), table.header.index("segment")
    return {str(row[item]): row[segment] for row in table.rows}


def _problem(name: str, problem: CellProblem) -> Problem:
    """A problem of a cell as one of a file, with the row out of its address."""
    digits = "".join(sign for sign in problem.cell or "" if sign.isdigit())
    file = f"{name} sheet {problem.sheet}" if problem.sheet else name
    of = f" (of {problem.key})" if problem.key else ""
    return Problem(
        file, int(digits) if digits else None, problem.column, f"{problem.found}{of}", problem.allowed
    )
