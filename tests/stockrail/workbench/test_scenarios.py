"""Scenarios: who saved last is never overwritten by who has not seen it."""

import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from stockrail.model.problems import InstanceError
from stockrail.workbench import baselines, scenarios
from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError, StateError
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import AuditEntry
from tests.stockrail.workbench.folders import three_items


def change(factor: float) -> dict[str, Any]:
    return {"table": "demand", "where": {"item": "fan"}, "column": "mean_units", "multiply": factor}


def test_second_editor_is_told(store: Store, tmp_path: Path) -> None:
    """Anna and Ben look at version 1. Anna saves; Ben is told that she did and when, and saves on top of hers."""
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    first = scenarios.save(store, "anna", "high", [change(2)], scenarios.NEW)
    assert (first.version, first.baseline_id, first.overlay) == (1, 1, [change(2)])
    annas = scenarios.save(store, "anna", "high", [change(3)], first.version)
    with pytest.raises(
        ConflictError, match=rf"anna saved high at {annas.updated_at:%Y-%m-%d %H:%M:%S} UTC"
    ) as caught:
        scenarios.save(store, "ben", "high", [change(4)], first.version)
    assert "version 2" in str(caught.value)
    assert scenarios.get(store, "high").overlay == [change(3)]
    bens = scenarios.save(store, "ben", "high", [change(3), change(4)], annas.version)
    assert (bens.version, bens.created_by, bens.updated_by) == (3, "anna", "ben")
    with pytest.raises(ConflictError, match="version 3, and you looked at none"):
        scenarios.save(store, "ben", "high", [], scenarios.NEW)
    with pytest.raises(ConflictError, match="no scenario low yet"):
        scenarios.save(store, "ben", "low", [], 1)


def test_many_editors_at_once(store: Store, tmp_path: Path) -> None:
    """Six editors save the same version at the same time, five times: each time one of them wins, and only one."""
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    saved: list[tuple[int, float]] = []
    refused: list[str] = []
    barrier = threading.Barrier(6)

    def edit(number: int) -> None:
        for version in range(5):
            barrier.wait(30)
            factor = 2 + number + version / 10
            try:
                scenarios.save(store, "anna", "high", [change(factor)], version)
                saved.append((version + 1, factor))
            except ConflictError as error:
                refused.append(str(error))
            barrier.wait(30)

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version for version, _ in sorted(saved)] == [1, 2, 3, 4, 5]
    assert len(refused) == 25
    with store.read() as session:
        logged = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "scenario.save").order_by(AuditEntry.id)
        )
        assert [(e.data["version"], e.data["overlay"][0]["multiply"]) for e in logged] == sorted(saved)


def test_what_is_saved_can_be_planned(sqlite_store: Store, tmp_path: Path) -> None:
    """Every change is tried on the baseline: all that is wrong with them comes at once."""
    store = sqlite_store
    with pytest.raises(StateError, match="no baseline"):
        scenarios.save(store, "anna", "high", [change(2)], scenarios.NEW)
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    with pytest.raises(InstanceError) as caught:
        scenarios.save(
            store, "anna", "high", [{"table": "demant", "multiply": 2}, {"table": "demand"}], scenarios.NEW
        )
    assert "scenario high, change 1, column table: found 'demant'; allowed: one of: settings, items" in str(
        caught.value
    )
    assert "scenario high, change 2" in str(caught.value)
    unknown = [{"table": "demand", "where": {"item": "toaster"}, "column": "mean_units", "multiply": 2}]
    with pytest.raises(InstanceError, match="toaster"):
        scenarios.save(store, "anna", "high", unknown, scenarios.NEW)
    for name in ("", "base", "12", " high", "x" * 121):
        with pytest.raises(StateError):
            scenarios.save(store, "anna", name, [change(2)], scenarios.NEW)
    with pytest.raises(NotAllowedError, match=r"scenario\.edit"):
        scenarios.save(store, "edna", "high", [change(2)], scenarios.NEW)
    assert scenarios.scenarios(store) == []


def test_null_and_numbers_are_kept(sqlite_store: Store, tmp_path: Path) -> None:
    """`set: null` is a change to blank, not a change that says nothing."""
    baselines.import_folder(sqlite_store, "anna", three_items(tmp_path / "in"), "first")
    blank = [
        {"table": "guardrails", "where": {"guardrail": "inventory-cap"}, "column": "soft_price", "set": None}
    ]
    saved = scenarios.save(sqlite_store, "anna", "blank", blank, scenarios.NEW)
    assert saved.overlay == blank
    assert baselines.instance(sqlite_store, 1, saved.id).guardrails[0].soft_price is None


def test_archive(sqlite_store: Store, tmp_path: Path) -> None:
    """An archived scenario is off the list, and saving it brings it back."""
    store = sqlite_store
    baselines.import_folder(store, "anna", three_items(tmp_path / "in"), "first")
    scenarios.save(store, "anna", "high", [change(2)], scenarios.NEW)
    with pytest.raises(ConflictError):
        scenarios.archive(store, "ben", "high", 7)
    scenarios.archive(store, "ben", "high", 1)
    assert scenarios.scenarios(store) == []
    assert [s.name for s in scenarios.scenarios(store, with_archived=True)] == ["high"]
    scenarios.save(store, "anna", "high", [change(3)], 2)
    assert [s.version for s in scenarios.scenarios(store)] == [3]
    with pytest.raises(NotFoundError):
        scenarios.archive(store, "ben", "low", 1)
