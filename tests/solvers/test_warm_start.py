"""A session on one instance starts from what a session on another one has found, and trusts none of it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.generation import generate
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.overlay import apply
from stockrail.model.tables import Tables
from stockrail.model.what_if import WhatIf
from stockrail.solvers.decomposition import open_session, solve_decomposition, solve_in
from stockrail.solvers.result import SolveOptions, SolveResult
from stockrail.solvers.warm_start import WarmStart, keeping_order_rules
from tests.builders import make_instance
from tests.random_instances import keeps_order_rules, random_instance, random_plan, tables_of

OPTIONS = SolveOptions(time_limit=60.0, gap=0.003)


@cache
def _baseline() -> Tables:
    return tables_of(generate(70, 8, (2, 2), 5, guardrail_share=0.9))


@cache
def _warm() -> WarmStart:
    with open_session(_baseline(), OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        return WarmStart.of(session)


def _changed(*changes: dict[str, object]) -> Tables:
    what_if = WhatIf.model_validate({"name": "w", "changes": changes})
    return tables_of(apply(_baseline().instance, what_if))


CHEAPER = {"table": "items", "column": "unit_price", "multiply": 0.95}
SLOWER = {"table": "items", "where": {"item": "item-001"}, "column": "lead_time_periods", "add": 1}
LARGER_LOTS = {"table": "items", "column": "lot_size", "multiply": 2}
MORE = {"table": "demand", "column": "mean_units", "multiply": 1.1}
TIGHTER = {"table": "guardrails", "column": "upper", "multiply": 0.99}
TAIL = {"table": "guardrails", "column": "holds", "set": "cvar"}
ALPHA = {"table": "guardrails", "column": "alpha", "set": 0.5}
WORST = {"table": "settings", "column": "margin_cvar_weight", "set": 0.3}


@pytest.mark.parametrize(
    "changes",
    [(CHEAPER, TIGHTER), (SLOWER, MORE), (LARGER_LOTS,), (TAIL, ALPHA), (WORST,)],
    ids=["cheaper and tighter", "slower and more", "lots", "cvar", "worst scenarios"],
)
def test_warm_and_cold_agree(changes: tuple[dict[str, object], ...]) -> None:
    """Neither finds a plan above what the other has proven, and the warm plan keeps order rules and limits."""
    tables = _changed(*changes)
    cold = solve_decomposition(tables, OPTIONS)
    with open_session(tables, OPTIONS, _warm()) as session:
        warm = solve_in(session, session.guardrails, OPTIONS)
    assert warm.objective <= cold.bound + 1e-6 * abs(cold.bound)
    assert cold.objective <= warm.bound + 1e-6 * abs(warm.bound)
    assert warm.gap <= OPTIONS.gap
    _assert_plan_holds(tables, warm)


def _assert_plan_holds(tables: Tables, result: SolveResult) -> None:
    assert result.cumulative_lots is not None
    assert keeps_order_rules(tables, result.cumulative_lots)
    guardrails = Guardrails.build(tables)
    stock = Ledger(tables, result.cumulative_lots).stock
    over = guardrails.assess(guardrails.usage(guardrails.metric_values(stock))[0])
    assert not over[~guardrails.is_soft].any()


def test_the_same_instance_is_known_at_once() -> None:
    """From its own plans and prices a search on the same instance needs no round: the plan is within the gap already."""
    with open_session(_baseline(), OPTIONS, _warm()) as session:
        plans = len(session.pool.plans)
        result = solve_in(session, session.guardrails, OPTIONS)
        assert len(session.pool.plans) == plans
    assert result.gap <= OPTIONS.gap


def test_another_tree_starts_from_nothing() -> None:
    """Where shapes differ nothing is taken over, and the solve goes as ever."""
    other = tables_of(generate(70, 8, (2,), 5, guardrail_share=0.9))
    assert not _warm().fits(other)
    with open_session(other, OPTIONS, _warm()) as session:
        assert session.pool.plans == []


def test_prices_of_rows_that_are_not_there_are_left_out() -> None:
    """A guardrail that is gone, and one that is new, have no price to begin with; the solve is warm all the same."""
    guardrail = _baseline().instance.guardrails[-1].guardrail
    tables = _changed(
        {"table": "guardrails", "where": {"guardrail": guardrail}, "column": "guardrail", "set": "new"}
    )
    with open_session(tables, OPTIONS, _warm()) as session:
        new = next(where for block, where in session.guardrails.each() if block.name == "new")
        assert not session.proofs[0].prices[new].any()
        _assert_plan_holds(tables, solve_in(session, session.guardrails, OPTIONS))


@given(st.integers(0, 2**32 - 1))
def test_plans_are_made_to_keep_order_rules(seed: int) -> None:
    """Whatever is wanted, what comes out keeps every rule; a plan that keeps them all comes out as it went in."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng))
    plan = random_plan(rng, tables)
    wild = rng.integers(0, 20, size=(2, *plan.shape))
    same, *others = keeping_order_rules(tables, np.concatenate([plan[None], wild]))
    assert np.array_equal(same, plan)
    assert all(keeps_order_rules(tables, other.astype(np.int64)) for other in others)


def test_what_is_missing_is_ordered_when_it_is_half_a_minimum() -> None:
    """Minimum 4, maximum 6: of 1, 2, 9, 9 lots wanted 1 waits, 2 becomes 4, then 5 follow; 9 are there.

    Period 0: 1 missing, below half of 4. Period 1: 2 missing, half of 4: an order of 4. Period 2: 9 - 4 = 5.
    """
    tables = tables_of(
        make_instance(demand=(5, 5, 5, 5), items={"minimum_order_units": 4, "maximum_order_units": 6})
    )
    (plan,) = keeping_order_rules(tables, np.array([[[1, 2, 9, 9]]]))
    assert plan.tolist() == [[0, 4, 9, 9]]


def test_frozen_periods_are_kept() -> None:
    """An override of 7 lots stands where 2 are wanted, and nothing more is ordered."""
    instance = make_instance(demand=(5, 5), order_overrides={"period": 0, "lots": 7})
    (plan,) = keeping_order_rules(tables_of(replace(instance)), np.array([[[2, 6]]]))
    assert plan.tolist() == [[7, 7]]
