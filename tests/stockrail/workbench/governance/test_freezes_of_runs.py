"""Freezes in the store: what a run that is asked for meanwhile takes into its inputs."""

import datetime as dt
from pathlib import Path

import pytest

from stockrail.model import load
from stockrail.planning import plan
from stockrail.workbench import baselines
from stockrail.workbench.errors import StateError
from stockrail.workbench.governance.approvals import approve
from stockrail.workbench.governance.freezes import held_in, notes_of
from stockrail.workbench.runs.inputs import instance_of
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.builders import make_instance
from tests.stockrail.workbench.governance.runs import add_run, finished_run, govern

THREE_ITEMS = Path(__file__).resolve().parents[4] / "instances" / "three-items"
FREEZE = {
    "events": [
        {
            "event": "hold",
            "kind": "supply_freeze",
            "owner": "finance",
            "dates": ["2027-01-04"],
            "lasts_days": 7,
        }
    ]
}


def test_held_in_a_store(sqlite_store: Store) -> None:
    """Nothing without a freeze, a note before the first approval, then 10 units of the approved plan as 5 lots of 2."""
    instance = make_instance(
        demand=(5, 7),
        items={"item": "a", "lot_size": 2},
        settings={"start": dt.date(2027, 1, 4), "period_length_days": 7},
    )
    govern(sqlite_store)
    run = finished_run(sqlite_store, ordered=10)
    assert held_in(sqlite_store, instance).events == ()
    govern(sqlite_store, calendar=FREEZE)
    assert held_in(sqlite_store, instance).changes == []
    approve(sqlite_store, "dora", run, "Go.")
    assert held_in(sqlite_store, instance).changes == [
        {"table": "settings", "column": "frozen_periods", "set": 1},
        {
            "table": "order_overrides",
            "add_rows": [{"item": "a", "period": 0, "lots": 5, "reason": f"hold: run {run}"}],
        },
    ]
    monthly = make_instance(demand=(5, 7), settings={"start": dt.date(2027, 1, 4), "period_length_days": 28})
    with pytest.raises(StateError, match=f"plan of run {run}, approved last, cannot be held: .*7 days long"):
        held_in(sqlite_store, monthly)


def test_a_run_asked_for_in_a_freeze(sqlite_store: Store, tmp_path: Path) -> None:
    """Three items: now two kettles and three fans are ordered (README.md there). In the freeze that is what a run has to keep."""
    baselines.import_folder(sqlite_store, "ben", THREE_ITEMS, "first")
    govern(sqlite_store, rules=[])
    free = submit(sqlite_store, "ben", "plan", 1)
    best = plan(load(THREE_ITEMS), gap=0.0, prices="none")
    folder = best.write(tmp_path / "plan")
    files = {file.name: sqlite_store.artifacts.put(file) for file in folder.iterdir()}
    approve(sqlite_store, "dora", add_run(sqlite_store, files, best.certificate), "Go.")
    govern(sqlite_store, rules=[], calendar=FREEZE)
    frozen = submit(sqlite_store, "ben", "plan", 1)
    assert (free.overlay, frozen.overlay[0]["set"]) == ([], 1)
    assert frozen.inputs_hash != free.inputs_hash
    assert notes_of(sqlite_store, free.id) == []
    assert notes_of(sqlite_store, frozen.id) == [
        "hold until 2027-01-10: orders of all items in the first period are those of run 2."
    ]
    instance = instance_of(sqlite_store, frozen)
    assert instance.settings.frozen_periods == 1
    assert {(row.item, row.period): row.lots for row in instance.order_overrides} == {
        ("kettle", 0): 2,
        ("fan", 0): 3,
        ("filter", 0): 2,
    }
    again = plan(instance, gap=0.0, prices="none")
    assert again.certificate["objective"] == pytest.approx(best.certificate["objective"])
