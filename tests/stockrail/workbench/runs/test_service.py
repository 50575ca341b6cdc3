"""The service without a page, in real processes: it and its runs are killed, and the next one finds everything."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.recover import needs_check
from stockrail.workbench.runs.service import Service
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store, audit
from stockrail.workbench.store.check import check
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.dying import run_and_die
from tests.stockrail.workbench.runs.cases import (
    LONG,
    add_long,
    add_three_items,
    asked,
    claimed,
    ended,
    no_process_left,
    process_of,
    until,
)

COMMAND = (sys.executable, "-c", "from stockrail.cli import app; app()", "run", "tend", "--store")
MOST_SECONDS = 60.0

STEPS = (1, 3, 7, 14, 23, 36)
"""Statements, commits and file operations of a look at which it dies; each look begins where the one before has died."""


@contextmanager
def service(store: Store) -> Iterator["subprocess.Popen[str]"]:
    """`stockrail run tend` in a process and a session of its own, which has begun to look."""
    process = subprocess.Popen(
        [*COMMAND, store.location], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        assert "Seeing to" in process.stdout.readline()
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def stopped(process: "subprocess.Popen[str]", number: signal.Signals) -> str:
    """What a service says last when it gets a signal, as all of its session do; it must end cleanly."""
    os.killpg(process.pid, number)
    said, _ = process.communicate(timeout=MOST_SECONDS)
    assert process.returncode == 0
    return said.replace("\n", " ")


def once(store: Store) -> list[str]:
    """What `stockrail run tend --once` prints in 80 columns: its sentences, without the time of each."""
    command = ["run", "tend", "--once", "--store", store.location]
    result = CliRunner().invoke(app, command, env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert all(len(line) <= 80 for line in result.output.splitlines())
    text = " ".join(result.output.split())
    return [one.strip() for one in re.split(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", text) if one]


def lost(store: Store, folder: Path, seed: int = 0) -> Run:
    """A run of three items that had a plan when its process was killed; nobody has seen that yet."""
    run = asked(store, add_three_items(store, folder), seed=seed)
    for step in range(30, 100, 5):
        assert not run_and_die(_take_and_execute, store.location, step, run.id)
        if get(store, run.id).best_plan is not None:
            break
        with store.write("stockrail", "run.interrupt", "run", run.id) as change:
            change.session.get_one(Run, run.id).state = "queued"
    dead = get(store, run.id)
    assert dead.state == "running"
    assert not process_of(dead).is_alive
    return dead


def is_whole(store: Store) -> bool:
    """Whether nothing of the store is missing, and the audit log vouches for it."""
    return audit.verify(store).passed and check(store).passed


def test_service_and_run_are_killed_and_the_next_service_goes_on(sqlite_store: Store, tmp_path: Path) -> None:
    """Three runs, of which the first never ends by itself. Whatever dies leaves what the next service needs.

    The service begins the first run and dies; the run goes on. A second service leaves it alone, is asked to stop, and does. Then
    the run dies; a third service finds it gone, keeps its plan, which the independent checker passes, and sees to the two that wait.
    """
    store = sqlite_store
    long = submit(store, "ben", "plan", add_long(store, tmp_path / "long"), options=LONG)
    quick = add_three_items(store, tmp_path / "quick")
    waiting = [asked(store, quick, seed=seed).id for seed in (0, 1)]
    with no_process_left(store):
        with service(store) as first:
            run = until(store, long.id, lambda now: now.best_plan is not None)
            os.killpg(first.pid, signal.SIGKILL)
            assert first.wait(MOST_SECONDS) == -signal.SIGKILL
        assert process_of(run).is_alive
        assert is_whole(store)
        with service(store) as second:
            later = until(store, run.id, lambda now: now.progress != run.progress)
            assert (later.state, process_of(later)) == ("running", process_of(run))
            assert "Stopped: 1 run goes, 2 wait. Runs go on by themselves." in stopped(second, signal.SIGTERM)
        assert process_of(run).is_alive
        os.kill(process_of(run).pid, signal.SIGKILL)
        assert [get(store, run_id).state for run_id in (run.id, *waiting)] == ["running", "queued", "queued"]
        assert is_whole(store)
        with service(store):
            finished = [ended(store, run_id) for run_id in waiting]
            interrupted = until(
                store, run.id, lambda now: now.state == "interrupted" and not needs_check(now)
            )
    assert [one.state for one in finished] == ["finished", "finished"]
    assert interrupted.progress is not None
    assert interrupted.certificate is not None
    assert interrupted.certificate["verification"]["passed"] is True
    assert interrupted.certificate["objective"] == pytest.approx(interrupted.progress["incumbent"], rel=1e-6)
    assert is_whole(store)


def test_ctrl_c_ends_it_cleanly(sqlite_store: Store) -> None:
    """With the code of a command that has done what it was asked for."""
    with service(sqlite_store) as process:
        assert "Stopped: no runs go, none wait." in stopped(process, signal.SIGINT)


def test_killed_at_many_steps_of_a_look(sqlite_store: Store, tmp_path: Path) -> None:
    """It ends a run that was lost, lays its plan out and checks it: wherever it dies the store is whole, and in the end all is done."""
    store = sqlite_store
    run = lost(store, tmp_path / "in")
    deaths = 0
    for at in STEPS:
        if run_and_die(_look, store.location, at):
            break
        deaths += 1
        assert is_whole(store)
        assert get(store, run.id).best_plan is not None
    else:
        _look(store)
    assert deaths > 3
    done = get(store, run.id)
    assert (done.state, done.error) == ("interrupted", None)
    assert done.certificate is not None
    assert done.certificate["verification"]["passed"] is True
    assert is_whole(store)


def test_once_for_cron(sqlite_store: Store, tmp_path: Path) -> None:
    """It says what it did, or how things stand; what it started goes on without it."""
    store = sqlite_store
    assert once(store) == ["Nothing to do: no runs go, none wait."]
    run = asked(store, add_three_items(store, tmp_path / "in"))
    once(store)
    assert ended(store, run.id).state == "finished"
    assert once(store) == ["Nothing to do: no runs go, none wait."]
    gone = lost(store, tmp_path / "gone", seed=1)
    (laid_out, became) = once(store)
    assert laid_out == f"Run {gone.id}: laying out the plan that was kept."
    assert re.fullmatch(
        rf"Run {gone.id} is interrupted, its process is gone; its best plan is kept, gap \d+\.\d\d%, and passed \d+ checks\.",
        became,
    )


def test_a_store_that_cannot_be_used_is_told_once(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three looks at a store whose governance file is broken and then repaired: two sentences, and it went on."""
    told: list[str] = []
    tending = Service(sqlite_store, told.append)
    good = sqlite_store.governance_file.read_text(encoding="utf-8")
    sqlite_store.governance_file.write_text("people: 3\n", encoding="utf-8")

    class Stopping:
        looks = 0

        def is_set(self) -> bool:
            return self.looks == 3

        def wait(self, seconds: float) -> None:
            self.looks += 1
            if self.looks == 2:
                sqlite_store.governance_file.write_text(good, encoding="utf-8")

    monkeypatch.setattr("stockrail.workbench.runs.service.tend", lambda store: store.governance)
    tending.keep_looking(Stopping())  # type: ignore[arg-type]
    assert len(told) == 2
    assert "tried again" in told[0]
    assert "governance.yaml" in told[0]
    assert told[1] == "The store can be used again."


def _take_and_execute(store: Store, run_id: int) -> None:
    execute(claimed(store, run_id))


def _look(store: Store) -> None:
    Service(store, lambda sentence: None).look()
