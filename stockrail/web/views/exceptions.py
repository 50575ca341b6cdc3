"""What waits for a decision: open exceptions by the money at stake, with what the visitor may do about each."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from stockrail.formats import moment
from stockrail.web.files import currency_of
from stockrail.web.stale import seen_of
from stockrail.workbench import baselines
from stockrail.workbench.governance import exceptions
from stockrail.workbench.governance.display import evidence_lines
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import PlanException, Run

MINE = "mine"
"""In place of a role: those of the visitor's own roles."""

MOST = 50
"""Exceptions that a page shows; the counts are of all."""


class ExceptionView(BaseModel):
    """A broken rule, and the decision that it waits for."""

    model_config = ConfigDict(frozen=True)

    id: int
    rule: str
    subject: str = Field(description="Where the rule is broken.")
    runs: tuple[int, ...] = Field(description="Runs whose plans break it; none where it is about no plan.")
    money: float | None = Field(description="At stake, in `currency`; null where it is not known.")
    currency: str = Field(description="Of the baseline of its runs.")
    owner_role: str
    owner: str = Field(description="Who has the role; blank for nobody.")
    due: dt.date | None
    is_overdue: bool
    waits_for: str = Field(description="The decision that it waits for.")
    is_blocking: bool = Field(description="While it is open its plans cannot be approved.")
    opened_at: dt.datetime = Field(description="In UTC.")
    evidence: tuple[str, ...] = Field(description="The numbers that show it.")
    is_mine: bool = Field(description="Whether the visitor has the role that owns it.")
    may_resolve: bool
    may_waive: bool
    refusal: str | None = Field(description="Why the visitor may not decide it although their role could.")
    seen: str = Field(description="Send it back with the decision.")


class ExceptionsView(BaseModel):
    """Open exceptions, the most money first; those of which nobody knows the money come last."""

    model_config = ConfigDict(frozen=True)

    shown: tuple[ExceptionView, ...] = Field(description=f"Those that are asked for, {MOST} at most.")
    matching: int = Field(description="How many are asked for.")
    role: str | None = Field(
        description="The role they are asked for; `mine` for the visitor's; null for all."
    )
    total: int = Field(description="How many are open.")
    mine: int = Field(description="Of them the visitor's.")
    by_role: dict[str, int]
    overdue: int
    blocking: int
    money: dict[str, float] = Field(description="At stake in those asked for, as far as known, by currency.")
    unknown_money: int = Field(description="Of how many asked for it is not known.")


def view(store: Store, actor: str, role: str | None = None) -> ExceptionsView:
    """What waits for a decision.

    Parameters
    ----------
    role : whose exceptions; `mine` for those of the actor's roles, None for all.
    """
    with store.read() as session:
        rows = [row for row in exceptions.listed(session) if row.state == "open"]
        runs = _runs_of(session, rows)
    own = store.governance.roles_of(actor)
    wanted = None if role is None else own if role == MINE else (role,)
    matching = sorted((row for row in rows if wanted is None or row.owner_role in wanted), key=_rank)
    fallback = _latest_currency(store)
    today = store.clock().date()
    currencies = {row.id: _currency(store, row, runs, fallback) for row in matching}
    money: dict[str, float] = {}
    for row in matching:
        if row.money is not None:
            money[currencies[row.id]] = money.get(currencies[row.id], 0.0) + row.money
    return ExceptionsView(
        shown=tuple(_view(store, actor, row, runs, currencies[row.id], today) for row in matching[:MOST]),
        matching=len(matching),
        role=role,
        total=len(rows),
        mine=sum(row.owner_role in own for row in rows),
        by_role=dict(sorted(Counter(row.owner_role for row in rows).items())),
        overdue=sum(_is_overdue(row, today) for row in rows),
        blocking=sum(row.is_blocking for row in rows),
        money=money,
        unknown_money=sum(row.money is None for row in matching),
    )


def seen(store: Store, exception_id: int) -> str:
    """The tag of an exception for those who decide it.

    Raises
    ------
    NotFoundError
        There is no such exception.
    """
    with store.read() as session:
        return _seen(exceptions.get(session, exception_id))


def changed(store: Store, exception_id: int) -> str:
    """What has become of an exception, by whom and when; raises what `seen` raises."""
    with store.read() as session:
        row = exceptions.get(session, exception_id)
    if row.closed_at is not None:
        return f"{row.closed_by} has {row.state} exception {row.id} at {moment(row.closed_at.isoformat())}."
    runs = ", ".join(str(number) for number in exceptions.runs_of(row))
    about = f"; its runs are {runs}" if runs else ""
    return f"Exception {row.id} is open and belongs to {row.owner_role}{about}."


def _rank(row: PlanException) -> tuple[bool, float, bool, dt.date, int]:
    return row.money is None, -(row.money or 0.0), not row.is_blocking, row.due or dt.date.max, row.id


def _view(
    store: Store, actor: str, row: PlanException, runs: dict[int, Run], currency: str, today: dt.date
) -> ExceptionView:
    governance = store.governance
    is_mine = row.owner_role in governance.roles_of(actor)
    may_resolve = is_mine and governance.allows(actor, Permission.EXCEPTION_RESOLVE)
    may_waive = governance.allows(actor, Permission.EXCEPTION_WAIVE)
    refusal = None
    own = [
        number for number in exceptions.runs_of(row) if number in runs and runs[number].requested_by == actor
    ]
    if row.is_blocking and own and (may_resolve or may_waive):
        refusal = f"You started run {own[0]}, which this blocks: somebody else decides it."
    return ExceptionView(
        id=row.id,
        rule=row.rule,
        subject=row.subject,
        runs=tuple(exceptions.runs_of(row)),
        money=row.money,
        currency=currency,
        owner_role=row.owner_role,
        owner=row.owner,
        due=row.due,
        is_overdue=_is_overdue(row, today),
        waits_for=row.waits_for,
        is_blocking=row.is_blocking,
        opened_at=row.opened_at,
        evidence=tuple(evidence_lines(row)),
        is_mine=is_mine,
        may_resolve=may_resolve and refusal is None,
        may_waive=may_waive and refusal is None,
        refusal=refusal,
        seen=_seen(row),
    )


def _seen(row: PlanException) -> str:
    # Whose it is and which plans it stands for may change while it is open.
    runs = "-".join(str(number) for number in exceptions.runs_of(row)) or None
    return seen_of("exception", row.id, row.state, row.owner_role, runs)


def _is_overdue(row: PlanException, today: dt.date) -> bool:
    return row.due is not None and row.due < today


def _runs_of(session: Session, rows: Sequence[PlanException]) -> dict[int, Run]:
    wanted = {number for row in rows for number in exceptions.runs_of(row)}
    return {run.id: run for run in session.scalars(sa.select(Run).where(Run.id.in_(wanted)))}


def _currency(store: Store, row: PlanException, runs: dict[int, Run], fallback: str) -> str:
    numbers: Iterable[int] = exceptions.runs_of(row)
    baseline = next((runs[number].baseline_id for number in numbers if number in runs), None)
    return fallback if baseline is None else currency_of(store, baseline)


def _latest_currency(store: Store) -> str:
    latest = baselines.latest(store)
    return "" if latest is None else currency_of(store, latest.id)
