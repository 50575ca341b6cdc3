"""The independent checker on plans of the strategies rule and band, laid out as plan folders."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.finance.plan_prices import PlanPrices
from stockrail.finance.relaxing import RelaxedSolve
from stockrail.findings import Findings
from stockrail.model.item_groups import ItemGroups
from stockrail.model.tables import Tables
from stockrail.planning import lay_out
from stockrail.solvers.band_search import solve_band
from stockrail.solvers.result import SolutionStatus, SolveOptions, SolveResult, TerminationReason
from stockrail.solvers.rule_choice import solve_rule
from stockrail.solvers.rule_result import RuleResult
from stockrail.verification.verify import Verification, checks_of
from tests.builders import Changes
from tests.random_instances import tables_of
from tests.solvers.rule_cases import Choices, limit_kept_by, rule_instance
from tests.solvers.test_guardrail_kinds import HOLDS, worst

OPTIONS = SolveOptions(time_limit=10.0, gap=1e-3, workers=1)


def as_solved(rule: RuleResult) -> SolveResult:
    """A rule as the result of a solver."""
    return SolveResult(
        cumulative_lots=rule.plan.astype(np.int64),
        objective=rule.objective,
        bound=rule.bound,
        termination_reason=TerminationReason.GAP_REACHED,
        solution_status=SolutionStatus.PROVEN,
    )


def verified(tables: Tables, name: str, result: SolveResult, folder: Path) -> Verification:
    """What the checker says of a plan in a folder."""
    plan = lay_out(ItemGroups.of(tables), RelaxedSolve(name, result), Findings(PlanPrices()), 0, 0.0, 0.0)
    plan.write(folder)
    numbers = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return Verification(tuple(checks_of(folder, numbers, tables.instance)))


@pytest.mark.parametrize(
    ("holds", "premium", "tail"),
    [
        ("every scenario", None, 0.0),
        ("expected", 0.4, 0.0),
        ("cvar", None, 0.5),
        ("chance", 0.4, 0.0),
    ],
)
def test_the_checker_passes_both(holds: str, premium: float | None, tail: float, tmp_path: Path) -> None:
    """Order rules, stock, money, guardrails and the objective are what the independent walk says."""
    rail: Changes = {"metric": "inventory_value", "upper": 0.0, **HOLDS[holds]}
    more: dict[str, Any] = {"overtime_premium": premium, "margin_cvar_weight": tail}
    limit = limit_kept_by(0.4, Choices(tables_of(rule_instance(5, rail, **more))), worst, 1.0)
    tables = tables_of(rule_instance(5, {**rail, "upper": limit}, **more))
    rule = solve_rule(tables, OPTIONS, most_departures=1)
    assert rule.is_feasible
    band = solve_band(tables, OPTIONS, rule).result
    for name, result in (("rule", as_solved(rule)), ("band", band)):
        found = verified(tables, name, result, tmp_path / name)
        assert found.passed, found.summary()
        assert len(found.checks) > 10
