"""Limits: proposing them, and deciding on what somebody proposed."""

from stockrail.web.views import guardrail_versions, guardrails
from stockrail.workbench import guardrail_versions as library
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase
from tests.stockrail.workbench.folders import THREE_ITEMS

REASON = {"reason": "The bank agrees."}
FORM = {**REASON, "basis": "in force", "first_day": "2027-02-01"}
CAP = {
    "guardrail": "inventory-cap", "metric": "inventory_value", "scope": "all", "first_period": 0, "last_period": 2,
    "upper": 450, "holds": "every scenario", "owner": "finance",
}  # fmt: skip


def _first(store: Store) -> str:
    return guardrail_versions.seen(store, 1)


def _second(store: Store) -> str:
    return guardrail_versions.seen(store, 2)


def _otto_proposes(store: Store) -> None:
    """Version 2, which he alone can take back."""
    library.propose(store, "otto", THREE_ITEMS, store.clock().date(), "A covenant.")


CASES: tuple[ChangeCase, ...] = (
    ChangeCase("POST", "/guardrails", "/guardrails", guardrails.seen, FORM),
    ChangeCase("POST", "/guardrails/preview", "/guardrails/preview", guardrails.seen, FORM),
    ChangeCase(
        "POST",
        "/api/guardrails",
        "/api/guardrails",
        guardrails.seen,
        {**REASON, "effective_from": "2027-02-01", "tables": {"guardrails": [CAP]}},
    ),
    *(
        ChangeCase(
            "POST",
            f"{base}/guardrails/{{number}}/{decision}",
            f"{base}/guardrails/1/{decision}",
            _first,
            REASON,
        )
        for base in ("", "/api")
        for decision in ("approve", "reject")
    ),
    *(
        ChangeCase(
            "POST",
            f"{base}/guardrails/{{number}}/withdraw",
            f"{base}/guardrails/2/withdraw",
            _second,
            REASON,
            prepare=_otto_proposes,
        )
        for base in ("", "/api")
    ),
)
