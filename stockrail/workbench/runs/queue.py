"""The queue of runs: those asked for first begin first, as many at a time as governance.yaml says."""

import datetime as dt

import sqlalchemy as sa

from stockrail.workbench.runs.claim import SYSTEM
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.launch import LOG, launch, reap, run_folder
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run

LAUNCH_SECONDS = 30.0
"""Time that a process has from its start until it takes its run; after that another one is started, unless it is seen to be there."""

MOST_LAUNCH_SECONDS = 600.0
"""The same for one that is seen to be there: on a machine with much other work it takes long to begin, and another one would not help."""

MOST_LAUNCHES = 3
"""Processes that may end before they have taken the run; then it has failed."""

_STARTED = "started_process"
"""Name within `process` of a run that waits: the process that was started for it."""


def at_once(store: Store) -> int:
    """Runs that may go at a time."""
    return store.governance.document.runs.at_once


def advance(store: Store) -> list[int]:
    """Start processes for runs that wait, where there is room; returns the runs that got one.

    Anybody may call this at any time: a run is taken by one process only, whoever started how many. A run that has got a
    process is `queued` until the process has taken it.
    """
    reap()
    chosen = _choose(store)
    for run_id in chosen:
        _remember(store, run_id, ProcessIdentity.here(launch(store, run_id)))
    return chosen


def wait_on(store: Store, run_id: int) -> None:
    """Let a run that waits be started again at once: its process found no room, which is no failure."""
    with store.write_progress() as session:
        run = session.get(Run, run_id)
        if run is not None and run.state == "queued":
            run.process = None


def _choose(store: Store) -> list[int]:
    with store.read() as session:
        if session.scalar(sa.select(Run.id).where(Run.state == "queued").limit(1)) is None:
            return []
    chosen: list[int] = []
    lost: list[int] = []
    with store.write_progress() as session:
        now = store.clock()
        running = session.scalar(sa.select(sa.func.count()).select_from(Run).where(Run.state == "running"))
        room = at_once(store) - (running or 0)
        for run in session.scalars(
            sa.select(Run).where(Run.state == "queued").order_by(Run.requested_at, Run.id)
        ):
            if len(chosen) >= room:
                break
            launches = (run.process or {}).get("launches", 0)
            if _is_starting(run, now):
                room -= 1
            elif launches >= MOST_LAUNCHES:
                lost.append(run.id)
            else:
                run.process = {"launched": now.isoformat(), "launches": launches + 1}
                chosen.append(run.id)
    for run_id in lost:
        _give_up(store, run_id)
    return chosen


def _remember(store: Store, run_id: int, process: ProcessIdentity) -> None:
    """Note which process was started for a run, unless that one has taken the run already."""
    with store.write_progress() as session:
        run = session.get(Run, run_id)
        if run is not None and run.state == "queued" and run.process is not None:
            run.process = {**run.process, _STARTED: process.record()}


def _is_starting(run: Run, now: dt.datetime) -> bool:
    said = run.process or {}
    if "launched" not in said:
        return False
    seconds = (now - dt.datetime.fromisoformat(said["launched"])).total_seconds()
    process = ProcessIdentity.of(said.get(_STARTED))
    is_there = process is not None and process.is_here and process.is_alive
    return seconds < (MOST_LAUNCH_SECONDS if is_there else LAUNCH_SECONDS)


def _give_up(store: Store, run_id: int) -> None:
    with store.write(SYSTEM, "run.fail", "run", run_id) as change:
        run = change.session.get(Run, run_id)
        if run is None or run.state != "queued":
            change.discard()
            return
        log = run_folder(store, run_id) / LOG
        run.state, run.finished_at = "failed", change.at
        run.error = f"{MOST_LAUNCHES} processes ended before they had begun. What they said is in {log}"
        change.data = {"error": run.error}
