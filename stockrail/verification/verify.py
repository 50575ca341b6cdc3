"""The independent checker: is a plan's folder true, given nothing but the instance and its `orders.csv`?

Flows, money, guardrails and order rules are recomputed from docs/formulation.md by code of their own and held against
`plan.json` and the tables next to it. Nothing of the engine is imported (a test sees to it), only the reading of instances
and of scenario trees. Not checked: prices, and the bound itself, which only the solver can prove.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.model import reader
from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import ScenarioTree
from stockrail.verification.changes import check_changes, with_announced
from stockrail.verification.check import Check
from stockrail.verification.claims import check_guardrails
from stockrail.verification.facts import Facts, opening_terms
from stockrail.verification.flows import Flows, simulate
from stockrail.verification.guardrails import Limit, Rows, measure, read_limits
from stockrail.verification.metrics import RATIOS
from stockrail.verification.money import Money, check_money, check_segments
from stockrail.verification.orders import Orders
from stockrail.verification.tables import check_guardrail_periods, check_projection


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
    plan_dir : folder with `plan.json`, `orders.csv`, `projection.csv`, `segments.csv`, `guardrails.csv` and
        `guardrail_periods.csv`.
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
    instance = with_announced(folder, plan, reader.load(source))
    return Verification((*_digest(plan, source), *checks_of(folder, plan, instance)))


def _digest(plan: Mapping[str, Any], source: Path) -> Iterator[Check]:
    digest = getattr(reader, "digest", None)
    if digest is not None and "instance_digest" in plan:
        is_same = digest(source) == plan["instance_digest"]
        detail = (
            "the instance is the one that was planned" if is_same else "the instance's files have changed"
        )
        yield Check("instance_digest", 0.0 if is_same else 1.0, 0.0, detail)


def checks_of(folder: Path, plan: Mapping[str, Any], instance: Instance) -> Iterator[Check]:
    """Check the tables of a plan's folder, and `plan` as read from `plan.json`, against an instance."""
    tree = build_tree(instance)
    orders = Orders(folder / "orders.csv", instance, tree)
    yield from orders.checks()
    limits = read_limits(instance, tree)
    everything = np.ones(len(instance.items), dtype=bool)
    flows = simulate(instance, tree, orders.lots, [everything, *(limit.scope for limit in limits)])
    yield Check("unit_balance", flows.imbalance, 1e-9, flows.imbalance_at)

    measured = measure_all(limits, flows, instance, tree)
    yield from check_money(plan, Money.of(instance.settings, tree, flows, measured))
    yield from check_changes(plan, instance, tree, orders.lots)
    yield from check_segments(plan, folder / "segments.csv", instance, flows)
    yield from check_guardrails(plan, folder / "guardrails.csv", measured)
    yield from check_guardrail_periods(folder / "guardrail_periods.csv", measured)
    opening = opening_terms(instance)
    nothing = np.zeros(instance.settings.periods)
    totals = {
        metric: values[0] + opening.get(metric, nothing)[tree.period]
        for metric, values in flows.metrics.items()
        if metric not in RATIOS
    }
    yield from check_projection(folder / "projection.csv", totals, tree)


def measure_all(limits: Sequence[Limit], flows: Flows, instance: Instance, tree: ScenarioTree) -> list[Rows]:
    """Hold every limit against the plan whose flows were simulated for all items and the scope of each limit."""
    opening = opening_terms(instance)
    nothing = np.zeros(instance.settings.periods)
    discount = Facts(instance).discount(tree.period)
    premiums = {
        (limit.scope_kind, limit.scope_value): limit.soft_price
        * np.maximum(0.0, flows.metrics[limit.metric][position] - limit.level)
        for position, limit in enumerate(limits, start=1)
        if limit.is_capacity and limit.soft_price is not None
    }
    measured = []
    for position, limit in enumerate(limits, start=1):
        if limit.metric == "overtime_spend":
            values = _overtime_spend(limit, premiums, len(tree))
        elif limit.metric in flows.metrics:
            values = flows.metrics[limit.metric][position]
        else:
            # A metric this checker does not know becomes NaN, and NaN passes no check.
            values = np.full(len(tree), np.nan)
        if limit.is_whole:
            values = values + opening.get(limit.metric, nothing)[tree.period]
        denominator = flows.denominators[limit.metric][position] if limit.metric in RATIOS else None
        measured.append(measure(limit, values, tree, discount, denominator))
    return measured


def _overtime_spend(limit: Limit, premiums: Mapping[tuple[str, str], Array], nodes: int) -> Array:
    """Premiums at each node of the capacities in the scope of a limit, or of all, money [nodes]."""
    spend = np.zeros(nodes)
    for scope, premium in premiums.items():
        if limit.scope_kind == "all" or scope == (limit.scope_kind, limit.scope_value):
            spend += premium
    return spend
