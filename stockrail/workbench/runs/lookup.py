"""Runs that there are."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState

ENDED_STATES: tuple[RunState, ...] = ("finished", "failed", "cancelled", "interrupted")
"""States in which no process has or gets the run."""


def get(store: Store, run_id: int) -> Run:
    """A run by its id.

    Raises
    ------
    NotFoundError
        There is none; says which there are.
    """
    with store.read() as session:
        return get_in(session, run_id)


def get_in(session: Session, run_id: int) -> Run:
    """The same within a transaction."""
    run = session.get(Run, run_id)
    if run is None:
        latest = session.scalar(sa.select(sa.func.max(Run.id)))
        there = "there is none yet: stockrail run start" if latest is None else f"the latest is {latest}"
        raise NotFoundError(f"There is no run {run_id}; {there}.")
    return run


def runs(store: Store, most: int | None = None) -> list[Run]:
    """All runs, or the latest ones, the latest first."""
    with store.read() as session:
        return list(session.scalars(sa.select(Run).order_by(Run.id.desc()).limit(most)))


def queue_place(store: Store, run: Run) -> int | None:
    """Which place a run has among those that wait, 1 for the next one; None where it does not wait."""
    if run.state != "queued":
        return None
    is_before = (Run.requested_at < run.requested_at) | (
        (Run.requested_at == run.requested_at) & (Run.id < run.id)
    )
    with store.read() as session:
        before = session.scalar(
            sa.select(sa.func.count()).select_from(Run).where(Run.state == "queued", is_before)
        )
    return 1 + (before or 0)
