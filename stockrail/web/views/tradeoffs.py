"""Trade-off records: what was agreed, when it is looked at again, and funded builds that no record stands for."""

import datetime as dt

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from stockrail.formats import moment
from stockrail.web.files import currency_of
from stockrail.web.stale import seen_of
from stockrail.workbench import baselines
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store
from stockrail.workbench.store.audit import last_entry
from stockrail.workbench.store.tables import ExitKind, Run, Tradeoff, TradeoffKind
from stockrail.workbench.tradeoffs.builds import builds_without_record
from stockrail.workbench.tradeoffs.display import state_of
from stockrail.workbench.tradeoffs.records import ENTITY, KINDS, RESULT_MONEY, REVIEWS, get, listed
from stockrail.workbench.tradeoffs.roles import role_for


class ReviewView(BaseModel):
    """A review that was held."""

    model_config = ConfigDict(frozen=True)

    at: str = Field(description="Day, YYYY-MM-DD.")
    by: str
    was_due: str = Field(description="Day, YYYY-MM-DD.")
    result: str


class RecordView(BaseModel):
    """A trade-off record. Money in `currency`."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: TradeoffKind
    name: str
    state: str = Field(description="open, overdue or closed.")
    owner: str
    owner_role: str = Field(description="The role that answers for its kind.")
    reason: str
    expected_result: str
    expected_money: float | None
    currency: str = Field(description="Of the plan that carries it out, or of the latest baseline.")
    exit_kind: ExitKind
    exit_plan: str
    allocation_rule: str
    customer_message: str
    review_date: dt.date
    run: int | None = Field(description="The run whose plan carries it out.")
    created_by: str
    created_at: dt.datetime
    reviews: tuple[ReviewView, ...]
    closed_by: str | None
    closed_at: dt.datetime | None
    result: str | None = Field(description="What came of it.")
    result_money: float | None
    may_decide: bool = Field(description="Whether the visitor may review and close it.")
    seen: str = Field(description="Send it back with a review or the end.")


class BuildWithoutRecord(BaseModel):
    """Room that is granted and that nobody has said the end of."""

    model_config = ConfigDict(frozen=True)

    build: str
    room: str
    granted_by: str
    why: str


class OwnerChoice(BaseModel):
    """Who answers for a kind of record."""

    model_config = ConfigDict(frozen=True)

    kind: TradeoffKind
    role: str
    people: tuple[str, ...]


class RecordsView(BaseModel):
    """Trade-off records, the next review first, closed ones after them."""

    model_config = ConfigDict(frozen=True)

    records: tuple[RecordView, ...]
    overdue: int = Field(description="Open ones whose review date is past.")
    without_record: tuple[BuildWithoutRecord, ...]
    owners: tuple[OwnerChoice, ...]
    today: dt.date
    may_add: bool
    seen: str = Field(description="Send it back with a new record.")


def records_view(store: Store, actor: str, *, has_closed: bool = True) -> RecordsView:
    """All records, or the open ones."""
    with store.read() as session:
        rows = listed(session, is_open_only=not has_closed)
    shown = tuple(_record(store, actor, row) for row in rows)
    governance = store.governance
    return RecordsView(
        records=shown,
        overdue=sum(row.state == "overdue" for row in shown),
        without_record=tuple(
            BuildWithoutRecord(
                build=one.granted.build.build,
                room=one.granted.room,
                granted_by=one.granted.granted_by,
                why=one.reason,
            )
            for one in builds_without_record(store)
        ),
        owners=tuple(
            OwnerChoice(
                kind=kind,
                role=role_for(governance, kind),
                people=tuple(governance.people_in(role_for(governance, kind))),
            )
            for kind in KINDS
        ),
        today=store.clock().date(),
        may_add=governance.allows(actor, Permission.TRADEOFF_EDIT),
        seen=seen_records(store),
    )


def view(store: Store, actor: str, number: int) -> RecordView:
    """A record.

    Raises
    ------
    NotFoundError
        There is none of this number.
    """
    with store.read() as session:
        row = get(session, number)
    return _record(store, actor, row)


def seen_records(store: Store) -> str:
    """The tag of all records, for those who add one: which there are, and which are open."""
    with store.read() as session:
        rows = session.execute(sa.select(Tradeoff.id, Tradeoff.state).order_by(Tradeoff.id)).all()
    return seen_of("records", len(rows), sum(state == "open" for _, state in rows))


def seen_record(store: Store, number: int) -> str:
    """The tag of a record; raises what `view` raises."""
    with store.read() as session:
        return _seen(get(session, number))


def changed(store: Store, number: int | None) -> str:
    """Who has changed a record, or added or changed any, and when: for those who looked at it before that."""
    with store.read() as session:
        latest = session.scalar(sa.select(sa.func.max(Tradeoff.id)))
    about = latest if number is None else number
    entry = None if about is None else last_entry(store, (ENTITY, about))
    what = "the records" if number is None else f"trade-off {number}"
    if entry is None:
        return f"This is not how {what} look{'s' if number is not None else ''} now."
    return f"{entry.actor} changed {what}, last at {moment(entry.at)} ({entry.action})."


def _record(store: Store, actor: str, row: Tradeoff) -> RecordView:
    governance = store.governance
    role = role_for(governance, row.kind)
    may = governance.allows(actor, Permission.TRADEOFF_EDIT) and role in governance.roles_of(actor)
    return RecordView(
        id=row.id,
        kind=row.kind,
        name=row.name,
        state=state_of(row, store.clock().date()),
        owner=row.owner,
        owner_role=role,
        reason=row.reason,
        expected_result=row.expected_result,
        expected_money=row.expected_money,
        currency=_currency(store, row),
        exit_kind=row.exit_kind,
        exit_plan=row.exit_plan,
        allocation_rule=row.allocation_rule,
        customer_message=row.customer_message,
        review_date=row.review_date,
        run=row.run_id,
        created_by=row.created_by,
        created_at=row.created_at,
        reviews=tuple(ReviewView.model_validate(held) for held in row.data.get(REVIEWS, [])),
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        result=row.close_reason,
        result_money=row.data.get(RESULT_MONEY),
        may_decide=may and row.state == "open",
        seen=_seen(row),
    )


def _currency(store: Store, row: Tradeoff) -> str:
    baseline_id: int | None = None
    if row.run_id is not None:
        with store.read() as session:
            baseline_id = session.scalar(sa.select(Run.baseline_id).where(Run.id == row.run_id))
    if baseline_id is None:
        latest = baselines.latest(store)
        baseline_id = None if latest is None else latest.id
    return "" if baseline_id is None else currency_of(store, baseline_id)


def _seen(row: Tradeoff) -> str:
    return seen_of("tradeoff", row.id, row.state, row.review_date, len(row.data.get(REVIEWS, [])))
