"""The report of an evaluation: one HTML page that opens without a network."""

import os
from pathlib import Path
from typing import Any

import altair as alt

from stockrail.evaluation.display import ceiling_line, certificate_lines, opening_line, verdict_lines
from stockrail.evaluation.evaluation import PLAN, Evaluation
from stockrail.formats import finite
from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, assemble
from stockrail.reports.html_page import chart_library, environment

ROW_HEIGHT = 44
"""Pixels of a contestant in the chart."""


def write_report(result: Evaluation, path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    charts = [difference_chart(result)]
    rows = result.table.to_dict("records")
    page = (
        environment()
        .get_template("evaluation.html")
        .render(
            result=result,
            facts=result.facts,
            opening=opening_line(result),
            verdicts=[
                line.strip() for line in verdict_lines(result) if line.lower() != result.summary.lower()
            ],
            certificates=certificate_lines(result),
            rows=rows,
            ceiling=ceiling_line(result),
            breaches=result.breaches.to_dict("records"),
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def difference_chart(result: Evaluation) -> Chart:
    """The plan's margin less that of each contestant, with intervals; hollow with the stock that is left at its full value."""
    values: list[dict[str, Any]] = []
    for row in result.table.to_dict("records"):
        if row["name"] == PLAN:
            continue
        for measure, kind in (("margin", "margin"), ("margin_full_stock", "stock left at full value")):
            values.append(
                {
                    "name": row["name"],
                    "kind": kind,
                    "difference": finite(row[f"{measure}_difference"]),
                    "lower": finite(row[f"{measure}_lower"]),
                    "upper": finite(row[f"{measure}_upper"]),
                }
            )
    base = alt.Chart(alt.InlineData(values=values))
    order = [value["name"] for value in values if value["kind"] == "margin"]
    y = alt.Y(
        field="name",
        type="nominal",
        sort=order,
        axis=alt.Axis(title=None, grid=False, ticks=False, labelLimit=200),
    )
    offset = alt.YOffset(field="kind", type="nominal")
    tooltip = [
        alt.Tooltip(field="name", type="nominal", title="contestant"),
        alt.Tooltip(field="kind", type="nominal"),
        alt.Tooltip(field="difference", type="quantitative", format=",.0f", title="plan less it"),
        alt.Tooltip(field="lower", type="quantitative", format=",.0f", title="from"),
        alt.Tooltip(field="upper", type="quantitative", format=",.0f", title="to"),
    ]
    axis = alt.Axis(title=result.currency, labelExpr=AMOUNT_LABEL, tickCount=6, domain=False, ticks=False)
    zero = (
        alt.Chart(alt.InlineData(values=[{"zero": 0}]))
        .mark_rule(color="var(--limit)", strokeDash=[4, 3])
        .encode(x=alt.X(field="zero", type="quantitative"))
    )
    line = base.mark_rule(color="var(--line)", strokeWidth=2).encode(
        x=alt.X(field="lower", type="quantitative", axis=axis),
        x2=alt.X2(field="upper"),
        y=y,
        yOffset=offset,
        tooltip=tooltip,
    )
    point = base.mark_point(size=70, stroke="var(--line)", opacity=1).encode(
        x=alt.X(field="difference", type="quantitative", axis=axis),
        y=y,
        yOffset=offset,
        fill=alt.Fill(
            field="kind",
            type="nominal",
            scale=alt.Scale(
                domain=["margin", "stock left at full value"], range=["var(--line)", "var(--page)"]
            ),
            legend=None,
        ),
        tooltip=tooltip,
    )
    height = ROW_HEIGHT * max(len(order), 1) + 40
    return assemble(
        "differences",
        "Margin of the plan less that of each contestant, with intervals.",
        [zero, line, point],
        height,
    )
