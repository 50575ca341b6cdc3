"""Charts of one item: fans of demand and stock over the scenarios, stock by purpose, expected orders."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from stockrail.reports.chart_parts import Chart, Timeline, amount_axis, assemble, data, date_tooltip
from stockrail.reports.charts import FAN, range_chart
from stockrail.web.views.item import ItemView
from stockrail.workbench.errors import NotFoundError

PURPOSE_WORDS: Mapping[str, str] = {
    "cycle": "cycle stock",
    "safety": "safety stock",
    "build": "pre-build",
    "excess": "avoidable excess",
    "pipeline": "in transit",
}
"""Purposes in the order in which they are stacked, and what they are called."""

PURPOSE_COLOURS: Mapping[str, str] = {
    "cycle": "var(--c1)",
    "safety": "var(--c3)",
    "build": "var(--c5)",
    "excess": "var(--c7)",
    "pipeline": "var(--other)",
}

_NO_LIMITS = pd.DataFrame(columns=["name", "side", "limit", "date"])
_HEIGHT = 240


def charts_of(view: ItemView) -> list[Chart]:
    """The charts of an item: demand, stock, purposes, and orders where there are some."""
    timeline = Timeline(pd.Timestamp(view.periods[0].date), len(view.periods), float(view.period_length_days))
    name = view.facts.item
    made = [
        _fan(
            view,
            "demand",
            "demand",
            f"Demand of {name} by period over the scenarios of the tree, in units.",
            timeline,
        ),
        _fan(
            view,
            "stock",
            "on_hand",
            f"Stock of {name} on hand at the end of each period over the scenarios, in units.",
            timeline,
        ),
        _purposes(view, timeline),
    ]
    return [*made, _orders(view, timeline)] if view.orders else made


def chart_of(view: ItemView, key: str) -> Chart:
    """One of them.

    Raises
    ------
    NotFoundError
        There is none with this key.
    """
    return of_key(charts_of(view), key)


def of_key(charts: Sequence[Chart], key: str) -> Chart:
    """The chart with a key among several; NotFoundError where there is none."""
    found = next((chart for chart in charts if chart.key == key), None)
    if found is None:
        raise NotFoundError(
            f"There is no chart {key!r} here: there are {', '.join(chart.key for chart in charts)}."
        )
    return found


def _fan(view: ItemView, key: str, field: str, description: str, timeline: Timeline) -> Chart:
    rows = pd.DataFrame(
        [{"date": row.date, **getattr(row, field).model_dump()} for row in view.periods]
    ).astype({"date": "datetime64[ns]"})
    chart, _ = range_chart(key, description, rows, FAN, _NO_LIMITS, "units", timeline)
    return chart


def _purposes(view: ItemView, timeline: Timeline) -> Chart:
    rows = pd.DataFrame(
        [
            {"date": row.date, "purpose": purpose, "units": row.purposes[purpose]}
            for row in view.periods
            for purpose in PURPOSE_WORDS
        ]
    ).astype({"date": "datetime64[ns]"})
    description = f"Expected stock of {view.facts.item} by purpose and period, in units."
    return _stacked("purposes", description, rows, timeline)


def _stacked(key: str, description: str, rows: pd.DataFrame, timeline: Timeline) -> Chart:
    # Stacked here, because Vega-Lite does not stack bars that have a start and an end in time.
    top = rows.groupby("date")["units"].cumsum()
    rows = rows.assign(top=top, bottom=top - rows["units"], words=rows["purpose"].map(PURPOSE_WORDS))
    values = timeline.spans(data(rows, ["units", "top", "bottom"], ["words"]), rows["date"])
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect()
        .encode(
            x=timeline.bar_axis(),
            x2=alt.X2(field="end"),
            y=alt.Y(field="bottom", type="quantitative", axis=amount_axis("units")),
            y2=alt.Y2(field="top"),
            color=alt.Color(
                field="words",
                type="nominal",
                scale=alt.Scale(domain=list(PURPOSE_WORDS.values()), range=list(PURPOSE_COLOURS.values())),
                legend=alt.Legend(
                    title=None, orient="top", labelColor="var(--text)", labelFontSize=12, offset=28
                ),
            ),
            tooltip=[
                alt.Tooltip(field="words", type="nominal", title="purpose"),
                date_tooltip(),
                alt.Tooltip(field="units", type="quantitative", format=",.1f", title="expected units"),
            ],
        )
    )
    return assemble(key, description, [bars], _HEIGHT)


def _orders(view: ItemView, timeline: Timeline) -> Chart:
    rows = pd.DataFrame(
        [{"date": row.date, "ordered": row.ordered, "chance": row.order_probability} for row in view.periods]
    ).astype({"date": "datetime64[ns]"})
    values = [
        value | {"zero": 0} for value in timeline.spans(data(rows, ["ordered", "chance"]), rows["date"])
    ]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color="var(--c1)")
        .encode(
            x=timeline.bar_axis(),
            x2=alt.X2(field="end"),
            y=alt.Y(field="ordered", type="quantitative", axis=amount_axis("units")),
            y2=alt.Y2(field="zero"),
            tooltip=[
                date_tooltip(),
                alt.Tooltip(field="ordered", type="quantitative", format=",.1f", title="expected units"),
                alt.Tooltip(
                    field="chance",
                    type="quantitative",
                    format=".0%",
                    title="chance that something is ordered",
                ),
            ],
        )
    )
    return assemble("orders", f"Expected orders of {view.facts.item} by period, in units.", [bars], 180)
