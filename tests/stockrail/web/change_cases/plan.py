"""Plans: approving, rejecting, escalating."""

from stockrail.web.views import plan_approval
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase


def _first(store: Store) -> str:
    return plan_approval.seen(store, 1)


CASES: tuple[ChangeCase, ...] = tuple(
    ChangeCase(
        "POST",
        f"{base}/runs/{{number}}/{decision}",
        f"{base}/runs/1/{decision}",
        _first,
        {"reason": "As agreed."},
    )
    for base in ("", "/api")
    for decision in ("approve", "reject", "escalate")
)
