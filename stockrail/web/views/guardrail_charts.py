"""A guardrail over time: its limits as steps, and what a plan uses of it as a fan."""

from dataclasses import replace

import altair as alt
import pandas as pd

from stockrail.reports import words
from stockrail.reports.chart_parts import Chart, Timeline, amount_axis, assemble, data, date_tooltip
from stockrail.reports.charts import CARD, range_chart
from stockrail.web.views.guardrail_limits import LimitView

_HEIGHT = 180


def chart_of(
    limit: LimitView, number: int, currency: str, timeline: Timeline, used: pd.DataFrame | None
) -> Chart | None:
    """The chart of a guardrail; None where it has one limit for all of its periods.

    Parameters
    ----------
    number : of the guardrail on the page: its name may have characters that no address has.
    used : rows of a plan's guardrail_periods.csv; None without a plan of the same periods.
    """
    if not limit.is_over_time or not limit.by_period:
        return None
    key = f"limit-{number}"
    unit = words.unit_of(limit.metric)
    axis = words.axis_unit(limit.metric, currency)
    limits = pd.DataFrame(
        [
            {"name": limit.name, "side": side, "date": row.date, "limit": getattr(row, side) * unit.factor}
            for side in ("lower", "upper")
            for row in limit.by_period
            if getattr(row, side) is not None
        ],
        columns=["name", "side", "date", "limit"],
    )
    own = _used(limit, used)
    description = f"{limit.label} of {limit.scope}: limits of {limit.name} by period"
    if own is None or own.empty:
        return _limits_only(key, f"{description}.", limits, axis, timeline)
    style = replace(CARD, decimals=unit.decimals or 0, worst="what counts against the limit")
    shown = own.assign(**{name: own[name].astype(float) * unit.factor for name in style.fields})
    made, _ = range_chart(
        key, f"{description}, and what the plan uses of it.", shown, style, limits, axis, timeline
    )
    return made


def _used(limit: LimitView, used: pd.DataFrame | None) -> pd.DataFrame | None:
    if used is None:
        return None
    own = used[(used["name"] == limit.name) & (used["metric"] == limit.metric)]
    # The fan is the same on both sides; what counts against the limit is that of the first.
    side = next((side for side in ("upper", "lower") if (own["side"] == side).any()), None)
    return None if side is None else own[own["side"] == side].sort_values("period")


def _limits_only(key: str, description: str, limits: pd.DataFrame, unit: str, timeline: Timeline) -> Chart:
    layers = []
    for side in dict.fromkeys(limits["side"]):
        rows = limits[limits["side"] == side]
        base = alt.Chart(alt.InlineData(values=data(rows, ["limit"]))).encode(
            x=timeline.point_axis(),
            y=alt.Y(field="limit", type="quantitative", axis=amount_axis(unit), scale=alt.Scale(zero=True)),
            tooltip=[
                date_tooltip(),
                alt.Tooltip(
                    field="limit", type="quantitative", format=",.2~f", title=f"{side} limit ({unit})"
                ),
            ],
        )
        line = base.mark_line(color="var(--limit)", strokeWidth=2, interpolate="step-after")
        layers += [line, base.mark_point(filled=True, size=30, color="var(--limit)", opacity=1)]
    return assemble(key, description, layers, _HEIGHT)
