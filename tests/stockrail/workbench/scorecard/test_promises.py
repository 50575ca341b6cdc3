"""What was promised of service."""

from pathlib import Path

from stockrail.workbench.governance.roles import Governance
from stockrail.workbench.scorecard.promises import Promise, promises
from tests.builders import Changes, make_instance
from tests.stockrail.workbench.governance.files import governance_text, rule


def test_rules_and_guardrails_the_highest_counts(tmp_path: Path) -> None:
    """All items: 90% by a guardrail and 95% by a rule; segment S: 92% by a guardrail; promises of an item belong to no scope here."""
    rules = [
        rule("service_commitment", least_fill_rate=0.95),
        rule("service_commitment", rule="of A", item="A", least_fill_rate=0.99),
        rule("gap", most_gap=0.02),
    ]
    file = tmp_path / "governance.yaml"
    file.write_text(governance_text(rules), encoding="utf-8")
    rails: list[Changes] = [
        {"guardrail": "all", "metric": "fill_rate", "lower": 0.9, "upper": None},
        {"guardrail": "s", "metric": "fill_rate", "scope": "segment", "scope_value": "S", "lower": 0.92, "upper": None},
        {"guardrail": "stock", "metric": "inventory_value", "lower": None, "upper": 100},
    ]  # fmt: skip
    instance = make_instance(guardrails=rails)
    governance = Governance.read(file)
    assert promises(governance, instance) == [
        Promise("", 0.95, "rule service_commitment"),
        Promise("segment S", 0.92, "guardrail s"),
    ]
