"""From name and password to a session, and from a session's token to the session, as long as it holds."""

import datetime as dt
import logging
import secrets

import sqlalchemy as sa

from stockrail.workbench.errors import ConflictError
from stockrail.workbench.people import passwords
from stockrail.workbench.people.errors import SignInError
from stockrail.workbench.people.lookup import find
from stockrail.workbench.people.sessions import is_open, remove_old
from stockrail.workbench.people.text import plain
from stockrail.workbench.people.throttle import Throttle, TooManyTriesError, throttle_of
from stockrail.workbench.people.token_hash import digest, new_token
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Account, SignInSession

__all__ = ["SignInError", "TooManyTriesError", "sign_in", "sign_out", "visitor_of"]

WRONG = "Name or password is wrong."
DISABLED = "This account is disabled. Whoever may edit governance can enable it: ask one of them."

SEEN_EVERY = dt.timedelta(minutes=1)
"""How often at most it is written down that somebody is there: every request would be a change of the store."""

_logger = logging.getLogger(__name__)


def sign_in(
    store: Store, name: str, password: str, agent: str, address: str, *, throttle: Throttle | None = None
) -> tuple[str, SignInSession]:
    """Begin a session.

    Parameters
    ----------
    agent : what the browser says it is.
    address : where the request comes from; the visitor's, not that of a proxy in between.
    throttle : counts wrong passwords; by default that of the store.

    Returns
    -------
    What the browser's cookie is to hold, which is kept nowhere else, and the session.

    Raises
    ------
    SignInError
        Name or password is wrong; one message for both. Or the account is disabled.
    TooManyTriesError
        The name or the address has had too many wrong passwords.
    """
    rules = store.governance.document.sign_in
    try:
        attempt = (throttle or throttle_of(store)).attempt(name, address, rules)
    except TooManyTriesError:
        _logger.warning("Sign-in refused: too many tries, from %s.", plain(address))
        raise
    account = find(store, name)
    if not passwords.is_right(None if account is None else account.password_hash, password):
        # A name that is unknown may be a password in the wrong field.
        who = "an unknown name" if account is None else account.name
        _logger.warning("Sign-in failed for %s, from %s.", who, plain(address))
        raise SignInError(WRONG)
    assert account is not None
    if account.is_disabled:
        _logger.warning("Sign-in failed for %s, who is disabled, from %s.", account.name, plain(address))
        raise SignInError(DISABLED)
    anew = passwords.kept(password) if passwords.is_outdated(account.password_hash) else None
    token = new_token()
    data = {"address": plain(address)}
    with store.write(account.name, "people.sign_in", "sign_in_session", data=data) as change:
        current = change.session.get_one(Account, account.id)
        if current.is_disabled or current.password_hash != account.password_hash:
            raise SignInError(WRONG)  # changed since it was looked at
        if anew is not None:
            current.password_hash = anew
        remove_old(change)
        session = SignInSession(
            token_hash=digest(token),
            account=account.name,
            csrf_token=secrets.token_urlsafe(32),
            created_at=change.at,
            last_seen_at=change.at,
            expires_at=change.at + dt.timedelta(hours=rules.session_hours),
            agent=plain(agent),
        )
        change.session.add(session)
        change.session.flush()
        change.entity_id = session.id
    attempt.succeeded()
    return token, session


def sign_out(store: Store, token: str) -> None:
    """End the session of a token; what is no session, or over, stays as it is."""
    session = _session(store, token)
    if session is None or session.ended_at is not None:
        return
    with store.write(session.account, "people.sign_out", "sign_in_session", session.id) as change:
        row = change.session.get(SignInSession, session.id)
        if row is None or row.ended_at is not None:
            change.discard()
        else:
            row.ended_at = change.at


def visitor_of(store: Store, token: str) -> SignInSession | None:
    """The session of a token, or None where it is unknown or over, or its account disabled. Notes once a minute that it was seen."""
    now = store.clock()
    wanted = (
        sa.select(SignInSession)
        .join(Account, Account.name == SignInSession.account)
        .where(SignInSession.token_hash == digest(token), Account.is_disabled.is_(False))
    )
    with store.read() as reading:
        session = reading.scalars(wanted).one_or_none()
    if session is None or not is_open(session, now, store.governance.document.sign_in):
        return None
    if now - session.last_seen_at >= SEEN_EVERY:
        _note_seen(store, session.id, now)
    return session


def _note_seen(store: Store, number: int, now: dt.datetime) -> None:
    try:
        with store.write_progress() as session:
            row = session.get(SignInSession, number)
            if row is not None and row.ended_at is None and now - row.last_seen_at >= SEEN_EVERY:
                row.last_seen_at = now
    except ConflictError:
        _logger.info("The store is busy: that a session was seen is noted with its next request.")


def _session(store: Store, token: str) -> SignInSession | None:
    with store.read() as session:
        found = sa.select(SignInSession).where(SignInSession.token_hash == digest(token))
        return session.scalars(found).one_or_none()
