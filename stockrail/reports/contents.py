"""What the report of a plan shows, as data: its page and other pages are made of it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stockrail.measures.statistical_gap import gap_sentences
from stockrail.reports import words
from stockrail.reports.balances import FANS, fan, records, whole_plan_limits
from stockrail.reports.chart_parts import Timeline
from stockrail.reports.charts import order_chart
from stockrail.reports.checks import check_sections
from stockrail.reports.guardrails import cards, guardrail_rows, verdict
from stockrail.reports.margin import margin_steps, waterfall
from stockrail.reports.orders import ReportedOrders, by_period, by_supplier, segment_colours
from stockrail.reports.relaxations import loosened_limits, relaxation_sentence
from stockrail.reports.shortages import shortage_section
from stockrail.reports.text import certificate, has_tail, listed, shared_cost_names, tiles, worst_share


def timeline_of(summary: Mapping[str, Any]) -> Timeline:
    """The periods of a plan, from its plan.json."""
    return Timeline(
        pd.Timestamp(summary["start"]), int(summary["periods"]), float(summary["period_length_days"])
    )


def report_contents(
    summary: dict[str, Any],
    checks: Mapping[str, pd.DataFrame],
    orders: ReportedOrders,
    projection: pd.DataFrame,
    segments: pd.DataFrame,
    guardrails: pd.DataFrame,
    guardrail_periods: pd.DataFrame,
) -> dict[str, Any]:
    """Everything that templates/report.html needs but the libraries; `charts` has all of its charts.

    Parameters
    ----------
    summary, checks, projection, segments, guardrails, guardrail_periods : as `stockrail.reports.report.write_report` takes them.
    """
    currency = str(summary["currency"])
    timeline = timeline_of(summary)
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

    return {
        "summary": summary,
        "currency": currency,
        "tiles": tiles(summary, now, guardrail_table, projection, currency),
        "certificate": [*certificate(summary), *gap_sentences(summary.get("statistical_gap"), currency)],
        "relaxation": relaxation_sentence(loosened, currency),
        "loosened": loosened,
        "verdict": verdict(guardrail_table, currency),
        "shared_costs": listed(shared_costs) if shared_costs else None,
        "worst_share": worst_share(summary) if has_tail(summary) else None,
        "fans": fans,
        "guardrails": guardrail_table,
        "cards": guardrail_cards,
        "now": records(now),
        "suppliers": by_supplier(now),
        "has_deposit": bool((now["deposit"] > 0).any()),
        "has_fixed_now": bool((now["decision"] == "fixed").any()),
        "later": orders.count - len(now),
        "fixed": records(orders.fixed),
        "expected_orders": by_period(expected),
        "colours": colours,
        "steps": steps,
        "segments": records(segments),
        "segment_totals": _segment_totals(segments),
        "shortages": shortage_section(checks),
        "checks": check_sections(checks, int(summary["periods"])),
        "charts": charts,
    }


def _segment_totals(segments: pd.DataFrame) -> dict[str, float] | None:
    """Add up what can be added up; None where there is nothing to add or the table has its own total."""
    if len(segments) < 2 or "all" in set(segments["segment"]):
        return None
    return {
        name: float(segments[name].sum())
        for name in ("items", "safety_stock_value", "orders_per_year", "inventory_value", "expected_margin")
    }
