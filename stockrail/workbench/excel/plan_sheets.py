"""The sheets that show a plan: the heat map of buys, and fan charts of stock and working capital. They are for reading."""

import datetime as dt
import math
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from stockrail.workbench.excel.layout import BUYS, OUTLOOK, address, column_letters
from stockrail.workbench.excel.plan_tables import PERCENTILES, PlanTables
from stockrail.workbench.excel.styles import HEAT, Styles

TITLES = {"inventory_value": "Inventory value", "working_capital": "Working capital"}
BANDS = (("p05", "p25", "#C6DBEF"), ("p25", "p75", "#6BAED6"), ("p75", "p95", "#C6DBEF"))
"""Between which percentiles a band of the fan lies, and its colour."""

HEADER, FIRST = 2, 3
"""Rows of the header and of the first value of the heat map, counted from 0."""

MOST_DATES = 12
"""Dates below a chart, about."""

CHART_ROWS = 24
"""Rows of a sheet that a chart covers."""


def write_buys(book: Workbook, plan: PlanTables, styles: Styles, currency: str) -> None:
    """Write the heat map: the expected value of the orders of each item in each period, dark where it is much."""
    sheet = book.add_worksheet(BUYS)
    sheet.write_string(0, 0, f"Expected value of orders by item and period, {currency}", styles.heading)
    sheet.write_string(
        1,
        0,
        "Orders of the first date are placed now; later ones depend on what happens, so they are averages.",
    )
    names = [*map(str, plan.buys.index.names), "total"]
    dates = [dt.date.fromisoformat(str(date)) for date in plan.buys.columns]
    for k, name in enumerate(names):
        sheet.write_string(HEADER, k, name, styles.header)
    for k, date in enumerate(dates, start=len(names)):
        sheet.write_datetime(HEADER, k, dt.datetime.combine(date, dt.time()), styles.header_date)
    for row, (texts, values) in enumerate(
        zip(plan.buys.index, plan.buys.to_numpy(), strict=True), start=FIRST
    ):
        for k, text in enumerate(texts):
            sheet.write_string(row, k, text, styles.name)
        first, last = address(row + 1, len(names)), address(row + 1, len(names) + len(dates) - 1)
        total = float(pd.Series(values).sum())
        sheet.write_formula(row, len(names) - 1, f"=SUM({first}:{last})", styles.total, total)
        for k, value in enumerate(values.tolist(), start=len(names)):
            if math.isnan(value):
                sheet.write_blank(row, k, None, styles.amount)
            else:
                sheet.write_number(row, k, value, styles.amount)
    if len(plan.buys):
        last_row = FIRST + len(plan.buys) - 1
        colours = {f"{key}_color": HEAT[f"{key}_color"] for key in ("min", "mid", "max")}
        # The middle colour at the median: a few large orders would leave everything else pale.
        rule: dict[str, Any] = {"type": "3_color_scale", "mid_type": "percentile", "mid_value": 50, **colours}
        sheet.conditional_format(FIRST, len(names), last_row, len(names) + len(dates) - 1, rule)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, len(names) - 1, 13)
    sheet.set_column(len(names), len(names) + len(dates), 8)
    sheet.set_row(HEADER, 80)
    sheet.freeze_panes(FIRST, len(names))
    _for_reading(sheet)


def write_outlook(book: Workbook, plan: PlanTables, styles: Styles, currency: str) -> None:
    """Write the fan charts, with the numbers they are drawn from to their right."""
    sheet = book.add_worksheet(OUTLOOK)
    sheet.hide_gridlines(2)
    left = 12
    sheet.set_column(left, left, 12)
    sheet.set_column(left + 1, left + 12, 11)
    for k, (balance, table) in enumerate(plan.outlook.items()):
        _Fan(book, sheet, styles, balance, table, k * max(CHART_ROWS, len(table) + 3), left, currency).write()
    _for_reading(sheet)


class _Fan:
    """One fan chart with its numbers, which begin in a row and a column counted from 0."""

    def __init__(
        self,
        book: Workbook,
        sheet: Worksheet,
        styles: Styles,
        balance: str,
        table: pd.DataFrame,
        row: int,
        left: int,
        currency: str,
    ) -> None:
        self.book, self.sheet, self.styles, self.currency = book, sheet, styles, currency
        self.title, self.table, self.row, self.left = TITLES[balance], table, row, left
        self.names = ["date", *PERCENTILES, "limit", "least", *(f"{a} to {b}" for a, b, _ in BANDS)]

    def write(self) -> None:
        """Write the numbers, then the chart."""
        first = self.row + 1
        for k, name in enumerate(self.names):
            self.sheet.write_string(self.row, self.left + k, name, self.styles.header)
        for line, values in enumerate(self.table.itertuples(index=False), start=first):
            date = dt.datetime.fromisoformat(str(values[0]))
            self.sheet.write_datetime(line, self.left, date, self.styles.date)
            for k, value in enumerate(values[1:], start=self.left + 1):
                if not math.isnan(value):
                    self.sheet.write_number(line, k, float(value), self.styles.amount)
            for k, (low, high, _) in enumerate(BANDS, start=self.left + 8):
                a, b = (address(line + 1, self.left + self.names.index(name)) for name in (low, high))
                width = float(getattr(values, high)) - float(getattr(values, low))
                self.sheet.write_formula(line, k, f"={b}-{a}", self.styles.amount, width)
        self.sheet.insert_chart(self.row, 0, self._chart(), {"object_position": 3})

    def _chart(self) -> Any:
        fan = self.book.add_chart({"type": "area", "subtype": "stacked"})
        fan.add_series({**self._of("p05"), "name": "below", "fill": {"none": True}, "border": {"none": True}})
        for low, high, colour in BANDS:
            fan.add_series(
                {**self._of(f"{low} to {high}"), "name": f"{low} to {high}", "fill": {"color": colour}}
            )
        lines = self.book.add_chart({"type": "line"})
        drawn = {"p50": ("#08519C", "solid", "median"), "limit": ("#B30000", "dash", "limit")}
        drawn["least"] = ("#B30000", "square_dot", "least allowed")
        for name, (colour, dash, words) in drawn.items():
            if self.table[name].notna().any():
                line = {"color": colour, "width": 2, "dash_type": dash}
                lines.add_series({**self._of(name), "name": words, "line": line})
        fan.combine(lines)
        fan.set_title({"name": f"{self.title}, {self.currency}", "name_font": {"size": 12}})
        labels = {
            "text_axis": True,
            "interval_unit": max(1, len(self.table) // MOST_DATES),
            "num_font": {"rotation": -45},
        }
        fan.set_x_axis({"num_format": "yyyy-mm-dd", "label_position": "low", **labels})
        fan.set_y_axis({"num_format": "#,##0", **self._range()})
        fan.set_legend({"position": "bottom", "delete_series": [0]})
        fan.set_size({"width": 760, "height": 20 * (CHART_ROWS - 2)})
        return fan

    def _of(self, name: str) -> dict[str, str]:
        """Dates and values of a column, as a chart's series refers to them."""
        first, last = self.row + 2, self.row + 1 + len(self.table)
        of, dates = column_letters(self.left + self.names.index(name)), column_letters(self.left)
        return {
            "categories": f"={OUTLOOK}!${dates}${first}:${dates}${last}",
            "values": f"={OUTLOOK}!${of}${first}:${of}${last}",
        }

    def _range(self) -> dict[str, float]:
        """From where the axis starts: a fan far above zero would be a thin stripe on one that starts there."""
        least = float(self.table[["p05", "least"]].min().min())
        most = float(self.table[["p95", "limit"]].max().max())
        if least <= 0 or least < most / 3:
            return {}
        step = 10 ** (len(str(int(most))) - 2)
        return {"min": max(0.0, (least - (most - least) / 3) // step * step)}


def _for_reading(sheet: Worksheet) -> None:
    sheet.protect(
        "", {"select_locked_cells": True, "format_columns": True, "autofilter": True, "objects": True}
    )
    sheet.set_tab_color("#1F3A4D")
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
