"""The report of a plan: one HTML file for the supply planner and for finance that opens without a network.

The page is put together here from the other modules of this package (`text`, `orders`, `guardrails`, `balances`, `margin`,
`relaxations`, `shortages` and `checks`); the words around them are in templates/report.html. The page's content security policy
forbids it to load anything.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from stockrail.measures.statistical_gap import gap_sentences
from stockrail.reports import words
from stockrail.reports.balances import FANS, fan, records, whole_plan_limits
from stockrail.reports.chart_parts import Timeline
from stockrail.reports.charts import order_chart
from stockrail.reports.checks import check_sections
from stockrail.reports.guardrails import cards, guardrail_rows, verdict
from stockrail.reports.html_page import chart_library, environment
from stockrail.reports.margin import margin_steps, waterfall
from stockrail.reports.orders import (
    ReportedOrders,
    by_period,
    by_supplier,
    segment_colours,
)
from stockrail.reports.relaxations import loosened_limits, relaxation_sentence
from stockrail.reports.shortages import shortage_section
from stockrail.reports.text import certificate, has_tail, listed, shared_cost_names, tiles, worst_share

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
    page = _render(
        summary, checks or {}, reported, **{name: checked(name, table) for name, table in tables.items()}
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)


def _render(
    summary: dict[str, Any],
    checks: Mapping[str, pd.DataFrame],
    orders: ReportedOrders,
    projection: pd.DataFrame,
    segments: pd.DataFrame,
    guardrails: pd.DataFrame,
    guardrail_periods: pd.DataFrame,
) -> str:
    """Fill the template."""
    currency = str(summary["currency"])
    timeline = Timeline(
        pd.Timestamp(summary["start"]), int(summary["periods"]), float(summary["period_length_days"])
    )
    now, expected = orders.now, orders.expected
    colours = segment_colours(segments, expected)
    limits = whole_plan_limits(guardrails, guardrail_periods)
    relaxed = {(row["guardrail"], row["side"]) for row in summary.get("relaxations") or []}
    guardrail_table = guardrail_rows(guardrails, currency, relaxed)
    loosened = loosened_limits(summary, guardrail_table, currency)
    shared_costs = shared_cost_names(summary)
    ways = {
        (row["name"], row["side"]): words.how_it_holds(row)
        for row in guardrail_table
        if row["holds"] != "every scenario"
    }

    drawn = [fan(projection, metric, limits, ways, currency, timeline) for metric in FANS]
    fans = [one for one in drawn if one is not None]
    guardrail_cards = cards(guardrail_table, guardrail_periods, currency, timeline)
    steps = margin_steps(summary)
    charts = [one["chart"] for one in fans]
    charts += [chart for card in guardrail_cards for chart in card["charts"]]
    charts += [waterfall(steps, currency)] if steps else []
    charts += [] if expected.empty else [order_chart(expected, colours, currency, timeline)]

    return (
        environment()
        .get_template("report.html")
        .render(
            summary=summary,
            currency=currency,
            tiles=tiles(summary, now, guardrail_table, projection, currency),
            certificate=[*certificate(summary), *gap_sentences(summary.get("statistical_gap"), currency)],
            relaxation=relaxation_sentence(loosened, currency),
            loosened=loosened,
            verdict=verdict(guardrail_table, currency),
            shared_costs=listed(shared_costs) if shared_costs else None,
            worst_share=worst_share(summary) if has_tail(summary) else None,
            fans=fans,
            guardrails=guardrail_table,
            cards=guardrail_cards,
            now=records(now),
            suppliers=by_supplier(now),
            has_deposit=bool((now["deposit"] > 0).any()),
            has_fixed_now=bool((now["decision"] == "fixed").any()),
            later=orders.count - len(now),
            fixed=records(orders.fixed),
            expected_orders=by_period(expected),
            colours=colours,
            steps=steps,
            segments=records(segments),
            segment_totals=_segment_totals(segments),
            shortages=shortage_section(checks),
            checks=check_sections(checks, int(summary["periods"])),
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )


def _segment_totals(segments: pd.DataFrame) -> dict[str, float] | None:
    """Add up what can be added up; None where there is nothing to add or the table has its own total."""
    if len(segments) < 2 or "all" in set(segments["segment"]):
        return None
    return {
        name: float(segments[name].sum())
        for name in ("items", "safety_stock_value", "orders_per_year", "inventory_value", "expected_margin")
    }
