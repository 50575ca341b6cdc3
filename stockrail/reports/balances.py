"""The balances that finance looks at, over all scenarios and against the limits of the whole plan."""

from typing import Any

import pandas as pd

from stockrail.reports import words
from stockrail.reports.chart_parts import Timeline
from stockrail.reports.charts import FAN, range_chart

FANS = ("working_capital", "inventory_value", "cash")
"""Metrics with a chart of their own."""


def fan(
    projection: pd.DataFrame,
    metric: str,
    limits: pd.DataFrame,
    ways: dict[tuple[str, str], str],
    currency: str,
    timeline: Timeline,
) -> dict[str, Any] | None:
    """The fan of a metric against its limits, with the table behind it; None where there are no data.

    `ways` says in words how a limit holds, by name and side, where it does not hold in every scenario.
    """
    rows = projection[projection["metric"] == metric].sort_values("period")
    if rows.empty:
        return None
    limits = limits[limits["metric"] == metric].sort_values("period")
    named = list(dict.fromkeys(zip(limits["name"], limits["side"], strict=True)))
    label = words.label(metric)
    description = (
        f"{label} by period over all scenarios against its limits: median, mean, percentiles and extremes. "
        "The table below the chart has the numbers."
    )
    chart, shown = range_chart(f"fan-{metric}", description, rows, FAN, limits, currency, timeline)
    by_period = limits.groupby("period")["limit"].agg(list).to_dict()
    return {
        "metric": metric,
        "label": label,
        "chart": chart,
        "limits": [
            {
                "name": name,
                "side": side,
                "way": ways.get((name, side)),
                "is_outside": (name, side) not in shown,
            }
            for name, side in named
        ],
        "rows": [row | {"limits": by_period.get(row["period"], [])} for row in records(rows)],
    }


def whole_plan_limits(guardrails: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """The rows of the guardrails that limit the whole plan period by period; only they belong next to the plan's totals."""
    is_by_period = ~guardrails["measured"].isin(["average", "total"])
    whole = set(guardrails.loc[(guardrails["scope"] == "all") & is_by_period, "name"])
    return periods[periods["name"].isin(whole) & periods["limit"].notna()]


def records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """The rows of a table for the template, None where a value is missing."""
    return table.astype(object).where(table.notna(), None).to_dict("records")
