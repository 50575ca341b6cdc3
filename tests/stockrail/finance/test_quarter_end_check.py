"""Tests of what quarter ends move, on an instance that is solved by hand.

Periods of 28 days from 2024-01-01: period 3 contains March 31st, and four weeks are one period. Ten units are sold in period 4.
Until period 3 a unit costs 6, in period 4 it costs 9, and holding is 10 % a year of 6: so all ten are bought in period 3.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stockrail.comparisons.plan_comparison import ProvenPlan
from stockrail.finance.quarter_end_check import moved_balance, moved_flow, quarter_end_check, window_periods
from stockrail.finance.quarter_end_rules import quarter_end_rules
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers import solve
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import SolveOptions
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import tables_of

OPTIONS = SolveOptions(gap=0.0, workers=1, time_limit=30.0)

QUARTER_ENDS: Changes = {"measured": "quarter ends", "upper": 30}

HOLDING = 6 * 0.1 * 28 / 365
"""Money per unit and period."""


def price_rise(guardrails: Changes | Sequence[Changes], periods: int = 5, **changes: Any) -> Instance:
    demand = np.zeros(periods)
    demand[-1] = 10
    return make_instance(
        demand=demand.tolist(),
        settings={"period_length_days": 28, "cost_of_capital_rate_per_year": 0.1},
        segments={"lost_share": 1},
        guardrails=guardrails,
        scenarios=path_of_nodes(periods),
        scenario_suppliers=[{"node": f"n{t}", "cost_factor": 1.5} for t in range(4, periods)],
        **changes,
    )


def check(instance: Instance) -> pd.DataFrame:
    """Solve and compare."""
    with open_session(Tables.build(instance, build_tree(instance)), OPTIONS) as session:
        plan = ProvenPlan.of(session.guardrails, solve_in(session, session.guardrails, OPTIONS))
        return quarter_end_check(session, plan, OPTIONS)


@pytest.mark.parametrize(
    "changes",
    [
        {"guardrails": QUARTER_ENDS},
        {"guardrails": {"upper": 600}, "guardrail_limits": {"period": 3, "upper": 30}},
        {"guardrails": {"upper": 30}, "guardrail_limits": [{"period": t, "upper": 600} for t in (2, 4)]},
    ],
    ids=["measured at quarter ends", "tighter at the quarter end", "looser beside it"],
)
def test_purchases_move_behind_the_quarter_end(changes: dict[str, Any]) -> None:
    """Stock of 30 at the quarter end is 5 units: the other 5 are bought a period later, 3 dearer each, and held no period."""
    (row,) = check(price_rise(**changes)).to_dict("records")
    assert (row["guardrail"], row["side"], row["period"], row["date"]) == (
        "G",
        "upper",
        3,
        pd.Timestamp("2024-03-25"),
    )
    # 60 money of purchases become 30; afterwards 45 more, of which 30 are what was not bought before.
    assert (row["purchases_later"], row["purchases_earlier"]) == (pytest.approx(30), 0)
    # Stock is 30 instead of 60 at the end of period 3, and 0 either way one period later.
    assert (row["stock_lower"], row["stock_higher"]) == (pytest.approx(30), 0)
    assert row["cost"] == pytest.approx(5 * (9 - 6) - 5 * HOLDING)
    assert row["is_within_gap"] is False
    assert row["objective_without"] - row["objective"] == pytest.approx(row["cost"])
    assert row["sentence"] == (
        "G (upper), quarter end in the period from 2024-03-25: purchases of EUR 30.00 move to the four weeks after, stock is "
        "EUR 30.00 lower at the end and made up within four weeks; the rule costs EUR 14.77 over all its quarter ends."
    )


def test_a_lower_limit_moves_purchases_before_the_quarter_end() -> None:
    """Stock of at least 30 at the quarter end, where nothing would be bought: 5 units come a period early."""
    instance = make_instance(
        demand=(0, 0, 0, 0, 10),
        settings={"period_length_days": 28, "cost_of_capital_rate_per_year": 0.1},
        segments={"lost_share": 1},
        guardrails={"measured": "quarter ends", "lower": 30},
    )
    (row,) = check(instance).to_dict("records")
    assert (row["side"], row["purchases_later"], row["purchases_earlier"]) == ("lower", 0, pytest.approx(30))
    assert (row["stock_lower"], row["stock_higher"]) == (0, pytest.approx(30))
    assert row["cost"] == pytest.approx(5 * HOLDING)


def test_without_the_rule_is_the_instance_without_the_guardrail() -> None:
    """Next to a rule that stays, the rows let go leave what the extensive form finds without their guardrail."""
    stays = {"guardrail": "stays", "upper": 48}
    _, optimum = solve(tables_of(price_rise(stays)), SolveOptions(gap=0.0), "extensive")
    (row,) = check(price_rise([stays, QUARTER_ENDS])).to_dict("records")
    # Eight units rather than five are bought in period 3.
    assert row["objective_without"] == pytest.approx(optimum.objective)
    assert row["cost"] == pytest.approx(3 * (9 - 6) - 3 * HOLDING)


def test_a_rule_that_does_not_bind_moves_nothing() -> None:
    """With room for 60 all ten units can be bought in period 3."""
    (row,) = check(price_rise({**QUARTER_ENDS, "upper": 60})).to_dict("records")
    assert (row["purchases_later"], row["stock_lower"], row["cost"]) == (0, 0, pytest.approx(0, abs=1e-9))
    assert "nothing moves across it" in row["sentence"]


def test_a_move_within_the_gap_may_be_chance() -> None:
    """The same plan with a bound 20 above it: a cost of 14.77 could be a better plan that was not found."""
    instance = price_rise(QUARTER_ENDS)
    with open_session(Tables.build(instance, build_tree(instance)), OPTIONS) as session:
        plan = ProvenPlan.of(session.guardrails, solve_in(session, session.guardrails, OPTIONS))
        plan = replace(plan, bound=plan.bound + 20)
        (row,) = quarter_end_check(session, plan, OPTIONS).to_dict("records")
    # Without the rule nothing earns more than 14.77 above the plan, which bounds the plan as well.
    assert (row["cost_least"], row["cost_most"]) == (0, pytest.approx(15 - 5 * HOLDING))
    assert row["is_within_gap"] is True
    assert row["sentence"].endswith("over all its quarter ends, and what moves may be chance.")


def test_the_horizon_may_end_with_the_quarter() -> None:
    """After the last period nothing is planned, so nothing can be said to move there; the cost is known."""
    (row,) = check(price_rise(QUARTER_ENDS, periods=4)).to_dict("records")
    # All ten are sold in period 3 itself, so no stock is left and the rule costs nothing.
    assert np.isnan(row["purchases_later"]) and np.isnan(row["stock_lower"])
    assert row["cost"] == pytest.approx(0, abs=1e-9)
    assert "the horizon ends with it" in row["sentence"]


def test_rules() -> None:
    """A limit counts that holds at quarter ends only, or is tighter there than on both sides."""
    guardrails = [
        {"guardrail": "ends", "measured": "quarter ends", "upper": 30, "lower": 0},
        {"guardrail": "tighter", "upper": 600, "lower": 10},
        {"guardrail": "looser", "upper": 30},
        {"guardrail": "one side", "upper": 600},
        {"guardrail": "same", "upper": 600},
        {"guardrail": "average", "measured": "average", "upper": 600},
    ]
    limits = [
        {"guardrail": "tighter", "period": 3, "upper": 50, "lower": 20},
        {"guardrail": "tighter", "period": 2, "upper": 500},
        {"guardrail": "looser", "period": 3, "upper": 60},
        {"guardrail": "one side", "period": 3, "upper": 50},
        {"guardrail": "one side", "period": 2, "upper": 50},
    ]
    rules = quarter_end_rules(price_rise(guardrails, guardrail_limits=limits))
    found = [(rule.guardrail.guardrail, rule.side, rule.periods, rule.looser) for rule in rules]
    # Of the limits beside it the tighter one stands in: 500 rather than 600.
    assert found == [
        ("ends", "upper", (3,), {}),
        ("ends", "lower", (3,), {}),
        ("tighter", "upper", (3,), {3: 500}),
        ("tighter", "lower", (3,), {3: 10}),
    ]


@pytest.mark.parametrize(("days", "periods"), [(1, 28), (7, 4), (28, 1), (91, 1)])
def test_window(days: int, periods: int) -> None:
    """Four weeks in periods, at least one."""
    instance = make_instance(settings={"period_length_days": days})
    assert window_periods(instance) == periods


@pytest.mark.parametrize(
    ("less", "moved"),
    [
        ([0, 10, 20, -25, 0], (25, 0)),  # 30 less before, 25 more after: 25 moved, 5 are not bought at all
        ([0, 0, 10, -30, -5], (10, 0)),
        ([0, -10, 0, 10, 10], (0, 10)),
        ([0, 10, 10, 10, 10], (0, 0)),  # less on both sides: nothing moves
    ],
)
def test_moved_flow(less: list[float], moved: tuple[float, float]) -> None:
    """What is missing on one side of the end of period 2 and comes on the other, within two periods."""
    assert moved_flow(np.array(less, dtype=float), 2, 2) == moved


@pytest.mark.parametrize(
    ("less", "moved"),
    [
        ([0, 0, 20, 5, 0], (20, 0)),  # back where it would be anyway
        ([0, 0, 20, 12, 15], (8, 0)),
        ([0, 0, 20, 20, 20], (0, 0)),  # lower for good: that is no window dressing
        ([0, 0, -20, -5, -9], (0, 15)),
        ([0, 0, 20, -5, 0], (20, 0)),  # no more than was missing
    ],
)
def test_moved_balance(less: list[float], moved: tuple[float, float]) -> None:
    """What a balance is lower at the end of period 2 and made up within two periods."""
    assert moved_balance(np.array(less, dtype=float), 2, 2) == moved
