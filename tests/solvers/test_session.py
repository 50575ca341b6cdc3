"""What searches on one instance share: a session goes on under other limits from all that it knows."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from stockrail.generation import generate
from stockrail.model.guardrails import DENOMINATOR, Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import open_session, solve_decomposition, solve_in
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.result import SolutionStatus, SolveOptions, SolveResult
from tests.random_instances import tables_of

OPTIONS = SolveOptions(time_limit=60.0, gap=0.003)

ITEMS, PERIODS, BRANCHINGS, SEED = 70, 8, (2, 2), 5
"""Large enough that a plan comes within the gap of the bound."""


@cache
def capped() -> Tables:
    """An instance with inventory at 0.9 of its free peak."""
    return tables_of(generate(ITEMS, PERIODS, BRANCHINGS, SEED, guardrail_share=0.9))


def with_cap(share: float) -> Tables:
    """The same instance with the cap at a share of what it was."""
    tables = capped()
    cap = tables.instance.guardrails[-1]
    assert cap.upper is not None
    rails = (*tables.instance.guardrails[:-1], cap.model_copy(update={"upper": share * cap.upper}))
    return replace(tables, instance=replace(tables.instance, guardrails=rails))


def with_turns(lower: float) -> Tables:
    """The instance with its cap, and a lower limit on turns, whose rows have the limit in their use."""
    tables = capped()
    turns = Guardrail(
        guardrail="turns",
        metric="turns",
        scope="all",
        first_period=2,
        last_period=PERIODS - 1,
        lower=lower,
        upper=None,
        holds="expected",
        measured="average",
        soft_price=None,
    )
    rails = (*tables.instance.guardrails, turns)
    return replace(tables, instance=replace(tables.instance, guardrails=rails))


@cache
def cold(share: float) -> SolveResult:
    """A solve under the cap that knows nothing."""
    return solve_decomposition(with_cap(share), OPTIONS)


@cache
def turns_of_the_best_plan() -> float:
    """What the best plan under the cap alone turns."""
    plan = cold(1.0).cumulative_lots
    assert plan is not None
    guardrails = Guardrails.build(with_turns(0.0))
    values = guardrails.metric_values(Ledger(guardrails.tables, plan).stock)
    block = guardrails.blocks[-1]
    above, below = (
        float((block.rows @ values[name].sum(axis=0))[0]) for name in ("turns", "turns" + DENOMINATOR)
    )
    return above / below


def enclose_the_same(one: SolveResult, other: SolveResult) -> bool:
    """Whether both can enclose one optimum: each plan is within the other's bound."""
    slack = 1e-9 * abs(one.bound)
    return one.objective <= other.bound + slack and other.objective <= one.bound + slack


@pytest.mark.parametrize("share", [0.97, 1.03])
def test_warm_solve_equals_a_cold_one(share: float) -> None:
    """Under a tighter and a looser limit: proven within the gap both ways, around the same optimum."""
    with open_session(capped(), OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        warm = solve_in(session, Guardrails.build(with_cap(share)), OPTIONS)
    assert warm.solution_status is cold(share).solution_status is SolutionStatus.PROVEN
    assert warm.gap <= OPTIONS.gap
    assert enclose_the_same(warm, cold(share))


def test_the_same_limits_again_need_no_question() -> None:
    """Bound and plan are known: the recursion is not asked, and the answer is the same."""
    with open_session(capped(), OPTIONS) as session:
        first = solve_in(session, session.guardrails, OPTIONS)
        proofs, plans = len(session.proofs), len(session.pool.plans)
        again = solve_in(session, session.guardrails, OPTIONS)
        assert (len(session.proofs), len(session.pool.plans)) == (proofs, plans)
    assert again.bound == first.bound
    assert again.objective == first.objective
    np.testing.assert_array_equal(again.cumulative_lots, first.cumulative_lots)


@pytest.mark.parametrize("share", [0.96, 1.0, 1.1])
def test_proofs_bound_plans_under_other_limits(share: float) -> None:
    """At prices p with least cost c, every plan under limits b earns at most p @ b - c: also those of a cold solve."""
    with open_session(capped(), OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        guardrails = Guardrails.build(with_cap(share))
        problem = MarginProblem(guardrails, guardrails.limits)
        proofs = session.proofs_for(problem)
    assert len(proofs) > 2
    bounds = [problem.worth(proof.prices) - proof.least for proof in proofs]
    assert min(bounds) >= cold(share).objective
    # The least of them is a good bound near the limits at which they were found.
    assert min(bounds) <= cold(share).bound * 1.02


def test_a_limit_that_is_let_go_has_no_price() -> None:
    """Proofs that price the cap say nothing where there is none; the one at no price still does."""
    with open_session(capped(), OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        proofs = session.proofs_for(
            MarginProblem(session.guardrails, np.full(len(session.guardrails), np.inf))
        )
    assert 0 < len(proofs) < len(session.proofs)
    assert not any(proof.prices.any() for proof in proofs)


def test_adopt_evaluates_ratios_anew() -> None:
    """Under another limit on turns the pool has the use that a new one has, and proofs that price turns are gone."""
    stated = turns_of_the_best_plan()
    tight, loose = with_turns(1.04 * stated), Guardrails.build(with_turns(1.02 * stated))
    with open_session(tight, OPTIONS) as session:
        result = solve_in(session, session.guardrails, OPTIONS)
        assert result.prices["turns", "lower"].sum() < 0  # so that some proofs price it
        turns_row = len(loose) - 1
        kept = [proof for proof in session.proofs if not proof.prices[turns_row]]
        plans, before = list(session.pool.plans), [usage.copy() for usage in session.pool.usage]
        assert 0 < len(kept) < len(session.proofs)
        session.adopt(loose)
        assert session.proofs == kept
        assert len(session.pool.plans) == len(plans)
        for plan, old, usage, joined in zip(
            plans, before, session.pool.usage, session.pool.plans, strict=True
        ):
            np.testing.assert_array_equal(plan, joined)
            fresh = loose.usage(loose.metric_values(session.pool.stock(plan)))[0]
            np.testing.assert_allclose(usage.sum(axis=0), fresh, rtol=1e-9, atol=1e-6)
            np.testing.assert_allclose(usage[:, :turns_row], old[:, :turns_row])
            # limit * mean inventory value - sales: lower by the difference of the limits times inventory.
            assert usage[:, turns_row].sum() < old[:, turns_row].sum()


def test_warm_solve_with_turns_equals_a_cold_one() -> None:
    """Also where a ratio's limit moves, whose rows change with it."""
    stated = turns_of_the_best_plan()
    loose = with_turns(1.02 * stated)
    with open_session(with_turns(1.04 * stated), OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        warm = solve_in(session, Guardrails.build(loose), OPTIONS)
    alone = solve_decomposition(loose, OPTIONS)
    assert warm.gap <= OPTIONS.gap
    assert enclose_the_same(warm, alone)
    assert warm.cumulative_lots is not None
    guardrails = Guardrails.build(loose)
    stock = Ledger(loose, warm.cumulative_lots).stock
    assert not guardrails.assess(guardrails.usage(guardrails.metric_values(stock))[0]).any()
