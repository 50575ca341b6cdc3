"""Which runs begin, and when: without processes, which test_process.py has."""

import datetime as dt
import os
from pathlib import Path

import pytest

from stockrail.workbench.runs import queue
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.queue import (
    LAUNCH_SECONDS,
    MOST_LAUNCH_SECONDS,
    MOST_LAUNCHES,
    advance,
    wait_on,
)
from stockrail.workbench.store import Store
from tests.stockrail.workbench.runs.cases import add_three_items, asked, claimed

NO_PROCESS = 0
"""No process has this number."""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = dt.datetime(2027, 1, 4, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        """The time."""
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock(store: Store) -> Clock:
    """The clock of the store."""
    clock = Clock()
    store.clock = clock
    return clock


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that would have got a process."""
    launches: list[int] = []

    def launch(store: Store, run_id: int) -> int:
        launches.append(run_id)
        return NO_PROCESS

    monkeypatch.setattr(queue, "launch", launch)
    return launches


def _ask_for(store: Store, folder: Path, clock: Clock, count: int, at_once: int) -> list[int]:
    file = store.governance_file
    file.write_text(
        file.read_text(encoding="utf-8").replace("at_once: 1", f"at_once: {at_once}"), encoding="utf-8"
    )
    assert queue.at_once(store) == at_once
    baseline = add_three_items(store, folder)
    found = []
    for seed in range(count):
        clock.pass_by(1)
        found.append(asked(store, baseline, seed=seed).id)
    return found


def test_first_come_first_served_and_no_more_than_may(
    store: Store, tmp_path: Path, clock: Clock, launched: list[int]
) -> None:
    """Two at a time of four: the first two; the third when one of them has ended, however often somebody asks."""
    one, two, three, four = _ask_for(store, tmp_path / "in", clock, 4, at_once=2)
    assert advance(store) == [one, two]
    assert advance(store) == []
    first, second = claimed(store, one, 2), claimed(store, two, 2)
    assert advance(store) == []
    second.end("finished")
    assert advance(store) == [three]
    claimed(store, three, 2)
    first.end("failed")
    assert advance(store) == [four]
    assert launched == [one, two, three, four]


def test_one_process_only_takes_a_run(store: Store, tmp_path: Path, clock: Clock) -> None:
    """The second that tries gets nothing, nor does one that finds no room."""
    one, two = _ask_for(store, tmp_path / "in", clock, 2, at_once=1)
    claimed(store, one)
    assert Claim.take(store, one, ProcessIdentity.own(), 1) is None
    assert Claim.take(store, two, ProcessIdentity.own(), 1) is None
    assert get(store, two).state == "queued"


def test_a_process_that_never_began_gets_another_one(
    store: Store, tmp_path: Path, clock: Clock, launched: list[int]
) -> None:
    """It was killed before it had taken the run. After three of them something is wrong that a fourth would not change."""
    (run,) = _ask_for(store, tmp_path / "in", clock, 1, at_once=1)
    for _ in range(MOST_LAUNCHES):
        assert advance(store) == [run]
        clock.pass_by(LAUNCH_SECONDS - 1)
        assert advance(store) == []
        clock.pass_by(2)
    assert advance(store) == []
    ended = get(store, run)
    assert ended.state == "failed"
    assert ended.error is not None
    assert "3 processes ended before they had begun" in ended.error


def test_a_process_that_is_slow_to_begin_is_left_alone(
    store: Store, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there, as this test's own process is; only after ten minutes it counts as one that hangs."""
    monkeypatch.setattr(queue, "launch", lambda store, run_id: os.getpid())
    (run,) = _ask_for(store, tmp_path / "in", clock, 1, at_once=1)
    assert advance(store) == [run]
    clock.pass_by(MOST_LAUNCH_SECONDS - 1)
    assert advance(store) == []
    clock.pass_by(2)
    assert advance(store) == [run]


def test_a_process_that_found_no_room_is_no_failure(
    store: Store, tmp_path: Path, clock: Clock, launched: list[int]
) -> None:
    """Its run can begin as soon as there is room."""
    (run,) = _ask_for(store, tmp_path / "in", clock, 1, at_once=1)
    for _ in range(MOST_LAUNCHES + 2):
        assert advance(store) == [run]
        wait_on(store, run)
