"""The report of service for profit: one HTML page that opens without a network."""

import os
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from stockrail import formats
from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, amount_axis, assemble
from stockrail.reports.html_page import chart_library, environment
from stockrail.service.cost_to_serve import ALL, COSTS
from stockrail.service.display import certificate_lines
from stockrail.service.tables import ServiceForProfit

COST_WORDS = {
    "freight": "Freight",
    "duty": "Duty",
    "order_cost": "Orders",
    "capital": "Capital",
    "storage": "Storage, insurance",
    "expedite": "Expediting",
    "stockout": "Stockouts",
    "write_off": "Write-off",
    "change": "Changed orders",
    "overtime": "Overtime",
    "guardrail_penalty": "Penalties",
}


def write_report(result: ServiceForProfit, path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    curves = [(segment, curve_chart(result, k)) for k, segment in enumerate(result.segments)]
    charts = [cost_chart(result), *(chart for _, chart in curves)]
    page = (
        environment()
        .get_template("service.html")
        .render(
            result=result,
            certificates=certificate_lines(result),
            rows=result.trade_off.to_dict("records"),
            curves=[(segment, chart.key) for segment, chart in curves],
            steps=result.steps.to_dict("records"),
            costs=result.cost_to_serve.to_dict("records"),
            columns=shown_costs(result),
            all=ALL,
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def shown_costs(result: ServiceForProfit) -> dict[str, str]:
    """Columns of the cost to serve that are not nothing everywhere, and their headings."""
    return {name: words for name, words in COST_WORDS.items() if result.cost_to_serve[name].any()}


def curve_chart(result: ServiceForProfit, index: int) -> Chart:
    """What added stock earns and what it costs along the efficient options, and where the segment stands."""
    segment = result.segments[index]
    curve = result.curve[result.curve["segment"] == segment]
    curve = curve.assign(
        gain=curve["expected_margin"] + curve["holding"], cost=curve["holding"] + curve["guardrail_charge"]
    )
    efficient = curve[curve["is_efficient"]].sort_values("inventory_value")
    start = efficient.iloc[0]
    currency = result.currency
    lines = [
        row
        for kind, name in (("earns", "gain"), ("costs", "cost"))
        for row in _points(efficient, kind, name, start)
    ]
    scale = alt.Scale(domain=["earns", "costs"], range=["var(--line)", "var(--limit)"])
    x = alt.X(
        field="stock",
        type="quantitative",
        scale=alt.Scale(zero=False, padding=12),
        axis=alt.Axis(title=f"mean inventory ({currency})", labelExpr=AMOUNT_LABEL, grid=False, tickCount=5),
    )
    y = alt.Y(field="money", type="quantitative", axis=amount_axis(currency))
    tooltip = [
        alt.Tooltip(field="option", type="nominal"),
        alt.Tooltip(field="stock", type="quantitative", format=",.0f", title="mean inventory"),
        alt.Tooltip(field="fill", type="quantitative", format=".2%", title="fill rate"),
        alt.Tooltip(field="money", type="quantitative", format=",.0f", title=f"added ({currency})"),
        alt.Tooltip(field="expedite", type="quantitative", format=",.0f", title="expediting"),
        alt.Tooltip(field="lost", type="quantitative", format=",.0f", title="lost margin"),
    ]
    base = alt.Chart(alt.InlineData(values=lines)).encode(x=x, y=y)
    drawn = base.mark_line(strokeWidth=2, point={"size": 40, "filled": True}).encode(
        color=alt.Color(
            field="kind",
            type="nominal",
            scale=scale,
            legend=alt.Legend(title=None, orient="top", offset=22, labelColor="var(--text)"),
        ),
        tooltip=tooltip,
    )
    here = _points(curve[curve["is_baseline"]], "here", "gain", start)
    mark = (
        alt.Chart(alt.InlineData(values=here))
        .mark_point(filled=False, opacity=1, size=220, strokeWidth=2.5, color="var(--text)")
        .encode(x=x, y=y, tooltip=tooltip)
    )
    description = f"{segment}: what added stock earns and costs; the ring is where the segment stands."
    return assemble(f"curve-{index}", description, [drawn, mark], 220)


def _points(rows: pd.DataFrame, kind: str, name: str, start: "pd.Series[Any]") -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "option": str(row["option"]),
            "stock": round(float(row["inventory_value"]), 2),
            "money": round(float(row[name]) - float(start[name]), 2),
            "fill": round(float(row["fill_rate"]), 6),
            "expedite": round(float(row["expedite"]), 2),
            "lost": round(float(row["lost_margin"]), 2),
        }
        for row in rows.to_dict("records")
    ]


def cost_chart(result: ServiceForProfit) -> Chart:
    """Cost to serve as a share of revenue, by segment and kind."""
    words = shown_costs(result)
    values: list[dict[str, Any]] = [
        {
            "segment": str(row["segment"]),
            "cost": words[name],
            "order": COSTS.index(name),
            "share": round(float(row[name]) / float(row["revenue"]), 6),
            "money": formats.money(float(row[name]), result.currency),
        }
        for row in result.cost_to_serve.to_dict("records")
        for name in words
        if row["revenue"] > 0
    ]
    scale = alt.Scale(domain=list(words.values()), range=[f"var(--c{k})" for k in range(len(words))])
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
            x=alt.X(
                field="share",
                type="quantitative",
                stack="zero",
                axis=alt.Axis(title="of revenue", format=".1%", tickCount=5, domain=False, ticks=False),
            ),
            color=alt.Color(
                field="cost",
                type="nominal",
                scale=scale,
                legend=alt.Legend(title=None, orient="top", columns=5, offset=10, labelColor="var(--text)"),
            ),
            order=alt.Order(field="order", type="quantitative"),
            tooltip=[
                alt.Tooltip(field="segment", type="nominal"),
                alt.Tooltip(field="cost", type="nominal"),
                alt.Tooltip(field="money", type="nominal", title="amount"),
                alt.Tooltip(field="share", type="quantitative", format=".2%", title="of revenue"),
            ],
        )
    )
    height = 28 * (result.cost_to_serve["revenue"] > 0).sum() + 10
    return assemble("costs", "Cost to serve as a share of revenue, by segment and kind.", [bars], int(height))
