"""The checker's verdict on money: parts, margins, the objective and its certificate, and the margins of segments.

Part of the independent checker: docs/formulation.md, section 5, is its only source.
"""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.schema_settings import Settings
from stockrail.model.tree import ScenarioTree
from stockrail.verification.check import CENT, Check, Fault, compare, law, number
from stockrail.verification.flows import PARTS, Flows
from stockrail.verification.guardrails import Rows
from stockrail.verification.holds import tail_mean

SHARED_PARTS = ("overtime", "guardrail_penalty")
"""Parts of the margin that belong to no single item; both are subtracted."""


@dataclass(frozen=True)
class Money:
    """What a plan earns.

    Attributes
    ----------
    parts : expected money of the items by part.
    overtime, guardrail_penalty : what capacities and soft guardrails cost.
    items : expected margin of the items.
    cvar : mean of the lowest `1 - margin_cvar_alpha` share of the scenario margins, before overtime and penalties.
    objective : section 5.
    """

    parts: Mapping[str, float]
    overtime: float
    guardrail_penalty: float
    items: float
    cvar: float
    objective: float

    @staticmethod
    def of(settings: Settings, tree: ScenarioTree, flows: Flows, measured: Sequence[Rows]) -> "Money":
        """Add up the money of a simulation and of the limits held against it."""
        parts = {part: float(flows.parts[part].sum()) for part in PARTS}
        items = sum(sign * parts[part] for part, sign in PARTS.items())
        overtime = sum(rows.penalty for rows in measured if rows.limit.is_capacity)
        penalty = sum(rows.penalty for rows in measured if not rows.limit.is_capacity)
        weights = tree.probability[tree.leaves]
        cvar = -tail_mean(-flows.scenario_margin, weights, 1.0 - settings.margin_cvar_alpha)
        blend = settings.margin_cvar_weight
        objective = (1.0 - blend) * items + blend * cvar - overtime - penalty
        return Money(parts, overtime, penalty, items, cvar, objective)


def check_money(plan: Mapping[str, Any], money: Money) -> Iterator[Check]:
    """Every part and sum of `plan.json`, and its certificate."""
    claimed = plan.get("margin_parts", {})
    recomputed = {**money.parts, "overtime": money.overtime, "guardrail_penalty": money.guardrail_penalty}
    for part, amount in recomputed.items():
        yield compare(f"money:{part}", number(claimed.get(part)), amount, CENT)
    shared = sum(number(claimed.get(part)) for part in SHARED_PARTS)
    claimed_sum = sum(sign * number(claimed.get(part)) for part, sign in PARTS.items()) - shared
    stated = number(plan.get("expected_margin"))
    margin = money.items - money.overtime - money.guardrail_penalty
    yield compare("expected_margin", stated, margin, CENT)
    yield compare("margin_is_sum_of_parts", stated, claimed_sum, CENT, "plan.json")
    of_segments = sum(number(row.get("expected_margin")) for row in plan.get("segments", []))
    yield compare("margin_is_sum_of_segments", stated, of_segments - shared, CENT)
    yield compare("cvar_margin", number(plan.get("cvar_margin")), money.cvar, CENT)
    yield compare("objective", number(plan.get("objective")), money.objective, CENT)
    yield from _certificate(plan, money.objective)


def _certificate(plan: Mapping[str, Any], objective: float) -> Iterator[Check]:
    """No plan beats a true bound, and the gap is what objective and bound make it."""
    if plan.get("bound") is None or number(plan["bound"]) == math.inf:
        has_gap = plan.get("gap") is not None and math.isfinite(number(plan["gap"]))
        yield Check("gap", float(has_gap), 0.0, "without a bound there is no gap")
        return
    bound, stated = number(plan["bound"]), number(plan.get("objective"))
    yield Check("bound", objective - bound, CENT, f"objective {objective:,.2f}, bound {bound:,.2f}")
    yield compare("gap", number(plan.get("gap")), (bound - stated) / max(abs(stated), 1.0), 1e-6)


def check_segments(plan: Mapping[str, Any], table: Path, instance: Instance, flows: Flows) -> Iterator[Check]:
    """Service, stock and margin of each segment, in `plan.json` and again in `segments.csv`."""
    yield from _segments(plan.get("segments", []), "", "plan.json", instance, flows)
    if not table.exists():
        yield Check("segments_table_listed", math.nan, 0.0, f"{table.name} is missing")
        return
    with table.open(newline="", encoding="utf-8") as file:
        yield from _segments(list(csv.DictReader(file)), "_table", table.name, instance, flows)


def _segments(
    rows: Sequence[Mapping[str, Any]], suffix: str, source: str, instance: Instance, flows: Flows
) -> Iterator[Check]:
    margin = np.sum([sign * flows.parts[part] for part, sign in PARTS.items()], axis=0)
    claimed: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        claimed.setdefault(str(row.get("segment")), []).append(row)
    used = {row.segment for row in instance.items}
    faults = [
        Fault(1, f"segment {name} is listed {len(claimed.get(name, []))} times")
        for name in sorted(used)
        if len(claimed.get(name, [])) != 1
    ]
    faults += [
        Fault(1, f"segment {name} is not in the instance")
        for name in claimed
        if name not in instance.segment_index
    ]
    yield law(f"segments{suffix}_listed", faults, kept=f"{len(used)} segments")
    for name, position in instance.segment_index.items():
        members = instance.item_segment == position
        demand, short = float(flows.demand[members].sum()), float(flows.short[members].sum())
        numbers = {
            "fill_rate": (1.0 - short / demand if demand > 0 else 1.0, 1e-6),
            "inventory_value": (float(flows.inventory_value[members].sum()), CENT),
            "expected_margin": (float(margin[members].sum()), CENT),
        }
        for row in claimed.get(name, []):
            for column, (amount, allowed) in numbers.items():
                label = f"segment{suffix}_{column}:{name}"
                yield compare(label, number(row.get(column)), amount, allowed, source)
