"""Governance files and plan files for tests, stated in the test as far as it is about them."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from stockrail.workbench.governance import Governance
from stockrail.workbench.governance.editing import default_text
from stockrail.workbench.governance.plan_files import PlanFiles
from tests.stockrail.workbench.people import PEOPLE

Entries = Sequence[Mapping[str, Any]]

ORDER_COLUMNS = ["item", "node", "period", "date", "probability", "lots", "units", "value"]


def governance_text(
    rules: Entries | None = None,
    calendar: Mapping[str, Any] | None = None,
    monitoring: Mapping[str, Any] | None = None,
) -> str:
    """The packaged file with the people of tests, and with these rules, calendar and monitoring in place of its own."""
    document = yaml.safe_load(
        default_text(PEOPLE)
        .replace("is_blocking: yes", "is_blocking: 'yes'")
        .replace("is_blocking: no\n", "is_blocking: 'no'\n")
        .replace("replans: yes", "replans: 'yes'")
    )
    if rules is not None:
        document["rules"] = [dict(rule) for rule in rules]
    if calendar is not None:
        document["calendar"] = dict(calendar)
    if monitoring is not None:
        document["monitoring"] = dict(monitoring)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def governance_with(
    rules: Entries | None = None,
    calendar: Mapping[str, Any] | None = None,
    monitoring: Mapping[str, Any] | None = None,
) -> Governance:
    """`governance_text`, read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "governance.yaml"
        file.write_text(governance_text(rules, calendar, monitoring), encoding="utf-8")
        return Governance.read(file)


def rule(kind: str, **settings: Any) -> dict[str, Any]:
    """A blocking rule that finance owns, due in three working days."""
    return {
        "rule": kind, "kind": kind, "owner": "finance", "waits_for": "a decision", "due_working_days": 3,
        "is_blocking": "yes", **settings,
    }  # fmt: skip


def plan_files(
    *,
    name: str = "run 1",
    certificate: Mapping[str, Any] | None = None,
    orders: Entries = (),
    projection: Entries = (),
    segments: Entries = (),
    guardrails: Entries = (),
) -> PlanFiles:
    """A plan over four weeks from 2027-01-04, with no more in it than is said."""
    numbers = {
        "start": "2027-01-04", "period_length_days": 7, "periods": 4, "gap": 0.0, "bound": 100.0, "objective": 100.0,
        "fill_rate": 1.0, "margin_parts": {"expedite": 0.0}, "relaxations": [], **(certificate or {}),
    }  # fmt: skip
    return PlanFiles(
        name,
        numbers,
        pd.DataFrame(list(orders), columns=ORDER_COLUMNS),
        pd.DataFrame(list(projection), columns=["metric", "period", "date", "mean", "max"]),
        pd.DataFrame(list(segments), columns=["segment", "fill_rate"]),
        pd.DataFrame(list(guardrails), columns=["name", "side", "metric", "limit", "worst", "slack"]),
    )
