"""How revenue becomes expected margin: the steps of the report's waterfall, and its chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from stockrail import formats
from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, assemble

MARGIN_PARTS = {
    "revenue": ("Revenue", 1),
    "landed_cost": ("Landed cost", -1),
    "order_cost": ("Order cost", -1),
    "holding": ("Holding", -1),
    "expedite": ("Expediting", -1),
    "stockout": ("Stockouts", -1),
    "write_off": ("Write-off", -1),
    "change": ("Changed orders", -1),
    "terminal_value": ("Terminal value", 1),
}

OPTIONAL_PARTS = frozenset({"change"})
"""Parts of items that are shown only where there are any."""

SHARED_PARTS = {"overtime": "Overtime", "guardrail_penalty": "Guardrail penalty"}
"""Costs that belong to no single item; they are shown where there are any."""


@dataclass(frozen=True)
class Step:
    """A bar of the margin waterfall: from `start` to `end`, signed `value` in money."""

    name: str
    value: float
    start: float
    end: float
    kind: str  # "plus", "minus" or "total"


def margin_steps(summary: dict[str, Any]) -> list[Step]:
    """The waterfall from revenue to expected margin, overtime and penalties included; empty without a plan.

    What the parts do not explain gets a bar of its own.
    """
    total = formats.finite(summary.get("expected_margin"))
    parts = summary.get("margin_parts") or {}
    if total is None or not parts:
        return []
    amounts = {
        label: sign * (formats.finite(parts.get(name)) or 0.0)
        for name, (label, sign) in MARGIN_PARTS.items()
        if name not in OPTIONAL_PARTS or parts.get(name)
    }
    for name in shared_costs(summary):
        amounts[SHARED_PARTS[name]] = -float(parts[name])
    unexplained = total - sum(amounts.values())
    if abs(unexplained) > 1e-6 * max(1.0, abs(total), abs(amounts["Revenue"])):
        amounts["Not explained by the parts"] = unexplained
    steps: list[Step] = []
    level = 0.0
    for name, value in amounts.items():
        steps.append(Step(name, value, level, level + value, "plus" if value >= 0 else "minus"))
        level += value
    return [*steps, Step("Expected margin", total, 0.0, total, "total")]


def shared_costs(summary: dict[str, Any]) -> list[str]:
    """Which of `SHARED_PARTS` cost this plan anything."""
    parts = summary.get("margin_parts") or {}
    return [name for name in SHARED_PARTS if formats.finite(parts.get(name))]


def waterfall(steps: Sequence[Step], currency: str) -> Chart:
    """Draw how revenue becomes expected margin, one horizontal bar per part."""
    values = [
        {
            "name": step.name,
            "start": round(step.start, 2),
            "end": round(step.end, 2),
            "right": round(max(step.start, step.end), 2),
            "label": formats.short(step.value),
            "amount": formats.money(step.value, currency),
            "colour": f"var(--{step.kind})",
        }
        for step in steps
    ]
    low = min(min(step.start, step.end) for step in steps)
    high = max(max(step.start, step.end) for step in steps)
    # The label stands right of its bar and needs room there on narrow pages too.
    scale = alt.Scale(domain=[low, high + 0.2 * (high - low or 1.0)], nice=False, zero=True)
    names = alt.Axis(title=None, labelLimit=190, labelPadding=6, domain=False, ticks=False)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(field="name", type="nominal", sort=None, axis=names),
        tooltip=[
            alt.Tooltip(field="name", type="nominal", title="part"),
            alt.Tooltip(field="amount", type="nominal"),
        ],
    )
    amounts = alt.Axis(title=currency, labelExpr=AMOUNT_LABEL, tickCount=5, domain=False, ticks=False)
    bars = base.mark_bar(minBandSize=4).encode(
        x=alt.X(field="start", type="quantitative", scale=scale, axis=amounts),
        x2=alt.X2(field="end"),
        color=alt.Color(field="colour", type="nominal", scale=None),
    )
    labels = base.mark_text(align="left", dx=5, color="var(--text)", fontSize=12).encode(
        x=alt.X(field="right", type="quantitative", scale=scale), text=alt.Text(field="label", type="nominal")
    )
    description = "From revenue to expected margin, one bar per part."
    return assemble("waterfall", description, [bars, labels], 26 * len(steps) + 10)
