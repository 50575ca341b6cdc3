"""Runs in processes of their own, real ones: to their end, killed at several moments, cancelled, and gone on with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from stockrail.workbench.runs.cancel import cancel
from stockrail.workbench.runs.launch import LOG, run_folder
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.runs.recover import recover
from stockrail.workbench.runs.submit import resume, submit
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.runs.cases import (
    LONG,
    add_long,
    add_three_items,
    asked,
    ended,
    in_state,
    no_process_left,
    process_of,
    until,
)

STARTER = """
import sys
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.store import Store
store = Store.open(sys.argv[1])
advance(store)
print("started", flush=True)
sys.stdin.read()
"""
"""Somebody, such as a service, who starts what waits and then stays."""


@pytest.fixture
def long_run(sqlite_store: Store, tmp_path: Path) -> Iterator[Run]:
    """A run that has its first plan soon, and does not end by itself; it waits."""
    baseline = add_long(sqlite_store, tmp_path / "in")
    with no_process_left(sqlite_store):
        yield submit(sqlite_store, "ben", "plan", baseline, options=LONG)


def _has_plan(run: Run) -> bool:
    return run.best_plan is not None


def _is_sound(store: Store, run: Run, *, has_plan: bool) -> None:
    """The run has ended before it was done; what it kept was checked by code independent of the engine."""
    assert run.state == "interrupted"
    assert audit.verify(store).passed
    assert check(store).passed
    assert (run.best_plan is not None) == has_plan
    assert run.certificate is not None
    if not has_plan:
        assert (run.certificate["status"], run.certificate["objective"]) == ("none", None)
        return
    verification = run.certificate["verification"]
    assert (verification["passed"], verification["failed"]) == (True, [])
    assert run.progress is not None
    assert run.certificate["objective"] == pytest.approx(run.progress["incumbent"], rel=1e-6)
    assert run.certificate["bound"] == run.progress["bound"] >= run.certificate["objective"]
    assert {"orders.csv", "plan.json", "report.html"} <= set(run.artifacts)


def test_a_run_from_start_to_end(store: Store, tmp_path: Path) -> None:
    """Its files, its certificate and the checker's verdict are kept; the same inputs give it back without a solve."""
    baseline = add_three_items(store, tmp_path / "in")
    asked_for = asked(store, baseline)
    assert advance(store) == [asked_for.id]
    run = ended(store, asked_for.id)
    assert (run.state, run.error) == ("finished", None)
    assert run.certificate is not None
    assert run.certificate["status"] == "proven"
    assert run.certificate["verification"]["passed"] is True
    assert {"orders.csv", "plan.json", "projection.csv", "report.html"} <= set(run.artifacts)
    assert store.artifacts.get(run.artifacts["orders.csv"]).startswith(b"item,")
    assert not run_folder(store, run.id).exists()
    assert asked(store, baseline).id == run.id
    assert advance(store) == []


def test_runs_follow_one_another_without_anybody(sqlite_store: Store, tmp_path: Path) -> None:
    """The process of one starts that of the next: one at a time, in the order in which they were asked for."""
    store, baseline = sqlite_store, add_three_items(sqlite_store, tmp_path / "in")
    ids = [asked(store, baseline, seed=seed).id for seed in range(3)]
    assert advance(store) == ids[:1]
    finished = [ended(store, run_id) for run_id in ids]
    assert [run.state for run in finished] == ["finished"] * 3
    for before, after in pairwise(finished):
        assert before.finished_at is not None
        assert after.started_at is not None
        assert before.finished_at <= after.started_at


def test_killed_before_the_first_plan(sqlite_store: Store, long_run: Run) -> None:
    """Nothing was found yet: the run is interrupted, and can go on."""
    advance(sqlite_store)
    run = until(sqlite_store, long_run.id, in_state("running"))
    os.kill(process_of(run).pid, signal.SIGKILL)
    _wait_for_end(run)
    (recovered,) = recover(sqlite_store)
    _is_sound(sqlite_store, recovered, has_plan=False)
    assert recover(sqlite_store) == []
    assert resume(sqlite_store, "ben", run.id).state == "queued"


def test_killed_after_a_plan_and_gone_on_with(sqlite_store: Store, long_run: Run) -> None:
    """The plan is kept with its bound, the checker agrees, and the resumed run begins with it."""
    store = sqlite_store
    advance(store)
    run = until(store, long_run.id, _has_plan)
    os.kill(process_of(run).pid, signal.SIGKILL)
    _wait_for_end(run)
    (recovered,) = recover(store)
    _is_sound(store, recovered, has_plan=True)
    assert recovered.progress is not None
    kept = recovered.progress["incumbent"]
    resume(store, "ben", run.id)
    advance(store)
    again = until(store, run.id, lambda now: now.state == "running" and now.progress != recovered.progress)
    assert again.best_plan is not None
    assert again.progress is not None
    assert again.progress["incumbent"] >= kept
    assert again.progress["seconds"] > recovered.progress["seconds"]
    assert again.progress["bound"] <= recovered.progress["bound"]
    assert cancel(store, "ben", run.id).state == "cancelled"


def test_killed_while_it_writes(sqlite_store: Store, tmp_path: Path) -> None:
    """The search is over, its files are on their way: the plan is there, and resuming it makes them again."""
    store = sqlite_store
    waiting = asked(store, add_three_items(store, tmp_path / "in"))
    advance(store)
    run = until(store, waiting.id, lambda run: (run.progress or {}).get("phase") == "writing")
    os.kill(process_of(run).pid, signal.SIGKILL)
    _wait_for_end(run)
    (recovered,) = recover(store)
    _is_sound(store, recovered, has_plan=True)
    resume(store, "ben", run.id)
    advance(store)
    finished = ended(store, run.id)
    assert finished.state == "finished"
    assert finished.certificate is not None
    assert recovered.certificate is not None
    assert finished.certificate["objective"] >= recovered.certificate["objective"] - 0.01
    assert finished.certificate["verification"]["passed"] is True


def test_a_run_in_blocks_goes_on_from_its_checkpoint(sqlite_store: Store, tmp_path: Path) -> None:
    """Plans of blocks are laid out at the end only: what was found is told, and the resumed run has it from the start."""
    store, baseline = sqlite_store, add_long(sqlite_store, tmp_path / "in")
    options = {**LONG, "solver": "blocks", "gap": 0.001, "prices": "none", "checks": False}
    waiting = submit(store, "ben", "plan", baseline, options=options)
    advance(store)
    run = until(store, waiting.id, lambda now: (now.progress or {}).get("incumbent") is not None)
    os.kill(process_of(run).pid, signal.SIGKILL)
    _wait_for_end(run)
    (recovered,) = recover(store)
    assert recovered.certificate is not None
    assert recovered.progress is not None
    assert recovered.best_plan is None
    assert recovered.certificate["objective"] == recovered.progress["incumbent"] > 0.0
    assert "checkpoint" in recovered.certificate["verification"]["detail"]
    resume(store, "ben", run.id)
    advance(store)
    finished = ended(store, run.id)
    assert (finished.state, finished.error) == ("finished", None)
    assert finished.certificate is not None
    assert finished.certificate["objective"] >= recovered.certificate["objective"] * (1.0 - 1e-9)
    assert finished.certificate["verification"]["passed"] is True


def test_who_started_it_may_be_killed(sqlite_store: Store, long_run: Run) -> None:
    """After kill -9 of the starter and of its whole session the run goes on, and whoever comes next finds it."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, sqlite_store.location],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"started\n"
    os.killpg(starter.pid, signal.SIGKILL)
    starter.communicate()
    run = until(sqlite_store, long_run.id, _has_plan)
    assert process_of(run).is_alive
    with Store.open(sqlite_store.location) as restarted:
        assert recover(restarted) == []
        assert get(restarted, run.id).state == "running"
        later = until(restarted, run.id, lambda now: now.progress != run.progress)
        assert later.state == "running"
        assert cancel(restarted, "ben", run.id).state == "cancelled"


def test_cancel_is_answered_within_three_seconds(sqlite_store: Store, long_run: Run) -> None:
    """The best plan is kept, its process is gone, and the next run begins."""
    store = sqlite_store
    second = submit(store, "ben", "plan", long_run.baseline_id, options={**LONG, "seed": 1})
    advance(store)
    run = until(store, long_run.id, _has_plan)
    began = time.monotonic()
    cancelled = cancel(store, "carla", run.id)
    assert time.monotonic() - began < 3.0
    assert (cancelled.state, cancelled.error) == ("cancelled", None)
    assert cancelled.best_plan is not None
    until(store, second.id, in_state("running"))
    assert cancel(store, "carla", second.id).state == "cancelled"
    _wait_for_end(run)
    assert all(now.certificate is not None for now in recover(store))
    verdict = get(store, run.id).certificate
    assert verdict is not None
    assert verdict["verification"]["passed"] is True
    assert verdict["termination_reason"] == "cancelled"


def test_cancel_ends_a_process_that_does_not_answer(sqlite_store: Store, long_run: Run) -> None:
    """It is stopped, as if it hung: after its time it is killed, and its best plan is there all the same."""
    store = sqlite_store
    advance(store)
    run = until(store, long_run.id, _has_plan)
    os.kill(process_of(run).pid, signal.SIGSTOP)
    began = time.monotonic()
    cancelled = cancel(store, "ben", run.id)
    assert time.monotonic() - began < 3.0
    assert cancelled.state == "cancelled"
    assert cancelled.best_plan == get(store, run.id).best_plan
    _wait_for_end(run)


def test_a_system_that_shuts_down_interrupts_the_run(sqlite_store: Store, long_run: Run) -> None:
    """SIGTERM is a question: the run ends by itself, as interrupted, with its plan."""
    advance(sqlite_store)
    run = until(sqlite_store, long_run.id, _has_plan)
    os.kill(process_of(run).pid, signal.SIGTERM)
    assert ended(sqlite_store, run.id).state == "interrupted"
    _wait_for_end(run)
    recover(sqlite_store)
    _is_sound(sqlite_store, get(sqlite_store, run.id), has_plan=True)


def test_what_no_plan_can_keep_fails_with_the_reason(sqlite_store: Store, tmp_path: Path) -> None:
    """The message is the engine's, and the certificate has the relaxation as data."""
    nothing = ("guardrails.csv", "0,2,,500,every", "0,2,,0,every")
    waiting = asked(sqlite_store, add_three_items(sqlite_store, tmp_path / "in", nothing))
    advance(sqlite_store)
    run = ended(sqlite_store, waiting.id)
    assert run.state == "failed"
    assert run.error is not None
    assert "inventory-cap" in run.error
    assert run.certificate is not None
    assert run.certificate["status"] == "infeasible"


def test_what_goes_wrong_at_the_start_is_in_the_log(sqlite_store: Store, tmp_path: Path) -> None:
    """The baseline's files are gone: the run fails and says so."""
    waiting = asked(sqlite_store, add_three_items(sqlite_store, tmp_path / "in"))
    for file in sqlite_store.artifacts.folder.rglob("*"):
        if file.is_file():
            file.unlink()
    advance(sqlite_store)
    run = ended(sqlite_store, waiting.id)
    assert run.state == "failed"
    assert run.error is not None
    assert "restore" in run.error
    assert (run_folder(sqlite_store, run.id) / LOG).is_file()


def _wait_for_end(run: Run) -> None:
    process = process_of(run)
    began = time.monotonic()
    while process.is_alive:
        assert time.monotonic() - began < 10.0
        time.sleep(0.02)
