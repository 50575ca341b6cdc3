"""The report of a plan: one HTML file for the supply planner and for finance that opens without a network.

What it shows is put together in `contents`; the words around it are in templates/report.html. The page's content security policy
forbids it to load anything.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.reports.contents import report_contents
from stockrail.reports.html_page import chart_library, environment
from stockrail.reports.orders import ReportedOrders

# fmt: off
COLUMNS = {
    "orders": [
        "item", "description", "segment", "supplier", "decision", "period", "date", "node", "probability", "lots",
        "units", "value", "deposit", "due_period", "due_date", "pay_date",
    ],
    "projection": ["metric", "period", "date", "mean", "p05", "p25", "p50", "p75", "p95", "min", "max"],
    "segments": [
        "segment", "items", "safety_stock_units", "safety_stock_value", "safety_stock_days", "implied_z",
        "average_lot", "orders_per_year", "fill_rate", "inventory_value", "turns", "expected_margin",
    ],
    "guardrails": [
        "name", "metric", "scope", "scope_value", "side", "holds", "alpha", "measured", "first_period", "last_period",
        "limit", "worst", "slack", "price", "price_up", "price_down", "range_from", "range_to", "return_per_year",
        "return_up_per_year", "return_down_per_year", "price_holds", "binding_periods", "hard", "owner",
    ],
    "guardrail_periods": [
        "name", "metric", "side", "period", "date", "limit", "mean", "p05", "p95", "worst", "price", "price_up", "price_down",
        "range_from", "range_to",
    ],
}
# fmt: on


def write_report(
    summary: dict[str, Any],
    orders: pd.DataFrame | Iterable[pd.DataFrame],
    projection: pd.DataFrame,
    segments: pd.DataFrame,
    guardrails: pd.DataFrame,
    guardrail_periods: pd.DataFrame,
    path: Path,
    checks: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write the report of a plan to `path`, replacing what is there in one step; `COLUMNS` lists each table's columns.

    Parameters
    ----------
    summary
        The plan's plan.json. Where it has no `relaxations` or CVaR, the page says nothing of them.
    orders
        One row per order and node; `decision` is "now", "planned" or "fixed". Fixed orders of period 0 are orders to
        place now, too. Very many may come in pieces, one after the other.
    projection
        One row per metric and period: mean, percentiles and extremes over scenarios.
    segments
        One row per segment.
    guardrails
        One row per guardrail and side; `price` is at least 0 for an upper limit, at most 0 for a lower one.
    guardrail_periods
        One row per guardrail, side and period; `limit` is the tightest.
    path
        The HTML file to write.
    checks
        Frames of the checks that were made, by name.

    Raises
    ------
    ValueError
        If a table lacks columns; the message names the table and the columns.
    """
    tables = {
        "projection": projection,
        "segments": segments,
        "guardrails": guardrails,
        "guardrail_periods": guardrail_periods,
    }

    def checked(name: str, table: pd.DataFrame) -> pd.DataFrame:
        missing = [column for column in COLUMNS[name] if column not in table.columns]
        if missing:
            raise ValueError(f"The table {name} has no column {', '.join(missing)}.")
        return table

    pieces = [orders] if isinstance(orders, pd.DataFrame) else orders
    reported = ReportedOrders.of(checked("orders", piece) for piece in pieces)
    whole = {name: checked(name, table) for name, table in tables.items()}
    page = _render(report_contents(summary, checks or {}, reported, **whole))
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)


def _render(contents: dict[str, Any]) -> str:
    """Fill the template."""
    embedded = {chart.key: chart.specification for chart in contents["charts"]}
    return (
        environment()
        .get_template("report.html")
        .render(**contents, embedded=embedded, library=chart_library())
    )
