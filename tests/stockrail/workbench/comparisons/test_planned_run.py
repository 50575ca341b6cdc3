"""A finished run as a solved what-if."""

from pathlib import Path

import pytest

from stockrail.comparisons.margin_bridge import margin_parts
from stockrail.workbench.comparisons import planned_run
from stockrail.workbench.comparisons.planned_run import PlannedRun
from stockrail.workbench.errors import StateError
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from tests.stockrail.workbench.comparisons.runs import (
    DOUBLED,
    add_baseline,
    add_run,
    base_and_high,
    one_order,
)


def test_orders_are_valued_as_they_were(sqlite_store: Store, tmp_path: Path) -> None:
    """Twenty at 10 earn 200 and cost 120; the proof is that of the certificate, the changes are those of the run."""
    _, high = base_and_high(sqlite_store, tmp_path / "in")
    planned = PlannedRun.of(sqlite_store, get(sqlite_store, high))
    assert planned.name == "high, run 2"
    assert planned.solved.plan is not None
    parts = margin_parts(planned.solved.guardrails, planned.solved.plan.ledger)
    assert {name: value for name, value in parts.items() if value} == {"revenue": 200, "landed_cost": -120}
    assert (planned.solved.plan.objective, planned.solved.plan.bound) == pytest.approx((80, 80))
    assert [change.multiply for change in planned.solved.what_if.changes] == [2]
    assert planned.unexplained == 0


def test_what_the_engine_no_longer_finds_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    """A run that said 45 where its orders earn 40 has 5 that nobody can explain."""
    run = add_run(sqlite_store, add_baseline(sqlite_store, tmp_path / "in"), expected_margin=45.0)
    assert PlannedRun.of(sqlite_store, get(sqlite_store, run)).unexplained == pytest.approx(5)


def test_announced_orders_count(sqlite_store: Store, tmp_path: Path) -> None:
    """Ten were announced by run 1; run 2 orders twenty, and ten more at a tenth of 6 each cost 6."""
    priced = one_order(settings={"change_price_share_of_cost": 0.1})
    baseline = add_baseline(sqlite_store, tmp_path / "in", priced)
    first = add_run(sqlite_store, baseline)
    second = get(sqlite_store, add_run(sqlite_store, baseline, DOUBLED, scenario="high"))
    second.options = {**second.options, "announced": first}
    planned = PlannedRun.of(sqlite_store, second)
    assert planned.solved.plan is not None
    assert planned.solved.plan.ledger.margin_parts["change"] == pytest.approx(6)


def test_plans_that_are_too_large_are_refused(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything of them is read."""
    run = add_run(sqlite_store, add_baseline(sqlite_store, tmp_path / "in"))
    monkeypatch.setattr(planned_run, "MOST_VALUED", 0)
    with pytest.raises(StateError, match="1 items in 1 nodes, too many"):
        PlannedRun.of(sqlite_store, get(sqlite_store, run))


def test_a_plan_of_another_instance_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    """Orders of an item that the instance does not have."""
    run = get(sqlite_store, add_run(sqlite_store, add_baseline(sqlite_store, tmp_path / "in")))
    text = sqlite_store.artifacts.get(run.artifacts["orders.csv"]).decode().replace("A,", "Z,", 1)
    run.artifacts = {**run.artifacts, "orders.csv": sqlite_store.artifacts.put(text.encode())}
    with pytest.raises(StateError, match="does not fit its inputs any more"):
        PlannedRun.of(sqlite_store, run)
