"""The strategy `rule` against every choice of options there is, by the true objective."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from stockrail.model.metrics import METRICS
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.rule_choice import solve_rule
from stockrail.solvers.rule_result import RuleResult
from tests.builders import Changes
from tests.random_instances import keeps_order_rules, tables_of
from tests.solvers.rule_cases import Best, Choices, limit_kept_by, rule_instance
from tests.solvers.test_guardrail_kinds import HOLDS, LOWER, MEASURED, worst

EXACT = SolveOptions(time_limit=30.0, gap=0.0, workers=1)

SHARE = 0.3
"""Of all choices that keep a limit."""

CASES = [
    (metric, holds, MEASURED[(m + h) % len(MEASURED)], is_soft, 10 * m + h)
    for (m, metric), (h, holds), is_soft in product(enumerate(METRICS), enumerate(HOLDS), (False, True))
]
"""Metric, way to hold, way to measure, whether soft, and seed."""

HARD = [(metric, holds, measured, seed) for metric, holds, measured, is_soft, seed in CASES if not is_soft]

OTHERS: dict[str, dict[str, Any]] = {
    "capacities": {"has_capacity": True},
    "overtime": {"has_capacity": True, "overtime_premium": 0.5},
    "tail": {"margin_cvar_weight": 0.5},
    "all": {"overtime_premium": 0.5, "margin_cvar_weight": 0.9},
}

DEPARTURES = (
    ("inventory_value", "every scenario"),
    ("working_capital", "expected"),
    ("fill_rate", "expected"),
    ("purchases", "cvar"),
    ("days_of_supply", "chance"),
    ("inventory_value", "chance"),
)
"""Metrics and ways to hold of the cases in which items depart."""


def near(amount: float) -> float:
    """What rounding may make of an amount."""
    return 1e-6 * max(1.0, abs(amount))


def limited(
    metric: str,
    holds: str,
    measured: str,
    is_soft: bool,
    seed: int,
    share: float = SHARE,
    beyond: float = 0.0,
    **more: Any,
) -> Choices:
    """An instance with a guardrail that a share of all choices keep; `beyond` makes it tighter by a share of its limit."""
    side, sign = ("lower", -1.0) if metric in LOWER else ("upper", 1.0)
    premium = 0.3 if metric == "overtime_spend" or seed % 3 == 0 else None
    soft = {"soft_price": 0.4} if is_soft else {}
    rail: Changes = {"metric": metric, "measured": measured, side: 0.0, **HOLDS[holds], **soft}
    free = Choices(tables_of(rule_instance(seed, rail, overtime_premium=premium, **more)))
    limit = limit_kept_by(share, free, worst, sign)
    limit -= sign * beyond * abs(limit)
    limited = {**rail, side: limit}
    return Choices(tables_of(rule_instance(seed, limited, overtime_premium=premium, **more)))


def check(choices: Choices, result: RuleResult, best: Best) -> None:
    """The result is a choice from the menus, worth what it says, within the bound."""
    tables = choices.tables
    options = result.options_by_item()
    for item, option in enumerate(options):
        assert option in choices.menus[tables.instance.item_segment[item]]
    objective, _ = choices.of_options(options)
    assert result.objective == pytest.approx(objective, abs=near(objective))
    assert result.bound >= best.objective - near(best.objective)
    assert keeps_order_rules(tables, result.plan.astype(np.int64))


@pytest.mark.parametrize(("metric", "holds", "measured", "is_soft", "seed"), CASES)
def test_is_the_best_choice(metric: str, holds: str, measured: str, is_soft: bool, seed: int) -> None:
    """The choice earns what the best of all choices earns, and the bound is that, too."""
    choices = limited(metric, holds, measured, is_soft, seed)
    best = choices.best()
    result = solve_rule(choices.tables, EXACT)
    check(choices, result, best)
    assert result.objective == pytest.approx(best.objective, abs=near(best.objective))
    assert result.bound == pytest.approx(best.objective, abs=near(best.objective))


@pytest.mark.parametrize(("metric", "holds", "measured", "seed"), HARD)
def test_cheapest_relaxation_where_no_choice_keeps_the_guardrails(
    metric: str, holds: str, measured: str, seed: int
) -> None:
    """A limit that is tighter than what any choice makes of it: the choice is the one whose relaxation is cheapest."""
    choices = limited(metric, holds, measured, False, seed, 0.0, beyond=0.1)
    best = choices.best()
    result = solve_rule(choices.tables, EXACT)
    check(choices, result, best)
    if np.isfinite(best.objective):  # the metric is 0, or does not depend on the choice
        assert result.is_feasible
        return
    assert not result.is_feasible
    assert result.bound == -np.inf
    assert result.over[~choices.judge.is_soft].any()
    _, cost = choices.of_options(result.options_by_item())
    assert cost == pytest.approx(best.relaxed, abs=near(best.relaxed))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("other", OTHERS)
def test_capacities_and_the_tail_of_the_margin(seed: int, other: str) -> None:
    """Hard capacities and a warehouse, overtime, and an objective that weighs the worst scenarios."""
    choices = Choices(tables_of(rule_instance(seed, **OTHERS[other])))
    best = choices.best()
    result = solve_rule(choices.tables, EXACT)
    check(choices, result, best)
    assert result.is_feasible == np.isfinite(best.objective)
    if result.is_feasible:
        assert result.objective == pytest.approx(best.objective, abs=near(best.objective))
        assert result.bound == pytest.approx(best.objective, abs=near(best.objective))


@pytest.mark.parametrize("departures", [1, 2])
def test_departures_are_near_the_best_and_within_the_bound(departures: int) -> None:
    """Few items, so that the bound on departures is wide; what is found is a choice, and mostly the best one."""
    is_best, gained = [], 0
    for seed in range(18):
        metric, holds = DEPARTURES[seed % len(DEPARTURES)]
        choices = limited(metric, holds, "each period", seed % 4 == 3, seed, 0.1, items=3)
        best, plain = choices.best(departures), choices.best()
        result = solve_rule(choices.tables, EXACT, most_departures=departures)
        check(choices, result, best)
        assert len(result.departures) <= departures
        assert result.objective <= best.objective + near(best.objective)
        assert result.objective >= plain.objective - near(plain.objective)
        is_best.append(result.objective >= best.objective - near(best.objective))
        gained += result.objective > plain.objective + near(plain.objective)
    assert np.mean(is_best) >= 0.7
    assert gained >= 3


def test_departures_may_be_what_keeps_a_guardrail() -> None:
    """No choice without departures keeps the limit: then items depart, as far as they may."""
    found = 0
    for seed in range(20):
        choices = limited("inventory_value", "every scenario", "each period", False, seed, 0.0, beyond=0.01)
        assert choices.best().objective == -np.inf
        best = choices.best(2)
        result = solve_rule(choices.tables, EXACT, most_departures=2)
        check(choices, result, best)
        assert not result.is_feasible or np.isfinite(best.objective)
        found += result.is_feasible
    assert found >= 1


def test_a_bound_with_departures_knows_that_chance_lets_nodes_go() -> None:
    """Prices of rows that may be released prove nothing: with them some bounds were below what a choice earns."""
    for seed in range(16):
        choices = limited("inventory_value", "chance", "each period", seed % 2 == 1, seed, 0.05, items=3)
        result = solve_rule(choices.tables, EXACT, most_departures=1)
        check(choices, result, choices.best(1))


def test_a_gap_does_not_make_departures_earn_less() -> None:
    """With a gap of 5 % the program may stop at a worse choice than the one without departures, which is kept then."""
    options = replace(EXACT, gap=0.05)
    for seed in range(15):
        tables = limited("inventory_value", "every scenario", "each period", False, seed, items=6).tables
        without = solve_rule(tables, options).objective
        assert solve_rule(tables, options, most_departures=2).objective >= without - near(without)
