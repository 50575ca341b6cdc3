"""Better plans that a solve hands out as it finds them, and a solve that begins with one."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from stockrail.certificate import Earnings
from stockrail.generation import generate
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.overlay import apply
from stockrail.model.tables import Tables
from stockrail.model.what_if import WhatIf
from stockrail.solvers import solve
from stockrail.solvers.result import Incumbent, Progress, SolveOptions, SolveResult, TerminationReason
from tests.random_instances import tables_of

CASES = [("extensive", "every scenario"), ("decomposition", "every scenario"), ("decomposition", "chance")]


@cache
def _tables(holds: str) -> Tables:
    """Five items and a limit on stock that binds, in every scenario or in 60% of them."""
    instance = generate(5, 5, (2, 2), 5, guardrail_share=0.95)
    changes = [{"table": "guardrails", "column": "holds", "set": holds}]
    if holds == "chance":
        changes.append({"table": "guardrails", "column": "alpha", "set": 0.6})  # type: ignore[dict-item]
    return tables_of(apply(instance, WhatIf.model_validate({"name": "w", "changes": changes})))


@cache
def _solved(solver: str, holds: str) -> tuple[SolveResult, list[Incumbent | Progress]]:
    told: list[Incumbent | Progress] = []
    options = SolveOptions(
        time_limit=30.0, gap=0.003, workers=1, on_plan=told.append, on_progress=told.append
    )
    return solve(_tables(holds), options, solver)[1], told


@pytest.mark.parametrize(("solver", "holds"), CASES)
def test_each_plan_is_better_and_as_good_as_told(solver: str, holds: str) -> None:
    """Objectives rise; each is what the ledger of the plan says and keeps the limits; the last one is the result."""
    result, told = _solved(solver, holds)
    plans = [one for one in told if isinstance(one, Incumbent)]
    assert plans
    assert all(before.objective < after.objective for before, after in pairwise(plans))
    assert result.cumulative_lots is not None
    np.testing.assert_array_equal(plans[-1].cumulative_lots, result.cumulative_lots)
    tables = _tables(holds)
    guardrails = Guardrails.build(tables)
    for plan in plans:
        ledger = Ledger(tables, plan.cumulative_lots)
        assert Earnings.of(ledger, guardrails).objective == pytest.approx(plan.objective, rel=1e-6)
        over = guardrails.assess(guardrails.usage(guardrails.metric_values(ledger.stock))[0])
        assert over.max() <= 1e-6 * guardrails.limits[np.isfinite(guardrails.limits)].max()


@pytest.mark.parametrize(("solver", "holds"), CASES)
def test_nothing_is_told_of_a_plan_that_was_not_handed_out(solver: str, holds: str) -> None:
    """Progress never shows a plan better than the best one handed out before, and no bound below the best plan of all."""
    result, told = _solved(solver, holds)
    best = -np.inf
    for one in told:
        if isinstance(one, Incumbent):
            best = one.objective
        else:
            assert one.incumbent <= best
        assert one.bound >= result.objective - 1e-6 * abs(result.objective)


@pytest.mark.parametrize(("solver", "holds"), CASES)
def test_a_solve_without_time_keeps_the_plan_it_begins_with(solver: str, holds: str) -> None:
    """It returns a plan at least as good, with a bound that is no better than the truth.

    The extensive form needs some time to complete the plan: lots are given, where stock is and what is paid is not.
    """
    result, told = _solved(solver, holds)
    start = next(one for one in reversed(told) if isinstance(one, Incumbent))
    seconds = 5.0 if solver == "extensive" else 0.0
    again = solve(
        _tables(holds), SolveOptions(time_limit=seconds, gap=0.003, workers=1, start=start), solver
    )[1]
    assert again.objective >= result.objective - 1e-6 * abs(result.objective)
    assert again.bound >= result.objective - 1e-6 * abs(result.objective)


def test_prices_of_the_start_prove_its_bound_at_once() -> None:
    """Without time for a single round, the bound is the one that was proven at the prices handed out, not the first ones'."""
    _, told = _solved("decomposition", "every scenario")
    start = next(one for one in reversed(told) if isinstance(one, Incumbent))
    options = SolveOptions(time_limit=0.0, gap=0.0, workers=1)
    warm = solve(_tables("every scenario"), replace(options, start=start), "decomposition")[1]
    cold = solve(
        _tables("every scenario"), replace(options, start=replace(start, prices=None)), "decomposition"
    )[1]
    assert warm.termination_reason is TerminationReason.TIME_LIMIT
    assert warm.bound <= start.bound * (1.0 + 1e-9)
    assert cold.bound > warm.bound


def test_blocks_tell_of_no_plan_that_the_checkpoint_has_not(tmp_path: Path) -> None:
    """Whenever progress names a plan, the checkpoint on disk has one of that objective: minus its cost, as no limit is broken."""
    checkpoint, seen = tmp_path / "checkpoint.npz", []

    def look(progress: Progress) -> None:
        if np.isfinite(progress.incumbent):
            with np.load(checkpoint) as kept:
                seen.append((progress.incumbent, -float(kept["best_cost"].sum())))

    options = SolveOptions(time_limit=30.0, gap=0.003, workers=1, checkpoint=checkpoint, on_progress=look)
    result = solve(_tables("every scenario"), options, "blocks")[1]
    assert len(seen) > 1
    for told, kept in seen:
        assert told == pytest.approx(kept, rel=1e-9)
    assert seen[-1][0] == pytest.approx(result.objective)
