"""What was promised of a metric, beside what the plan expected: commitments of governance.yaml, and guardrails on service."""

from collections.abc import Iterator
from dataclasses import dataclass

from stockrail.model.instance import Instance
from stockrail.workbench.governance import Governance
from stockrail.workbench.governance.schema_rules import ServiceCommitment

FILL_RATE = "fill_rate"


@dataclass(frozen=True)
class Promise:
    """A fill rate that was promised.

    Attributes
    ----------
    scope : blank for all items, else "segment S", as of scores.
    least : share of the units demanded that are to be delivered on time.
    source : the rule or the guardrail.
    """

    scope: str
    least: float
    source: str


def promises(governance: Governance, instance: Instance) -> list[Promise]:
    """Promised fill rates of all items and of segments; where there are several of one scope the highest one."""
    highest: dict[str, Promise] = {}
    for promise in (*_of_rules(governance), *_of_guardrails(instance)):
        before = highest.get(promise.scope)
        if before is None or promise.least > before.least:
            highest[promise.scope] = promise
    return list(highest.values())


def _of_rules(governance: Governance) -> Iterator[Promise]:
    for rule in governance.document.rules:
        if isinstance(rule, ServiceCommitment) and rule.item is None:
            scope = "" if rule.segment is None else f"segment {rule.segment}"
            yield Promise(scope, rule.least_fill_rate, f"rule {rule.rule}")


def _of_guardrails(instance: Instance) -> Iterator[Promise]:
    for row in instance.guardrails:
        if row.metric == FILL_RATE and row.lower is not None and row.scope in ("all", "segment"):
            scope = "" if row.scope == "all" else f"segment {row.scope_value}"
            yield Promise(scope, row.lower, f"guardrail {row.guardrail}")
