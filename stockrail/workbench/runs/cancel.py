"""Cancelling a run: it ends within three seconds, with the best plan it had."""

import time

from stockrail.workbench.errors import StateError
from stockrail.workbench.permissions import Permission
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import ENDED_STATES, get, get_in
from stockrail.workbench.runs.queue import advance
from stockrail.workbench.runs.recover import end_lost
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

PATIENCE_SECONDS = 2.4
"""Time that the process has to end its run; then it is ended from here."""

LOOK_SECONDS = 0.1


def cancel(store: Store, actor: str, run_id: int) -> Run:
    """Cancel a run and wait until it has ended: at most three seconds where its process is on this machine.

    A run that waits is taken out of the queue. The best plan stays; `stockrail.workbench.runs.submit.resume` goes on from it.

    Raises
    ------
    NotAllowedError
        The actor may not cancel runs.
    StateError
        The run has ended already.
    """
    store.governance.require(actor, Permission.RUN_CANCEL)
    with store.write(actor, "run.ask_to_cancel", Run.__tablename__, run_id) as change:
        run = get_in(change.session, run_id)
        if run.state in ENDED_STATES:
            raise StateError(f"Run {run_id} is {run.state} already: there is nothing to cancel.")
        change.data = {"from": run.state}
        if run.state == "queued":
            run.state, run.finished_at, run.process = "cancelled", change.at, None
        run.cancel_requested = True
    asked = time.monotonic()
    while run.state not in ENDED_STATES and time.monotonic() - asked < PATIENCE_SECONDS:
        time.sleep(LOOK_SECONDS)
        run = get(store, run_id)
    process = ProcessIdentity.of(run.process)
    if run.state == "running" and process is not None and process.is_here:
        process.kill()
        end_lost(store, run_id, process)
        advance(store)
        run = get(store, run_id)
    return run
