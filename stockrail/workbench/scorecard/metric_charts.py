"""Charts of one metric: plan and actual by segment or supplier, and over quarters."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, assemble
from stockrail.workbench.scorecard.metric import Unit

PLAN, ACTUAL = "plan", "actual"
COLOURS = {PLAN: "var(--planned)", ACTUAL: "var(--line)"}

_AXIS_TITLES: dict[Unit, str] = {"share": "", "days": "days", "per year": "a year", "money": ""}


def scope_chart(
    title: str, unit: Unit, currency: str, rows: Sequence[tuple[str, float | None, float | None]]
) -> Chart | None:
    """Plan and actual of a metric side by side; None where fewer than two scopes have any.

    Parameters
    ----------
    rows : scope, plan, actual; None where there is none.
    """
    values = [
        {"scope": scope, "column": column, "value": round(value, 6)}
        for scope, plan, actual in rows
        for column, value in ((PLAN, plan), (ACTUAL, actual))
        if value is not None
    ]
    scopes = {str(row["scope"]) for row in values}
    if len(scopes) < 2:
        return None
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            y=alt.Y(
                field="scope",
                type="nominal",
                sort=None,
                axis=alt.Axis(title=None, labelLimit=160, domain=False, ticks=False),
            ),
            yOffset=alt.YOffset(field="column", type="nominal", sort=list(COLOURS)),
            x=alt.X(field="value", type="quantitative", axis=_axis(unit, currency)),
            color=_colour(),
            tooltip=_tooltip("scope", unit),
        )
    )
    return assemble("scopes", f"{title}: plan and actual side by side.", [bars], 34 * len(scopes) + 10)


def trend_chart(
    title: str, unit: Unit, currency: str, rows: Sequence[tuple[str, float | None, float | None]]
) -> Chart | None:
    """Plan and actual of a metric quarter by quarter; None where fewer than two quarters have an actual.

    Parameters
    ----------
    rows : quarter, plan, actual, in order; None where there is none.
    """
    if sum(actual is not None for _, _, actual in rows) < 2:
        return None
    values: list[dict[str, Any]] = [
        {"quarter": quarter, "column": column, "value": round(value, 6)}
        for quarter, plan, actual in rows
        for column, value in ((PLAN, plan), (ACTUAL, actual))
        if value is not None
    ]
    lines = (
        alt.Chart(alt.InlineData(values=values))
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=50))
        .encode(
            x=alt.X(
                field="quarter",
                type="ordinal",
                sort=None,
                axis=alt.Axis(title=None, labelAngle=0, domain=False, ticks=False, labelLimit=110),
            ),
            y=alt.Y(
                field="value", type="quantitative", scale=alt.Scale(zero=False), axis=_axis(unit, currency)
            ),
            color=_colour(),
            tooltip=_tooltip("quarter", unit),
        )
    )
    return assemble("trend", f"{title} quarter by quarter: plan and actual.", [lines], 200)


def _axis(unit: Unit, currency: str) -> alt.Axis:
    title = currency if unit == "money" else _AXIS_TITLES[unit]
    if unit == "money":
        return alt.Axis(title=title, labelExpr=AMOUNT_LABEL, tickCount=5, domain=False, ticks=False)
    form = ".1%" if unit == "share" else ",.1f"
    return alt.Axis(title=title or None, format=form, tickCount=5, domain=False, ticks=False)


def _colour() -> alt.Color:
    return alt.Color(
        field="column",
        type="nominal",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(title=None, orient="top", offset=10, labelColor="var(--text)"),
    )


def _tooltip(name: str, unit: Unit) -> list[alt.Tooltip]:
    form = {"share": ".1%", "money": ",.0f"}.get(unit, ",.1f")
    return [
        alt.Tooltip(field=name, type="nominal"),
        alt.Tooltip(field="column", type="nominal", title="column"),
        alt.Tooltip(field="value", type="quantitative", format=form),
    ]
