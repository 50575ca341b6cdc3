"""Frontiers, tornados and trade-off records."""

from typing import Any

from stockrail.web.views import run_start
from stockrail.web.views.run_progress import seen_of_run
from stockrail.web.views.tradeoffs import seen_record, seen_records
from stockrail.workbench.runs.cancel import cancel
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from stockrail.workbench.tradeoffs.records import add
from tests.stockrail.web.change_cases.case import ChangeCase

FRONTIER = {"guardrail": "inventory-cap", "limits": [450.0, 500.0]}
WAITING = 4
"""Number of the run that waits, after those of `planned_folder` and one that goes."""

RECORD: dict[str, Any] = {
    "kind": "funded_build",
    "name": "christmas",
    "owner": "carla",
    "reason": "The season begins early.",
    "expected_result": "Fans are there when it is hot.",
    "exit_kind": "markdown",
    "exit_plan": "What is left in May is sold at half its price.",
    "allocation_rule": "First come, first served.",
    "customer_message": "You have it in May.",
    "review_date": "2099-05-01",
}


def _seen_start(store: Store) -> str:
    return run_start.chosen(store, "high").seen


def _busy(store: Store) -> None:
    """Run 3 goes, in this process: whatever is started waits, and no process is."""
    run = submit(store, "ben", "plan", 1, options={"seed": 1})
    assert Claim.take(store, run.id, ProcessIdentity.own(), 1) is not None


def _waiting(store: Store) -> None:
    _busy(store)
    submit(store, "otto", "frontier", 1, options=FRONTIER)


def _cancelled(store: Store) -> None:
    _waiting(store)
    cancel(store, "otto", WAITING)


def _seen_run(store: Store) -> str:
    return seen_of_run(get(store, WAITING))


def _recorded(store: Store) -> None:
    """As record 1."""
    add(store, "carla", RECORD)


def _seen_one(store: Store) -> str:
    return seen_record(store, 1)


def _case(method: str, route: str, path: str = "", **rest: Any) -> ChangeCase:
    return ChangeCase(method, route, path or route, **rest)


_RANGE = {"from_limit": "450", "to_limit": "500", "points": "2"}
_OF_HIGH = {"scenario": "high"}

CASES: tuple[ChangeCase, ...] = (
    _case(
        "POST",
        "/tradeoffs/frontier",
        seen=_seen_start,
        fields={**_OF_HIGH, "limit": "upper|inventory-cap", **_RANGE},
        prepare=_busy,
    ),
    _case(
        "POST",
        "/tradeoffs/tornado",
        seen=_seen_start,
        fields={**_OF_HIGH, "driver": "order-cost"},
        prepare=_busy,
    ),
    _case(
        "POST", "/tradeoffs/{number}/cancel", f"/tradeoffs/{WAITING}/cancel", seen=_seen_run, prepare=_waiting
    ),
    _case(
        "POST",
        "/tradeoffs/{number}/resume",
        f"/tradeoffs/{WAITING}/resume",
        seen=_seen_run,
        prepare=_cancelled,
    ),
    _case("POST", "/tradeoffs/records", seen=seen_records, fields=RECORD),
    _case(
        "POST",
        "/tradeoffs/records/{number}/review",
        "/tradeoffs/records/1/review",
        seen=_seen_one,
        fields={"result": "It goes on.", "next_review": "2099-06-01"},
        prepare=_recorded,
    ),
    _case(
        "POST",
        "/tradeoffs/records/{number}/close",
        "/tradeoffs/records/1/close",
        seen=_seen_one,
        fields={"result": "All sold.", "result_money": "12.5"},
        prepare=_recorded,
    ),
    _case(
        "POST", "/api/tradeoffs/frontier", seen=_seen_start, fields={**_OF_HIGH, **FRONTIER}, prepare=_busy
    ),
    _case(
        "POST",
        "/api/tradeoffs/tornado",
        seen=_seen_start,
        fields={**_OF_HIGH, "drivers": ["order-cost"]},
        prepare=_busy,
    ),
    _case("POST", "/api/tradeoffs/records", seen=seen_records, fields=RECORD),
    _case(
        "POST",
        "/api/tradeoffs/records/{number}/review",
        "/api/tradeoffs/records/1/review",
        seen=_seen_one,
        fields={"result": "It goes on.", "next_review": "2099-06-01"},
        prepare=_recorded,
    ),
    _case(
        "POST",
        "/api/tradeoffs/records/{number}/close",
        "/api/tradeoffs/records/1/close",
        seen=_seen_one,
        fields={"result": "All sold.", "result_money": 12.5},
        prepare=_recorded,
    ),
)
