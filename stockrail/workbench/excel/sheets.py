"""Write the sheets that are edited: one for each table of the instance, and one for its settings."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from stockrail.workbench.excel.cells import LONGEST_TEXT, cell_of
from stockrail.workbench.excel.column import (
    SETTINGS_SHEET,
    Column,
    Kind,
    Plain,
    columns_of,
    key_columns,
    setting_column,
    unit_text,
    units_text,
)
from stockrail.workbench.excel.layout import (
    FIRST_ROW,
    FIRST_SETTING_ROW,
    LOCKED_WORDS,
    MOST_ROWS,
    SETTING_COLUMNS,
    UNITS_ROW,
    Locks,
    address,
    has_fixed_rows,
)
from stockrail.workbench.excel.snapshot import PlainRow, Snapshot
from stockrail.workbench.excel.styles import Styles

WIDEST = 42
"""Characters that a column is wide at most."""

SAMPLED_ROWS = 200
"""Rows that the width of a column is taken from."""

SETTING_WIDTHS = (36, 40, 14, 44, 100)
"""Widths of the columns of settings."""

ROOM_FOR_ROWS = 1000
"""Rows below a table that dropdowns and ranges reach, for rows that are added."""

MOST_WORDS = 255
"""Characters of a message that Excel shows beside a cell."""


class TooLargeError(ValueError):
    """The instance does not fit into a workbook."""


@dataclass(frozen=True)
class SheetWriter:
    """Writes sheets of a snapshot into a workbook.

    Attributes
    ----------
    locks : what is protected.
    long_lists : choices of dropdowns that are too long to stand in a rule, by the column's name.
    """

    book: Workbook
    snapshot: Snapshot
    locks: Locks
    styles: Styles
    long_lists: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def define_lists(self) -> None:
        """Name the lists of the dropdowns: the keys of each table, as many as there are when the dropdown is opened."""
        for table in self.snapshot.tables:
            if len(key_columns(table)) == 1:
                last = FIRST_ROW + len(self.snapshot.tables[table]) + ROOM_FOR_ROWS
                cells = f"{table}!$A${FIRST_ROW}:$A${last}"
                start = f"{table}!$A${FIRST_ROW}"
                self.book.define_name(f"names_of_{table}", f"=OFFSET({start},0,0,MAX(1,COUNTA({cells})),1)")

    def table(self, table: str) -> None:
        """Write the sheet of a table."""
        rows, columns = self.snapshot.tables[table], columns_of(table)
        if len(rows) > MOST_ROWS - UNITS_ROW:
            raise TooLargeError(
                f"{table} has {len(rows):,} rows, a sheet of Excel has room for {MOST_ROWS - UNITS_ROW:,}: "
                "choose other tables with --table"
            )
        sheet = self.book.add_worksheet(table)
        sheet.set_row(UNITS_ROW - 1, 36)
        for k, column in enumerate(columns):
            is_locked = (table, column.name) in self.locks.columns
            style = self.styles.cell(column, is_locked)
            sheet.write_string(0, k, column.name, self.styles.header)
            sheet.write_string(UNITS_ROW - 1, k, units_text(column, self.currency), self.styles.units)
            sheet.write_comment(
                0, k, _comment(column, self.currency), {"x_scale": 2.2, "y_scale": 1.6, "visible": False}
            )
            # Cells of a column below its rows are edited only where rows may be added.
            below = self.styles.cell(column, is_locked or has_fixed_rows(table))
            sheet.set_column(k, k, _width(column, rows, k), below)
            _write_column(sheet, k, column, rows, style, table)
            room = 0 if has_fixed_rows(table) else ROOM_FOR_ROWS
            last = min(UNITS_ROW - 1 + len(rows) + room, MOST_ROWS - 1)
            if not is_locked and last >= UNITS_ROW:
                self._validate(sheet, (UNITS_ROW, k, last, k), column)
        sheet.freeze_panes(UNITS_ROW, len(key_columns(table)))
        sheet.autofilter(UNITS_ROW - 1, 0, max(UNITS_ROW, UNITS_ROW - 1 + len(rows)), len(columns) - 1)
        _protect(sheet, may_have_more_rows=not has_fixed_rows(table))
        sheet.set_tab_color("#E0A100" if rows else "#C9D2D8")
        _printed(sheet, f"1:{UNITS_ROW}")

    def settings(self) -> None:
        """Write the sheet of settings, in the form that an instance in a workbook has, with more columns."""
        sheet = self.book.add_worksheet(SETTINGS_SHEET)
        for k, (name, width) in enumerate(zip(SETTING_COLUMNS, SETTING_WIDTHS, strict=True)):
            sheet.write_string(0, k, name, self.styles.header)
            sheet.set_column(k, k, width)
        for k, (name, value) in enumerate(self.snapshot.settings.items()):
            row, column = FIRST_SETTING_ROW - 1 + k, setting_column(name)
            sheet.write_string(row, 0, name, self.styles.name)
            is_locked = name in self.locks.settings
            _write_cell(sheet, row, 1, column, value, self.styles.cell(column, is_locked), SETTINGS_SHEET)
            texts = (
                unit_text(column, self.currency),
                LOCKED_WORDS if is_locked else column.allowed,
                column.meaning,
            )
            lines = max(-(-len(text) // width) for text, width in zip(texts, SETTING_WIDTHS[2:], strict=True))
            sheet.set_row(row, 15 * max(1, lines))
            for position, text in enumerate(texts, start=2):
                sheet.write_string(row, position, text, self.styles.words)
            if not is_locked:
                self._validate(sheet, (row, 1, row, 1), column)
        sheet.freeze_panes(1, 1)
        _protect(sheet, may_have_more_rows=False)
        sheet.set_tab_color("#E0A100")
        _printed(sheet, "1:1")

    @property
    def currency(self) -> str:
        """What money is in."""
        return str(self.snapshot.settings["currency"])

    def _validate(self, sheet: Worksheet, area: tuple[int, int, int, int], column: Column) -> None:
        """Let Excel itself refuse what is not allowed, and say what is."""
        rule = self._rule(column)
        if rule is None:
            return
        may_be_blank = column.has_default or column.is_nullable
        words = {"error_title": column.name[:32], "error_message": f"Allowed: {column.allowed}."[:MOST_WORDS]}
        sheet.data_validation(*area, {**rule, **words, "ignore_blank": may_be_blank})

    def _rule(self, column: Column) -> dict[str, Any] | None:
        if column.reference in self.snapshot.tables and column.reference is not None:
            source = f"=names_of_{column.reference}"
            # The reader knows whether a name is right; a list may be filled later than the cells that use it.
            return {"validate": "list", "source": source, "error_type": "warning"}
        if column.choices:
            if len(",".join(column.choices)) <= MOST_WORDS:
                return {"validate": "list", "source": list(column.choices)}
            self.long_lists[column.name] = column.choices
            return {"validate": "list", "source": f"=choices_of_{column.name}"}
        bounds = dict(column.bounds)
        if column.is_period:
            bounds["maximum"] = float(str(self.snapshot.settings["periods"])) - 1
        if column.kind is Kind.DATE:
            return {"validate": "date", "criteria": ">=", "value": dt.date(1900, 3, 1)}
        if column.kind not in (Kind.NUMBER, Kind.WHOLE):
            return None
        kind = "integer" if column.kind is Kind.WHOLE else "decimal"
        # Excel knows one comparison, so an open end of two is left to the reader.
        lower = bounds.get("minimum", bounds.get("exclusiveMinimum"))
        upper = bounds.get("maximum", bounds.get("exclusiveMaximum"))
        if lower is not None and upper is not None:
            return {"validate": kind, "criteria": "between", "minimum": lower, "maximum": upper}
        if lower is not None:
            return {
                "validate": kind,
                "criteria": ">" if "exclusiveMinimum" in bounds else ">=",
                "value": lower,
            }
        if upper is not None:
            return {
                "validate": kind,
                "criteria": "<" if "exclusiveMaximum" in bounds else "<=",
                "value": upper,
            }
        return {"validate": kind, "criteria": "between", "minimum": -1e300, "maximum": 1e300}


def _write_column(
    sheet: Worksheet, k: int, column: Column, rows: Sequence[PlainRow], style: Any, table: str
) -> None:
    if column.kind not in (Kind.NUMBER, Kind.WHOLE):
        for line, row in enumerate(rows, start=UNITS_ROW):
            _write_cell(sheet, line, k, column, row[k], style, table)
        return
    # Most cells of a large workbook are numbers, which need no look at what they are.
    write_number, write_blank = sheet.write_number, sheet.write_blank
    for line, row in enumerate(rows, start=UNITS_ROW):
        if row[k] is None:
            write_blank(line, k, None, style)
        else:
            write_number(line, k, row[k], style)


def _write_cell(
    sheet: Worksheet, line: int, k: int, column: Column, value: Plain, style: Any, table: str
) -> None:
    """Write one cell as the type it has: a text that looks like a number stays a text."""
    cell = cell_of(value, column)
    if cell == "":
        sheet.write_blank(line, k, None, style)
    elif isinstance(cell, str):
        if len(cell) > LONGEST_TEXT:
            where = f"{table}, {address(line + 1, k)}, {column.name}"
            raise TooLargeError(
                f"{where}: a text of {len(cell):,} characters; Excel has room for {LONGEST_TEXT:,}"
            )
        sheet.write_string(line, k, cell, style)
    elif isinstance(cell, dt.date):
        sheet.write_datetime(line, k, dt.datetime.combine(cell, dt.time()), style)
    else:
        sheet.write_number(line, k, cell, style)


def _comment(column: Column, currency: str) -> str:
    lines = [column.meaning[:1].upper() + column.meaning[1:] + "." if column.meaning else ""]
    lines += [
        f"Unit: {units_text(column, currency)}"
        if column.unit not in ("", "-")
        else f"Allowed: {column.allowed}"
    ]
    if column.has_default and column.default not in (None, ""):
        lines.append(f"Blank: {column.default}")
    return "\n".join(line for line in lines if line)


def _width(column: Column, rows: Sequence[PlainRow], k: int) -> float:
    longest = max((len(str(row[k])) for row in rows[:SAMPLED_ROWS] if row[k] is not None), default=0)
    return min(max(longest, len(column.name) + 3, 10), WIDEST)


def _protect(sheet: Worksheet, may_have_more_rows: bool) -> None:
    """Protect what is locked, without a password: it is against slips, and `excel import` checks it all again."""
    allowed = {name: True for name in ("format_columns", "format_rows", "format_cells", "sort", "autofilter")}
    rows = {"insert_rows": may_have_more_rows, "delete_rows": may_have_more_rows}
    sheet.protect("", {**allowed, **rows})


def _printed(sheet: Worksheet, repeated: str) -> None:
    first, last = repeated.split(":")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(int(first) - 1, int(last) - 1)
    sheet.set_footer("&L&A&R&P / &N")
