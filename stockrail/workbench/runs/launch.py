"""A process for a run, that lives on when the one that started it does not."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from stockrail.workbench.store import Store

LOCATION_VARIABLE = "STOCKRAIL_RUN_STORE"
"""Where the store is, for the process. An address may hold a password, and arguments can be read by everybody on the machine."""

LOG = "log.txt"

CHECKPOINT = "checkpoint.npz"
"""Where a run in blocks of items keeps what it needs to go on."""

_children: list[subprocess.Popen[bytes]] = []
_children_lock = threading.Lock()


def run_folder(store: Store, run_id: int) -> Path:
    """Where a run keeps what is no artifact yet: its log, its checkpoint, files that are being written."""
    return store.folder / "runs" / str(run_id)


def launch(store: Store, run_id: int) -> int:
    """Start the process of a run and return its number. Its output goes to the run's log.

    It leads a session of its own, so that neither Ctrl-C nor the end of this process reaches it.
    """
    folder = run_folder(store, run_id)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "stockrail.workbench.runs.process", str(run_id)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, LOCATION_VARIABLE: store.location},
        )
    with _children_lock:
        _children.append(child)
    return child.pid


def reap() -> None:
    """Let go of the processes started here that have ended: until then they would count as being there."""
    with _children_lock:
        _children[:] = [child for child in _children if child.poll() is None]
