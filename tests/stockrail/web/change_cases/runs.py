"""Runs: starting, cancelling, going on."""

from stockrail.web.views.run_progress import seen_of_run
from stockrail.web.views.run_start import chosen
from stockrail.workbench.runs.cancel import cancel
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase

WAITING, CANCELLED = 3, 4
"""Numbers of runs after those of `planned_folder`."""

SAME = {"kind": "plan", "scenario": "high"}
"""The inputs of run 2, which is returned: no process is started."""


def _one_waits(store: Store) -> None:
    submit(store, "ben", "plan", 1, options={"seed": 1})


def _one_was_cancelled(store: Store) -> None:
    """While another one goes, in this process: the one that goes on waits for its turn."""
    _one_waits(store)
    assert Claim.take(store, WAITING, ProcessIdentity.own(), 1) is not None
    submit(store, "ben", "plan", 1, options={"seed": 2})
    cancel(store, "ben", CANCELLED)


def _high(store: Store) -> str:
    return chosen(store, "high").seen


def _waiting(store: Store) -> str:
    return seen_of_run(get(store, WAITING))


def _cancelled(store: Store) -> str:
    return seen_of_run(get(store, CANCELLED))


CASES: tuple[ChangeCase, ...] = tuple(
    case
    for base in ("", "/api")
    for case in (
        ChangeCase("POST", f"{base}/runs", f"{base}/runs", _high, SAME),
        ChangeCase(
            "POST",
            f"{base}/runs/{{number}}/cancel",
            f"{base}/runs/{WAITING}/cancel",
            _waiting,
            prepare=_one_waits,
        ),
        ChangeCase(
            "POST",
            f"{base}/runs/{{number}}/resume",
            f"{base}/runs/{CANCELLED}/resume",
            _cancelled,
            prepare=_one_was_cancelled,
        ),
    )
)
