"""Rules held against a plan: which are broken, who answers for it, what is at stake, and by when it must be decided.

Each kind of rule has one pure function on the files of a plan. A rule that cannot be judged, as where it names a segment that
the plan does not have, counts as broken: what nobody looked at is not in order.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stockrail.model.instance import Instance
from stockrail.workbench.governance.breach import Breach
from stockrail.workbench.governance.calendar import Calendar
from stockrail.workbench.governance.commitment_rule import commitments_broken
from stockrail.workbench.governance.guardrail_rule import broken_guardrails
from stockrail.workbench.governance.plan_change import changes_of_plan
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.plan_rules import expedite_over_budget, gap_not_reached, outside_band
from stockrail.workbench.governance.roles import Governance
from stockrail.workbench.governance.schema_rules import (
    AnyRule,
    CustomerCommitment,
    ExpediteBudget,
    GapReached,
    GuardrailKept,
    InventoryBand,
    PlanChange,
    Rule,
    ServiceCommitment,
)
from stockrail.workbench.governance.service_rule import below_commitment

NEVER_DAYS = 30
"""Calendar days until something is due whose event does not come again within a year."""


@dataclass(frozen=True)
class Facts:
    """A plan, and what it is held against.

    Attributes
    ----------
    plan : its files.
    make_instance : the instance that was planned; it is asked for by rules on service only.
    approved : the files of the plan approved last; None where there is none.
    """

    plan: PlanFiles
    make_instance: Callable[[], Instance]
    approved: PlanFiles | None = None

    @cached_property
    def instance(self) -> Instance:
        """The instance, made once."""
        return self.make_instance()


@dataclass(frozen=True)
class Broken:
    """A rule that a plan breaks.

    Attributes
    ----------
    rule, subject : together they say what it is about, whichever plan breaks it.
    owner_role, owner : role that answers for it, and the people who have it.
    money : at stake, in the currency of the plan; None where it cannot be said.
    due : day by which it must be decided.
    waits_for : the decision it waits for.
    evidence : numbers that show it.
    """

    rule: str
    subject: str
    owner_role: str
    owner: str
    money: float | None
    due: dt.date
    waits_for: str
    is_blocking: bool
    evidence: Mapping[str, Any]


def broken_rules(governance: Governance, facts: Facts, found_on: dt.date) -> list[Broken]:
    """Every rule of governance.yaml that a plan breaks, in the order of the file.

    Parameters
    ----------
    found_on : day from which dates due count.
    """
    return [
        broken_of(governance, rule, rule.kind, breach, found_on)
        for rule in governance.document.rules
        for breach in breaches(rule, facts)
    ]


def broken_of(governance: Governance, rule: Rule, kind: str, breach: Breach, found_on: dt.date) -> Broken:
    """A breach of a rule of governance.yaml, with who answers for it and by when."""
    return Broken(
        rule=rule.rule,
        subject=breach.subject,
        owner_role=rule.owner,
        owner=", ".join(governance.people_in(rule.owner)),
        money=breach.money,
        due=due_date(governance.calendar, rule, found_on),
        waits_for=rule.waits_for,
        is_blocking=rule.is_blocking == "yes",
        evidence={"kind": kind, **breach.evidence},
    )


def breaches(rule: AnyRule, facts: Facts) -> list[Breach]:
    """Where a plan breaks one rule."""
    match rule:
        case InventoryBand():
            return outside_band(rule, facts.plan)
        case ServiceCommitment():
            return below_commitment(rule, facts.plan, lambda: facts.instance)
        case CustomerCommitment():
            return commitments_broken(rule, facts.plan)
        case PlanChange():
            return [] if facts.approved is None else changes_of_plan(rule, facts.plan, facts.approved)
        case ExpediteBudget():
            return expedite_over_budget(rule, facts.plan)
        case GapReached():
            return gap_not_reached(rule, facts.plan)
        case GuardrailKept():
            return broken_guardrails(rule, facts.plan)


def due_date(calendar: Calendar, rule: Rule, found_on: dt.date) -> dt.date:
    """Day by which a broken rule must be decided."""
    if rule.due_event is None:
        return calendar.working_days.after(found_on, rule.due_working_days or 0)
    coming = calendar.next(rule.due_event, found_on)
    return found_on + dt.timedelta(days=NEVER_DAYS) if coming is None else coming.first
