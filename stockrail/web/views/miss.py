"""One miss: what was seen, the four questions with their evidence, and what the process did about it."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from stockrail.workbench.root_cause.classification import Cause
from stockrail.workbench.root_cause.explanation import NEXT
from stockrail.workbench.root_cause.find import get
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Decision, Miss, PlanException, Run


class AssumptionRow(BaseModel):
    """An assumption of the plan, held against what happened."""

    model_config = ConfigDict(frozen=True)

    assumption: str
    place: str = Field(description="as assumed, inside the fan, outside the fan or not known.")
    is_at_fault: bool = Field(description="Whether the miss is put down to it.")
    money: float | None = Field(description="How much of the miss it can explain.")
    why: str = Field(description="Why it is not known, where it is not.")
    evidence: dict[str, Any] = Field(description="The numbers that show it.")


class PointedTo(BaseModel):
    """An exception that had been about the same thing."""

    model_config = ConfigDict(frozen=True)

    exception_id: int
    rule: str
    subject: str
    owner_role: str
    owner: str
    money: float | None
    opened_at: dt.datetime
    due: dt.date | None
    state: str
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None


class MissView(BaseModel):
    """A miss. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    miss_id: int
    currency: str
    kind: str
    subject: str
    item: str
    segment: str
    period: int
    date: dt.date
    run_id: int
    units: float | None
    money: float | None
    cause: str
    row: int = Field(description="Row of the decision table that decided, from 1.")
    explanation: str
    next: str = Field(description="What to do about such a cause.")
    shown: str
    decided: str
    needed_by: dt.date = Field(description="Until when knowing of it could have helped.")
    hindsight: str = Field(
        description="Whether the plan as made misses on the demand that came: misses too, holds or not known."
    )
    hindsight_why: str
    assumptions: tuple[AssumptionRow, ...]
    exceptions: tuple[PointedTo, ...]
    seen: dict[str, Any] = Field(description="What shows that it was a miss.")


def view(store: Store, miss_id: int) -> MissView:
    """A miss by its number.

    Raises
    ------
    NotFoundError
        There is none.
    """
    with store.read() as session:
        row = get(session, miss_id)
        run = session.get(Run, row.run_id)
        raised = [session.get(PlanException, number) for number in row.evidence["process"]["exceptions"]]
        pointed = [
            _pointed(one, None if one.decision_id is None else session.get(Decision, one.decision_id))
            for one in raised
            if one is not None
        ]
    return _view(row, str(((run and run.certificate) or {}).get("currency", "")), pointed)


def _view(row: Miss, currency: str, pointed: list[PointedTo]) -> MissView:
    evidence = row.evidence
    process, fault = evidence["process"], evidence["fault"]
    return MissView(
        miss_id=row.id,
        currency=currency,
        kind=row.kind,
        subject=row.subject,
        item=row.item,
        segment=row.segment,
        period=row.period,
        date=row.date,
        run_id=row.run_id,
        units=row.units,
        money=row.money,
        cause=row.cause,
        row=evidence["row"],
        explanation=row.explanation,
        next=NEXT[Cause(row.cause)],
        shown=process["shown"],
        decided=process["decided"],
        needed_by=dt.date.fromisoformat(process["needed_by"]),
        hindsight=evidence["hindsight"]["answer"],
        hindsight_why=evidence["hindsight"]["why"] or "",
        assumptions=tuple(
            AssumptionRow(
                assumption=name,
                place=found["place"],
                is_at_fault=name == fault["assumption"],
                money=found["money"],
                why=found.get("why") or "",
                evidence={key: value for key, value in found.items() if key not in ("place", "money", "why")},
            )
            for name, found in evidence["assumptions"].items()
        ),
        exceptions=tuple(pointed),
        seen=dict(evidence["seen"]),
    )


def _pointed(row: PlanException, decision: Decision | None) -> PointedTo:
    return PointedTo(
        exception_id=row.id,
        rule=row.rule,
        subject=row.subject,
        owner_role=row.owner_role,
        owner=row.owner,
        money=row.money,
        opened_at=row.opened_at,
        due=row.due,
        state=row.state,
        decided_by=None if decision is None else decision.by,
        decided_at=None if decision is None else decision.at,
        reason=None if decision is None else decision.reason,
    )
