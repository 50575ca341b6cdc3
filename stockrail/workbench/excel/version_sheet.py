"""The hidden sheet that says which version a workbook was made from, with all values it had then.

The values travel with the workbook, so what somebody changed is told apart from what changed in the baseline meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.workbook import Workbook

from stockrail.workbench.excel.layout import VERSION, column_letters
from stockrail.workbench.excel.snapshot import Snapshot, SnapshotError, unpacked

FORM = "stockrail workbook 1"
"""First cell of the sheet; the number changes when older workbooks can no longer be read."""

FIELDS = ("form", "instance", "source", "version", "pieces")
"""Rows of columns A and B, from the first."""

FIRST_PIECE_ROW = 7
FIRST_LIST_COLUMN = 3


def write_version(book: Workbook, snapshot: Snapshot, lists: Mapping[str, Sequence[str]]) -> None:
    """Write the sheet, and the long lists of dropdowns beside it."""
    sheet = book.add_worksheet(VERSION)
    pieces = snapshot.pieces()
    values = (FORM, snapshot.name, snapshot.source, snapshot.version, str(len(pieces)))
    for k, (name, value) in enumerate(zip(FIELDS, values, strict=True)):
        sheet.write_string(k, 0, name)
        sheet.write_string(k, 1, value)
    for k, piece in enumerate(pieces):
        sheet.write_string(FIRST_PIECE_ROW - 1 + k, 0, piece)
    for k, (name, choices) in enumerate(lists.items(), start=FIRST_LIST_COLUMN):
        for row, choice in enumerate(choices):
            sheet.write_string(row, k, choice)
        letters = column_letters(k)
        book.define_name(f"choices_of_{name}", f"={VERSION}!${letters}$1:${letters}${len(choices)}")
    sheet.protect("")
    sheet.very_hidden()


def read_version(rows: Sequence[Sequence[Any]]) -> Snapshot:
    """The version a workbook was made from, by the cells of its sheet.

    Raises
    ------
    SnapshotError
        The sheet is damaged or from another version of Stockrail.
    """
    fields = {str(row[0]): row[1] for row in rows[: len(FIELDS)] if len(row) > 1}
    if fields.get("form") != FORM:
        raise SnapshotError("another form of workbook")
    texts = [fields.get(name) for name in FIELDS]
    count = str(fields.get("pieces"))
    if not all(isinstance(text, str) for text in texts) or not count.isdecimal() or len(count) > 6:
        raise SnapshotError("cells that were changed")
    found = rows[FIRST_PIECE_ROW - 1 : FIRST_PIECE_ROW - 1 + int(count)]
    pieces = [row[0] for row in found if row and isinstance(row[0], str)]
    return unpacked(pieces, str(fields["instance"]), str(fields["source"]), str(fields["version"]))
