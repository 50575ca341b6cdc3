"""The files of a run, out of the store."""

from pathlib import Path

from stockrail.workbench.runs.kept_plan import ORDERS, PRICES
from stockrail.workbench.runs.launch import LOG, run_folder
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

INNER = (ORDERS, PRICES, LOG)
"""Artifacts that a run needs for itself."""


def write_files(store: Store, run: Run, folder: Path) -> list[str]:
    """Write the files of a run as `stockrail plan --out` or `stockrail calibrate --out` do; returns their names.

    Other files of the folder stay as they are.
    """
    names = [name for name in run.artifacts if name not in INNER]
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(store.artifacts.get(run.artifacts[name]))
    return names


def log_of(store: Store, run: Run) -> str:
    """What the process of a run has said; blank for nothing."""
    file = run_folder(store, run.id) / LOG
    if file.is_file():
        return file.read_text(encoding="utf-8", errors="replace")
    kept = run.artifacts.get(LOG)
    return "" if kept is None else store.artifacts.get(kept).decode("utf-8", errors="replace")
