"""The chart of a frontier: one HTML page that opens without a network, made like the report of a plan."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt

from stockrail import formats
from stockrail.finance.finance_display import frontier_certificates, knee_sentence
from stockrail.finance.frontier import Frontier
from stockrail.finance.frontier_point import INFEASIBLE, FrontierPoint
from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, amount_axis, assemble
from stockrail.reports.html_page import chart_library, environment

_SMALL = 170
_POINT = 45


def write_frontier(frontier: Frontier, path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    charts = frontier_charts(frontier)
    page = (
        environment()
        .get_template("frontier.html")
        .render(
            frontier=frontier,
            points=frontier.points,
            objective_name=_objective_name(frontier),
            is_money=frontier.unit == frontier.currency,
            knee=knee_sentence(frontier),
            certificates=frontier_certificates(frontier),
            infeasible=INFEASIBLE,
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def frontier_charts(frontier: Frontier) -> list[Chart]:
    """Margin against the limit with its bound, then fill rate and inventory; only points that have a plan."""
    values = [_row(point) for point in frontier.points if point.has_plan]
    currency = frontier.currency
    inventory = [("peak", "var(--edge)", [2, 2]), ("mean", "var(--line)", [1, 0])]
    return [
        _margin_chart(frontier, values),
        _small_chart(
            frontier, "fill", "Fill rate", values, [("fill", "var(--line)", [1, 0])], "", "fill rate"
        ),
        _small_chart(frontier, "inventory", "Inventory value", values, inventory, currency, currency),
    ]


def _row(point: FrontierPoint) -> dict[str, Any]:
    numbers = {
        "limit": point.limit,
        "objective": point.objective,
        "bound": point.bound,
        "gap": point.gap,
        "fill": point.fill_rate,
        "mean": point.mean_inventory_value,
        "peak": point.peak_inventory_value,
    }
    return {name: formats.finite(float(f"{value:.9g}")) for name, value in numbers.items()}


def _margin_chart(frontier: Frontier, values: list[dict[str, Any]]) -> Chart:
    base = alt.Chart(alt.InlineData(values=values)).encode(x=_x(frontier))
    name = _objective_name(frontier)

    def y(field: str) -> alt.Y:
        return alt.Y(
            field=field, type="quantitative", scale=alt.Scale(zero=False), axis=amount_axis(frontier.currency)
        )

    layers: list[alt.Chart] = [
        base.mark_area(color="var(--band)", opacity=0.45).encode(y=y("objective"), y2=alt.Y2(field="bound")),
        base.mark_line(color="var(--line)", strokeWidth=2.5).encode(y=y("objective")),
        base.mark_point(filled=True, opacity=1, size=_POINT, color="var(--line)").encode(y=y("objective")),
    ]
    knee = frontier.knee
    if knee is not None:
        at = alt.Chart(
            alt.InlineData(values=[{"limit": knee.limit, "objective": knee.objective, "label": "knee"}])
        )
        at = at.encode(x=_x(frontier), y=y("objective"))
        layers.append(at.mark_point(filled=False, opacity=1, size=260, strokeWidth=2.5, color="var(--limit)"))
        text = at.mark_text(dy=20, dx=8, align="left", fontSize=13, color="var(--limit)")
        layers.append(text.encode(text=alt.Text(field="label", type="nominal")))
    layers += _stated(frontier)
    tooltip = [
        alt.Tooltip(field="limit", type="quantitative", format=",.6~g", title=f"limit ({frontier.unit})"),
        alt.Tooltip(
            field="objective", type="quantitative", format=",.0f", title=f"{name} ({frontier.currency})"
        ),
        alt.Tooltip(field="bound", type="quantitative", format=",.0f", title="no plan above"),
        alt.Tooltip(field="gap", type="quantitative", format=".2%", title="gap"),
    ]
    layers.append(base.mark_rule(strokeWidth=14, opacity=0).encode(tooltip=tooltip))
    description = f"{name.capitalize()} against the {frontier.side} limit of {frontier.guardrail}, with the bound above it."
    return assemble("margin", description, layers, 340)


def _stated(frontier: Frontier) -> list[alt.Chart]:
    """The limit as its owner states it, where it lies among the others: elsewhere it would squeeze them together."""
    limits = [point.limit for point in frontier.points if point.has_plan]
    if not min(limits) <= frontier.stated <= max(limits):
        return []
    at = alt.Chart(alt.InlineData(values=[{"limit": frontier.stated, "label": "as stated"}])).encode(
        x=_x(frontier)
    )
    text = at.mark_text(align="left", baseline="top", dx=4, fontSize=12, color="var(--muted)")
    return [
        at.mark_rule(strokeDash=[4, 3], color="var(--muted)"),
        text.encode(y=alt.value(0), text=alt.Text(field="label", type="nominal")),
    ]


def _small_chart(
    frontier: Frontier,
    key: str,
    title: str,
    values: list[dict[str, Any]],
    lines: Sequence[tuple[str, str, list[int]]],
    unit: str,
    axis_title: str,
) -> Chart:
    base = alt.Chart(alt.InlineData(values=values)).encode(x=_x(frontier))
    axis = amount_axis(axis_title)
    if not unit:
        axis = alt.Axis(
            title=axis_title, format=".1%", tickCount=4, domain=False, ticks=False,
            titleAngle=0, titleAlign="left", titleAnchor="end", titleY=-10, titleX=0,
        )  # fmt: skip
    layers: list[alt.Chart] = []
    for field, color, dash in lines:
        y = alt.Y(field=field, type="quantitative", scale=alt.Scale(zero=False), axis=axis)
        mark = base.mark_line(
            color=color,
            strokeWidth=2,
            strokeDash=dash,
            point={"color": color, "size": _POINT, "filled": True},
        )
        layers.append(mark.encode(y=y))
    tooltip = [
        alt.Tooltip(field="limit", type="quantitative", format=",.6~g", title=f"limit ({frontier.unit})")
    ]
    tooltip += [
        alt.Tooltip(
            field=field, type="quantitative", format=",.0f" if unit else ".2%", title=field if unit else title
        )
        for field, _, _ in lines
    ]
    layers.append(base.mark_rule(strokeWidth=14, opacity=0).encode(tooltip=tooltip))
    return assemble(
        key, f"{title} against the {frontier.side} limit of {frontier.guardrail}.", layers, _SMALL
    )


def _x(frontier: Frontier) -> alt.X:
    axis = alt.Axis(
        title=f"{frontier.side} limit of {frontier.guardrail} ({frontier.unit})",
        labelExpr=AMOUNT_LABEL,
        grid=False,
        tickCount=6,
        labelOverlap="greedy",
    )
    return alt.X(field="limit", type="quantitative", scale=alt.Scale(zero=False, padding=12), axis=axis)


def _objective_name(frontier: Frontier) -> str:
    """What the frontier is about: the expected margin, unless worst scenarios weigh in."""
    is_margin = all(
        abs(point.objective - point.expected_margin) <= 1e-6 * max(abs(point.objective), 1.0)
        for point in frontier.points
        if point.has_plan
    )
    return "expected margin" if is_margin else "objective"
