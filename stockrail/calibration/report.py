"""The report of a calibration: one HTML file that opens without a network, made like the report of a plan."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from stockrail import formats
from stockrail.calibration.display import what_rules_cost
from stockrail.calibration.values import WORDS
from stockrail.measures.statistical_gap import REPLICATE, gap_columns, gaps_sentences
from stockrail.reports.balances import records
from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, assemble
from stockrail.reports.html_page import chart_library, environment

if TYPE_CHECKING:
    from stockrail.calibration.calibration import Calibration

MOST_BARS = 15
"""Items in the chart of changes."""

MOST_ROWS = 200
"""Items in the tables; the CSV files have all."""

BAR_HEIGHT = 24


def write_calibration_report(result: "Calibration", path: Path) -> Path:
    """Write the page, replacing what is there in one step, and return its path."""
    charts = _charts(result)
    changes, gaps = result.changes, result.certificate["statistical_gap"]
    if not changes.empty:
        order = changes["worth_change"].abs().sort_values(ascending=False, kind="stable").index
        changes = changes.loc[order]
    page = (
        environment()
        .get_template("calibration.html")
        .render(
            numbers=result.certificate,
            currency=result.certificate["currency"],
            headline=_headline(result),
            is_feasible=result.is_feasible,
            words=WORDS,
            values=records(result.values),
            gaps={
                name: list(gap_columns(record).values())
                for name, record in gaps.items()
                if record is not None
            },
            about_gaps=[
                *gaps_sentences({WORDS[name]: record for name, record in gaps.items()}, REPLICATE),
                *what_rules_cost(result),
            ],
            segments=records(result.segments),
            compared=result.compared,
            moves=records(result.segment_moves.head(MOST_ROWS)),
            moved=len(result.segment_moves),
            service=records(result.service_costs),
            guardrails=records(result.guardrails),
            departures=records(result.departures),
            changes=records(changes.head(MOST_ROWS)),
            changed=len(changes),
            targets=records(result.targets.head(MOST_ROWS)),
            shown=min(len(result.targets), MOST_ROWS),
            charts={chart.key for chart in charts},
            embedded={chart.key: chart.specification for chart in charts},
            library=chart_library(),
        )
    )
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)
    return path


def _headline(result: "Calibration") -> str:
    """The finding in one or two sentences."""
    numbers = result.certificate
    currency = numbers["currency"]
    if not result.is_feasible:
        return str(numbers["infeasible_because"].splitlines()[0])
    by_name = {row["strategy"]: row for row in records(result.values)}
    rule = by_name["rule"]
    said = (
        f"The chosen targets are worth {formats.money(rule['objective'], currency)}, proven to within "
        f"{formats.percent(rule['gap'], 2)} of the best choice."
    )
    if numbers["change"] is not None:
        change = numbers["change"]["expected_margin"]
        verb = "earn" if change >= 0 else "cost"
        said += f" Against today's targets they {verb} {formats.money(abs(change), currency)}."
    free = formats.finite(by_name["free"]["objective"]) if "free" in by_name else None
    if free is not None:
        rest = free - rule["objective"]
        said += f" Planning freely instead would earn {formats.money(rest, currency)} more."
    return said


def _charts(result: "Calibration") -> list[Chart]:
    currency = result.certificate["currency"]
    made = [values_chart(result.values, currency)]
    if not result.service_costs.empty:
        made.append(service_chart(result.service_costs, currency))
    if not result.changes.empty:
        made.append(changes_chart(result.changes, currency))
    return made


def values_chart(values: pd.DataFrame, currency: str) -> Chart:
    """Worth of each strategy as a point, what is open up to its bound as a line."""
    rows = [
        {
            "strategy": WORDS[row["strategy"]],
            "worth": _plain(row["objective"]),
            "bound": _plain(row["bound"])
            if formats.finite(row["bound"]) is not None
            else _plain(row["objective"]),
        }
        for row in records(values)
        if formats.finite(row["objective"]) is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(field="strategy", type="nominal", sort=None, axis=alt.Axis(title=None, labelLimit=220))
    )
    x = _amounts("worth", f"worth, and up to its bound ({currency})", zero=False)
    tooltip = [
        alt.Tooltip(field="strategy", type="nominal"),
        alt.Tooltip(field="worth", type="quantitative", format=",.2f", title=f"worth ({currency})"),
        alt.Tooltip(field="bound", type="quantitative", format=",.2f", title="no plan above"),
    ]
    layers = [
        base.mark_rule(color="var(--band)", strokeWidth=8).encode(x=x, x2=alt.X2(field="bound")),
        base.mark_point(filled=True, opacity=1, size=90, color="var(--line)").encode(x=x, tooltip=tooltip),
    ]
    description = "What each strategy's plan is worth, from today's targets to the free plan, with its bound."
    return assemble("values", description, layers, BAR_HEIGHT * max(len(rows), 2))


def service_chart(service: pd.DataFrame, currency: str) -> Chart:
    """What a point of service more and one less would earn, by segment."""
    rows = [
        {
            "segment": str(row["segment"]),
            "direction": "a point more" if row["direction"] == "higher" else "a point less",
            "earns": _plain((1.0 if row["direction"] == "higher" else -1.0) * row["worth_per_point"]),
        }
        for row in records(service)
    ]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=_amounts("earns", f"earned by a point of service level ({currency})"),
            y=alt.Y(field="segment", type="nominal", axis=alt.Axis(title=None, labelLimit=220)),
            yOffset=alt.YOffset(field="direction", type="nominal", sort=["a point more", "a point less"]),
            color=alt.Color(
                field="direction",
                type="nominal",
                scale=alt.Scale(
                    domain=["a point more", "a point less"], range=["var(--line)", "var(--band)"]
                ),
                legend=alt.Legend(title=None, orient="top", labelColor="var(--text)"),
            ),
            tooltip=[
                alt.Tooltip(field="segment", type="nominal"),
                alt.Tooltip(field="direction", type="nominal"),
                alt.Tooltip(field="earns", type="quantitative", format=",.2f", title=f"earns ({currency})"),
            ],
        )
    )
    segments = len({row["segment"] for row in rows})
    description = (
        "What a point of service level more, and one less, would earn by segment; below zero it costs."
    )
    return assemble("service", description, [bars], max(2 * BAR_HEIGHT * segments, 80))


def changes_chart(changes: pd.DataFrame, currency: str) -> Chart:
    """Own margin of the items whose targets change the most in worth."""
    order = changes["worth_change"].abs().sort_values(ascending=False, kind="stable").index[:MOST_BARS]
    rows = [
        {
            "item": str(row["item"]),
            "margin": _plain(row["margin_change"]),
            "worth": _plain(row["worth_change"]),
            "reason": row["reason"],
        }
        for row in records(changes.loc[order])
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(field="item", type="nominal", sort=None, axis=alt.Axis(title=None, labelLimit=220))
    )
    tooltip = [
        alt.Tooltip(field="item", type="nominal"),
        alt.Tooltip(field="margin", type="quantitative", format=",.2f", title=f"own margin ({currency})"),
        alt.Tooltip(field="worth", type="quantitative", format=",.2f", title="at guardrail prices"),
        alt.Tooltip(field="reason", type="nominal"),
    ]
    layers = [
        base.mark_bar(color="var(--band)").encode(
            x=_amounts("worth", f"change in {currency}: worth at guardrail prices (bar), own margin (point)"),
            tooltip=tooltip,
        ),
        base.mark_point(filled=True, opacity=1, size=60, color="var(--line)").encode(
            x=alt.X(field="margin", type="quantitative"), tooltip=tooltip
        ),
    ]
    description = "What the largest changes of targets earn, item by item. The table has the numbers."
    return assemble("changes", description, layers, BAR_HEIGHT * max(len(rows), 2))


def _amounts(field: str, title: str, *, zero: bool = True) -> alt.X:
    axis = alt.Axis(title=title, labelExpr=AMOUNT_LABEL, tickCount=6, labelOverlap="greedy")
    return alt.X(field=field, type="quantitative", scale=alt.Scale(zero=zero, nice=True), axis=axis)


def _plain(value: Any) -> float | None:
    number = formats.finite(value)
    return None if number is None else float(f"{number:.9g}")
