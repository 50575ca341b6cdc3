"""The first sheet of a workbook: what it is, what may be edited, and how the changes get back."""

from xlsxwriter.workbook import Workbook

from stockrail.workbench.excel.layout import INSTRUCTIONS, has_fixed_rows
from stockrail.workbench.excel.snapshot import Snapshot
from stockrail.workbench.excel.styles import Styles

STEPS = (
    "Edit the yellow cells. Point at the name of a column to see what it means; row 2 says its unit and what is allowed.",
    "Where rows may be added (see below), write new ones below the last row, or delete whole rows.",
    "Save it as .xlsx. Then `stockrail excel import BOOK.xlsx FOLDER` lists every change and every error, and changes nothing.",
    "When the list is what you meant, add --accept: the changes become a what-if that can be planned and compared.",
)

RULES = (
    "A blank cell is not zero: it means what the column's note says, and is an error where the note says nothing.",
    "Numbers are numbers and dates are dates: a text such as '1,5' is refused, not guessed. Shares are fractions: 12 % is 0.12.",
    "Grey cells are protected, without a password. A change there is found and refused.",
    "Do not rename or remove sheets and columns, and do not merge cells. The order of rows and columns does not matter.",
    "Formulas are taken by the value that Excel last calculated. An error such as #N/A is refused.",
    "The workbook remembers the version it was made from. If the baseline has moved on, the import shows what changed where.",
)

WIDTH, CHARACTERS = 110, 126
"""Width of the column of sentences, and characters of a line in it, about."""


def write_instructions(book: Workbook, snapshot: Snapshot, styles: Styles, readings: dict[str, str]) -> None:
    """Write the sheet; `readings` are sheets for reading with what they show."""
    sheet = book.add_worksheet(INSTRUCTIONS)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, WIDTH)
    sheet.write_string(0, 0, snapshot.name, styles.title)
    sheet.write_string(1, 0, "made from")
    sheet.write_string(
        1, 1, f"{snapshot.source}, version {snapshot.version[:12]}, money in {snapshot.settings['currency']}"
    )
    row = 3
    for title, sentences in (("How to use it", STEPS), ("Rules", RULES)):
        sheet.write_string(row, 0, title, styles.heading)
        for number, sentence in enumerate(sentences, start=1):
            row += 1
            sheet.write_string(row, 0, f"{number}." if sentences is STEPS else "", styles.sentence)
            sheet.write_string(row, 1, sentence, styles.sentence)
            sheet.set_row(row, 15 * -(-len(sentence) // CHARACTERS))
        row += 2
    sheet.write_string(row, 0, "may be edited", styles.editable_example)
    sheet.write_string(row + 1, 0, "protected", styles.locked_example)
    row += 3
    sheet.write_string(row, 0, "Sheets", styles.heading)
    lines = dict(readings)
    lines["instance"] = "Settings of the whole instance, one in a row."
    for table, rows in snapshot.tables.items():
        more = (
            "rows may be changed only" if has_fixed_rows(table) else "rows may be changed, added and removed"
        )
        lines[table] = f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}; {more}."
    for name, words in lines.items():
        row += 1
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_string(row, 1, words)
    sheet.protect("", {"select_locked_cells": True})
    sheet.activate()
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
