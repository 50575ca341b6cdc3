"""Tokens with which scripts use the API as somebody: shown once, kept as their hash, ended by hand or with the password."""

import datetime as dt
import logging

import sqlalchemy as sa

from stockrail.workbench.errors import ConflictError, NotAllowedError, NotFoundError, StateError
from stockrail.workbench.people.allowed import require_own_or_editor
from stockrail.workbench.people.lookup import require_account
from stockrail.workbench.people.sign_in import SEEN_EVERY
from stockrail.workbench.people.text import require_plain
from stockrail.workbench.people.token_hash import digest, new_token
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Account, ApiToken

PREFIX = "stockrail_"
"""How a token begins, so that tools which look for secrets in files know one."""

_logger = logging.getLogger(__name__)


def create(store: Store, actor: str, name: str, label: str) -> tuple[str, ApiToken]:
    """Make a token for an account, and return it with its row. It is kept nowhere else and cannot be shown again.

    Parameters
    ----------
    label : what it is for.

    Raises
    ------
    NotAllowedError
        The account is somebody else's: whoever has a token decides as its owner.
    NotFoundError, StateError
        There is no such account, or it is disabled.
    TextError
        The label is not allowed.
    """
    if actor != name:
        raise NotAllowedError(
            f"{actor} cannot make a token of {name}: it would decide as {name}, so {name} alone makes one."
        )
    require_plain(label, "label of a token")
    token = new_token(PREFIX)
    with store.write(
        actor, "people.create_token", "api_token", data={"name": name, "label": label}
    ) as change:
        account = require_account(change.session, name)
        if account.is_disabled:
            raise StateError(f"{name} is disabled: enable the account first.")
        row = ApiToken(
            token_hash=digest(token), account=name, label=label, created_at=change.at, created_by=actor
        )
        change.session.add(row)
        change.session.flush()
        change.entity_id = row.id
    return token, row


def get(store: Store, number: int) -> ApiToken:
    """A token by its number, also one that has ended.

    Raises
    ------
    NotFoundError
        There is none.
    """
    with store.read() as session:
        found = session.get(ApiToken, number)
    if found is None:
        raise NotFoundError(f"There is no token {number}.")
    return found


def end(store: Store, actor: str, number: int) -> ApiToken:
    """End a token; one that has ended already stays as it is.

    Raises
    ------
    NotFoundError
        There is none with this number.
    NotAllowedError
        It is somebody else's, and the actor may not edit governance.
    """
    found = get(store, number)
    require_own_or_editor(store, actor, found.account)
    data = {"name": found.account, "label": found.label}
    with store.write(actor, "people.end_token", "api_token", number, data) as change:
        row = change.session.get_one(ApiToken, number)
        if row.ended_at is not None:
            change.discard()
        else:
            row.ended_at = change.at
    return row


def open_tokens(store: Store, name: str | None = None) -> list[ApiToken]:
    """Everybody's tokens that have not ended, or those of one account; the newest first."""
    return [one for one in all_tokens(store, name) if one.ended_at is None]


def all_tokens(store: Store, name: str | None = None) -> list[ApiToken]:
    """The same with those that have ended."""
    wanted = sa.select(ApiToken).order_by(ApiToken.id.desc())
    if name is not None:
        wanted = wanted.where(ApiToken.account == name)
    with store.read() as session:
        return list(session.scalars(wanted))


def account_of_token(store: Store, token: str) -> str | None:
    """Whose token it is, or None where it is unknown or has ended, or its account is disabled. Notes once a minute that it was used."""
    wanted = (
        sa.select(ApiToken)
        .join(Account, Account.name == ApiToken.account)
        .where(
            ApiToken.token_hash == digest(token), ApiToken.ended_at.is_(None), Account.is_disabled.is_(False)
        )
    )
    with store.read() as session:
        found = session.scalars(wanted).one_or_none()
    if found is None:
        return None
    now = store.clock()
    if _is_due(found, now):
        _note_used(store, found.id, now)
    return found.account


def _note_used(store: Store, number: int, now: dt.datetime) -> None:
    try:
        with store.write_progress() as session:
            row = session.get(ApiToken, number)
            if row is not None and _is_due(row, now):
                row.last_used_at = now
    except ConflictError:
        _logger.info("The store is busy: that a token was used is noted with its next use.")


def _is_due(token: ApiToken, now: dt.datetime) -> bool:
    return token.last_used_at is None or now - token.last_used_at >= SEEN_EVERY
