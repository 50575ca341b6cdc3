"""The service of runs without a page: it sees to runs whose process is gone and to those that wait, until it is told to stop.

No run needs it, as the process of one starts the next. It is there for what nobody else sees at once: a run that was killed while
others wait, a machine that has started again, a run whose kept plan is to be checked.
"""

import threading
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from stockrail.formats import plural
from stockrail.workbench.errors import WorkbenchError
from stockrail.workbench.runs.display import gap_of
from stockrail.workbench.runs.lookup import ENDED_STATES
from stockrail.workbench.runs.recover import recover
from stockrail.workbench.runs.sweeps import KINDS
from stockrail.workbench.runs.watch import TEND_SECONDS, tend
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run, RunState


class Service:
    """Looks at the runs of a store again and again, and tells what has become of them.

    Any number of them may be at work on one store, on several machines too: what one has done the others leave. Killed at any moment
    it leaves the store whole, and the next one goes on.

    Parameters
    ----------
    tell : takes each thing that happened, as a sentence.
    """

    def __init__(self, store: Store, tell: Callable[[str], None]) -> None:
        self._store, self._tell = store, tell
        with store.read() as session:
            rows = session.scalars(sa.select(Run).where(Run.state.not_in(ENDED_STATES)))
            self._states: dict[int, RunState] = {run.id: run.state for run in rows}
            self._latest = session.scalar(sa.select(sa.func.max(Run.id))) or 0
        self._trouble = ""

    @property
    def standing(self) -> str:
        """How many runs go and how many wait now, in words."""
        with self._store.read() as session:
            states = session.scalars(sa.select(Run.state).where(Run.state.not_in(ENDED_STATES))).all()
        going, waiting = states.count("running"), states.count("queued")
        goes, waits = "runs go" if going != 1 else "run goes", "wait" if waiting != 1 else "waits"
        return f"{going or 'no'} {goes}, {waiting or 'none'} {waits}"

    def look(self) -> bool:
        """End runs whose process is gone, start those that can begin, check plans that were kept; says whether anything happened."""
        tend(self._store)
        recover(self._store, lambda run: self._tell(f"Run {run.id}: laying out the plan that was kept."))
        changed = self._changed()
        for run in changed:
            self._states[run.id], self._latest = run.state, max(run.id, self._latest)
            self._tell(f"Run {run.id} {_became(run)}")
        return bool(changed)

    def keep_looking(self, is_stopped: threading.Event) -> None:
        """Look every two seconds until it is stopped. A store that cannot be used for a while is told once, and tried again."""
        while not is_stopped.is_set():
            try:
                self.look()
                self._say_trouble("")
            except (WorkbenchError, sa.exc.SQLAlchemyError, OSError) as error:
                self._say_trouble(str(error))
            is_stopped.wait(TEND_SECONDS)

    def _say_trouble(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._tell(
                f"The store cannot be used; it is tried again: {trouble}"
                if trouble
                else "The store can be used again."
            )
        self._trouble = trouble

    def _changed(self) -> list[Run]:
        """Runs that are in another state than the one known of them, and new ones."""
        open_ones = [run_id for run_id, state in self._states.items() if state not in ENDED_STATES]
        is_looked_at = Run.state.not_in(ENDED_STATES) | Run.id.in_(open_ones) | (Run.id > self._latest)
        with self._store.read() as session:
            rows = session.scalars(sa.select(Run).where(is_looked_at).order_by(Run.id)).all()
        return [run for run in rows if self._states.get(run.id) != run.state]


def _became(run: Run) -> str:
    """What a run that has changed its state does now."""
    match run.state:
        case "queued":
            return "waits for its turn."
        case "running":
            return "goes."
        case "finished":
            return f"has finished{''.join(_gap(run))}."
        case "failed":
            return f"has failed: {(run.error or 'nobody knows why').splitlines()[0]}"
        case _:
            why = "its process is gone" if run.state == "interrupted" else "somebody ended it"
            return f"is {run.state}, {why}{''.join(_kept(run))}."


def _gap(run: Run) -> Iterator[str]:
    gap = gap_of(run)
    if gap is not None:
        yield f", gap {gap:.2%}"


def _kept(run: Run) -> Iterator[str]:
    if run.kind in KINDS:
        yield "; what was solved is kept"
        return
    if run.best_plan is None:
        yield "; it had no plan yet"
        return
    yield "; its best plan is kept"
    yield from _gap(run)
    verification = (run.certificate or {}).get("verification") or {}
    if verification.get("passed"):
        yield f", and passed {verification['checks']} {plural(verification['checks'], 'check')}"
