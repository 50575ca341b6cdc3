"""Finished runs for tests of exceptions and approvals: their files are stated, nothing is solved."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stockrail.workbench.governance.plan_files import GUARDRAILS, ORDERS, PROJECTION, SEGMENTS, SUMMARY
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Run
from tests.stockrail.workbench.governance.files import governance_text, plan_files, rule
from tests.stockrail.workbench.samples import add_baseline

RULES = [
    rule("gap", most_gap=0.02, owner="supply_planning", is_blocking="no"),
    rule("inventory_band", upper=100),
    rule("expedite_budget", most_money=50, owner="executive"),
    rule("plan_change", most_units=5, owner="supply_planning"),
]
"""Band and budget and changes block, the gap does not."""


def govern(
    store: Store, rules: Sequence[Mapping[str, Any]] = RULES, calendar: Mapping[str, Any] | None = None
) -> None:
    """Put these rules and this calendar in force, with the people of tests."""
    store.governance_file.write_text(governance_text(rules, calendar), encoding="utf-8")


def finished_run(
    store: Store,
    *,
    requested_by: str = "ben",
    inventory: float = 90,
    expedite: float = 0,
    gap: float = 0.01,
    ordered: float = 10,
    passed: bool | None = True,
    state: str = "finished",
) -> int:
    """A run whose plan has one balance and one order. Inventory above 100, expediting above 50, a gap above 0.02 break rules."""
    with store.read() as session:
        is_first = session.query(Run).count() == 0
    baseline_id = add_baseline(store).id if is_first else 1
    order = {
        "item": "a", "node": "now", "period": 0, "date": "2027-01-04", "probability": 1.0, "lots": 1, "units": ordered,
        "value": 2 * ordered,
    }  # fmt: skip
    balance = {
        "metric": "inventory_value",
        "period": 0,
        "date": "2027-01-04",
        "mean": inventory,
        "max": inventory,
    }
    files = plan_files(
        certificate={
            "currency": "EUR", "gap": gap, "bound": 1000 * (1 + gap), "objective": 1000.0,
            "margin_parts": {"expedite": expedite},
        },
        orders=[order],
        projection=[balance],
    )  # fmt: skip
    certificate = {
        **files.certificate,
        "verification": {"passed": passed, "failed": [{"check": "stock", "detail": ""}]},
    }
    tables = {
        ORDERS: files.orders,
        PROJECTION: files.projection,
        SEGMENTS: files.segments,
        GUARDRAILS: files.guardrails,
    }
    artifacts = {name: store.artifacts.put(_csv(table)) for name, table in tables.items()}
    artifacts[SUMMARY] = store.artifacts.put(json.dumps(dict(files.certificate)).encode())
    return add_run(
        store, artifacts, certificate, requested_by=requested_by, baseline_id=baseline_id, state=state
    )


def add_run(
    store: Store,
    artifacts: Mapping[str, str],
    certificate: Mapping[str, Any],
    *,
    requested_by: str = "ben",
    baseline_id: int = 1,
    state: str = "finished",
) -> int:
    """A run with these files, by name and hash."""
    with store.write(requested_by, "run.submit", "run") as change:
        run = Run(
            kind="plan",
            inputs_hash="c" * 64,
            baseline_id=baseline_id,
            state=state,
            requested_by=requested_by,
            requested_at=change.at,
            certificate=dict(certificate),
            artifacts=dict(artifacts),
        )
        change.session.add(run)
        change.session.flush()
        change.entity_id = run.id
    return run.id


def _csv(table: pd.DataFrame) -> bytes:
    text = io.StringIO()
    table.to_csv(text, index=False)
    return text.getvalue().encode()
