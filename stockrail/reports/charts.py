"""The report's charts over time: balances against their limits, what looser limits earn, and expected buys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from stockrail.reports.chart_parts import Chart, Timeline, amount_axis, assemble, data, date_tooltip

_STATISTICS = {
    "worst": "worst scenario",
    "max": "highest",
    "p95": "95th percentile",
    "p75": "75th percentile",
    "p50": "median",
    "mean": "mean",
    "p25": "25th percentile",
    "p05": "5th percentile",
    "min": "lowest",
}
_EXTREME: dict[str, Any] = {"color": "var(--edge)", "strokeWidth": 1.5, "strokeDash": [2, 2]}
_MEAN: dict[str, Any] = {"color": "var(--text)", "strokeWidth": 1.5, "strokeDash": [6, 3]}
_MIDDLE: dict[str, Any] = {"color": "var(--line)", "strokeWidth": 2.5}
_REACH = 1.5  # a limit further from the data than this many data ranges would flatten the chart


@dataclass(frozen=True)
class RangeStyle:
    """What a chart of a range shows: bands (lower, upper, opacity), lines (field: mark), and its height.

    `worst` is what its tooltip calls the field of that name, `decimals` those of its tooltip's amounts.
    """

    bands: tuple[tuple[str, str, float], ...]
    lines: dict[str, dict[str, Any]]
    height: int
    worst: str = _STATISTICS["worst"]
    decimals: int = 0

    @property
    def fields(self) -> list[str]:
        """The columns it needs."""
        edges = [field for lower, upper, _ in self.bands for field in (lower, upper)]
        return list(dict.fromkeys([*self.lines, *edges]))


FAN = RangeStyle(
    bands=(("p05", "p95", 0.3), ("p25", "p75", 0.55)),
    lines={"min": _EXTREME, "max": _EXTREME, "p50": _MIDDLE, "mean": _MEAN},
    height=300,
)
CARD = RangeStyle(bands=(("p05", "p95", 0.45),), lines={"mean": _MEAN, "worst": _EXTREME}, height=180)


def range_chart(
    key: str,
    description: str,
    rows: pd.DataFrame,
    style: RangeStyle,
    limits: pd.DataFrame,
    unit: str,
    timeline: Timeline,
) -> tuple[Chart, set[tuple[str, str]]]:
    """Draw bands, lines and limits by period.

    Returns the chart and the limits in it, by name and side: those too far from the data are left out, because they
    would flatten everything else.
    """
    fields = style.fields
    values = data(rows, fields)
    known = [value[field] for value in values for field in fields if value[field] is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    reach = _REACH * max(high - low, 0.1 * max(abs(low), abs(high)), 1.0)
    near = limits[(limits["limit"] >= low - reach) & (limits["limit"] <= high + reach)]
    low, high = min([low, *near["limit"]]), max([high, *near["limit"]])
    margin = 0.04 * (high - low or 1.0)
    scale = alt.Scale(domain=[low - margin, high + margin], nice=True, zero=False)
    base = alt.Chart(alt.InlineData(values=values)).encode(x=timeline.point_axis())

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", scale=scale, axis=amount_axis(unit))

    layers = []
    for lower, upper, opacity in style.bands:
        # An area needs two periods; a single one is drawn as a bar, its lines as points.
        mark: dict[str, Any] = {"color": "var(--band)", "opacity": opacity}
        drawn = base.mark_area(**mark) if len(rows) > 1 else base.mark_rule(strokeWidth=26, **mark)
        layers.append(drawn.encode(y=y(lower), y2=alt.Y2(field=upper)))
    for field, mark in style.lines.items():
        single = base.mark_point(filled=True, opacity=1, size=60, color=mark["color"])
        layers.append((base.mark_line(**mark) if len(rows) > 1 else single).encode(y=y(field)))
    shown = set(zip(near["name"], near["side"], strict=True))
    for name, side in sorted(shown):
        limit = limits[(limits["name"] == name) & (limits["side"] == side)]
        source = alt.Chart(alt.InlineData(values=data(limit, ["limit"])))
        step = source.mark_line(color="var(--limit)", strokeWidth=2, interpolate="step-after", clip=True)
        tick = source.mark_tick(color="var(--limit)", thickness=3, size=44, orient="horizontal", clip=True)
        layers.append((step if len(limit) > 1 else tick).encode(x=timeline.point_axis(), y=y("limit")))
    titles = {**_STATISTICS, "worst": style.worst}
    tooltip = [date_tooltip()] + [
        alt.Tooltip(
            field=field,
            type="quantitative",
            format=f",.{style.decimals}f",
            title=f"{title} ({unit})",
        )
        for field, title in titles.items()
        if field in fields
    ]
    # Wide and invisible, so that a pointer anywhere near a period shows its numbers.
    layers.append(base.mark_rule(strokeWidth=14, opacity=0).encode(tooltip=tooltip))
    return assemble(key, description, layers, style.height), shown


def price_chart(key: str, name: str, rows: pd.DataFrame, unit: str, timeline: Timeline) -> Chart:
    """Draw what a looser limit earns (column `earned`) as one bar per period."""
    values = [value | {"zero": 0} for value in timeline.spans(data(rows, ["earned"]), rows["date"])]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color="var(--limit)")
        .encode(
            x=timeline.bar_axis(),
            x2=alt.X2(field="end"),
            y=alt.Y(field="earned", type="quantitative", axis=amount_axis(unit)),
            y2=alt.Y2(field="zero"),
            tooltip=[
                date_tooltip(),
                alt.Tooltip(field="earned", type="quantitative", format=",.3~f", title=unit),
            ],
        )
    )
    return assemble(key, f"What a looser limit of {name} earns by period, in {unit}.", [bars], 140)


def order_chart(expected: pd.DataFrame, colours: dict[str, str], currency: str, timeline: Timeline) -> Chart:
    """Draw expected buys by period, one colour per segment."""
    order = {segment: number for number, segment in enumerate(colours)}
    rows = expected.assign(rank=expected["segment"].map(str).map(order)).sort_values(["period", "rank"])
    # Stacked here, because Vega-Lite does not stack bars that have a start and an end in time.
    rows = rows.assign(top=rows.groupby("period")["expected"].cumsum())
    rows = rows.assign(bottom=rows["top"] - rows["expected"], colour=rows["segment"].map(str).map(colours))
    values = timeline.spans(data(rows, ["expected", "top", "bottom"], ["segment", "colour"]), rows["date"])
    tooltip: Sequence[alt.Tooltip] = [
        alt.Tooltip(field="segment", type="nominal"),
        date_tooltip(),
        alt.Tooltip(
            field="expected", type="quantitative", format=",.0f", title=f"expected value ({currency})"
        ),
    ]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect()
        .encode(
            x=timeline.bar_axis(),
            x2=alt.X2(field="end"),
            y=alt.Y(field="bottom", type="quantitative", axis=amount_axis(currency)),
            y2=alt.Y2(field="top"),
            color=alt.Color(field="colour", type="nominal", scale=None),
            tooltip=tooltip,
        )
    )
    description = "Expected value of orders by period and segment. The table has the numbers."
    return assemble("orders", description, [bars], 260)
