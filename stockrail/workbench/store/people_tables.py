"""Tables of people: accounts, sessions, tokens."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from stockrail.workbench.store.table_base import SEALED, VOLATILE, Base, Sha256


class Account(Base):
    """Somebody who may sign in. What they may do is up to governance.yaml, by the same name.

    Attributes
    ----------
    password_hash : argon2id with its parameters, never the password.
    changed_at : when the password was set, or the account disabled or enabled.
    """

    __tablename__ = "account"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    changed_at: Mapped[dt.datetime]
    is_disabled: Mapped[bool] = mapped_column(default=False)


class SignInSession(Base):
    """Somebody who has signed in, until they sign out, stay away for too long, or the time is up.

    Attributes
    ----------
    token_hash : SHA-256 of what the browser's cookie holds.
    csrf_token : what its pages send back with every change.
    last_seen_at : to the minute.
    ended_at : signed out, or ended by somebody; None also where the time is up.
    agent : what the browser says it is.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    account: Mapped[str] = mapped_column(sa.ForeignKey("account.name"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime] = mapped_column(info=VOLATILE)
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    agent: Mapped[str]


class ApiToken(Base):
    """What a script shows in place of a password, as somebody.

    Attributes
    ----------
    token_hash : SHA-256 of the token, which is shown once.
    label : what it is for.
    last_used_at : to the minute.
    """

    __tablename__ = "api_token"
    __table_args__ = SEALED
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    account: Mapped[str] = mapped_column(sa.ForeignKey("account.name"), index=True)
    label: Mapped[str]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    last_used_at: Mapped[dt.datetime | None] = mapped_column(info=VOLATILE)
    ended_at: Mapped[dt.datetime | None]
