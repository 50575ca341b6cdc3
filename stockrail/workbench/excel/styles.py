"""How cells of a workbook look: one format for each meaning, made once for each workbook."""

from functools import cache
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from stockrail.workbench.excel.column import Column, Kind

DARK, PALE, EDITABLE, GRID = "#1F3A4D", "#E8EDF0", "#FFFBE6", "#C9D2D8"
"""Colours: headers, cells that are for reading, cells that may be edited, lines between cells."""

HEAT = {"min_color": "#FFF7EC", "mid_color": "#FDBB84", "max_color": "#E34A33"}
"""Colours of the heat map, from little to much. They differ in lightness, so that they can be told apart in print."""

_NUMBERS = {Kind.WHOLE: "0", Kind.DATE: "yyyy-mm-dd", Kind.TEXT: "@", Kind.CHOICE: "@", Kind.LIST: "@"}
_BOX: dict[str, Any] = {"border": 1, "border_color": GRID, "valign": "top"}


class Styles:
    """Formats of one workbook, by what a cell is."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": DARK})
        self.heading = book.add_format({"bold": True, "font_size": 12, "font_color": DARK})
        self.sentence = book.add_format({"text_wrap": True, "valign": "top"})
        self.header = book.add_format({**_BOX, "bold": True, "font_color": "white", "bg_color": DARK})
        self.header_date = book.add_format(
            {
                **_BOX,
                "bold": True,
                "font_color": "white",
                "bg_color": DARK,
                "num_format": "yyyy-mm-dd",
                "rotation": 90,
                "valign": "bottom",
            }
        )
        self.units = book.add_format(
            {
                **_BOX,
                "italic": True,
                "font_size": 8,
                "font_color": "#4A5A66",
                "bg_color": PALE,
                "text_wrap": True,
            }
        )
        self.words = book.add_format({**_BOX, "bg_color": PALE, "text_wrap": True})
        self.editable_example = book.add_format({**_BOX, "bg_color": EDITABLE})
        self.locked_example = book.add_format({**_BOX, "bg_color": PALE})
        self.amount = book.add_format({"num_format": "#,##0", "border": 1, "border_color": GRID})
        self.total = book.add_format({"num_format": "#,##0", "bold": True, **_BOX, "bg_color": PALE})
        self.name = book.add_format({**_BOX, "bg_color": PALE, "num_format": "@"})
        self.date = book.add_format({**_BOX, "num_format": "yyyy-mm-dd", "align": "left"})

    @cache  # noqa: B019  # formats live as long as the workbook, and so does this object
    def cell(self, column: Column, is_locked: bool) -> Format:
        """The format of a column's cells: its number format, and whether it may be edited."""
        number = _NUMBERS.get(column.kind, "#,##0.00##" if column.unit.startswith("money") else "General")
        colour = PALE if is_locked else EDITABLE
        return self._book.add_format(
            {**_BOX, "num_format": number, "locked": is_locked, "bg_color": colour, "align": _align(column)}
        )


def _align(column: Column) -> str:
    return "right" if column.kind in (Kind.NUMBER, Kind.WHOLE) else "left"
