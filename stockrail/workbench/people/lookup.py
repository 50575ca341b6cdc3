"""Accounts by their name."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.people.text import is_plain, plain
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Account


def account_named(session: Session, name: str) -> Account | None:
    """The account with this name. What can be no name is not asked for: not every database takes every text."""
    if not is_plain(name):
        return None
    return session.scalars(sa.select(Account).where(Account.name == name)).one_or_none()


def require_account(session: Session, name: str) -> Account:
    """The same, where there must be one.

    Raises
    ------
    NotFoundError
        There is none.
    """
    account = account_named(session, name)
    if account is None:
        raise NotFoundError(
            f"There is no account {plain(name)}. Make one: stockrail people add {plain(name)}."
        )
    return account


def find(store: Store, name: str) -> Account | None:
    """The account with this name, in a transaction of its own."""
    with store.read() as session:
        return account_named(session, name)


def all_accounts(store: Store) -> list[Account]:
    """Every account, by name."""
    with store.read() as session:
        return list(session.scalars(sa.select(Account).order_by(Account.name)))
