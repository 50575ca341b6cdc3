"""The lines that the command line shows of a workbook that was read."""

import textwrap
from collections.abc import Iterator, Sequence

from stockrail.formats import plural
from stockrail.workbench.excel.changes import CellChange, changes_frame
from stockrail.workbench.excel.imported import Imported
from stockrail.workbench.excel.problem import CellProblem

MOST_SHOWN = 40
"""Changes and problems that are shown; all of them are in the file of --csv."""

WIDEST = {"cell": 26, "key": 18, "column": 22}
"""Characters of the columns of the list. What is before and after has a line of its own where it does not fit."""


def import_lines(imported: Imported, book: str, width: int, *, show_all: bool = False) -> Iterator[str]:
    """What was changed and what is wrong; lines of lists begin with blanks.

    Parameters
    ----------
    width : characters of a line.
    """
    most = None if show_all else MOST_SHOWN
    for note in imported.notes:
        yield from textwrap.wrap(note, width)
    if imported.meanwhile:
        count = len(imported.meanwhile)
        yield f"Changed in the baseline since the workbook was written ({count}):"
        yield from change_lines(imported.meanwhile, width, most)
    if imported.changes:
        count = len(imported.changes)
        yield f"{count} {plural(count, 'change')} in {book}:"
        yield from change_lines(imported.changes, width, most)
    if imported.problems:
        yield from problem_lines(imported.problems, width, most)
    elif not imported.changes:
        yield f"No change in {book}: it says what the baseline says."


def change_lines(changes: Sequence[CellChange], width: int, most: int | None = None) -> Iterator[str]:
    """A line for each change: cell, row, column, before -> after."""
    shown = changes_frame(changes[:most])
    places = [
        f"{sheet}!{cell}" if cell else sheet
        for sheet, cell in zip(shown["sheet"], shown["cell"], strict=True)
    ]
    rows = list(zip(places, shown["key"], shown["column"], strict=True))
    widths = [
        min(max((len(row[k]) for row in rows), default=0), most_wide)
        for k, most_wide in enumerate(WIDEST.values())
    ]
    for row, change in zip(rows, shown.itertuples(), strict=True):
        words = f"{change.before} -> {change.after}"
        if change.change != "set":
            words = f"new row: {change.after}" if change.change == "add" else f"row removed: {change.before}"
        cells = [text.ljust(size) for text, size in zip(row, widths, strict=True)]
        line = "  " + "  ".join(cells) + "  "
        if len(line) + len(words) <= width:
            yield line + words
        else:
            yield line.rstrip()
            yield from textwrap.wrap(words, width, initial_indent=" " * 6, subsequent_indent=" " * 8)
    if len(shown) < len(changes):
        yield f"  ... and {len(changes) - len(shown):,} more; --csv FILE writes all of them"


def problem_lines(problems: Sequence[CellProblem], width: int, most: int | None = None) -> Iterator[str]:
    """Each problem with its cell."""
    yield f"{len(problems)} {plural(len(problems), 'problem')}; nothing can be accepted before they are put right:"
    for problem in problems[:most]:
        yield from textwrap.wrap(
            str(problem), width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    if most is not None and len(problems) > most:
        yield f"  ... and {len(problems) - most:,} more; --csv FILE writes all of them"
