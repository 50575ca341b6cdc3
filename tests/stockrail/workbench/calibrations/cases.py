"""Finished calibrations in a store: that of instances/calibration-example, chosen once for all tests."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from stockrail.calibration.calibration import calibrate
from stockrail.files import plain
from stockrail.model import load
from stockrail.workbench import baselines
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.folders import ROOT

EXAMPLE = ROOT / "instances" / "calibration-example"


@cache
def calibrated() -> tuple[dict[str, Any], dict[str, bytes]]:
    """Certificate and files of the calibration by rule, which takes a second or two."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = calibrate(load(EXAMPLE), strategy="rule", most_departures=1, gap=0.003, workers=1, check=False)
        made.write(folder)
        files = {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in folder.rglob("*")
            if file.is_file()
        }
        return plain(made.certificate), files


def add_example(store: Store, author: str = "otto") -> int:
    """The baseline; its number."""
    return baselines.import_folder(store, author, EXAMPLE, "first").id


def add_calibration(
    store: Store,
    baseline_id: int,
    *,
    requested_by: str = "anna",
    state: str = "finished",
    without: tuple[str, ...] = (),
    more: dict[str, bytes] | None = None,
    verification: dict[str, Any] | None = None,
) -> int:
    """A calibration of the example that has ended; its number.

    Parameters
    ----------
    without, more : files that it does not have, and others that it has.
    verification : what the independent checker says, in place of nothing.
    """
    certificate, files = calibrated()
    kept = {name: data for name, data in files.items() if name not in without} | (more or {})
    if verification is not None:
        certificate = {**certificate, "verification": verification}
    with store.write(requested_by, "run.submit", "run") as change:
        run = Run(
            kind="calibrate",
            inputs_hash="c" * 64,
            baseline_id=baseline_id,
            options={"strategy": "rule"},
            state=state,
            requested_by=requested_by,
            requested_at=change.at,
            started_at=change.at,
            finished_at=change.at,
            certificate=certificate,
            artifacts={name: store.artifacts.put(data) for name, data in kept.items()},
        )
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
    return run.id
