"""The report of a plan: one HTML file for the supply planner and for finance that opens without a network.

Numbers are written by `stockrail.formats`, the words are in templates/report.html, the charts are Vega-Lite. Its
scripts come out of vl-convert and are embedded; the page's content security policy forbids it to load anything.
Colours are CSS variables of the page, so that charts follow light, dark and print without being drawn again.
"""

import functools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import pandas as pd
import vl_convert

from stockrail import formats

MARGIN_PARTS = {
    "revenue": ("Revenue", 1),
    "landed_cost": ("Landed cost", -1),
    "order_cost": ("Order cost", -1),
    "holding": ("Holding", -1),
    "expedite": ("Expediting", -1),
    "stockout": ("Stockouts", -1),
    "write_off": ("Write-off", -1),
    "terminal_value": ("Terminal value", 1),
}

METRICS = {
    "working_capital": "Working capital",
    "inventory_value": "Inventory",
    "cash": "Cash",
    "receivables": "Receivables",
    "payables": "Payables",
    "purchases": "Purchases",
    "ordered_units": "Ordered units",
}

# fmt: off
COLUMNS = {
    "orders": [
        "item", "description", "segment", "supplier", "decision", "period", "date", "node", "probability", "lots",
        "units", "value", "due_period", "due_date", "pay_date",
    ],
    "projection": ["metric", "period", "date", "mean", "p05", "p25", "p50", "p75", "p95", "min", "max"],
    "segments": [
        "segment", "items", "safety_stock_units", "safety_stock_value", "safety_stock_days", "implied_z",
        "average_lot", "orders_per_year", "fill_rate", "inventory_value", "turns", "expected_margin",
    ],
    "guardrails": [
        "name", "metric", "scope", "scope_value", "side", "holds", "limit", "worst", "slack", "price",
        "binding_periods", "hard", "owner",
    ],
    "guardrail_periods": [
        "name", "metric", "side", "period", "date", "limit", "mean", "p05", "p95", "worst", "price",
    ],
}
# fmt: on

STOPPED = {
    "optimal": "The search ended because no better plan exists.",
    "gap_reached": "The search ended because the gap asked for was reached.",
    "time_limit": "The search ended because its time was up; more time may close the gap further.",
    "iteration_limit": "The search ended at its limit of iterations; more may close the gap further.",
    "cancelled": "The search was cancelled; the plan is the best one found until then.",
    "infeasible": "No plan satisfies all hard limits and order rules.",
}

# The page's own fonts: Vega must measure labels with the font that draws them, or they are cut off.
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_FANS = ("working_capital", "inventory_value", "cash")
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
_FAN_BANDS = (("p05", "p95", 0.3), ("p25", "p75", 0.55))
_FAN_LINES = {"min": _EXTREME, "max": _EXTREME, "p50": _MIDDLE, "mean": _MEAN}
_CARD_BANDS = (("p05", "p95", 0.45),)
_CARD_LINES = {"mean": _MEAN, "worst": _EXTREME}
_SEGMENT_COLOURS = 7  # further segments share one colour and the name "other"
_GUARDRAIL_CARDS = 8  # the table has them all; charts are for those that cost most
_REACH = 1.5  # a limit further from the data than this many data ranges would flatten the chart

# The chart's numbers as people write them: 1.2 m instead of 1.2M or 1,200,000.
_AXIS_LABEL = (
    "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',.2~f') + ' bn' : "
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.2~f') + ' m' : "
    "abs(datum.value) >= 1e4 ? format(datum.value / 1e3, ',.1~f') + ' k' : abs(datum.value) >= 1 ? format(datum.value, ',.2~f') : format(datum.value, '.3~g')"
)


@dataclass(frozen=True)
class Chart:
    """A chart of the page: where it goes, what a screen reader says, and its Vega-Lite specification."""

    key: str
    description: str
    specification: dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A bar of the margin waterfall: from `start` to `end`, signed `value` in money."""

    name: str
    value: float
    start: float
    end: float
    kind: str  # "plus", "minus" or "total"


def write_report(
    summary: dict[str, Any],
    orders: pd.DataFrame,
    projection: pd.DataFrame,
    segments: pd.DataFrame,
    guardrails: pd.DataFrame,
    guardrail_periods: pd.DataFrame,
    path: Path,
) -> None:
    """Write the report of a plan to `path`, replacing what is there in one step; `COLUMNS` lists each table's columns.

    Parameters
    ----------
    summary
        The plan's plan.json. A `fill_rate` of the whole plan is shown where it is given, else the range over segments.
    orders
        One row per order and node; `decision` is "now", "planned" or "fixed".
    projection
        One row per metric and period: mean, percentiles and extremes over scenarios.
    segments
        One row per segment.
    guardrails
        One row per guardrail and side.
    guardrail_periods
        One row per guardrail, side and period; `limit` is the tightest.
    path
        The HTML file to write.

    Raises
    ------
    ValueError
        If a table lacks columns; the message names the table and the columns.
    """
    tables = {
        "orders": orders,
        "projection": projection,
        "segments": segments,
        "guardrails": guardrails,
        "guardrail_periods": guardrail_periods,
    }
    for name, table in tables.items():
        missing = [column for column in COLUMNS[name] if column not in table.columns]
        if missing:
            raise ValueError(f"The table {name} has no column {', '.join(missing)}.")
    page = _render(summary, **tables)
    draft = path.with_name(path.name + ".draft")
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, path)


def _render(
    summary: dict[str, Any],
    orders: pd.DataFrame,
    projection: pd.DataFrame,
    segments: pd.DataFrame,
    guardrails: pd.DataFrame,
    guardrail_periods: pd.DataFrame,
) -> str:
    """Fill the template."""
    currency = str(summary["currency"])
    length_days = float(summary["period_length_days"])
    buys_now = orders[orders["decision"] == "now"].sort_values(["supplier", "item"])
    expected = _expected_orders(orders)
    colours = _segment_colours(segments, expected)
    limits = _whole_plan_limits(guardrails, guardrail_periods)

    fans = [_fan(projection, metric, limits, currency) for metric in _FANS]
    cards = _guardrail_cards(guardrails, guardrail_periods, currency, length_days)
    steps = margin_steps(summary)
    charts = [fan["chart"] for fan in fans if fan is not None]
    charts += [chart for card in cards for chart in card["charts"]]
    charts += [_waterfall(steps, currency)] if steps else []
    charts += [] if expected.empty else [_order_chart(expected, colours, currency, length_days)]

    return (
        _environment()
        .get_template("report.html")
        .render(
            summary=summary,
            currency=currency,
            tiles=_tiles(summary, buys_now, projection, segments, currency),
            certificate=certificate(summary),
            fans=[fan for fan in fans if fan is not None],
            metrics=METRICS,
            guardrails=_records(guardrails),
            cards=cards,
            buys_now=_records(buys_now),
            fixed=_records(_fixed_orders(orders)),
            expected_orders=_by_period(expected),
            colours=colours,
            steps=steps,
            segments=_records(segments),
            segment_totals=_segment_totals(segments),
            charts=charts,
            embedded={chart.key: chart.specification for chart in charts},
            library=_library(),
        )
    )


# --- words and numbers --------------------------------------------------------------------------------------------


def certificate(summary: dict[str, Any]) -> list[str]:
    """Say in plain sentences what has been proven about the plan.

    Examples
    --------
    >>> certificate({"currency": "EUR", "expected_margin": 998.0, "bound": 1000.0, "gap": 0.002004,
    ...              "termination_reason": "gap_reached"})[0]
    'No plan can earn more than EUR 1,000; this one earns EUR 998.00, a gap of 0.20%.'
    """
    currency = summary["currency"]
    margin, bound, gap = (_number(summary.get(name)) for name in ("expected_margin", "bound", "gap"))
    stopped = STOPPED.get(str(summary.get("termination_reason")))
    last = [stopped] if stopped else []
    if margin is None:
        return ["There is no plan.", *last]
    earns = f"earns {formats.money(margin, currency)}"
    if bound is None:
        return [
            f"This plan {earns}. No bound was computed, so how much a better plan could earn is not known.",
            *last,
        ]
    if gap is None:
        gap = (bound - margin) / max(abs(margin), 1.0)
    if gap < -1e-6:
        # The two contradict each other; a reader must know rather than see a rounded zero.
        return [
            (
                f"This plan {earns}, which is more than the bound of {formats.money(bound, currency)} that no plan should "
                "exceed. The bound is wrong or the plan breaks a rule: check the plan before using it."
            ),
            *last,
        ]
    return [
        (
            f"No plan can earn more than {formats.money(bound, currency)}; this one {earns}, "
            f"a gap of {formats.percent(max(gap, 0.0), 2)}."
        ),
        *last,
    ]


def margin_steps(summary: dict[str, Any]) -> list[Step]:
    """Return the waterfall from revenue to expected margin; empty without a plan.

    The penalty of soft guardrails stands before the total where the total includes it, and after it where not. What
    the parts do not explain gets a bar of its own.
    """
    total = _number(summary.get("expected_margin"))
    parts = summary.get("margin_parts") or {}
    if total is None or not parts:
        return []
    steps: list[Step] = []
    level = 0.0

    def add(name: str, value: float) -> None:
        nonlocal level
        steps.append(Step(name, value, level, level + value, "plus" if value >= 0 else "minus"))
        level += value

    for name, (label, sign) in MARGIN_PARTS.items():
        add(label, sign * (_number(parts.get(name)) or 0.0))
    penalty = _number(parts.get("guardrail_penalty")) or 0.0
    tolerance = 1e-6 * max(1.0, abs(total), abs(steps[0].value))
    is_before_penalty = abs(level - total) <= tolerance < penalty
    if penalty and not is_before_penalty:
        add("Guardrail penalty", -penalty)
    if abs(total - level) > tolerance:
        add("Not explained by the parts", total - level)
    steps.append(Step("Expected margin", total, 0.0, total, "total"))
    if is_before_penalty:
        add("Guardrail penalty", -penalty)
        steps.append(Step("Margin less penalty", level, 0.0, level, "total"))
    return steps


def _tiles(
    summary: dict[str, Any],
    buys_now: pd.DataFrame,
    projection: pd.DataFrame,
    segments: pd.DataFrame,
    currency: str,
) -> list[dict[str, str]]:
    """Return the headline numbers: label, value and a line of explanation."""
    inventory = projection.loc[projection["metric"] == "inventory_value", "mean"].astype(float)
    fill_rate = _number(summary.get("fill_rate"))
    rates = segments["fill_rate"].astype(float).dropna()
    fill_note = "expected units served at once, of units demanded"
    if fill_rate is not None or rates.empty:
        fill = formats.percent(fill_rate)
    else:
        low, high = formats.percent(rates.min()), formats.percent(rates.max())
        fill = low if low == high else f"{low}–{high}"
        fill_note += ", lowest to highest segment"
    suppliers = buys_now["supplier"].nunique()
    periods = summary["periods"]
    return [
        {
            "label": "Expected margin",
            "value": formats.money_short(_number(summary.get("expected_margin")), currency),
            "note": f"over {periods} {_plural(periods, 'period')}, after holding and stockout cost",
        },
        {
            "label": "Average inventory",
            "value": formats.money_short(inventory.mean() if len(inventory) else None, currency),
            "note": "mean over scenarios and periods",
        },
        {"label": "Fill rate", "value": fill, "note": fill_note},
        {
            "label": "To buy now",
            "value": formats.money_short(float(buys_now["value"].sum()), currency),
            "note": "landed cost of the orders to place now",
        },
        {
            "label": "Orders to place now",
            "value": formats.amount(len(buys_now)),
            "note": f"from {suppliers} {_plural(suppliers, 'supplier')}",
        },
    ]


def _expected_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the probability-weighted value of all orders: one row per period and segment."""
    weighted = orders.assign(expected=orders["value"].astype(float) * orders["probability"].astype(float))
    by = ["period", "date", "segment"]
    grouped: pd.DataFrame = weighted.groupby(by, as_index=False, dropna=False).agg({"expected": "sum"})
    return grouped[grouped["expected"] > 0]


def _by_period(expected: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn `_expected_orders` into the rows of a table: period, date, total and one value per segment."""
    return [
        {"period": period, "date": date, "total": rows["expected"].sum()}
        | {"segments": dict(zip(rows["segment"], rows["expected"], strict=True))}
        for (period, date), rows in expected.groupby(["period", "date"])
    ]


def _fixed_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the frozen and overridden orders, the nodes of one period joined where the order is the same."""
    varying = ("decision", "node", "lots", "probability", "due_period")
    same = [column for column in COLUMNS["orders"] if column not in varying]
    fixed = orders[orders["decision"] == "fixed"]
    joined: pd.DataFrame = fixed.groupby(same, as_index=False, dropna=False).agg({"probability": "sum"})
    return joined.sort_values(["period", "supplier", "item"])


def _segment_totals(segments: pd.DataFrame) -> dict[str, float] | None:
    """Add up what can be added up; None where there is nothing to add or the table has its own total."""
    if len(segments) < 2 or "all" in set(segments["segment"]):
        return None
    return {
        name: float(segments[name].sum())
        for name in ("items", "safety_stock_value", "inventory_value", "expected_margin")
    }


def _segment_colours(segments: pd.DataFrame, expected: pd.DataFrame) -> dict[str, str]:
    """Give each segment a colour of the page; those that buy least share the last one."""
    order = list(dict.fromkeys([*segments["segment"], *expected["segment"]]))
    if len(order) > _SEGMENT_COLOURS:
        order = list(expected.groupby("segment")["expected"].sum().sort_values(ascending=False).index)
    named = {str(segment): f"var(--c{index + 1})" for index, segment in enumerate(order[:_SEGMENT_COLOURS])}
    return named | {str(segment): "var(--other)" for segment in order[_SEGMENT_COLOURS:]}


def _guardrail_cards(
    guardrails: pd.DataFrame, periods: pd.DataFrame, currency: str, length_days: float
) -> list[dict[str, Any]]:
    """Return the guardrails that cost most, each with its charts: what it holds (where no fan shows it) and its price."""
    ranked = guardrails.assign(size=guardrails["price"].astype(float).abs().fillna(0.0))
    ranked = ranked.sort_values(["size", "name"], ascending=[False, True])
    cards = []
    for number, row in enumerate(_records(ranked.head(_GUARDRAIL_CARDS))):
        rows = periods[(periods["name"] == row["name"]) & (periods["side"] == row["side"])].sort_values(
            "period"
        )
        charts = []
        if not rows.empty and (row["scope"] != "all" or row["metric"] not in _FANS):
            charts.append(_guardrail_chart(f"guardrail-{number}", row, rows, currency))
        if (rows["price"].astype(float).fillna(0.0) != 0).any():
            charts.append(_price_chart(f"price-{number}", row, rows, currency, length_days))
        cards.append({"row": row, "periods": _records(rows), "charts": charts})
    return cards


def _whole_plan_limits(guardrails: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the guardrails that limit the whole plan; only they belong next to the plan's totals."""
    whole = set(guardrails.loc[guardrails["scope"] == "all", "name"])
    return periods[periods["name"].isin(whole) & periods["limit"].notna()]


# --- charts -------------------------------------------------------------------------------------------------------


def _fan(projection: pd.DataFrame, metric: str, limits: pd.DataFrame, currency: str) -> dict[str, Any] | None:
    """Return the fan of a metric against its limits, with the table behind it; None where there are no data."""
    rows = projection[projection["metric"] == metric].sort_values("period")
    if rows.empty:
        return None
    limits = limits[limits["metric"] == metric].sort_values("period")
    named = list(dict.fromkeys(zip(limits["name"], limits["side"], strict=True)))
    label = METRICS[metric]
    description = (
        f"{label} by period over all scenarios against its limits: median, mean, percentiles and extremes. "
        "The table below the chart has the numbers."
    )
    chart, shown = _range_chart(
        f"fan-{metric}", description, rows, _FAN_BANDS, _FAN_LINES, limits, currency, 300
    )
    by_period = limits.groupby("period")["limit"].agg(list).to_dict()
    return {
        "metric": metric,
        "label": label,
        "chart": chart,
        "limits": [
            {"name": name, "side": side, "is_outside": (name, side) not in shown} for name, side in named
        ],
        "rows": [row | {"limits": by_period.get(row["period"], [])} for row in _records(rows)],
    }


def _guardrail_chart(key: str, row: dict[Any, Any], rows: pd.DataFrame, currency: str) -> Chart:
    """Draw what a guardrail limits: mean, 5th to 95th percentile, worst scenario and limit."""
    metric = METRICS.get(row["metric"], row["metric"])
    description = f"{metric} under guardrail {row['name']} by period against its {row['side']} limit."
    limits = rows[rows["limit"].notna()]
    unit = _unit(row["metric"], currency)
    return _range_chart(key, description, rows, _CARD_BANDS, _CARD_LINES, limits, unit, 180)[0]


def _range_chart(
    key: str,
    description: str,
    rows: pd.DataFrame,
    bands: Sequence[tuple[str, str, float]],
    lines: dict[str, dict[str, Any]],
    limits: pd.DataFrame,
    unit: str,
    height: int,
) -> tuple[Chart, set[tuple[str, str]]]:
    """Draw bands (lower, upper, opacity), lines (field: mark) and limits by period.

    Returns the chart and the limits in it, by name and side: those too far from the data are left out, because they
    would flatten everything else.
    """
    fields = list(dict.fromkeys([*lines, *(field for lower, upper, _ in bands for field in (lower, upper))]))
    values = _values(rows, fields)
    known = [value[field] for value in values for field in fields if value[field] is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    reach = _REACH * max(high - low, 0.1 * max(abs(low), abs(high)), 1.0)
    near = limits[(limits["limit"] >= low - reach) & (limits["limit"] <= high + reach)]
    low, high = min([low, *near["limit"]]), max([high, *near["limit"]])
    margin = 0.04 * (high - low or 1.0)
    scale = alt.Scale(domain=[low - margin, high + margin], nice=True, zero=False)
    base = alt.Chart(alt.InlineData(values=values)).encode(x=_time_axis())

    def y(field: str) -> alt.Y:
        return alt.Y(field=field, type="quantitative", scale=scale, axis=_amount_axis(unit))

    layers = []
    for lower, upper, opacity in bands:
        # An area needs two periods; a single one is drawn as a bar, its lines as points.
        mark: dict[str, Any] = {"color": "var(--band)", "opacity": opacity}
        drawn = base.mark_area(**mark) if len(rows) > 1 else base.mark_rule(strokeWidth=26, **mark)
        layers.append(drawn.encode(y=y(lower), y2=alt.Y2(field=upper)))
    for field, mark in lines.items():
        single = base.mark_point(filled=True, opacity=1, size=60, color=mark["color"])
        layers.append((base.mark_line(**mark) if len(rows) > 1 else single).encode(y=y(field)))
    shown = set(zip(near["name"], near["side"], strict=True))
    for name, side in sorted(shown):
        limit = limits[(limits["name"] == name) & (limits["side"] == side)]
        source = alt.Chart(alt.InlineData(values=_values(limit, ["limit"])))
        step = source.mark_line(color="var(--limit)", strokeWidth=2, interpolate="step-after", clip=True)
        tick = source.mark_tick(color="var(--limit)", thickness=3, size=44, orient="horizontal", clip=True)
        layers.append((step if len(limit) > 1 else tick).encode(x=_time_axis(), y=y("limit")))
    tooltip = [_date_tooltip()] + [
        alt.Tooltip(field=field, type="quantitative", format=",.0f", title=f"{_STATISTICS[field]} ({unit})")
        for field in _STATISTICS
        if field in fields
    ]
    # Wide and invisible, so that a pointer anywhere near a period shows its numbers.
    layers.append(base.mark_rule(strokeWidth=14, opacity=0).encode(tooltip=tooltip))
    return _chart(key, description, layers, height), shown


def _price_chart(
    key: str, row: dict[Any, Any], rows: pd.DataFrame, currency: str, length_days: float
) -> Chart:
    """Draw a guardrail's price as one bar per period."""
    per = price_unit(row["metric"], currency)
    values = [value | {"zero": 0} for value in _spans(_values(rows, ["price"]), rows["date"], length_days)]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(color="var(--limit)")
        .encode(
            x=_time_axis(),
            x2=alt.X2(field="end"),
            y=alt.Y(field="price", type="quantitative", axis=_amount_axis(per)),
            y2=alt.Y2(field="zero"),
            tooltip=[
                _date_tooltip(),
                alt.Tooltip(field="price", type="quantitative", format=",.4~f", title=f"price ({per})"),
            ],
        )
    )
    return _chart(key, f"Price of guardrail {row['name']} by period, in {per}.", [bars], 140)


def _order_chart(expected: pd.DataFrame, colours: dict[str, str], currency: str, length_days: float) -> Chart:
    """Draw expected buys by period, one colour per segment."""
    order = {segment: number for number, segment in enumerate(colours)}
    rows = expected.assign(rank=expected["segment"].map(str).map(order)).sort_values(["period", "rank"])
    # Stacked here, because Vega-Lite does not stack bars that have a start and an end in time.
    rows = rows.assign(top=rows.groupby("period")["expected"].cumsum())
    rows = rows.assign(bottom=rows["top"] - rows["expected"], colour=rows["segment"].map(str).map(colours))
    values = _spans(
        _values(rows, ["expected", "top", "bottom"], ["segment", "colour"]), rows["date"], length_days
    )
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect()
        .encode(
            x=_time_axis(),
            x2=alt.X2(field="end"),
            y=alt.Y(field="bottom", type="quantitative", axis=_amount_axis(currency)),
            y2=alt.Y2(field="top"),
            color=alt.Color(field="colour", type="nominal", scale=None),
            tooltip=[
                alt.Tooltip(field="segment", type="nominal"),
                _date_tooltip(),
                alt.Tooltip(
                    field="expected", type="quantitative", format=",.0f", title=f"expected value ({currency})"
                ),
            ],
        )
    )
    return _chart(
        "orders", "Expected value of orders by period and segment. The table has the numbers.", [bars], 260
    )


def _waterfall(steps: Sequence[Step], currency: str) -> Chart:
    """Draw how revenue becomes expected margin, one horizontal bar per part."""
    values = [
        {
            "name": step.name,
            "start": round(step.start, 2),
            "end": round(step.end, 2),
            "right": round(max(step.start, step.end), 2),
            "label": formats.money_short(step.value, currency).removeprefix(f"{currency} "),
            "amount": formats.money(step.value, currency),
            "colour": f"var(--{step.kind})",
        }
        for step in steps
    ]
    low = min(min(step.start, step.end) for step in steps)
    high = max(max(step.start, step.end) for step in steps)
    # The label stands right of its bar and needs room there on narrow pages too.
    scale = alt.Scale(domain=[low, high + 0.2 * (high - low or 1.0)], nice=False, zero=True)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            field="name",
            type="nominal",
            sort=None,
            axis=alt.Axis(title=None, labelLimit=190, labelPadding=6, domain=False, ticks=False),
        ),
        tooltip=[
            alt.Tooltip(field="name", type="nominal", title="part"),
            alt.Tooltip(field="amount", type="nominal"),
        ],
    )
    amounts = alt.Axis(title=currency, labelExpr=_AXIS_LABEL, tickCount=5, domain=False, ticks=False)
    bars = base.mark_bar(minBandSize=4).encode(
        x=alt.X(field="start", type="quantitative", scale=scale, axis=amounts),
        x2=alt.X2(field="end"),
        color=alt.Color(field="colour", type="nominal", scale=None),
    )
    labels = base.mark_text(align="left", dx=5, color="var(--text)", fontSize=12).encode(
        x=alt.X(field="right", type="quantitative", scale=scale), text=alt.Text(field="label", type="nominal")
    )
    return _chart(
        "waterfall",
        "From revenue to expected margin, one bar per part.",
        [bars, labels],
        26 * len(steps) + 10,
    )


def _chart(key: str, description: str, layers: Sequence[alt.Chart], height: int) -> Chart:
    """Put layers into one responsive chart in the page's colours."""
    chart = (
        alt.layer(*layers)
        .properties(width="container", height=height, description=description, background="transparent")
        .configure(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"), font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--muted)", titleColor="var(--muted)", gridColor="var(--rule)", domainColor="var(--rule)",
            tickColor="var(--rule)", labelFontSize=12, titleFontSize=12, titleFontWeight="normal",
        )
    )  # fmt: skip
    specification = chart.to_dict()
    # The address of the schema is the one outside address in a specification, and nothing reads it.
    specification.pop("$schema", None)
    return Chart(key, description, specification)


def _time_axis() -> alt.X:
    return alt.X(
        field="date",
        type="temporal",
        scale=alt.Scale(padding=4),
        axis=alt.Axis(
            title=None,
            format="%d %b %y",
            labelOverlap="greedy",
            labelSeparation=12,
            labelFlush=24,
            grid=False,
            tickCount=8,
        ),
    )


def _amount_axis(unit: str) -> alt.Axis:
    return alt.Axis(
        title=unit, labelExpr=_AXIS_LABEL, tickCount=5, domain=False, ticks=False,
        titleAngle=0, titleAlign="left", titleAnchor="end", titleY=-10, titleX=0,
    )  # fmt: skip


def _date_tooltip() -> alt.Tooltip:
    return alt.Tooltip(field="date", type="temporal", format="%Y-%m-%d", title="period from")


def price_unit(metric: str, currency: str) -> str:
    """Return what a price of a guardrail on `metric` is counted in: margin per unit of its limit."""
    return f"{currency} per {'unit' if metric.endswith('units') else currency}"


def _unit(metric: str, currency: str) -> str:
    return "units" if metric.endswith("units") else currency


# --- plumbing -----------------------------------------------------------------------------------------------------


def _values(rows: pd.DataFrame, numbers: Sequence[str], names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return rows as a chart's data: the date, rounded numbers (None where missing) and names."""
    # A time of day makes browsers read the date in the reader's own time zone; a bare date would shift by a day.
    columns: dict[str, list[Any]] = {"date": [f"{formats.day(date)}T00:00:00" for date in rows["date"]]}
    for name in numbers:
        columns[name] = [_rounded(value) for value in rows[name]]
    for name in names:
        columns[name] = [str(value) for value in rows[name]]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _spans(values: list[dict[str, Any]], dates: pd.Series, length_days: float) -> list[dict[str, Any]]:
    """Give each row the end of its bar: nine tenths of the period, so that neighbours do not touch."""
    ends = pd.to_datetime(dates) + pd.Timedelta(hours=24 * 0.9 * length_days)
    return [
        value | {"end": end.strftime("%Y-%m-%dT%H:%M:%S")} for value, end in zip(values, ends, strict=True)
    ]


def _rounded(value: Any) -> float | None:
    """Round to what a chart can show; the file stays small."""
    number = _number(value)
    return None if number is None else float(f"{number:.7g}")


def _number(value: Any) -> float | None:
    """Return a finite number, or None: plan.json writes what is unknown as null."""
    if value is None or isinstance(value, str):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


def _periods(value: Any) -> str:
    """Write binding periods that come as numbers or as text."""
    if isinstance(value, str):
        return value or formats.MISSING
    if value is None or isinstance(value, float):
        return formats.MISSING
    return formats.ranges(int(period) for period in value)


@functools.cache
def _environment() -> jinja2.Environment:
    """Return the template environment: escapes everything, refuses undefined names."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("stockrail", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": formats.amount,
        "money": formats.money,
        "percent": formats.percent,
        "units": formats.units,
        "significant": formats.significant,
        "duration": formats.duration,
        "day": formats.day,
        "period_list": _periods,
        "plural": _plural,
    }
    environment.globals |= {"decimals_for": formats.decimals_for, "price_unit": price_unit}
    return environment


@functools.cache
def _library() -> str:
    """Return Vega-Lite's own scripts in the version that altair writes for."""
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    known = vl_convert.get_vegalite_versions()
    # Without a snippet of ours the bundle is the libraries alone; the stubs do not know that it may be left out.
    bundle: str = vl_convert.javascript_bundle(vl_version=version if version in known else known[-1])  # type: ignore[call-arg]
    if "</script" in bundle.lower() or "<!--" in bundle:
        raise RuntimeError("The chart library cannot be embedded in a page: it contains a script tag.")
    return bundle
