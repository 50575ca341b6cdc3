"""Rows and tables of an edited workbook that contradict one another, by the laws that an instance is read by."""

from collections.abc import Collection, Iterator, Sequence

from stockrail.model.consistency import inconsistencies
from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema import TABLES
from stockrail.model.schema_settings import Settings
from stockrail.model.schema_values import Row
from stockrail.workbench.excel.column import SETTINGS_SHEET, columns_of
from stockrail.workbench.excel.edited_settings import EditedSettings
from stockrail.workbench.excel.layout import address
from stockrail.workbench.excel.merge import Merge
from stockrail.workbench.excel.problem import CellProblem


def contradictions(
    instance: Instance,
    settings: Settings | None,
    merges: Sequence[Merge],
    edited: EditedSettings,
    in_doubt: Collection[str],
) -> list[CellProblem]:
    """Check the instance with all changes made.

    Parameters
    ----------
    settings : with their changes; None where they are not valid.
    merges : tables whose values are valid.
    in_doubt : sheets with problems: what follows from those is not told again.
    """
    draft = Draft.of(instance)
    draft.settings = settings if SETTINGS_SHEET not in in_doubt else None
    draft.settings_lines = dict(edited.lines)
    draft.settings_file = SETTINGS_SHEET
    for merge in merges:
        draft.files[merge.table] = merge.table
        if merge.changes:
            draft.rows[merge.table] = list(_rows(merge, draft.rows[merge.table]))
        draft.lines[merge.table] = [merge.lines.get(key, 0) for key in merge.rows]
    for table in in_doubt:
        draft.rows.pop(table, None)
    places = {merge.table: merge for merge in merges}
    return [_located(problem, places.get(problem.file)) for problem in inconsistencies(draft)]


def _rows(merge: Merge, before: Sequence[Row]) -> Iterator[Row]:
    """The rows after the changes; those that did not change are taken as they are."""
    known = dict(zip(merge.current, before, strict=True))
    names = [column.name for column in columns_of(merge.table)]
    for key, row in merge.rows.items():
        if key in known and key not in merge.changes.edits and key not in merge.changes.added:
            yield known[key]
        else:
            yield TABLES[merge.table].model_validate(dict(zip(names, row, strict=True)))


def _located(problem: Problem, merge: Merge | None) -> CellProblem:
    found = "nothing" if problem.value is None else repr(problem.value)
    place = None
    if problem.file == SETTINGS_SHEET:
        place = None if problem.row is None else address(problem.row, 1)
    elif merge is not None and problem.row:
        place = merge.place(problem.row, problem.column)
    return CellProblem(problem.file.removesuffix(".csv"), place, found, problem.allowed, problem.column)
