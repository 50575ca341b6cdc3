"""The rule on guardrails: soft ones that are violated, and those that were loosened to have a plan at all."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stockrail.model.metric_registry import MetricDefaults
from stockrail.model.metrics import METRICS
from stockrail.workbench.governance.breach import CENT, ROUNDING, Breach
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.schema_rules import GuardrailKept

CAPACITIES = ("capacity:", "warehouse:")
"""Names of guardrails that are capacities: what is beyond a soft one is overtime, which has a price and no promise."""


def broken_guardrails(rule: GuardrailKept, plan: PlanFiles) -> list[Breach]:
    """Sides of guardrails whose limit the plan does not keep.

    Money at stake: where limits were loosened, what that is worth (docs/formulation.md, section 7); else the worst amount beyond
    the limit, where the metric is an amount of money; None for units and ratios, whose worth nobody has stated.
    """
    loosened = _loosened(plan.certificate.get("relaxations") or [])
    breaches = [_breach(row, loosened) for row in plan.guardrails.to_dict("records") if _is_named(rule, row)]
    known = set(plan.guardrails["name"])
    missing = [name for name in rule.guardrails if name not in known]
    return [one for one in breaches if one is not None] + [
        Breach.not_judged(f"guardrail {name}", "the plan has no such guardrail") for name in missing
    ]


def _is_named(rule: GuardrailKept, row: Mapping[Any, Any]) -> bool:
    name = str(row["name"])
    return name in rule.guardrails if rule.guardrails else not name.startswith(CAPACITIES)


def _breach(row: Mapping[Any, Any], loosened: Mapping[tuple[str, str], float]) -> Breach | None:
    key = (str(row["name"]), str(row["side"]))
    limit, worst, slack = float(row["limit"]), float(row["worst"]), float(row["slack"])
    is_beyond = not pd.isna(slack) and slack < -(CENT + ROUNDING * abs(limit) if _is_money(row) else ROUNDING)
    if key not in loosened and not is_beyond:
        return None
    money = loosened.get(key, -slack if _is_money(row) else None)
    evidence = {
        "guardrail": key[0],
        "side": key[1],
        "metric": str(row["metric"]),
        "limit": limit,
        "worst": None if pd.isna(worst) else worst,
        "loosened": key in loosened,
    }
    return Breach(f"guardrail {key[0]}, {key[1]} limit", money, evidence)


def _loosened(relaxations: list[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    total: dict[tuple[str, str], float] = {}
    for row in relaxations:
        key = (str(row["guardrail"]), str(row["side"]))
        total[key] = total.get(key, 0.0) + float(row["money"])
    return total


def _is_money(row: Mapping[Any, Any]) -> bool:
    metric = METRICS.get(str(row["metric"]))
    if metric is None or metric.unit != "money":
        return False
    denominator: object = type(metric).denominator
    return denominator is MetricDefaults.denominator
