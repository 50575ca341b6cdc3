"""Exceptions: resolving and waiving."""

from stockrail.web.views import exceptions
from stockrail.workbench.store import Store
from tests.stockrail.web.broken_rules import break_rules
from tests.stockrail.web.change_cases.case import ChangeCase


def _prepare(store: Store) -> None:
    break_rules(store)


def _second(store: Store) -> str:
    return exceptions.seen(store, 2)


CASES: tuple[ChangeCase, ...] = tuple(
    ChangeCase(
        "POST",
        f"{base}/exceptions/{{number}}/{decision}",
        f"{base}/exceptions/2/{decision}",
        _second,
        {"reason": "As agreed."},
        prepare=_prepare,
    )
    for base in ("", "/api")
    for decision in ("resolve", "waive")
)
