"""What a run keeps while it goes, in what order and how often, and how it ends when it is asked to."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from stockrail.solvers.result import Incumbent, Progress
from stockrail.workbench.runs import recorder as recorder_module
from stockrail.workbench.runs.claim import Claim, LostError
from stockrail.workbench.runs.history import points_of
from stockrail.workbench.runs.kept_plan import ORDERS, PRICES
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.recorder import EXIT_ENDED, EXIT_LOST, Known, Recorder
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.runs.cases import add_three_items, asked, claimed


@pytest.fixture
def claim(store: Store, tmp_path: Path) -> Claim:
    """A run that this process has."""
    return claimed(store, asked(store, add_three_items(store, tmp_path / "in")).id)


def _recorder(claim: Claim, known: Known | None = None, left: list[int] | None = None) -> Recorder:
    def orders_of(incumbent: Incumbent) -> pd.DataFrame:
        return pd.DataFrame({"item": ["A"], "node": ["r"], "lots": [int(incumbent.objective)]})

    return Recorder(claim, known or Known(), orders_of, [] if left is None else left.append)  # type: ignore[arg-type]


def _plan(objective: float, bound: float = 100.0) -> Incumbent:
    return Incumbent(np.array([[1]]), objective, bound, np.array([0.5]))


def test_progress_is_written_five_times_a_second_at_most(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that tells of itself 200 times a second for two seconds: ten writes, one at the start and one at the end."""
    written: list[float] = []
    put = Recorder._put

    def counted(self: Recorder, *arguments: Any) -> None:
        written.append(time.monotonic())
        put(self, *arguments)

    monkeypatch.setattr(Recorder, "_put", counted)
    with _recorder(claim) as recorder:
        began = time.monotonic()
        while time.monotonic() - began < 2.0:
            recorder.on_progress(Progress("pricing", 10.0, 100.0 - len(written), 0.0))
            time.sleep(0.005)
        spent = time.monotonic() - began
    assert 4 <= len(written) <= 5 * spent + 2
    assert np.diff(written[:-1]).min() >= 0.19  # the last one is that of the end


def test_a_plan_is_kept_before_anything_tells_of_it(claim: Claim) -> None:
    """Whenever somebody looks, the plan that the row names is there, and it is as good as the progress says."""
    store, seen = claim.store, []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            run = get(store, claim.run_id)
            said = run.progress or {}
            if said.get("incumbent") is not None:
                assert run.best_plan is not None
                seen.append((said["incumbent"], int(store.artifacts.frame(run.best_plan)["lots"][0])))

    watcher = threading.Thread(target=look)
    watcher.start()
    with _recorder(claim) as recorder:
        for objective in range(1, 30):
            recorder.on_plan(_plan(float(objective)))
            recorder.on_progress(Progress("recovery", float(objective), 100.0, 0.0))
            time.sleep(0.02)
    stop.set()
    watcher.join()
    run = get(store, claim.run_id)
    assert run.artifacts == {ORDERS: run.best_plan, PRICES: run.artifacts[PRICES]}
    assert run.progress is not None
    assert (run.progress["incumbent"], run.progress["bound"]) == (29.0, 100.0)
    assert run.progress["gap"] == pytest.approx((100 - 29) / 29)
    assert len(seen) > 5
    assert all(told == kept for told, kept in seen)


def test_only_a_better_plan_than_that_of_an_earlier_attempt_is_kept(claim: Claim) -> None:
    """The earlier attempt had 20 and proved 50: a plan worth 10 changes nothing, and its bound of 100 proves nothing more."""
    with _recorder(claim, Known(objective=20.0, bound=50.0, seconds=7.0)) as recorder:
        recorder.on_plan(_plan(10.0))
        recorder.on_progress(Progress("recovery", 10.0, 100.0, 0.0))
    run = get(claim.store, claim.run_id)
    assert run.best_plan is None  # of this row, whose earlier attempt was made up
    assert run.progress is not None
    assert (run.progress["incumbent"], run.progress["bound"]) == (20.0, 50.0)
    assert run.progress["seconds"] >= 7.0


def test_a_search_that_does_not_end_is_ended_within_three_seconds(claim: Claim) -> None:
    """It is asked to stop, does not, and the run ends as cancelled with the plan that was found meanwhile."""
    left: list[int] = []
    recorder = _recorder(claim, left=left)
    recorder._thread.start()
    with claim.store.write("ben", "run.ask_to_cancel", "run", claim.run_id) as change:
        change.session.get_one(Run, claim.run_id).cancel_requested = True
    asked_at = time.monotonic()
    recorder.on_plan(_plan(3.0))
    while not left and time.monotonic() - asked_at < 10.0:
        time.sleep(0.02)
    assert time.monotonic() - asked_at < 3.0
    assert recorder.is_asked_to_stop
    assert left == [EXIT_ENDED]
    run = get(claim.store, claim.run_id)
    assert (run.state, run.error) == ("cancelled", None)
    assert run.best_plan is not None
    assert claim.store.artifacts.frame(run.best_plan)["lots"].tolist() == [3]


def test_a_run_that_was_taken_away_is_not_written_to(claim: Claim) -> None:
    """Somebody thought that the process was gone: it leaves, and what it finds changes nothing."""
    left: list[int] = []
    recorder = _recorder(claim, left=left)
    with claim.store.write("stockrail", "run.recover", "run", claim.run_id) as change:
        change.session.get_one(Run, claim.run_id).state = "interrupted"
    recorder._thread.start()
    recorder.on_plan(_plan(3.0))
    recorder._thread.join(5.0)
    assert left == [EXIT_LOST]
    assert get(claim.store, claim.run_id).best_plan is None
    with pytest.raises(LostError):
        claim.end("finished")
    assert get(claim.store, claim.run_id).state == "interrupted"


def test_a_store_that_fails_for_a_while_loses_nothing(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full at the first two attempts to keep the plan; the third one keeps it, with the search still going."""
    failures = iter([OSError("no space"), OSError("no space")])
    put_frame = type(claim.store.artifacts).put_frame

    def failing(self: Any, frame: pd.DataFrame) -> str:
        for failure in failures:
            raise failure
        return put_frame(self, frame)

    monkeypatch.setattr(type(claim.store.artifacts), "put_frame", failing)
    with _recorder(claim) as recorder:
        recorder.on_plan(_plan(3.0))
        began = time.monotonic()
        while get(claim.store, claim.run_id).best_plan is None:
            assert time.monotonic() - began < 10.0
            time.sleep(0.05)


def test_a_run_that_has_nothing_new_still_says_that_it_is_there(
    claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks from another machine has only this to tell whether the process is gone."""
    monkeypatch.setattr(recorder_module, "PULSE_SECONDS", 0.3)
    times: set[str | None] = set()
    with _recorder(claim):
        began = time.monotonic()
        while len(times) < 3:
            assert time.monotonic() - began < 10.0
            times.add((get(claim.store, claim.run_id).progress or {}).get("at"))
            time.sleep(0.05)


def test_progress_leaves_no_audit_entries(claim: Claim) -> None:
    """The log is for changes that somebody answers for."""
    with _recorder(claim) as recorder:
        recorder.on_plan(_plan(3.0))
    with claim.store.read() as session:
        actions = session.execute(sa.text("select action from audit order by id")).scalars().all()
    assert actions == ["baseline.import", "run.submit", "run.begin"]


def test_the_way_of_plan_and_bound_is_kept_through_attempts(claim: Claim) -> None:
    """A first attempt finds a plan of 20 under a bound of 90, a second one 40 under 50: all of it is there to look at."""
    with _recorder(claim) as recorder:
        recorder.on_plan(_plan(20.0, bound=90.0))
        recorder.on_progress(Progress("recovery", 20.0, 90.0, 0.0))
    known = Known.of(get(claim.store, claim.run_id))
    with _recorder(claim, known) as recorder:
        recorder.on_plan(_plan(40.0, bound=50.0))
        recorder.on_progress(Progress("recovery", 40.0, 50.0, 0.0))
    points = points_of(get(claim.store, claim.run_id).progress)
    assert [(point.incumbent, point.bound) for point in points][-1] == (40.0, 50.0)
    assert (20.0, 90.0) in [(point.incumbent, point.bound) for point in points]
    assert [point.seconds for point in points] == sorted(point.seconds for point in points)
