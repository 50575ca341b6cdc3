"""The independent checker: is a plan's folder true, given nothing but the instance and its `orders.csv`?

Flows, money, guardrails and order rules are recomputed from docs/formulation.md by code of their own and held against
`plan.json` and `projection.csv`. Nothing of the engine is imported (a test sees to it), only the reading of instances and
of scenario trees. Not checked: prices, and the bound itself, which only the solver can prove.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.model import reader
from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import ScenarioTree
from stockrail.verify_check import CENT, Check, Fault, compare, law, number
from stockrail.verify_facts import Facts, opening_terms
from stockrail.verify_flows import PARTS, Flows, simulate
from stockrail.verify_guardrails import Rows, check_guardrails, measure, read_limits
from stockrail.verify_orders import Orders

PROJECTED = ("inventory_value", "working_capital", "cash", "purchases", "receivables", "payables")
"""Metrics that `projection.csv` must hold, for every period."""

PERCENTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


@dataclass(frozen=True)
class Verification:
    """What was checked, and how far the files were from the recomputation."""

    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return not self.failed

    def summary(self) -> str:
        """All checks as text, one a line, failures first."""
        lines = [f"{len(self.checks)} checks, {len(self.failed)} failed"]
        for check in sorted(self.checks, key=lambda check: check.passed):
            verdict = "passed" if check.passed else "FAILED"
            numbers = f"difference {check.difference:.6g}, allowed {check.allowed:.6g}"
            lines.append(
                f"{verdict}  {check.name}: {numbers}" + (f" ({check.detail})" if check.detail else "")
            )
        return "\n".join(lines)


def verify(plan_dir: Path | str, instance_path: Path | str | None = None) -> Verification:
    """Check the plan in a folder against the instance it was made for.

    Parameters
    ----------
    plan_dir : folder with `plan.json`, `orders.csv` and `projection.csv`.
    instance_path : where the instance is now; by default where `plan.json` says it was.

    Raises
    ------
    OSError
        A file of the plan or the instance cannot be read.
    stockrail.model.problems.InstanceError
        The instance is not valid.
    """
    folder = Path(plan_dir)
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    source = Path(instance_path if instance_path is not None else plan["instance"])
    instance = reader.load(source)
    tree = build_tree(instance)
    return Verification((*_digest(plan, source), *_checks(folder, plan, instance, tree)))


def _digest(plan: Mapping[str, Any], source: Path) -> Iterator[Check]:
    digest = getattr(reader, "digest", None)
    if digest is not None and "instance_digest" in plan:
        is_same = digest(source) == plan["instance_digest"]
        detail = (
            "the instance is the one that was planned" if is_same else "the instance's files have changed"
        )
        yield Check("instance_digest", 0.0 if is_same else 1.0, 0.0, detail)


def _checks(folder: Path, plan: Mapping[str, Any], instance: Instance, tree: ScenarioTree) -> Iterator[Check]:
    orders = Orders(folder / "orders.csv", instance, tree)
    yield from orders.checks()
    limits = read_limits(instance, tree)
    everything = np.ones(len(instance.items), dtype=bool)
    flows = simulate(instance, tree, orders.lots, [everything, *(limit.scope for limit in limits)])
    yield Check("unit_balance", flows.imbalance, 1e-9, flows.imbalance_at)

    opening = opening_terms(instance)
    nothing = np.zeros(instance.settings.periods)
    discount = Facts(instance).discount(tree.period)
    measured = []
    for position, limit in enumerate(limits, start=1):
        # A metric this checker does not know becomes NaN, and NaN passes no check.
        values = flows.metrics.get(limit.metric, np.full((len(limits) + 1, len(tree)), np.nan))[position]
        if limit.is_whole:
            values = values + opening.get(limit.metric, nothing)[tree.period]
        measured.append(measure(limit, values, tree, discount))
    yield from _money(plan, flows, measured)
    yield from _segments(plan, instance, flows)
    yield from check_guardrails(plan.get("guardrails", []), measured)
    totals = {
        metric: values[0] + opening.get(metric, nothing)[tree.period]
        for metric, values in flows.metrics.items()
    }
    yield from _projection(folder / "projection.csv", totals, tree)


def _money(plan: Mapping[str, Any], flows: Flows, measured: Sequence[Rows]) -> Iterator[Check]:
    claimed = plan.get("margin_parts", {})
    penalty = sum(rows.penalty for rows in measured)
    margin = -penalty
    claimed_sum = -number(claimed.get("guardrail_penalty"))
    for part, sign in PARTS.items():
        amount = float(flows.parts[part].sum())
        margin += sign * amount
        claimed_sum += sign * number(claimed.get(part))
        yield compare(f"money:{part}", number(claimed.get(part)), amount, CENT)
    yield compare("money:guardrail_penalty", number(claimed.get("guardrail_penalty")), penalty, CENT)

    stated = number(plan.get("expected_margin"))
    yield compare("expected_margin", stated, margin, CENT)
    yield compare("margin_is_sum_of_parts", stated, claimed_sum, CENT, "plan.json")
    segments = plan.get("segments", [])
    of_segments = sum(number(row.get("expected_margin")) for row in segments)
    yield compare(
        "margin_is_sum_of_segments", stated, of_segments - number(claimed.get("guardrail_penalty")), CENT
    )
    yield from _certificate(plan, stated, margin)


def _certificate(plan: Mapping[str, Any], stated: float, margin: float) -> Iterator[Check]:
    """No plan beats a true bound, and the gap is what margin and bound make it."""
    if plan.get("bound") is None or number(plan["bound"]) == math.inf:
        has_gap = plan.get("gap") is not None and math.isfinite(number(plan["gap"]))
        yield Check("gap", float(has_gap), 0.0, "without a bound there is no gap")
        return
    bound = number(plan["bound"])
    excess = margin - bound
    yield Check("bound", excess, CENT, f"expected margin {margin:,.2f}, bound {bound:,.2f}")
    yield compare("gap", number(plan.get("gap")), (bound - stated) / max(abs(stated), 1.0), 1e-6)


def _segments(plan: Mapping[str, Any], instance: Instance, flows: Flows) -> Iterator[Check]:
    margin = sum(sign * flows.parts[part] for part, sign in PARTS.items())
    claimed: dict[str, list[Mapping[str, Any]]] = {}
    for row in plan.get("segments", []):
        claimed.setdefault(str(row.get("segment")), []).append(row)
    used = {row.segment for row in instance.items}
    faults = [
        Fault(1, f"segment {name} is listed {len(claimed.get(name, []))} times")
        for name in used
        if len(claimed.get(name, [])) != 1
    ]
    faults += [
        Fault(1, f"segment {name} is not in the instance")
        for name in claimed
        if name not in instance.segment_index
    ]
    yield law("segments_listed", faults, kept=f"{len(used)} segments")
    for name, position in instance.segment_index.items():
        members = instance.item_segment == position
        for row in claimed.get(name, []):
            demand, short = float(flows.demand[members].sum()), float(flows.short[members].sum())
            fill_rate = 1.0 - short / demand if demand > 0 else 1.0
            value = float(flows.inventory_value[members].sum())
            yield compare(f"segment_fill_rate:{name}", number(row.get("fill_rate")), fill_rate, 1e-6)
            yield compare(f"segment_inventory_value:{name}", number(row.get("inventory_value")), value, CENT)
            yield compare(
                f"segment_expected_margin:{name}",
                number(row.get("expected_margin")),
                float(np.sum(np.asarray(margin)[members])),
                CENT,
            )


def _projection(path: Path, totals: Mapping[str, Array], tree: ScenarioTree) -> Iterator[Check]:
    """Means must agree; percentiles must lie where any usual definition of a weighted percentile puts them."""
    if not path.exists():
        yield Check("projection_listed", math.nan, 0.0, f"{path.name} is missing")
        return
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    means: dict[str, list[Fault]] = {metric: [] for metric in PROJECTED}
    percentiles: dict[str, list[Fault]] = {metric: [] for metric in PROJECTED}
    missing = {(metric, str(period)) for metric in PROJECTED for period in range(tree.periods)}
    unknown = []
    for row in rows:
        metric, period = str(row.get("metric")), str(row.get("period"))
        if metric not in totals or period not in map(str, range(tree.periods)):
            unknown.append(Fault(1, f"{metric} in period {period} is unknown"))
            continue
        missing.discard((metric, period))
        nodes = tree.period == int(period)
        values, weights = totals[metric][nodes], tree.probability[nodes]
        mean = float(weights @ values)
        claimed = number(row.get("mean"))
        text = f"period {period}: {claimed:,.2f}, recomputed {mean:,.2f}"
        means.setdefault(metric, []).append(Fault(abs(claimed - mean), text))
        for column, share in PERCENTILES.items():
            claimed = number(row.get(column))
            excess = _outside_percentile(claimed, share, values, weights)
            text = f"period {period}: {column} is {claimed:,.2f}"
            percentiles.setdefault(metric, []).append(Fault(excess, text))
    gaps = [Fault(1, f"{metric} in period {period} is missing") for metric, period in sorted(missing)]
    yield law("projection_listed", gaps + unknown, kept=f"{len(rows)} rows")
    for metric, faults in means.items():
        yield law(f"projection_mean:{metric}", faults, CENT, kept=f"{len(faults)} periods")
        yield law(
            f"projection_percentiles:{metric}", percentiles[metric], CENT, kept=f"{len(faults)} periods"
        )


def _outside_percentile(claimed: float, share: float, values: Array, weights: Array) -> float:
    """How far a percentile is outside the values next to it in the sorted distribution.

    Definitions differ in whether and how they interpolate, but none leaves the two values around `share`, give or take
    one value.
    """
    order = np.argsort(values)
    ranked, mass = values[order], np.cumsum(weights[order])
    at = int(np.searchsorted(mass, share))
    low, high = ranked[max(0, at - 1)], ranked[min(len(ranked) - 1, at + 1)]
    return float(np.maximum(low - claimed, claimed - high))
