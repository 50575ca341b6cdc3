"""Keeps what a run finds as it finds it, and tells the search when to stop, from a thread of its own.

The search only leaves word; it never waits for the store. A better plan is written at once, first its files, then its row, together
with the progress that tells of it: nothing is announced that is not kept. Where plans come faster than they can be written, the
latest one is.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import pandas as pd

from stockrail.solvers.result import Incumbent, Progress, relative_gap
from stockrail.workbench.runs.claim import Claim, LostError
from stockrail.workbench.runs.history import HISTORY, extended
from stockrail.workbench.runs.kept_plan import ORDERS, PRICES, prices_frame
from stockrail.workbench.store.tables import Run, RunState

PROGRESS_SECONDS = 0.2
"""Progress is written at most this often, and as often it is looked whether the run is to be cancelled."""

PULSE_SECONDS = 5.0
"""At least this often the run says that it is there, also where nothing changes."""

GRACE_SECONDS = 1.5
"""Time that a search has to end by itself once it is asked to. Then the run ends with the best plan kept, all under three seconds."""

EXIT_LOST, EXIT_ENDED = 3, 4
"""Exit codes of a process whose run was taken from it, and of one that ended its run before the search had ended."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Known:
    """What earlier attempts at the same run have found.

    Attributes
    ----------
    objective, bound : of the best plan kept, -inf where there is none; the least bound proven, inf where there is none.
    seconds : spent on them.
    """

    objective: float = -math.inf
    bound: float = math.inf
    seconds: float = 0.0

    @staticmethod
    def of(run: Run) -> "Known":
        """From what a run has reported."""
        said = run.progress or {}
        has_plan = run.best_plan is not None
        return Known(
            objective=_number(said.get("incumbent"), -math.inf) if has_plan else -math.inf,
            bound=_number(said.get("bound"), math.inf),
            seconds=float(said.get("seconds") or 0.0),
        )


class Recorder:
    """What the search of a run talks to.

    Parameters
    ----------
    claim : the run.
    known : of earlier attempts: a plan is kept only if it is better.
    orders_of : a plan as a table of orders; it is called in the recorder's thread.
    leave : ends the process where the search does not end by itself, or the run is no longer its own.

    Attributes
    ----------
    is_asked_to_stop : by a cancel or by the system.
    """

    def __init__(
        self,
        claim: Claim,
        known: Known,
        orders_of: Callable[[Incumbent], pd.DataFrame],
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self._claim = claim
        self._known = known
        self._orders_of = orders_of
        self._leave = leave
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._plan: Incumbent | None = None
        self._progress = Progress("starting", known.objective, known.bound, 0.0)
        self._told: dict[str, Any] = {}
        self._is_changed = True
        self._is_closed = False
        self._stopping_as: RunState | None = None
        self._stopping_since = 0.0
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether the search is to end with what it has."""
        return self._stopping_as is not None

    @property
    def ends_as(self) -> RunState | None:
        """What the run is to become where it was asked to stop: `cancelled` or `interrupted`."""
        return self._stopping_as

    @property
    def seconds(self) -> float:
        """Spent on the run, earlier attempts included."""
        return self._known.seconds + time.monotonic() - self._began

    @property
    def bound(self) -> float:
        """The least bound proven, of all attempts."""
        return self._known.bound

    def on_progress(self, progress: Progress) -> None:
        """Take a moment of the search; only the latest one is written."""
        with self._lock:
            self._progress, self._is_changed = progress, True

    def tell(self, told: Mapping[str, Any]) -> None:
        """Take more that the run reports beside its progress, as plain data by name; it replaces what had the name before."""
        with self._lock:
            self._told, self._is_changed = {**self._told, **told}, True

    def on_plan(self, incumbent: Incumbent) -> None:
        """Take a better plan. The search tells of it in its progress only after this."""
        with self._lock:
            best = self._known.objective if self._plan is None else self._plan.objective
            if incumbent.objective > best:
                self._plan = incumbent
        self._news.set()

    def stop(self, state: RunState) -> None:
        """Ask the search to end: the run becomes `cancelled`, or `interrupted` where the system ends it."""
        if self._stopping_as is None:
            self._stopping_since = time.monotonic()
            self._stopping_as = state

    def close(self) -> None:
        """Write what is left. From now on the process ends the run itself.

        Raises
        ------
        LostError
            The run is no longer this process'.
        """
        if not self._is_closed:
            self._is_closed = True
            self._news.set()
            self._thread.join()
            self._write()

    def _run(self) -> None:
        written = -math.inf
        while not self._is_closed:
            self._news.wait(PROGRESS_SECONDS)
            self._news.clear()
            try:
                if self._plan is not None or self._is_due(time.monotonic() - written):
                    self._write()
                    written = time.monotonic()
                self._look()
            except LostError as error:
                _logger.warning("%s It ends.", error)
                self._leave(EXIT_LOST)
                return
            except (
                Exception
            ):  # a store that is busy, a disk that is full: the search goes on, the next round tries again
                _logger.exception("What was found could not be written yet.")
                time.sleep(PROGRESS_SECONDS)
            is_asked = self._stopping_as is not None
            if is_asked and time.monotonic() - self._stopping_since > GRACE_SECONDS and not self._is_closed:
                self._end_at_once()
                return

    def _is_due(self, seconds: float) -> bool:
        return seconds >= (PROGRESS_SECONDS if self._is_changed else PULSE_SECONDS)

    def _write(self) -> None:
        """Write the best plan that is not written yet, and the progress as it was with it."""
        with self._lock:
            plan, progress, self._is_changed = self._plan, self._progress, False
        files = {} if plan is None else self._keep(plan)
        with self._claim.progress() as run:
            self._put(run, plan, files, progress)
        with self._lock:
            if plan is not None:
                self._known = replace(self._known, objective=plan.objective)
                if self._plan is plan:
                    self._plan = None

    def _keep(self, plan: Incumbent) -> dict[str, str]:
        artifacts = self._claim.store.artifacts
        files = {ORDERS: artifacts.put_frame(self._orders_of(plan))}
        prices = prices_frame(plan)
        return files if prices is None else {**files, PRICES: artifacts.put_frame(prices)}

    def _put(self, run: Run, plan: Incumbent | None, files: dict[str, str], progress: Progress) -> None:
        if plan is not None:
            run.best_plan = files[ORDERS]
            run.artifacts = {**run.artifacts, **files}
        incumbent = max(
            self._known.objective, progress.incumbent, -math.inf if plan is None else plan.objective
        )
        bound = min(self._known.bound, progress.bound, math.inf if plan is None else plan.bound)
        seconds = self.seconds
        run.progress = {
            "seconds": round(seconds, 3),
            "incumbent": _finite(incumbent),
            "bound": _finite(bound),
            "gap": _finite(relative_gap(incumbent, bound)),
            "phase": progress.phase,
            "at": self._claim.store.clock().isoformat(),
            HISTORY: extended(run.progress, seconds, _finite(incumbent), _finite(bound)),
            **self._told,
        }

    def _look(self) -> None:
        """See whether somebody asks the run to be cancelled, or has taken it away."""
        if self._stopping_as is None and self._claim.is_to_cancel():
            self.stop("cancelled")

    def _end_at_once(self) -> None:
        """End the run with what is kept: the search has not ended in time."""
        state = self._stopping_as
        assert state is not None
        self._write()

        self._claim.end(state)
        self._leave(EXIT_ENDED)


def _number(value: Any, missing: float) -> float:
    return missing if value is None else float(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
