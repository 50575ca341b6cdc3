"""One run is killed with kill -9 again and again, at one step after the other: what it has found only ever gets more."""

from pathlib import Path

import pytest

from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.recover import recover
from stockrail.workbench.runs.submit import resume
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.dying import run_and_die
from tests.stockrail.workbench.runs.cases import add_three_items, asked, claimed

STEPS = (1, 2, 3, 5, 9, 14, 20, 27, 35, 44, 54, 65)
"""Statements, commits and file operations at which it dies; of what it does all over there are about a hundred."""


def take_and_execute(store: Store, run_id: int) -> None:
    """What the process of a run does."""
    execute(claimed(store, run_id))


@pytest.mark.parametrize("solver", ["decomposition", "extensive"])
def test_killed_at_many_steps_in_turn(sqlite_store: Store, tmp_path: Path, solver: str) -> None:
    """After each death the store is whole and the best plan, where there is one, keeps every limit and its objective.

    A death before the run was taken leaves it in the queue. Each attempt begins with the plan of the one before.
    """
    store = sqlite_store
    run_id = asked(store, add_three_items(store, tmp_path / "in"), solver=solver).id
    best, states = -float("inf"), set()
    for step in STEPS:
        if run_and_die(take_and_execute, store.location, step, run_id):
            break
        recover(store)
        run = get(store, run_id)
        states.add(run.state)
        assert audit.verify(store).passed
        assert check(store).passed
        objective = _objective(run)
        assert objective >= best
        best = objective
        if run.state == "interrupted":
            resume(store, "ben", run_id)
    assert states == {"queued", "interrupted"}
    assert best > 0.0
    if get(store, run_id).state == "queued":
        take_and_execute(store, run_id)
    finished = get(store, run_id)
    assert finished.state == "finished"
    assert finished.certificate is not None
    assert finished.certificate["verification"]["passed"] is True
    assert finished.certificate["objective"] >= best - 1e-6 * best
    assert finished.certificate["bound"] >= finished.certificate["objective"] - 1e-6 * best


def _objective(run: Run) -> float:
    """That of the best plan, which the checker has recomputed; -inf where there is none."""
    if run.best_plan is None or run.certificate is None:
        assert run.best_plan is None or run.state == "queued"
        return -float("inf")
    verification = run.certificate["verification"]
    assert (verification["passed"], verification["failed"]) == (True, [])
    return float(run.certificate["objective"])
