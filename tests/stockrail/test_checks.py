"""Tests of all checks together, on a small generated instance with a funded build and a rule for quarter ends."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stockrail.checks import CHECKS, FRAMES, run_checks
from stockrail.generation import INVENTORY_CAP, generate
from stockrail.model.dates import first_day
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.schema import FundedBuild
from stockrail.model.tables import Tables
from stockrail.solvers import SolveResult, solve
from stockrail.solvers.result import SolutionStatus, SolveOptions, TerminationReason
from tests.builders import make_instance

GAP = 0.001


@pytest.fixture(scope="module")
def instance() -> Instance:
    """Return 15 items over 18 weeks with a cap on stock, a build where stock peaks, and a tighter cap at quarter ends."""
    made = generate(15, 18, (2, 2), seed=3, guardrail_share=0.8)
    (cap,) = made.guardrails
    assert cap.upper is not None
    build = FundedBuild(
        build="spring",
        guardrail=INVENTORY_CAP,
        scope="all",
        amount=0.1 * cap.upper,
        first_period=9,
        last_period=10,
        exit_date=first_day(made.settings, 13) + dt.timedelta(days=3),
    )
    ends = cap.model_copy(update={"guardrail": "ends", "measured": "quarter ends", "upper": 0.6 * cap.upper})
    return replace(made, guardrails=(cap, ends), funded_builds=(build,))


@pytest.fixture(scope="module")
def plan(instance: Instance) -> SolveResult:
    """Return the plan of the instance."""
    tables = Tables.build(instance, build_tree(instance))
    return solve(tables, SolveOptions(gap=GAP, workers=1, time_limit=60), "decomposition")[1]


@pytest.fixture(scope="module")
def frames(instance: Instance, plan: SolveResult) -> dict[str, pd.DataFrame]:
    """Return the results of every check."""
    return run_checks(instance, plan=plan, gap=GAP, workers=1, time_limit=60)


def test_every_check_has_its_frames(frames: dict[str, pd.DataFrame]) -> None:
    """All checks apply, in their order, and say how long they took."""
    assert list(frames) == [*(name for check in CHECKS for name in FRAMES[check]), "seconds"]
    assert frames["seconds"]["check"].tolist() == list(CHECKS)
    assert (frames["seconds"]["seconds"] >= 0).all()


def test_builds_agree_with_their_periods(frames: dict[str, pd.DataFrame], plan: SolveResult) -> None:
    """The build's room and its use are the sums over periods, and its plan is the one given."""
    (build,) = frames["funded_builds"].to_dict("records")
    by_period = frames["funded_builds_by_period"]
    assert by_period["period"].tolist() == list(range(9, 13))
    assert build["granted"] == pytest.approx(by_period["granted"].sum())
    assert build["used"] == pytest.approx(by_period["used_mean"].sum())
    assert 0.05 < build["used_share"] < 1
    assert build["objective"] == plan.objective
    assert build["enabled_least"] <= build["objective_enabled"] <= build["enabled_most"]
    # Every plan without the room is one with it, so the most it can enable is not below 0.
    assert build["enabled_most"] >= 0
    # The cap holds in every scenario in the exit period.
    assert build["is_back"] and build["write_off_left"] == 0


def test_quarter_ends(frames: dict[str, pd.DataFrame], instance: Instance) -> None:
    """One row for each quarter end in the horizon; the plan without the rule earns no less."""
    frame = frames["quarter_ends"]
    assert frame["period"].tolist() == np.flatnonzero(instance.quarter_ends).tolist()
    assert (frame["guardrail"] == "ends").all()
    assert (frame["cost"] >= -1e-6).all()
    assert (frame["stock_lower"] > 0).all()


def test_everything_is_plain_data(frames: dict[str, pd.DataFrame]) -> None:
    """Every row with a sentence has one that ends, and amounts are finite or missing."""
    for name, frame in frames.items():
        if "sentence" in frame:
            assert frame["sentence"].str.endswith(".").all(), name


def test_without_a_plan_the_instance_is_solved_first() -> None:
    """The checks of a small instance without builds and rules for quarter ends: those that look at the plan alone, and the horizon."""
    frames = run_checks(make_instance(segments={"lost_share": 1}), workers=1)
    assert list(frames) == [*FRAMES["stock_split"], *FRAMES["shortages"], *FRAMES["horizon"], "seconds"]


def test_only_those_asked_for() -> None:
    """A choice of checks runs these only, and says when each begins."""
    begun: list[str] = []
    frames = run_checks(make_instance(), which=["stock_split"], workers=1, on_progress=begun.append)
    assert set(frames) == {*FRAMES["stock_split"], "seconds"}
    assert begun == ["stock_split"]


def test_cancelling_keeps_what_is_done() -> None:
    """Cancelled during the first check, the second one does not begin."""
    begun: list[str] = []
    frames = run_checks(
        make_instance(), workers=1, on_progress=begun.append, is_cancelled=lambda: bool(begun)
    )
    assert set(frames) == {*FRAMES["stock_split"], "seconds"}


def test_an_unknown_check_is_refused() -> None:
    """The message names the checks there are."""
    with pytest.raises(ValueError, match=r"Unknown checks: splits\. There are: stock_split, shortages"):
        run_checks(make_instance(), which=["splits"])  # type: ignore[list-item]


def test_a_solve_without_a_plan_is_refused() -> None:
    """There is nothing to check in it."""
    nothing = SolveResult(None, -np.inf, np.inf, TerminationReason.TIME_LIMIT, SolutionStatus.NONE)
    with pytest.raises(ValueError, match="a solve with a plan"):
        run_checks(make_instance(), plan=nothing)
