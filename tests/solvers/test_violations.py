"""What violations cost as columns of a program: the same as what the guardrails say of a use, law by law."""

from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.chance import resolved
from stockrail.solvers.problem import MarginProblem, Problem
from stockrail.solvers.relaxation import RelaxationProblem
from stockrail.solvers.violations import Violations
from tests.builders import Changes
from tests.random_instances import tables_of
from tests.solvers.rule_cases import rule_instance

HOLDS: dict[str, Changes] = {
    "every scenario": {},
    "expected": {"holds": "expected"},
    "cvar": {"holds": "cvar", "alpha": 0.6},
    "cvar of the mean": {"holds": "cvar", "alpha": 0.0},
    "chance": {"holds": "chance", "alpha": 0.45},
    "chance of none": {"holds": "chance", "alpha": 0.0},
}
METRICS: dict[str, Changes] = {
    "inventory_value": {"upper": 60.0, "lower": 20.0},
    "fill_rate": {"lower": 0.9},
    "days_of_supply": {"upper": 60.0},
    "overtime_spend": {"upper": 0.2},
}
OTHERS: dict[str, dict[str, Any]] = {
    "none": {},
    "capacities": {"overtime_premium": 0.3},
    "warehouse": {"has_capacity": True, "overtime_premium": 0.3},
    "margin's tail": {"margin_cvar_weight": 0.4},
}
SEED = 2
USES = 8
"""Random uses of an instance."""


@cache
def judge_of(metric: str, holds: str, soft: float | None, other: str) -> Guardrails:
    """Guardrails as stated, of an instance that has something else beside them."""
    rail: Changes = {"metric": metric, **METRICS[metric], **HOLDS[holds], "soft_price": soft}
    return Guardrails.build(tables_of(rule_instance(SEED, rail, **OTHERS[other])))


def random_uses(judge: Guardrails) -> Array:
    """Uses [uses, rows] near the limits, on either side; `assess` adds spend of overtime, items have none of it."""
    rng = np.random.default_rng(SEED)
    spread = rng.choice([0.05, 0.5, 2.0], size=(USES, 1))
    shift = spread * rng.choice([-4.0, -1.0, 0.0], size=(USES, 1))
    uses = judge.limits + judge.scale * (spread * rng.normal(size=(USES, len(judge))) + shift)
    for block, where in judge.each():
        if block.metric == "overtime_spend":
            uses[:, where] = 0.0
    return np.asarray(uses)


def least_cost(problem: Problem, columns: Violations, use: Array) -> float:
    """The least that the columns cost for a use, infinite where they cannot."""
    if not len(columns.cost):
        return np.inf if (use > problem.limits).any() else 0.0
    rows = np.isfinite(problem.limits)
    constraints = [LinearConstraint(columns.relief[rows], use[rows] - problem.limits[rows], np.inf)]
    if columns.balance.shape[0]:
        constraints.append(LinearConstraint(columns.balance, 0.0, 0.0))
    if columns.at_most.shape[0]:
        constraints.append(LinearConstraint(columns.at_most, -np.inf, columns.shares + 1e-9))
    found = milp(
        columns.cost,
        integrality=columns.is_integer.astype(int),
        bounds=Bounds(0.0, columns.upper),
        constraints=constraints,
        options={"mip_rel_gap": 0.0},
    )
    assert found.status in {0, 2}, found.message
    return float(found.fun) if found.status == 0 else np.inf


def is_exact(judge: Guardrails) -> bool:
    """Whether releasing the largest violations first is the cheapest there is: not where probabilities of a soft chance differ."""
    return not any(
        group.block.holds == "chance" and group.block.soft_price is not None and np.ptp(group.probability) > 0
        for group in judge.groups
    )


CASES = [
    (metric, holds, soft, other)
    for metric, holds, soft, other in product(METRICS, HOLDS, (None, 0.7), OTHERS)
    if (metric == "overtime_spend") <= (other in {"capacities", "warehouse"})
]


@pytest.mark.parametrize(("metric", "holds", "soft", "other"), CASES)
def test_columns_cost_what_violations_cost(metric: str, holds: str, soft: float | None, other: str) -> None:
    """For any use the cheapest columns cost what the guardrails say, and there are none exactly where a hard one is violated."""
    kept, broken = 0, 0
    judge = judge_of(metric, holds, soft, other)
    problem = MarginProblem(resolved(judge), judge.limits)
    uses = random_uses(judge)
    columns = Violations.of(problem, judge, np.maximum(uses.max(axis=0), judge.limits))
    for use in uses:
        over = judge.assess(use)
        found = least_cost(problem, columns, use)
        if over[~judge.is_soft].any():
            assert found == np.inf
            broken += 1
            continue
        cost = problem.violation_cost(over)
        kept += 1
        assert found <= cost + 1e-6 * max(1.0, abs(cost))
        if is_exact(judge):
            assert found == pytest.approx(cost, rel=1e-6, abs=1e-6)
    assert kept > 0
    assert (broken > 0) == (soft is None)


@pytest.mark.parametrize(("metric", "holds", "soft", "other"), CASES[::2])
@pytest.mark.parametrize("is_pure", [False, True])
def test_columns_cost_what_relaxations_cost(
    metric: str, holds: str, soft: float | None, other: str, is_pure: bool
) -> None:
    """The same where hard guardrails give way: no use is impossible then."""
    judge = judge_of(metric, holds, soft, other)
    problem = RelaxationProblem(resolved(judge), judge.limits, is_pure=is_pure)
    uses = random_uses(judge)
    columns = Violations.of(problem, judge, np.maximum(uses.max(axis=0), judge.limits))
    for use in uses:
        cost = problem.violation_cost(judge.assess(use))
        found = least_cost(problem, columns, use)
        assert found <= cost + 1e-6 * max(1.0, abs(cost))
        if is_exact(judge):
            assert found == pytest.approx(cost, rel=1e-6, abs=1e-6)
