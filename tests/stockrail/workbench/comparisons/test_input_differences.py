"""What differs in the inputs of runs."""

from pathlib import Path

import pytest

from stockrail.workbench.comparisons import input_differences
from stockrail.workbench.comparisons.input_differences import InputDifferences, overlay_words
from stockrail.workbench.comparisons.planned_run import PlannedRun
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store
from tests.stockrail.workbench.comparisons.runs import add_baseline, add_run, one_order


def test_all_cells_are_counted_and_the_first_listed(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Demand of three periods and a price: four cells, of which two are listed."""
    monkeypatch.setattr(input_differences, "MOST_CELLS", 2)
    baseline = add_baseline(sqlite_store, tmp_path / "in", one_order(demand=(10, 10, 10)))
    changes = [
        {"table": "demand", "column": "mean_units", "add": 1},
        {"table": "items", "column": "unit_price", "set": 11},
    ]
    first, other = (
        PlannedRun.of(sqlite_store, get(sqlite_store, add_run(sqlite_store, baseline, made)))
        for made in ([], changes)
    )
    found = InputDifferences.between(first, other)
    assert dict(found.counts) == {"items": 1, "demand": 3}
    assert len(found.cells) == 2
    assert overlay_words(other) == ["demand: mean_units plus 1", "items: unit_price set to 11"]


def test_options_that_decide_the_result(sqlite_store: Store, tmp_path: Path) -> None:
    """Another gap is named, another time limit is not."""
    baseline = add_baseline(sqlite_store, tmp_path / "in")
    first, second = (get(sqlite_store, add_run(sqlite_store, baseline)) for _ in range(2))
    second.options = {**second.options, "gap": 0.05, "time_limit": 7}
    found = InputDifferences.between(*(PlannedRun.of(sqlite_store, run) for run in (first, second)))
    assert dict(found.options) == {"gap": (0.01, 0.05)}
