"""The files of a run, out of the store."""

import os
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


def log_of(store: Store, run: Run, most_bytes: int | None = None) -> str:
    """What the process of a run has said, or the last lines of it; blank for nothing.

    Parameters
    ----------
    most_bytes : how much of its end is read; None for all of it.
    """
    kept = run.artifacts.get(LOG)
    file = run_folder(store, run.id) / LOG
    if not file.is_file():
        if kept is None:
            return ""
        file = store.artifacts.path(kept)
    with file.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        begin = 0 if most_bytes is None else max(size - most_bytes, 0)
        stream.seek(begin)
        said = stream.read().decode("utf-8", errors="replace")
    # What is cut off begins within a line.
    return said.partition("\n")[2] if begin else said
