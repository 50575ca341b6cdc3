"""Choices among plans."""

from stockrail.web.views import compare
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase


def _first_two(store: Store) -> str:
    return compare.seen(store, [1, 2])


CASES: tuple[ChangeCase, ...] = (
    ChangeCase(
        "POST",
        "/compare/decisions",
        "/compare/decisions",
        _first_two,
        {"run": [1, 2], "chosen": 2, "reason": "More margin."},
    ),
    ChangeCase(
        "POST",
        "/api/compare/decisions",
        "/api/compare/decisions",
        _first_two,
        {"runs": [1, 2], "chosen": 2, "reason": "More margin."},
    ),
)
