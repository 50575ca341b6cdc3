"""Sessions of a store: which are open, and their end."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.governance.schema_sign_in import SignInRules
from stockrail.workbench.people.allowed import require_own_or_editor
from stockrail.workbench.people.lookup import require_account
from stockrail.workbench.store import Change, Store
from stockrail.workbench.store.tables import ApiToken, SignInSession

KEPT_DAYS = 30
"""How long a session that is over stays in the list of its table; the audit log keeps its sign-in for good."""

Endable = TypeVar("Endable", SignInSession, ApiToken)

MOST_REMOVED = 200
"""Sessions that one sign-in removes, so that none of them takes long."""


def is_open(session: SignInSession, now: dt.datetime, rules: SignInRules) -> bool:
    """Whether somebody is still signed in by it."""
    return (
        session.ended_at is None
        and now < session.expires_at
        and now < session.last_seen_at + dt.timedelta(hours=rules.idle_hours)
    )


def open_sessions(store: Store, name: str | None = None) -> list[SignInSession]:
    """Everybody's sessions that are open, or those of one account; the newest first."""
    rules, now = store.governance.document.sign_in, store.clock()
    wanted = sa.select(SignInSession).where(SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
    if name is not None:
        wanted = wanted.where(SignInSession.account == name)
    with store.read() as session:
        found = session.scalars(wanted.order_by(SignInSession.id.desc()))
        return [one for one in found if is_open(one, now, rules)]


def get(store: Store, number: int) -> SignInSession:
    """A session by its number, also one that is over.

    Raises
    ------
    NotFoundError
        There is none.
    """
    with store.read() as session:
        found = session.get(SignInSession, number)
    if found is None:
        raise NotFoundError(f"There is no session {number}.")
    return found


def end_sessions(store: Store, actor: str, name: str) -> int:
    """End all sessions of an account and return how many; tokens stay.

    Raises
    ------
    NotAllowedError
        It is somebody else's, and the actor may not edit governance.
    NotFoundError
        There is no such account.
    """
    require_own_or_editor(store, actor, name)
    with store.write(actor, "people.end_sessions", "account", data={"name": name}) as change:
        change.entity_id = require_account(change.session, name).id
        ended = _end(change, _open_rows(change.session, SignInSession, name))
        change.data["sessions"] = ended
        if not ended:
            change.discard()
    return ended


def end_session(store: Store, actor: str, number: int) -> SignInSession:
    """End one session; one that is over already stays as it is.

    Raises
    ------
    NotFoundError
        There is none with this number.
    NotAllowedError
        It is somebody else's, and the actor may not edit governance.
    """
    found = get(store, number)
    require_own_or_editor(store, actor, found.account)
    with store.write(
        actor, "people.end_session", "sign_in_session", number, {"name": found.account}
    ) as change:
        row = change.session.get_one(SignInSession, number)
        if row.ended_at is not None:
            change.discard()
        else:
            row.ended_at = change.at
    return row


def end_everything(change: Change, name: str) -> None:
    """End all sessions and tokens of an account, as part of a change, whose audit entry says how many there were."""
    change.data["sessions"] = _end(change, _open_rows(change.session, SignInSession, name))
    change.data["tokens"] = _end(change, _open_rows(change.session, ApiToken, name))


def remove_old(change: Change) -> None:
    """Remove sessions that have been over for long, as part of a change: the table would grow for ever."""
    before = change.at - dt.timedelta(days=KEPT_DAYS)
    old = sa.select(SignInSession).where(
        sa.or_(SignInSession.ended_at < before, SignInSession.expires_at < before)
    )
    for row in change.session.scalars(old.order_by(SignInSession.id).limit(MOST_REMOVED)):
        change.session.delete(row)


def _open_rows(session: Session, table: type[Endable], name: str) -> Sequence[Endable]:
    return session.scalars(sa.select(table).where(table.account == name, table.ended_at.is_(None))).all()


def _end(change: Change, rows: Sequence[SignInSession] | Sequence[ApiToken]) -> int:
    for row in rows:
        row.ended_at = change.at
    return len(rows)
