"""Processes of runs in tests."""

import time

from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.watch import wait
from stockrail.workbench.store import Store


def wait_until_gone(store: Store, run_id: int) -> None:
    """Wait until a run has finished and its process has left the store, which can be copied then."""
    run = wait(store, run_id, most_seconds=120)
    assert run.state == "finished", run.error
    process = ProcessIdentity.of(run.process)
    assert process is not None
    deadline = time.monotonic() + 30
    while process.is_alive:
        assert time.monotonic() < deadline
        time.sleep(0.02)
