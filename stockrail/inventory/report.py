"""The report of explained inventory: one HTML page that opens without a network."""

import os
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from stockrail import formats
from stockrail.inventory.display import driver_rows, notes, purposes_table
from stockrail.inventory.explained import INTERACTION, JUST_IN_CASE, TOTAL, InventoryExplained
from stockrail.inventory.inventory_split import PURPOSES
from stockrail.inventory.measures import MEASURES
from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, amount_axis, assemble
from stockrail.reports.html_page import chart_library, environment

DRAWN = {
    "stock_value": "Stock that it ties up",
    "safety_stock_value": "Safety stock that it asks for",
    "expedite": "Expediting that it costs",
    "expected_margin": "Margin that it adds (below 0: costs)",
}
"""Measures with a chart of drivers."""

LEAST_SHOWN = 0.5
"""Money below which an effect is nothing but rounding."""


def write_report(result: InventoryExplained, path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    charts = [purpose_chart(result), *(driver_chart(result, measure) for measure in DRAWN)]
    solves = result.solves.to_dict("records")
    page = (
        environment()
        .get_template("inventory.html")
        .render(
            result=result,
            purposes=PURPOSES,
            stock=purposes_table(result).to_dict("records"),
            drawn=DRAWN,
            measures=MEASURES,
            rows=[
                (key, name, [result.effect(key, measure) for measure in MEASURES])
                for key, name, _ in driver_rows(result)
            ],
            after=(TOTAL, JUST_IN_CASE),
            off=[(row["words"], row["off"], row["status"]) for row in solves if row["is_here"]],
            notes=notes(result),
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def purpose_chart(result: InventoryExplained) -> Chart:
    """Expected stock by purpose over time, one area on another."""
    names = [f"{purpose}_value" for purpose in PURPOSES]
    frame = result.by_segment.groupby("date", sort=True)[names].sum().reset_index()
    values: list[dict[str, Any]] = [
        {
            # A time of day, or browsers would shift a bare date by their time zone.
            "date": f"{formats.day(pd.Timestamp(row['date']))}T00:00:00",
            "purpose": purpose,
            "order": k,
            "value": round(float(row[f"{purpose}_value"]), 2),
        }
        for row in frame.to_dict("records")
        for k, purpose in enumerate(PURPOSES)
    ]
    scale = alt.Scale(domain=list(PURPOSES), range=[f"var(--{purpose})" for purpose in PURPOSES])
    area = (
        alt.Chart(alt.InlineData(values=values))
        .mark_area()
        .encode(
            x=alt.X(
                field="date",
                type="temporal",
                axis=alt.Axis(title=None, format="%d %b %y", grid=False, labelOverlap="greedy"),
            ),
            y=alt.Y(field="value", type="quantitative", stack="zero", axis=amount_axis(result.currency)),
            color=alt.Color(
                field="purpose",
                type="nominal",
                scale=scale,
                legend=alt.Legend(title=None, orient="top", offset=22, labelColor="var(--text)"),
            ),
            order=alt.Order(field="order", type="quantitative"),
            tooltip=[
                alt.Tooltip(field="date", type="temporal", format="%Y-%m-%d", title="period from"),
                alt.Tooltip(field="purpose", type="nominal"),
                alt.Tooltip(field="value", type="quantitative", format=",.0f", title=result.currency),
            ],
        )
    )
    return assemble("purposes", "Expected stock on hand and in transit by purpose over time.", [area], 280)


def driver_chart(result: InventoryExplained, measure: str) -> Chart:
    """What each driver adds to one measure, as bars."""
    values: list[dict[str, Any]] = []
    for key, name, _ in driver_rows(result):
        effect = formats.finite(result.effect(key, measure))
        if effect is not None:
            kind = "total" if key == TOTAL else ("other" if key in {INTERACTION, JUST_IN_CASE} else "line")
            values.append(
                {"name": name, "effect": round(effect, 2), "zero": 0.0, "right": max(round(effect, 2), 0.0),
                 "label": formats.short(effect) if abs(effect) >= LEAST_SHOWN else "0", "colour": f"var(--{kind})"}
            )  # fmt: skip
    low = min([0.0, *(row["effect"] for row in values)])
    high = max([0.0, *(row["effect"] for row in values)])
    # The label stands right of its bar and needs room there on narrow pages too.
    scale = alt.Scale(domain=[low, high + 0.25 * (high - low or 1.0)], nice=False, zero=True)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            field="name",
            type="nominal",
            sort=None,
            axis=alt.Axis(title=None, labelLimit=190, domain=False, ticks=False),
        ),
        tooltip=[
            alt.Tooltip(field="name", type="nominal", title="driver"),
            alt.Tooltip(field="effect", type="quantitative", format=",.0f", title=result.currency),
        ],
    )
    axis = alt.Axis(title=result.currency, labelExpr=AMOUNT_LABEL, tickCount=4, domain=False, ticks=False)
    bars = base.mark_bar().encode(
        x=alt.X(field="effect", type="quantitative", scale=scale, axis=axis),
        x2=alt.X2(field="zero"),
        color=alt.Color(field="colour", type="nominal", scale=None),
    )
    labels = base.mark_text(align="left", dx=5, color="var(--text)", fontSize=12).encode(
        x=alt.X(field="right", type="quantitative", scale=scale), text=alt.Text(field="label", type="nominal")
    )
    return assemble(measure, f"{DRAWN[measure]}, by driver.", [bars, labels], 26 * len(values) + 10)
