"""The first words of the report: what has been proven about the plan, and its headline numbers."""

from typing import Any

import pandas as pd

from stockrail import formats
from stockrail.reports.guardrails import kept_by_name
from stockrail.reports.margin import SHARED_PARTS, shared_costs

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
    margin = formats.finite(summary.get("expected_margin"))
    bound, gap = formats.finite(summary.get("bound")), formats.finite(summary.get("gap"))
    is_blended = has_tail(summary)
    objective = formats.finite(summary.get("objective")) if is_blended else margin
    stopped = STOPPED.get(str(summary.get("termination_reason")))
    last = [stopped] if stopped else []
    if margin is None or objective is None:
        return ["There is no plan.", *last]
    earns = f"{'reaches' if is_blended else 'earns'} {formats.money(objective, currency)}"
    if is_blended:
        last = [blend(summary), *last]
    if bound is None:
        return [
            f"This plan {earns}. No bound was computed, so how much a better plan could earn is not known.",
            *last,
        ]
    if gap is None:
        gap = (bound - objective) / max(abs(objective), 1.0)
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
            f"No plan can {'reach' if is_blended else 'earn'} more than {formats.money(bound, currency)}; this one {earns}, "
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
    costs = listed(["holding", "stockouts", *shared_cost_names(summary)])
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
            "note": _earning_note(guardrails) if kept else "nothing limits this plan",
        },
        {
            "label": "Expected margin",
            "value": formats.money_short(formats.finite(summary.get("expected_margin")), currency),
            "note": f"over {periods} {formats.plural(periods, 'period')}, after {costs}{_tail_note(summary)}",
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


def _earning_note(guardrails: list[dict[Any, Any]]) -> str:
    earning = len({row["name"] for row in guardrails if row["earned"]})
    unknown = len({row["name"] for row in guardrails if row["earned"] is None})
    if not unknown:
        return f"{earning or 'none'} would earn margin if looser"
    known = f"{earning} would earn margin if looser; " if earning else ""
    return f"{known}what {unknown} would earn is not known"


def has_tail(summary: dict[str, Any]) -> bool:
    """Whether the plan weighs the worst scenarios."""
    return bool(formats.finite(summary.get("margin_cvar_weight")))


def blend(summary: dict[str, Any]) -> str:
    """Say what the objective is where it weighs the worst scenarios, and what both parts of it are."""
    weight, currency = float(summary["margin_cvar_weight"]), summary["currency"]
    margin, worst = (formats.finite(summary.get(name)) for name in ("expected_margin", "cvar_margin"))
    return (
        f"What is best here is {formats.percent(1.0 - weight, 0)} expected margin and {formats.percent(weight, 0)} the mean "
        f"margin of the {worst_share(summary)} (CVaR): this plan is expected to earn {formats.money(margin, currency)}, and "
        f"{formats.money(worst, currency)} in the {worst_share(summary)}."
    )


def worst_share(summary: dict[str, Any]) -> str:
    """The scenarios that CVaR looks at."""
    return f"worst {formats.percent(1.0 - float(summary['margin_cvar_alpha']), 0)} of scenarios"


def shared_cost_names(summary: dict[str, Any]) -> list[str]:
    """What overtime and penalties are called in a sentence; empty where they cost nothing."""
    return [SHARED_PARTS[name].lower() for name in shared_costs(summary)]


def listed(names: list[str]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> listed(["holding", "stockouts", "overtime"])
    'holding, stockouts and overtime'
    """
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"


def _tail_note(summary: dict[str, Any]) -> str:
    if not has_tail(summary):
        return ""
    worst = formats.money_short(formats.finite(summary.get("cvar_margin")), summary["currency"])
    return f"; {worst} in the {worst_share(summary)}"
