"""The scorecard as one HTML page that opens without a network."""

import os
from pathlib import Path
from typing import Any

import altair as alt

from stockrail.reports.chart_parts import Chart, assemble
from stockrail.reports.html_page import chart_library, environment
from stockrail.workbench.scorecard.display import Words, group_rows, missing_lines, title_lines, verdict
from stockrail.workbench.scorecard.metric import GROUPS, Group
from stockrail.workbench.scorecard.scorecard import Row, Scorecard
from stockrail.workbench.scorecard.scoring import ALL_METRICS

PARTS = {"market": "the market's part", "controllable": "controllable"}
"""Parts of a change, and what they are called."""

MOST_SHARE = 2.0
"""Parts that are larger, as a multiple of the plan, would leave no room for others in a chart."""

LEAST_MONEY = 1e-3
"""Money whose plan is a smaller share of the largest metric in money would show as if it mattered: an excess of EUR 2 that is gone."""

SEGMENT_METRICS = (
    "fill_rate",
    "on_time_in_full",
    "days_of_supply",
    "turns",
    "excess_and_obsolete",
    "forecast_error",
)
"""Metrics of the table by segment."""


def write_page(card: Scorecard, path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    charts = [chart for chart in (split_chart(card), segment_chart(card)) if chart is not None]
    page = (
        environment()
        .get_template("scorecard.html")
        .render(
            name=card.now.instance.settings.name,
            title_lines=list(title_lines(card)),
            groups=[(heading, _group(card, group)) for group, heading in GROUPS.items()],
            segments=_by_scope(card, "segment ", SEGMENT_METRICS),
            segment_titles=_titles(SEGMENT_METRICS),
            suppliers=_by_scope(card, "supplier ", ("lead_time", "supplier_on_time")),
            supplier_titles=_titles(("lead_time", "supplier_on_time")),
            definitions=[(metric.title, metric.definition, metric.better) for metric in ALL_METRICS],
            missing=list(missing_lines(card)),
            notes=card.notes,
            aged_days=card.aged_days,
            keys={chart.key for chart in charts},
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def split_chart(card: Scorecard) -> Chart | None:
    """Both parts of each change, as a share of the plan; None where there is no change that has parts."""
    values: list[dict[str, Any]] = []
    words = Words((), card.currency)
    least = LEAST_MONEY * max(
        (abs(row.now.plan or 0.0) for row in card.rows if row.metric.unit == "money"), default=0.0
    )
    for row in card.rows:
        plan = row.now.plan
        if row.metric.unit == "money" and abs(plan or 0.0) < least:
            continue
        parts = {"market": row.now.market, "controllable": row.now.controllable}
        sizes = [abs(value) for value in parts.values() if value is not None]
        if row.now.scope or not plan or len(sizes) < len(parts) or max(sizes) > MOST_SHARE * abs(plan):
            continue
        values += [
            {
                "metric": row.metric.title,
                "part": PARTS[part],
                "share": round(float(value) / abs(plan), 6),
                "amount": f"{words.change(value, row.metric.unit)} {words.unit(row.metric.unit)}",
            }
            for part, value in parts.items()
            if value is not None
        ]
    if not values:
        return None
    count = len({row["metric"] for row in values})
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            y=alt.Y(
                field="metric",
                type="nominal",
                sort=None,
                axis=alt.Axis(title=None, labelLimit=170, domain=False, ticks=False),
            ),
            x=alt.X(
                field="share",
                type="quantitative",
                stack="zero",
                axis=alt.Axis(
                    title="change, of the plan", format="+.0%", tickCount=5, domain=False, ticks=False
                ),
            ),
            color=alt.Color(
                field="part",
                type="nominal",
                scale=alt.Scale(domain=list(PARTS.values()), range=["var(--market)", "var(--controllable)"]),
                legend=alt.Legend(title=None, orient="top", offset=10, labelColor="var(--text)"),
            ),
            tooltip=[
                alt.Tooltip(field="metric", type="nominal"),
                alt.Tooltip(field="part", type="nominal"),
                alt.Tooltip(field="amount", type="nominal", title="change"),
                alt.Tooltip(field="share", type="quantitative", format="+.1%", title="of the plan"),
            ],
        )
    )
    return assemble("split", "Change from plan to actual by metric: the market's part and the controllable one, as a share of the plan.", [bars], 26 * count + 10)  # fmt: skip


def segment_chart(card: Scorecard) -> Chart | None:
    """Days of supply by segment: last quarter, plan, actual; None where fewer than two segments have any."""
    values: list[dict[str, Any]] = []
    for row in card.rows:
        if row.metric.name != "days_of_supply" or not row.now.scope:
            continue
        columns = {
            "last quarter": None if row.last is None else row.last.actual,
            "plan": row.now.plan,
            "actual": row.now.actual,
        }
        values += [
            {
                "segment": row.now.scope.removeprefix("segment "),
                "column": name,
                "order": k,
                "days": round(value, 2),
            }
            for k, (name, value) in enumerate(columns.items())
            if value is not None
        ]
    segments = {row["segment"] for row in values}
    if len(segments) < 2:
        return None
    names = ["last quarter", "plan", "actual"]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            y=alt.Y(
                field="segment",
                type="nominal",
                sort=None,
                axis=alt.Axis(title=None, labelLimit=160, domain=False, ticks=False),
            ),
            yOffset=alt.YOffset(field="column", type="nominal", sort=names),
            x=alt.X(
                field="days",
                type="quantitative",
                axis=alt.Axis(title="days of supply", tickCount=5, domain=False, ticks=False),
            ),
            color=alt.Color(
                field="column",
                type="nominal",
                scale=alt.Scale(domain=names, range=["var(--before)", "var(--planned)", "var(--line)"]),
                legend=alt.Legend(title=None, orient="top", offset=10, labelColor="var(--text)"),
            ),
            tooltip=[
                alt.Tooltip(field="segment", type="nominal"),
                alt.Tooltip(field="column", type="nominal"),
                alt.Tooltip(field="days", type="quantitative", format=".1f"),
            ],
        )
    )
    return assemble("segments", "Days of supply by segment: last quarter, plan and actual.", [bars], 44 * len(segments) + 10)  # fmt: skip


def _cells(row: Row, words: Words) -> dict[str, Any]:
    unit = row.metric.unit
    return {
        "title": row.metric.title,
        "definition": row.metric.definition,
        "unit": words.unit(unit),
        "last": words.value(None if row.last is None else row.last.actual, unit),
        "plan": words.value(row.now.plan, unit),
        "actual": words.value(row.now.actual, unit),
        "change": words.change(row.now.change, unit),
        "market": words.change(row.now.market, unit),
        "controllable": words.change(row.now.controllable, unit),
        "verdict": verdict(row),
    }


def _by_scope(card: Scorecard, kind: str, metrics: tuple[str, ...]) -> list[tuple[str, list[dict[str, Any]]]]:
    scopes = dict.fromkeys(row.now.scope for row in card.rows if row.now.scope.startswith(kind))
    by_scope = {scope: [card.of(metric, scope) for metric in metrics] for scope in scopes}
    words = Words([row for rows in by_scope.values() for row in rows], card.currency)
    return [
        (scope.removeprefix(kind), [_cells(row, words) for row in rows]) for scope, rows in by_scope.items()
    ]


def _group(card: Scorecard, group: Group) -> list[dict[str, Any]]:
    rows = group_rows(card, group)
    words = Words(rows, card.currency)
    return [_cells(row, words) for row in rows]


def _titles(names: tuple[str, ...]) -> list[str]:
    titles = {metric.name: metric.title for metric in ALL_METRICS}
    return [titles[name] for name in names]
