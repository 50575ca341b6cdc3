"""Trade-off records: added complete or not at all, reviewed in time, and closed with what came of them.

A review or an end is a decision of the role that answers for the kind of record. It closes the exception that had been opened
because the review was overdue, in the same transaction.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.model.problems import Problem
from stockrail.workbench.errors import NotFoundError, StateError
from stockrail.workbench.governance import Governance
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Change, Store
from stockrail.workbench.store.tables import Decision, PlanException, Run, Tradeoff, TradeoffKind
from stockrail.workbench.tradeoffs.fields import RECORD, TradeoffError, TradeoffFields, checked
from stockrail.workbench.tradeoffs.roles import role_for

ENTITY = Tradeoff.__tablename__

RULE = "trade-off reviewed in time"
"""Name of the rule whose exceptions are overdue reviews."""

KINDS: tuple[TradeoffKind, ...] = get_args(TradeoffKind)

REVIEWS, RESULT_MONEY = "reviews", "result_money"
"""Names within `Tradeoff.data`: reviews held, and what the record brought in the end."""


def add(
    store: Store,
    actor: str,
    given: Mapping[str, Any],
    *,
    source: str = RECORD,
    lines: Mapping[str, int] | None = None,
) -> Tradeoff:
    """Add a record.

    Parameters
    ----------
    given : fields by name, as in `TradeoffFields`; None is missing.
    source, lines : the file they come from and the line of each field, for messages.

    Raises
    ------
    NotAllowedError
        The actor may not edit trade-offs.
    TradeoffError
        With everything that is missing or wrong: fields, an owner without the role, a review that is not ahead, a run that is
        not there, an open record of the same kind and name.
    """
    store.governance.require(actor, Permission.TRADEOFF_EDIT)
    fields, problems = checked(given, source, lines)
    if fields is None:
        raise TradeoffError(problems + _owner_problems(store.governance, given, source, lines or {}))
    with store.write(actor, "tradeoff.add", ENTITY) as change:
        wrong = _contradictions(change, store.governance, fields)
        if wrong:
            raise TradeoffError(
                [
                    Problem(source, (lines or {}).get(name), name, value, allowed)
                    for name, value, allowed in wrong
                ]
            )
        row = Tradeoff(
            **fields.model_dump(exclude={"run"}),
            run_id=fields.run,
            state="open",
            created_by=actor,
            created_at=change.at,
            data={},
        )
        change.session.add(row)
        change.session.flush()
        change.entity_id = row.id
        change.data = {"kind": row.kind, "name": row.name, "review_date": row.review_date.isoformat()}
    return row


def review(store: Store, actor: str, record_id: int, result: str, next_review: dt.date) -> Tradeoff:
    """Hold a review: the record goes on, and is looked at again on another day.

    Parameters
    ----------
    result : what the review found, and why it goes on.
    next_review : after today.

    Raises
    ------
    NotAllowedError
        The actor may not edit trade-offs, or does not have the role that answers for this kind.
    NotFoundError
        There is no such record.
    StateError
        It is closed, no result is given, or the next review is not ahead.
    """
    with _deciding(store, actor, record_id, "review", result) as (change, row, role):
        if next_review <= change.at.date():
            raise StateError(
                f"The next review is to be after today, {change.at.date()}, not on {next_review}. To end the record, close it."
            )
        held = {
            "at": change.at.date().isoformat(),
            "by": actor,
            "result": result,
            "was_due": row.review_date.isoformat(),
        }
        row.data = {**row.data, REVIEWS: [*row.data.get(REVIEWS, []), held]}
        row.review_date = next_review
        _decide(change, row, role, "kept", result)
        change.data["next_review"] = next_review.isoformat()
    return row


def close(
    store: Store, actor: str, record_id: int, result: str, result_money: float | None = None
) -> Tradeoff:
    """End a record.

    Parameters
    ----------
    result : what came of it.
    result_money : what it brought, to be held against `expected_money`; None where nobody knows.

    Raises
    ------
    NotAllowedError, NotFoundError, StateError
        As `review`.
    """
    with _deciding(store, actor, record_id, "close", result) as (change, row, role):
        row.state, row.closed_by, row.closed_at, row.close_reason = "closed", actor, change.at, result
        row.data = {**row.data, RESULT_MONEY: result_money}
        _decide(change, row, role, "closed", result)
    return row


def listed(session: Session, *, is_open_only: bool = False) -> list[Tradeoff]:
    """Records, the next review first, those that are closed after them."""
    rows = session.scalars(sa.select(Tradeoff).order_by(Tradeoff.review_date, Tradeoff.id)).all()
    ordered = sorted(rows, key=lambda row: row.state == "closed")
    return [row for row in ordered if row.state == "open" or not is_open_only]


def get(session: Session, record_id: int) -> Tradeoff:
    """A record by its number; NotFoundError where there is none."""
    found = session.get(Tradeoff, record_id)
    if found is None:
        raise NotFoundError(
            f"There is no trade-off {record_id}: stockrail tradeoff list --all shows those there are."
        )
    return found


def subject_of(row: Tradeoff) -> str:
    """What the exception about a record is called: the same as long as the record is open."""
    return f"trade-off {row.id}, {row.name}"


@contextmanager
def _deciding(
    store: Store, actor: str, record_id: int, doing: str, result: str
) -> Iterator[tuple[Change, Tradeoff, str]]:
    """The transaction in which an open record is decided on, by somebody who may, as the role that is in it."""
    governance = store.governance
    governance.require(actor, Permission.TRADEOFF_EDIT)
    if not result.strip():
        raise StateError("Say what came of it: --result. Whoever looks at it later has only that.")
    with store.read() as session:
        role = role_for(governance, get(session, record_id).kind)
    governance.require_role(actor, role, f"{doing} trade-off {record_id}")
    with store.write(actor, f"tradeoff.{doing}", ENTITY, record_id, {"result": result}) as change:
        row = get(change.session, record_id)
        if row.state != "open":
            raise StateError(
                f"Trade-off {record_id} is closed already, by {row.closed_by} at {row.closed_at:%Y-%m-%d %H:%M} UTC."
            )
        yield change, row, role


def _decide(change: Change, row: Tradeoff, role: str, verdict: str, reason: str) -> None:
    """Keep the decision, and close the exception that waited for it."""
    decision = Decision(
        kind=ENTITY,
        subject=ENTITY,
        subject_id=row.id,
        verdict=verdict,
        by=change.actor,
        role=role,
        at=change.at,
        reason=reason,
        data={"name": row.name, "review_date": row.review_date.isoformat()},
    )
    change.session.add(decision)
    change.session.flush()
    waiting = change.session.scalars(
        sa.select(PlanException).where(
            PlanException.rule == RULE,
            PlanException.subject == subject_of(row),
            PlanException.state == "open",
        )
    ).all()
    for one in waiting:
        one.state, one.closed_at, one.closed_by = "resolved", change.at, change.actor
        one.decision_id = decision.id
    change.data = {**change.data, "decision_id": decision.id, "exceptions": [one.id for one in waiting]}


def _contradictions(
    change: Change, governance: Governance, fields: TradeoffFields
) -> list[tuple[str, str, str]]:
    """What does not fit the store: field, value, and what would."""
    found = []
    role = role_for(governance, fields.kind)
    if role not in governance.roles_of(fields.owner):
        found.append(("owner", fields.owner, _people(governance, role)))
    today = change.at.date()
    if fields.review_date <= today:
        found.append(("review_date", fields.review_date.isoformat(), f"a day after today, {today}"))
    if fields.run is not None and change.session.get(Run, fields.run) is None:
        found.append(("run", str(fields.run), "a run that stockrail run list shows"))
    same = change.session.scalar(
        sa.select(Tradeoff.id).where(
            Tradeoff.kind == fields.kind, Tradeoff.name == fields.name, Tradeoff.state == "open"
        )
    )
    if same is not None:
        found.append(("name", fields.name, f"a name that no open record has; trade-off {same} has it"))
    return found


def _owner_problems(
    governance: Governance, given: Mapping[str, Any], source: str, lines: Mapping[str, int]
) -> list[Problem]:
    """What can be said of the owner before the rest of a record is right."""
    kind, owner = given.get("kind"), given.get("owner")
    if kind not in KINDS or not isinstance(owner, str) or not owner.strip():
        return []
    role = role_for(governance, kind)
    if role in governance.roles_of(owner.strip()):
        return []
    return [Problem(source, lines.get("owner"), "owner", owner, _people(governance, role))]


def _people(governance: Governance, role: str) -> str:
    people = ", ".join(governance.people_in(role)) or "nobody has it yet"
    return f"somebody with the role {role}: {people}"
