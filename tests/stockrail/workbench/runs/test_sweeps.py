"""Frontiers and tornados as runs: their files, what is kept of one that was ended, and going on without solving anything twice."""

import io
import pkgutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stockrail.workbench.runs import sweeps
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.display import list_rows, run_lines
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.options import OptionsError
from stockrail.workbench.runs.recorder import Recorder
from stockrail.workbench.runs.recover import recover
from stockrail.workbench.runs.service import Service
from stockrail.workbench.runs.submit import resume, submit
from stockrail.workbench.runs.sweeps import frontier_of, record_of, tornado_of_run
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunKind
from tests.stockrail.workbench.runs.cases import add_three_items, claimed

FRONTIER = {"guardrail": "inventory-cap", "limits": [450, 500, 600], "gap": 0.0, "workers": 1}
TWO = {"guardrail": "inventory-cap", "limits": [500, 600], "gap": 0.0004, "workers": 1}
"""So close that the plan of the first limit, 1,549.81, does not settle the second one, 1,550.81."""

TORNADO = {"drivers": ["order-cost", "limit:inventory-cap"], "gap": 0.0, "workers": 1}

NOTHING_FITS = ("guardrails.csv", "0,2,,500,every", "0,2,,0,every")


@pytest.fixture
def baseline(sqlite_store: Store, tmp_path: Path) -> int:
    """The baseline of three items."""
    return add_three_items(sqlite_store, tmp_path / "in")


def executed(store: Store, kind: RunKind, baseline: int, options: dict[str, Any]) -> Run:
    """A run, taken and executed by this process."""
    run = submit(store, "ben", kind, baseline, options=options)
    execute(claimed(store, run.id))
    return get(store, run.id)


def stopped_after(store: Store, run: Run, solves: int, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The run, cancelled as soon as so many solves are done."""
    recorders: list[Recorder] = []
    tell = Recorder.tell

    def told(self: Recorder, more: dict[str, Any]) -> None:
        tell(self, more)
        found = more.get(sweeps.SWEEP)
        if found is not None and _solved(found) >= solves:
            self.stop("cancelled")

    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "tell", told)
        execute(claimed(store, run.id), recorders.append, lambda code: pytest.fail(f"ended with {code}"))
    return get(store, run.id)


def _solved(record: dict[str, Any]) -> int:
    rows = record.get("points") or record.get("sides") or []
    return sum(row["status"] == "proven" for row in rows)


def test_a_frontier(sqlite_store: Store, baseline: int) -> None:
    """At 500 the plan of the README, 1,549.81; from 554.17 on the limit costs nothing, 1,550.81. Margin never falls as it loosens."""
    run = executed(sqlite_store, "frontier", baseline, FRONTIER)
    assert (run.state, run.error) == ("finished", None)
    assert set(run.artifacts) == {"frontier.csv", "frontier.json", "frontier.html"}
    frontier = frontier_of(run)
    assert frontier is not None
    assert [point.limit for point in frontier.points] == [450, 500, 600]
    margins = [point.objective for point in frontier.points]
    assert margins[1:] == pytest.approx([1549.81, 1550.81], abs=0.005)
    assert margins == sorted(margins)
    table = pd.read_csv(io.BytesIO(sqlite_store.artifacts.get(run.artifacts["frontier.csv"])))
    assert table["objective"].tolist() == pytest.approx(margins)
    assert run.progress is not None
    assert (run.progress["done"], run.progress["total"]) == (3, 3)
    lines = list(run_lines(sqlite_store, run))
    assert any("inventory-cap (upper), 3 from 450 to 600" in line for line in lines)
    assert any("knee" in line for line in lines)
    assert len(list(list_rows(sqlite_store, [run]))) == 1


def test_a_tornado(sqlite_store: Store, baseline: int) -> None:
    """A tenth of 16 for four orders is 1.60 either way; a limit of 550 still binds, so the plan and its margin stay."""
    run = executed(sqlite_store, "tornado", baseline, TORNADO)
    assert (run.state, run.error) == ("finished", None)
    assert set(run.artifacts) == {"tornado.csv", "tornado.json", "tornado.html", "scenarios.yaml"}
    tornado = tornado_of_run(run)
    assert tornado is not None
    amounts = {
        bar.driver: [side.difference and side.difference.amount for side in bar.sides] for bar in tornado.bars
    }
    assert amounts["order-cost"] == pytest.approx([1.6, -1.6])
    assert amounts["limit:inventory-cap"][1] == pytest.approx(0.0, abs=1e-6)
    assert run.certificate is not None
    assert run.certificate["status"] == "proven"
    assert run.certificate["objective"] == pytest.approx(1549.81, abs=0.005)
    assert any("limit of inventory-cap moves" in line.lower() for line in run_lines(sqlite_store, run))


@pytest.mark.parametrize(("kind", "options"), [("frontier", TWO), ("tornado", TORNADO)])
def test_a_cancel_keeps_what_is_done(
    sqlite_store: Store,
    baseline: int,
    kind: RunKind,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its files are there with what was solved; going on solves only the rest, and it ends as if it had never been cancelled."""
    store = sqlite_store
    whole = record_of(executed(store, kind, baseline, options))
    run = submit(store, "ben", kind, baseline, options={**options, "seed": 1})
    ended = stopped_after(store, run, 1, monkeypatch)
    assert ended.state == "cancelled"
    record = record_of(ended)
    assert record is not None
    assert _solved(record) == 1
    assert f"{kind}.csv" in ended.artifacts
    assert recover(store) == []
    solves: list[object] = []
    where = (
        "stockrail.finance.frontier._solve"
        if kind == "frontier"
        else "stockrail.comparisons.tornado.solve_one"
    )
    original = pkgutil.resolve_name(where)

    def counted(*arguments: Any) -> Any:
        solves.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(where, counted)
    execute(claimed(store, resume(store, "ben", run.id).id))
    finished = get(store, run.id)
    assert (finished.state, finished.error) == ("finished", None)
    assert len(solves) == (1 if kind == "frontier" else 3)
    again = record_of(finished)
    assert whole is not None
    assert again is not None
    rows = "points" if kind == "frontier" else "sides"
    assert [row["objective"] for row in again[rows]] == pytest.approx(
        [row["objective"] for row in whole[rows]]
    )


def test_a_run_that_was_killed_shows_what_it_had(sqlite_store: Store, baseline: int) -> None:
    """Without a certificate the record comes from what the run had reported; a newer engine begins anew."""
    store = sqlite_store
    finished = executed(store, "frontier", baseline, FRONTIER)
    run = submit(store, "ben", "frontier", baseline, options={**FRONTIER, "seed": 1})
    claim: Claim = claimed(store, run.id)

    def change(now: Run) -> None:
        now.progress = finished.progress

    told: list[str] = []
    service = Service(store, told.append)
    claim.end("interrupted", change)
    service.look()
    assert told == [f"Run {run.id} is interrupted, its process is gone; what was solved is kept."]
    killed = get(store, run.id)
    assert killed.certificate is None
    frontier = frontier_of(killed)
    assert frontier is not None
    assert len(frontier.points) == 3
    with store.write("stockrail", "run.test", "run", run.id) as written:
        written.session.get_one(Run, run.id).inputs_hash = "0" * 64
    resume(store, "ben", run.id)
    assert record_of(get(store, run.id)) is None


def test_what_the_instance_does_not_have_is_refused_at_once(sqlite_store: Store, baseline: int) -> None:
    """A limit and a driver that are not there, with those that are; nothing waits in the queue."""
    with pytest.raises(OptionsError, match=r"no guardrail 'cash'.*inventory-cap \(upper\)"):
        submit(sqlite_store, "ben", "frontier", baseline, options={**FRONTIER, "guardrail": "cash"})
    with pytest.raises(OptionsError, match=r"no driver 'weather'.*order-cost"):
        submit(sqlite_store, "ben", "tornado", baseline, options={"drivers": ["weather"]})
    with pytest.raises(OptionsError, match="order-cost cannot move by 2"):
        submit(sqlite_store, "ben", "tornado", baseline, options={"changes": {"order-cost": 2}})


def test_a_baseline_without_a_plan(sqlite_store: Store, tmp_path: Path) -> None:
    """A frontier shows where plans begin; a tornado has nothing to compare with and says why."""
    baseline = add_three_items(sqlite_store, tmp_path / "in", NOTHING_FITS)
    frontier = executed(sqlite_store, "frontier", baseline, {**FRONTIER, "limits": [0, 600]})
    assert frontier.state == "finished"
    made = frontier_of(frontier)
    assert made is not None
    assert [point.has_plan for point in made.points] == [False, True]
    tornado = executed(sqlite_store, "tornado", baseline, {"drivers": ["order-cost"], "workers": 1})
    assert tornado.state == "failed"
    assert tornado.error is not None
    assert "inventory-cap" in tornado.error
    assert (tornado.certificate or {})["status"] == "infeasible"


def test_the_same_range_is_the_same_run(sqlite_store: Store, baseline: int) -> None:
    """Three limits from 400 to 600 are 400, 500 and 600, in whatever order they are named."""
    ranged = {"guardrail": "inventory-cap", "from_limit": 400, "to_limit": 600, "points": 3}
    first = submit(sqlite_store, "ben", "frontier", baseline, options=ranged)
    second = submit(
        sqlite_store,
        "otto",
        "frontier",
        baseline,
        options={"guardrail": "inventory-cap", "limits": [600, 500, 400]},
    )
    assert first.id == second.id
