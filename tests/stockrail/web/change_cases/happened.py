"""Actuals, monitoring, drift and root causes."""

from collections.abc import Callable

from stockrail.web.views import happened
from stockrail.workbench.store import Store
from tests.stockrail.web import what_happened
from tests.stockrail.web.change_cases.case import ChangeCase

FILE = ("demand.csv", b"item,date,units\nfan,2027-01-04,10\n", "text/csv")


def _monitored(store: Store) -> None:
    what_happened.monitored(store, store.folder / "sent")


def _both(
    method: str, path: str, prepare: Callable[[Store], None] = _monitored, **rest: object
) -> tuple[ChangeCase, ...]:
    """The route of the page and that of the API."""
    return tuple(
        ChangeCase(method, f"{base}{path}", f"{base}{path}", happened.seen, prepare=prepare, **rest)  # type: ignore[arg-type]
        for base in ("", "/api")
    )


CASES: tuple[ChangeCase, ...] = (
    *_both("POST", "/actuals", lambda store: None, files={"files": FILE}),
    *_both("POST", "/actuals/monitor"),
    *_both("POST", "/actuals/monitor/plan"),
    *_both("POST", "/actuals/drift"),
    *_both("POST", "/root-cause"),
)
