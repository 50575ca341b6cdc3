"""Waiting for a run. Whoever waits also keeps the queue moving; the run does not need it."""

import time
from collections.abc import Callable

from stockrail.workbench.runs.lookup import ENDED_STATES, get
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.runs.recover import end_all_lost
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

LOOK_SECONDS = 0.25
"""Between two looks at the run."""

TEND_SECONDS = 2.0
"""Between two looks for runs whose process is gone, and for runs that can begin."""


def tend(store: Store) -> None:
    """End runs whose process is gone, and start those that wait where there is room. This takes no time."""
    end_all_lost(store)
    advance(store)


def wait(
    store: Store,
    run_id: int,
    on_look: Callable[[Run], None] = lambda run: None,
    most_seconds: float | None = None,
) -> Run:
    """Wait until a run has ended, or as long as it may take; returns it as it is then.

    Parameters
    ----------
    on_look : called with the run at each look, several times a second.
    """
    began, tended = time.monotonic(), -TEND_SECONDS
    while True:
        if time.monotonic() - tended >= TEND_SECONDS:
            tend(store)
            tended = time.monotonic()
        run = get(store, run_id)
        on_look(run)
        is_over = most_seconds is not None and time.monotonic() - began >= most_seconds
        if run.state in ENDED_STATES or is_over:
            return run
        time.sleep(LOOK_SECONDS)
