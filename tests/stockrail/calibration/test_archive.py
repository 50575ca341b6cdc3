"""Dated folders of calibrations: which runs count, and what they are made of."""

import datetime as dt
import os
from pathlib import Path

from stockrail.calibration.archive import begin, discard, end, key_of, last_run, run_of, runs, stale_because
from stockrail.model.reader import load
from stockrail.model.writer import write
from tests.stockrail.calibration_case import two_items

DAY = dt.date(2024, 1, 5)


def test_key_is_of_inputs_and_options(tmp_path: Path) -> None:
    """Another byte of a table, or another option, is another key; a file that is none of the instance's is not."""
    write(two_items(), tmp_path)
    key = key_of(tmp_path, {"gap": 0.005})
    (tmp_path / "notes.txt").write_text("hello")
    assert key_of(tmp_path, {"gap": 0.005}) == key
    assert key_of(tmp_path, {"gap": 0.01}) != key
    items = tmp_path / "items.csv"
    items.write_text(items.read_text().replace(",10,6,", ",10,7,"))
    assert key_of(tmp_path, {"gap": 0.005}) != key


def test_only_complete_runs_count(tmp_path: Path) -> None:
    """A run without a record, one that Ctrl-C ended, and a record of somebody else are not the run of the inputs."""
    source, archive = tmp_path / "source", tmp_path / "archive"
    write(two_items(), source)
    folder = begin(archive, source, "k" * 64, DAY)
    assert runs(archive) == []
    assert load(folder / "inputs").items == two_items().items
    end(folder, "k" * 64, DAY, 1, is_complete=False, more={})
    assert len(runs(archive)) == 1
    assert run_of(archive, "k" * 64) is None
    (archive / "other").mkdir()
    (archive / "other" / "run.json").write_text("[]")
    again = begin(archive, source, "k" * 64, DAY)
    assert again == folder
    end(again, "k" * 64, DAY, 0, is_complete=True, more={})
    found = run_of(archive, "k" * 64)
    assert found is not None
    assert (found.exit_code, found.date, found.inputs) == (0, DAY, folder / "inputs")
    # Without targets it is not what a review compares with.
    assert last_run(archive) is None
    (folder / "targets.csv").write_text("item\n")
    assert last_run(archive) == found
    discard(folder)
    assert runs(archive) == []


def test_old_segments_are_not_stale(tmp_path: Path) -> None:
    """Only tables that change from week to week have an age; nothing is stale at the limits."""
    write(two_items(), tmp_path)
    old = dt.datetime(2020, 1, 1, 12).timestamp()
    new = dt.datetime(2024, 1, 4, 12).timestamp()
    for file in tmp_path.iterdir():
        is_moving = file.stem in {"items", "demand", "forecast_error", "open_orders"}
        os.utime(file, (new, new) if is_moving else (old, old))
    instance = load(tmp_path)  # starts on 2024-01-01
    assert stale_because(instance, tmp_path, DAY, most_start_days=4, most_age_days=1) == []
    reasons = stale_because(instance, tmp_path, DAY, most_start_days=3, most_age_days=0)
    assert len(reasons) == 4  # the start, items, demand and forecast errors
