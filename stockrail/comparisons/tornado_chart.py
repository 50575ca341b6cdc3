"""The chart of a tornado: one HTML page that opens without a network, made like the report of a plan."""

import os
from pathlib import Path
from typing import Any

import altair as alt

from stockrail import formats
from stockrail.comparisons.tornado_result import Bar, Tornado, TornadoSide
from stockrail.comparisons.tornado_words import (
    NO_PLAN,
    bar_note,
    certificates,
    infeasible_sentences,
    main_sentence,
    side_words,
)
from stockrail.comparisons.what_if_solve import INFEASIBLE
from stockrail.reports.chart_parts import Chart, amount_axis, assemble
from stockrail.reports.html_page import chart_library, environment

KEY = "tornado"

BAR_HEIGHT, AXIS_HEIGHT = 26, 44

FAINT, PLAIN = 0.35, 0.9
"""Opacity of bars within the solver's gap, and of others."""

WORDS = {"low": "lower", "high": "higher"}


def write_tornado(tornado: Tornado, path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    charts = tornado_charts(tornado)
    page = (
        environment()
        .get_template("tornado.html")
        .render(
            tornado=tornado,
            main_sentence=main_sentence(tornado),
            infeasible=infeasible_sentences(tornado),
            certificates=certificates(tornado),
            bar_note=bar_note,
            side_words=side_words,
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def tornado_charts(tornado: Tornado) -> list[Chart]:
    """The bars, those that move most on top; none where nothing can be compared yet."""
    bars = [bar for bar in tornado.bars if any(_is_shown(side) for side in bar.sides)]
    return [_chart(tornado, bars)] if bars else []


def _is_shown(side: TornadoSide) -> bool:
    return side.difference is not None or side.found.status == INFEASIBLE


def _chart(tornado: Tornado, bars: list[Bar]) -> Chart:
    rows = [_row(bar, side) for bar in bars for side in bar.sides if side.difference is not None]
    gone = [_row(bar, side) for bar in bars for side in bar.sides if side.found.status == INFEASIBLE]
    order = [bar.words for bar in bars]
    y = alt.Y(
        field="driver",
        type="nominal",
        sort=order,
        axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=260),
        scale=alt.Scale(domain=order),
    )
    x = alt.X(field="difference", type="quantitative", stack=None, axis=_axis(tornado))
    color = alt.Color(
        field="side",
        type="nominal",
        scale=alt.Scale(domain=list(WORDS.values()), range=["var(--muted)", "var(--line)"]),
        legend=alt.Legend(title=None, orient="top", labelColor="var(--muted)", symbolType="square"),
    )
    opacity = alt.Opacity(field="opacity", type="quantitative", scale=None)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    tooltip = [
        alt.Tooltip(field="driver", type="nominal", title="driver"),
        alt.Tooltip(field="change", type="nominal", title="change"),
        alt.Tooltip(
            field="difference", type="quantitative", format="+,.2f", title=f"difference ({tornado.currency})"
        ),
        alt.Tooltip(field="least", type="quantitative", format="+,.2f", title="at least"),
        alt.Tooltip(field="most", type="quantitative", format="+,.2f", title="at most"),
        alt.Tooltip(field="note", type="nominal", title="note"),
    ]
    layers: list[alt.Chart] = [
        base.mark_bar(height=BAR_HEIGHT - 10).encode(x=x, color=color, opacity=opacity, tooltip=tooltip),
        base.mark_rule(color="var(--text)", strokeWidth=1).encode(
            x=alt.X(field="least", type="quantitative"), x2=alt.X2(field="most")
        ),
    ]
    at_zero = alt.Chart(alt.InlineData(values=[{"difference": 0.0}]))
    layers.append(at_zero.mark_rule(color="var(--text)").encode(x=x))
    for side in WORDS.values():
        marks = [{**row, "difference": 0.0, "label": NO_PLAN} for row in gone if row["side"] == side]
        text = alt.Chart(alt.InlineData(values=marks)).encode(
            y=y, x=x, text=alt.Text(field="label", type="nominal")
        )
        if marks and side == WORDS["low"]:
            layers.append(text.mark_text(align="right", dx=-6, color="var(--limit)", fontSize=13))
        elif marks:
            layers.append(text.mark_text(align="left", dx=6, color="var(--limit)", fontSize=13))
    description = (
        f"What each driver moves of the {tornado.objective_name} when it is lower and higher, the largest on top; thin lines are "
        "the range that the bounds allow, faint bars are within the solver's gap."
    )
    return assemble(KEY, description, layers, BAR_HEIGHT * len(bars) + AXIS_HEIGHT)


def _row(bar: Bar, side: TornadoSide) -> dict[str, Any]:
    difference = side.difference
    is_faint = difference is not None and difference.is_within_gap
    row: dict[str, Any] = {
        "driver": bar.words,
        "side": WORDS[side.side],
        "change": side.change,
        "opacity": FAINT if is_faint else PLAIN,
        "note": bar_note(bar) or side.found.status,
    }
    numbers = (
        {}
        if difference is None
        else {"difference": difference.amount, "least": difference.least, "most": difference.most}
    )
    return row | {name: formats.finite(float(f"{value:.9g}")) for name, value in numbers.items()}


def _axis(tornado: Tornado) -> alt.Axis:
    title = f"{tornado.objective_name} against the baseline ({tornado.currency})"
    axis = amount_axis(title)
    return alt.Axis(
        title=title, labelExpr=axis.labelExpr, tickCount=6, grid=True, domain=False, labelOverlap="greedy"
    )
