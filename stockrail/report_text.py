"""The first words of the report: what has been proven about the plan, and its headline numbers."""

from typing import Any

import pandas as pd

from stockrail import formats
from stockrail.report_guardrails import kept_by_name

STOPPED = {
    "optimal": "The search ended because no better plan exists.",
    "gap_reached": "The search ended because the gap asked for was reached.",
    "time_limit": "The search ended because its time was up; more time may close the gap further.",
    "cancelled": "The search was cancelled; the plan is the best one found until then.",
    "stalled": "The search ended because more rounds no longer improve plan or bound.",
    "infeasible": "No plan satisfies all hard limits and order rules.",
}
"""One sentence for each reason to end a search."""


def certificate(summary: dict[str, Any]) -> list[str]:
    r"""Say in plain sentences what has been proven about the plan.

    Examples
    --------
    >>> certificate({"currency": "EUR", "expected_margin": 998.0, "bound": 1000.0, "gap": 0.002004,
    ...              "termination_reason": "gap_reached"})[0]
    'No plan can earn more than EUR\xa01,000; this one earns EUR\xa0998.00, a gap of 0.20%.'
    """
    currency = summary["currency"]
    margin, bound, gap = (formats.finite(summary.get(name)) for name in ("expected_margin", "bound", "gap"))
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


def tiles(
    summary: dict[str, Any],
    now: pd.DataFrame,
    guardrails: list[dict[Any, Any]],
    projection: pd.DataFrame,
    currency: str,
) -> list[dict[str, str]]:
    """The headline numbers: label, value and a line of explanation."""
    inventory = projection.loc[projection["metric"] == "inventory_value", "mean"].astype(float)
    suppliers, periods = now["supplier"].nunique(), summary["periods"]
    kept = kept_by_name(guardrails)
    earning = len({row["name"] for row in guardrails if row["earned"]})
    costs = "holding, stockouts and guardrail penalty" if has_penalty(summary) else "holding and stockouts"
    return [
        {
            "label": "To order now",
            "value": formats.money_short(float(now["value"].sum()), currency),
            "note": f"landed cost of {formats.amount(len(now))} {formats.plural(len(now), 'order')} "
            f"from {suppliers} {formats.plural(suppliers, 'supplier')}",
        },
        {
            "label": "Guardrails kept",
            "value": f"{sum(map(bool, kept.values()))} of {len(kept)}" if kept else "none set",
            "note": f"{earning or 'none'} would earn margin if looser"
            if kept
            else "nothing limits this plan",
        },
        {
            "label": "Expected margin",
            "value": formats.money_short(formats.finite(summary.get("expected_margin")), currency),
            "note": f"over {periods} {formats.plural(periods, 'period')}, after {costs}",
        },
        {
            "label": "Average inventory",
            "value": formats.money_short(inventory.mean() if len(inventory) else None, currency),
            "note": "mean over scenarios and periods",
        },
        {
            "label": "Fill rate",
            "value": formats.percent(formats.finite(summary.get("fill_rate"))),
            "note": "expected units served at once, of units demanded",
        },
    ]


def has_penalty(summary: dict[str, Any]) -> bool:
    """Whether soft guardrails are violated and cost something."""
    return bool(formats.finite((summary.get("margin_parts") or {}).get("guardrail_penalty")))
