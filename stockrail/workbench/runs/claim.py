"""A run that a process has taken: only while it has it does the process write to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState

SYSTEM = "stockrail"
"""Who makes changes that no person asked for at that moment, in the audit log."""


ENDED: dict[RunState, str] = {
    "finished": "finish",
    "failed": "fail",
    "cancelled": "cancel",
    "interrupted": "interrupt",
}
"""Verbs of the audit log for the states that a run ends in."""


class LostError(Exception):
    """The run is no longer this process': somebody thought that it was gone, or ended it."""


@dataclass(frozen=True)
class Claim:
    """A run in the hands of a process."""

    store: Store
    run_id: int
    process: ProcessIdentity

    @staticmethod
    def take(store: Store, run_id: int, process: ProcessIdentity, at_once: int) -> "Claim | None":
        """Take a queued run; None where somebody else has, it waits no longer, or as many run as may.

        Of several processes that try, one gets it: the store lets one in at a time.
        """
        with store.write(SYSTEM, "run.begin", "run", run_id) as change:
            run = change.session.get(Run, run_id)
            if run is None:
                raise NotFoundError(f"The store has no run {run_id}.")
            running = change.session.scalar(
                sa.select(sa.func.count()).select_from(Run).where(Run.state == "running")
            )
            is_free = run.state == "queued" and (running or 0) < at_once
            if is_free:
                run.state = "running"
                run.process = process.record()
                run.started_at, run.finished_at, run.error = change.at, None, None
                run.cancel_requested = False
                change.data = {"pid": process.pid, "host": process.host}
            else:
                change.discard()
        return Claim(store, run_id, process) if is_free else None

    @contextmanager
    def progress(self) -> Iterator[Run]:
        """Change what the run reports.

        Raises
        ------
        LostError
            The run is no longer this process'.
        """
        with self.store.write_progress() as session:
            run = session.get(Run, self.run_id)
            self._require(run)
            assert run is not None
            yield run

    def is_to_cancel(self) -> bool:
        """Whether somebody asks the run to be cancelled.

        Raises
        ------
        LostError
            The run is no longer this process'.
        """
        with self.store.read() as session:
            run = session.get(Run, self.run_id)
            self._require(run)
            return run is not None and run.cancel_requested

    def end(self, state: RunState, change_run: Callable[[Run], None] = lambda run: None) -> None:
        """End the run in a state, with an entry in the audit log; `change_run` sets what else is known at its end.

        Raises
        ------
        LostError
            The run is no longer this process'.
        """
        with self.store.write(SYSTEM, f"run.{ENDED[state]}", "run", self.run_id) as change:
            run = change.session.get(Run, self.run_id)
            self._require(run)
            assert run is not None
            change_run(run)
            run.state, run.finished_at = state, change.at
            change.data = ending(run)

    def _require(self, run: Run | None) -> None:
        owner = None if run is None else ProcessIdentity.of(run.process)
        if run is None or run.state != "running" or owner is None or owner.token != self.process.token:
            raise LostError(f"Run {self.run_id} is no longer this process'.")


def ending(run: Run) -> dict[str, Any]:
    """What the audit log keeps of a run's end: hashes, so that results cannot be exchanged later."""
    told = {"best_plan": run.best_plan, "artifacts": run.artifacts or None, "error": run.error}
    certificate = run.certificate or {}
    numbers = {name: certificate.get(name) for name in ("objective", "bound", "gap")}
    return {name: value for name, value in (told | numbers).items() if value is not None}
