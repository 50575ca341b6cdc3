"""Rules on balances, expediting and the gap of a plan."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from stockrail.workbench.governance.breach import CENT, MOST_LISTED, Breach
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.schema_rules import ExpediteBudget, GapReached, InventoryBand


def outside_band(rule: InventoryBand, plan: PlanFiles) -> list[Breach]:
    """Periods in which a projected balance is outside its band.

    Money at stake is the largest amount outside in any period: what would have to be taken out, or be missing, at its worst.
    """
    rows = plan.projection[plan.projection["metric"] == rule.metric]
    last = math.inf if rule.last_period is None else rule.last_period
    rows = rows[(rows["period"] >= rule.first_period) & (rows["period"] <= last)]
    subject = f"{rule.metric}, {rule.statistic}"
    if rows.empty:
        reason = f"the plan's projection has no {rule.metric} from period {rule.first_period} on"
        return [Breach.not_judged(subject, reason)]
    value = rows[rule.statistic]
    above = value - (math.inf if rule.upper is None else rule.upper)
    below = (-math.inf if rule.lower is None else rule.lower) - value
    outside = above.where(above > below, below)
    broken = rows[outside > CENT]
    if broken.empty:
        return []
    columns = {"period": broken["period"], "date": broken["date"], "value": broken[rule.statistic]}
    periods = pd.DataFrame(columns).to_dict("records")
    evidence = {
        "lower": rule.lower,
        "upper": rule.upper,
        "periods": periods[:MOST_LISTED],
        "count": len(periods),
    }
    return [Breach(subject, float(outside.max()), evidence)]


def expedite_over_budget(rule: ExpediteBudget, plan: PlanFiles) -> list[Breach]:
    """Expected expediting beyond its budget. Money at stake is what is beyond."""
    spend = _number(plan.certificate.get("margin_parts", {}), "expedite")
    if spend is None:
        return [Breach.not_judged("expediting", "plan.json has no number for expedite")]
    if spend <= rule.most_money + CENT:
        return []
    return [Breach("expediting", spend - rule.most_money, {"expected": spend, "budget": rule.most_money})]


def gap_not_reached(rule: GapReached, plan: PlanFiles) -> list[Breach]:
    """A gap wider than agreed. Money at stake is what a better plan could earn at most: the bound less the objective."""
    gap, bound, objective = (_number(plan.certificate, name) for name in ("gap", "bound", "objective"))
    if gap is None or bound is None or objective is None:
        return [Breach.not_judged("gap", "the plan has no bound")]
    if gap <= rule.most_gap:
        return []
    return [Breach("gap", bound - objective, {"gap": gap, "most": rule.most_gap, "bound": bound})]


def _number(record: Mapping[str, Any], name: str) -> float | None:
    """A finite number, or None."""
    value = record.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
