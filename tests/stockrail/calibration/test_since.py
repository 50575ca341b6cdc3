"""The last run: its targets as today's, an item launched since, and what moved between segments."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stockrail.calibration.calibration import calibrate
from stockrail.calibration.since import Compared, read_last_run
from stockrail.segments.history import HistoryError
from tests.stockrail.calibration_case import lamp, two_items

WITHOUT = replace(two_items(), current_targets=())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calibration on disk."""
    return calibrate(WITHOUT, strategy="rule").write(tmp_path_factory.mktemp("since") / "run")


def test_targets_of_the_last_run_are_todays(kept: Path) -> None:
    """The same instance again: nothing changes, the source is named, and nothing moved."""
    again = calibrate(WITHOUT, strategy="rule", since=read_last_run(kept))
    assert again.changes["reason"].tolist() == ["Nothing changes."] * 2
    assert again.changes["margin_change"].tolist() == pytest.approx([0, 0], abs=1e-6)
    assert again.certificate["current_targets_from"] == str(kept / "targets.csv")
    assert "Today's targets are those of" in again.certificate["notes"][0]
    assert again.certificate["segment_moves"] == {
        "item": {"moved": 0, "added": 0, "removed": 0},
        "customer": {"moved": 0, "added": 0, "removed": 0},
    }
    assert "Nothing moved since the earlier run." in repr(again)
    assert "There is no table current_targets:" not in repr(again)


def test_the_own_table_comes_first(kept: Path) -> None:
    """With `current_targets` the last run's targets are not looked at."""
    compared = Compared.of(two_items(), read_last_run(kept))
    assert (compared.source, compared.note) == ("current_targets", "")
    assert compared.policy is not None
    assert compared.policy.safety_stock_units.tolist() == [2, 2]
    assert Compared.of(WITHOUT, None).record() == {
        "current_targets_from": None,
        "since": None,
        "segment_moves": None,
    }


def test_moves_are_written(kept: Path, tmp_path: Path) -> None:
    """A goes from S to T; the file, the certificate, the report and the terminal say so. A later run without moves removes the file."""
    a, b = WITHOUT.items
    moved = replace(WITHOUT, items=(a.model_copy(update={"segment": "T"}), b))
    result = calibrate(moved, strategy="rule", since=read_last_run(kept))
    folder = result.write(tmp_path / "out")
    assert pd.read_csv(folder / "segment_moves.csv").to_dict("records") == [
        {"of": "item", "name": "A", "before": "S", "now": "T", "kind": "moved", "reason": "given in items"}
    ]
    record = json.loads((folder / "calibration.json").read_text())
    assert record["segment_moves"]["item"]["moved"] == 1
    assert "What moved between segments" in (folder / "report.html").read_text()
    assert "  A: S -> T. Given in items." in repr(result)
    calibrate(moved, strategy="rule", since=read_last_run(folder)).write(folder)
    assert not (folder / "segment_moves.csv").exists()


def test_an_item_launched_since(kept: Path, tmp_path: Path) -> None:
    """B follows what its segment T was given; without a row for T nothing can be said of it."""
    for name in ("targets.csv", "segments.csv"):
        rows = pd.read_csv(kept / name)
        (rows[rows["item"] != "B"] if name == "targets.csv" else rows).to_csv(tmp_path / name, index=False)
    policy, said = read_last_run(tmp_path).policy(WITHOUT)
    assert policy is not None
    option = pd.read_csv(kept / "segments.csv").set_index("segment").loc["T"]
    assert policy.safety_factor[1] == option["safety_factor"]
    assert np.isnan(policy.safety_factor[0])
    assert np.isnan(policy.safety_stock_units[1])
    assert "It lacks B, launched since" in said
    (tmp_path / "segments.csv").unlink()
    nothing, said = read_last_run(tmp_path).policy(WITHOUT)
    assert nothing is None
    assert "it lacks B" in said


def test_what_cannot_be_read(kept: Path, tmp_path: Path) -> None:
    """No run, and a number that is none, are named with row and column."""
    with pytest.raises(HistoryError, match="no earlier run"):
        read_last_run(tmp_path)
    rows = pd.read_csv(kept / "targets.csv", dtype=str)
    rows.loc[1, "cover_periods"] = "many"
    rows.to_csv(tmp_path / "targets.csv", index=False)
    with pytest.raises(HistoryError, match=r"row 3, column cover_periods: found 'many'; allowed: a number"):
        read_last_run(tmp_path)
    days = replace(WITHOUT, settings=WITHOUT.settings.model_copy(update={"period_length_days": 7}))
    assert read_last_run(kept).policy(days)[0] is None


def test_next_reviews_by_segment() -> None:
    """Everything is reviewed in each period, so first and latest review of a segment are the first day of the first one."""
    segments = calibrate(WITHOUT, strategy="rule").segments
    for name in ("next_review_date", "latest_review_date"):
        assert segments[name].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-01"] * 2


def test_rounding_is_no_change(tmp_path: Path) -> None:
    """1.65 * 20 * sqrt(3) = 57.1577 units of safety stock lose a decimal in the file; the same targets are no change all the same."""
    only = {"option": "standard", "safety_factor": 1.65, "cover_periods": 2, "review_periods": 1}
    instance = lamp(policy_options=only)
    first = calibrate(instance, strategy="rule")
    assert first.targets["safety_stock_units"].tolist() == [57.158]
    again = calibrate(instance, strategy="rule", since=read_last_run(first.write(tmp_path)))
    assert again.changes["reason"].tolist() == ["Nothing changes."]
