"""What runs make, and what is made of those that ended early, in this process."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from stockrail.workbench.runs.display import run_lines
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.recover import SILENCE_SECONDS, is_gone, recover
from stockrail.workbench.runs.submit import resume, submit
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.runs.cases import add_three_items, asked, claimed

NOTHING_FITS = ("guardrails.csv", "0,2,,500,every", "0,2,,0,every")
"""No stock may be held at all, and there is stock."""


@pytest.fixture
def baseline(sqlite_store: Store, tmp_path: Path) -> int:
    """The baseline of three items."""
    return add_three_items(sqlite_store, tmp_path / "in")


def executed(store: Store, run: Run) -> Run:
    """The run, taken and executed by this process."""
    execute(claimed(store, run.id))
    return get(store, run.id)


def interrupted(store: Store, run: Run, like: Run) -> Run:
    """The run as if its process had been killed when it knew what another one knew at its end."""

    def change(now: Run) -> None:
        now.best_plan, now.progress, now.artifacts = like.best_plan, like.progress, {}

    claimed(store, run.id).end("interrupted", change)
    recover(store)
    return get(store, run.id)


def test_a_calibration(sqlite_store: Store, baseline: int) -> None:
    """Its files are those of `stockrail calibrate --out`, plans in folders of their own."""
    run = executed(sqlite_store, submit(sqlite_store, "ben", "calibrate", baseline, options={"workers": 1}))
    assert (run.state, run.error) == ("finished", None)
    assert {"targets.csv", "calibration.json", "report.html", "rule/orders.csv"} <= set(run.artifacts)
    assert run.certificate is not None
    assert run.certificate["strategy"] == "all"


def test_a_calibration_is_compared_with_an_earlier_one(sqlite_store: Store, baseline: int) -> None:
    """The same instance gives the same targets: today's are those of the earlier run, no item changes, and nobody moved."""
    quick = {"workers": 1, "strategy": "rule"}
    first = executed(sqlite_store, submit(sqlite_store, "ben", "calibrate", baseline, options=quick))
    asked_for = submit(sqlite_store, "ben", "calibrate", baseline, options={**quick, "since": first.id})
    assert asked_for.inputs_hash != first.inputs_hash
    second = executed(sqlite_store, asked_for)
    assert (second.state, second.error) == ("finished", None)
    assert second.certificate is not None
    assert second.certificate["since"] == f"run {first.id}"
    assert second.certificate["current_targets_from"] == f"run {first.id}/targets.csv"
    changes = pd.read_csv(io.BytesIO(sqlite_store.artifacts.get(second.artifacts["changes.csv"])))
    assert len(changes) == 3
    assert changes["margin_change"].abs().max() < 0.01
    shown = list(run_lines(sqlite_store, second))
    worth = next(row["objective"] for row in second.certificate["values"] if row["strategy"] == "rule")
    assert any(line.startswith("  rule ") and f"worth EUR {worth:,.0f}, gap" in line for line in shown)
    assert f"  {'the change earns':<25}EUR 0 against run {first.id}/targets.csv" in shown
    assert all(len(line) <= 80 for line in shown if line.startswith(" "))


def test_announced_orders_are_those_of_an_earlier_run(sqlite_store: Store, baseline: int) -> None:
    """The certificate names it, the checker agrees, and all of that is so of a plan that was laid out after a crash, too."""
    first = executed(sqlite_store, asked(sqlite_store, baseline))
    second = executed(sqlite_store, asked(sqlite_store, baseline, announced=first.id))
    killed = interrupted(sqlite_store, asked(sqlite_store, baseline, announced=first.id, seed=1), second)
    for run in (second, killed):
        assert run.certificate is not None
        assert run.certificate["announced_from"] == {"plan": f"run {first.id}", "periods": 3}
        assert run.certificate["verification"]["passed"] is True
        assert "announced_orders.csv" in run.artifacts
    assert killed.state == "interrupted"


def test_a_kept_plan_is_as_good_as_the_finished_one(sqlite_store: Store, baseline: int) -> None:
    """Laid out later it has the same objective, bound and gap; what it lacks is prices, and it says so."""
    finished = executed(sqlite_store, asked(sqlite_store, baseline))
    killed = interrupted(sqlite_store, asked(sqlite_store, baseline, seed=1), finished)
    assert finished.certificate is not None
    assert killed.certificate is not None
    for name in ("objective", "bound", "gap", "expected_margin", "fill_rate", "status"):
        assert killed.certificate[name] == pytest.approx(finished.certificate[name]), name
    assert killed.certificate["termination_reason"] == "interrupted"
    assert any("prices of limits" in note for note in killed.certificate["notes"])
    orders = sqlite_store.artifacts.get
    assert orders(killed.artifacts["orders.csv"]) == orders(finished.artifacts["orders.csv"])


def test_a_kept_plan_that_breaks_a_limit_is_found_out(sqlite_store: Store, baseline: int) -> None:
    """Ten times the lots break the limit on stock: the checker says so, whatever the run had told of itself."""
    finished = executed(sqlite_store, asked(sqlite_store, baseline))
    assert finished.best_plan is not None
    orders = sqlite_store.artifacts.frame(finished.best_plan)
    finished.best_plan = sqlite_store.artifacts.put_frame(orders.assign(lots=orders["lots"] * 10))
    killed = interrupted(sqlite_store, asked(sqlite_store, baseline, seed=1), finished)
    assert killed.certificate is not None
    assert killed.certificate["verification"]["passed"] is False


def test_a_plan_that_is_gone_is_told_once(sqlite_store: Store, baseline: int) -> None:
    """The artifact was removed: what the run had told stays, with the reason, and nobody tries again and again."""
    finished = executed(sqlite_store, asked(sqlite_store, baseline))
    finished.best_plan = "0" * 64
    killed = interrupted(sqlite_store, asked(sqlite_store, baseline, seed=1), finished)
    assert killed.certificate is not None
    verification = killed.certificate["verification"]
    assert verification["passed"] is None
    assert "restore" in verification["detail"]
    assert recover(sqlite_store) == []


def test_a_bound_once_proven_stays(sqlite_store: Store, baseline: int) -> None:
    """An earlier attempt proved 1,549.90; this one has no time and 1,550.79. The gap asked for is met by the earlier one."""
    store = sqlite_store
    finished = executed(store, asked(store, baseline))
    finished.progress = {**(finished.progress or {}), "bound": 1549.90}
    run = asked(store, baseline, gap=0.0001)
    interrupted(store, run, finished)
    again = executed(store, resume(store, "ben", run.id))
    assert again.state == "finished"
    assert again.certificate is not None
    numbers = again.certificate
    assert numbers["objective"] == pytest.approx(1549.81, abs=0.005)
    assert numbers["bound"] == 1549.90
    assert numbers["gap"] == pytest.approx((1549.90 - 1549.81) / 1549.81, abs=1e-5)
    assert (numbers["status"], numbers["termination_reason"]) == ("proven", "gap_reached")


def test_limits_that_cannot_hold_are_loosened_where_that_was_asked(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Without it the run fails with the reason; with it, the certificate has by how much, and the checker agrees."""
    baseline = add_three_items(sqlite_store, tmp_path / "in", NOTHING_FITS)
    failed = executed(sqlite_store, asked(sqlite_store, baseline))
    assert failed.state == "failed"
    assert failed.error is not None
    assert "inventory-cap" in failed.error
    relaxed = executed(sqlite_store, asked(sqlite_store, baseline, relax=True))
    assert (relaxed.state, relaxed.error) == ("finished", None)
    assert relaxed.certificate is not None
    assert relaxed.certificate["relaxations"]
    assert relaxed.certificate["verification"]["passed"] is True


def test_a_process_of_another_machine_is_gone_when_it_is_silent(sqlite_store: Store, baseline: int) -> None:
    """Its number says nothing here; it tells of itself every five seconds, and two minutes are long."""
    run = asked(sqlite_store, baseline)
    claim = claimed(sqlite_store, run.id)
    elsewhere = replace(claim.process, host="elsewhere", started="then")
    with sqlite_store.write_progress() as session:
        session.get_one(Run, run.id).process = elsewhere.record()
    now = get(sqlite_store, run.id)
    assert now.started_at is not None
    assert not is_gone(now, now.started_at + dt.timedelta(seconds=SILENCE_SECONDS - 1))
    assert is_gone(now, now.started_at + dt.timedelta(seconds=SILENCE_SECONDS + 1))
    now.progress = {"at": (now.started_at + dt.timedelta(seconds=100)).isoformat()}
    assert not is_gone(now, now.started_at + dt.timedelta(seconds=SILENCE_SECONDS + 1))
