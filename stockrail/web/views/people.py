"""Who is who: people and roles of governance.yaml, accounts, open sessions and tokens."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stockrail.web.stale import seen_of
from stockrail.workbench.governance import Governance
from stockrail.workbench.people import sessions, tokens
from stockrail.workbench.people.allowed import is_editor
from stockrail.workbench.people.browser_name import browser_name
from stockrail.workbench.people.lookup import all_accounts
from stockrail.workbench.people.token_hash import digest
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import Account, ApiToken, SignInSession

AccountState = Literal["none", "enabled", "disabled"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class RoleView(_View):
    """A role of governance.yaml."""

    name: str
    owns: str = Field(description="What it answers for, in words.")
    permissions: tuple[str, ...]
    people: tuple[str, ...]


class PersonView(_View):
    """Somebody whom governance.yaml names, or who has an account."""

    name: str
    roles: tuple[str, ...] = Field(
        description="None: may look at everything but the audit log, and change nothing."
    )
    permissions: tuple[str, ...]
    account: AccountState
    created_at: dt.datetime | None = Field(description="When the account was made, in UTC; null without one.")
    created_by: str | None
    seen: str = Field(description="Send it back with a change of this account.")


class SessionView(_View):
    """Somebody who is signed in."""

    id: int
    name: str
    browser: str = Field(description="Its name in short.")
    agent: str = Field(description="What the browser says it is.")
    created_at: dt.datetime = Field(description="When it began, in UTC.")
    last_seen_at: dt.datetime = Field(description="In UTC, to the minute.")
    expires_at: dt.datetime = Field(description="When it ends at the latest, in UTC.")
    is_own: bool = Field(description="Whether it is the one that asks.")
    seen: str = Field(description="Send it back to end the session.")


class TokenView(_View):
    """A token of a script that has not ended."""

    id: int
    name: str
    label: str = Field(description="What it is for.")
    created_at: dt.datetime = Field(description="In UTC.")
    created_by: str
    last_used_at: dt.datetime | None = Field(description="In UTC, to the minute; null for never.")
    seen: str = Field(description="Send it back to end the token.")


class PeopleView(_View):
    """Everybody, and of sessions and tokens those that the visitor may end."""

    me: str
    may_edit: bool = Field(description="Whether the visitor may change other people's accounts.")
    people: tuple[PersonView, ...]
    roles: tuple[RoleView, ...]
    sessions: tuple[SessionView, ...]
    tokens: tuple[TokenView, ...]
    least_password_length: int = Field(description="Characters.")
    seen: str = Field(description="Send it back to make an account.")

    @property
    def own(self) -> PersonView | None:
        """The visitor, where there is an account."""
        return next((one for one in self.people if one.name == self.me and one.account != "none"), None)


def view(store: Store, actor: str, session_token: str | None = None) -> PeopleView:
    """Who is who, as the actor may see it.

    Parameters
    ----------
    session_token : of the visitor's own session, to mark it.
    """
    governance, may_edit = store.governance, is_editor(store, actor)
    whose = None if may_edit else actor
    own = None if session_token is None else digest(session_token)
    accounts = _accounts(store)
    open_tokens = tokens.open_tokens(store)
    names = dict.fromkeys([*governance.document.people, *accounts])
    return PeopleView(
        me=actor,
        may_edit=may_edit,
        people=tuple(_person(governance, name, accounts.get(name), open_tokens) for name in names),
        roles=tuple(
            RoleView(
                name=name,
                owns=role.owns,
                permissions=tuple(role.permissions),
                people=governance.people_in(name),
            )
            for name, role in governance.document.roles.items()
        ),
        sessions=tuple(_session(one, own) for one in sessions.open_sessions(store, whose)),
        tokens=tuple(_token(one) for one in open_tokens if whose is None or one.account == whose),
        least_password_length=governance.document.sign_in.least_password_length,
        seen=_seen_all(accounts),
    )


def seen_accounts(store: Store) -> str:
    """The tag of which accounts there are."""
    return _seen_all(_accounts(store))


def seen_account(store: Store, name: str) -> str:
    """The tag of an account with its tokens; of none, where there is none."""
    return _seen_account(name, _accounts(store).get(name), tokens.open_tokens(store))


def seen_session(store: Store, number: int) -> str:
    """The tag of a session."""
    with store.read() as session:
        row = session.get(SignInSession, number)
    return seen_of("session", number, None if row is None else row.ended_at is None)


def seen_token(store: Store, number: int) -> str:
    """The tag of a token."""
    with store.read() as session:
        row = session.get(ApiToken, number)
    return seen_of("token", number, None if row is None else row.ended_at is None)


def _accounts(store: Store) -> dict[str, Account]:
    return {one.name: one for one in all_accounts(store)}


def _seen_all(accounts: dict[str, Account]) -> str:
    return seen_of("accounts", len(accounts), max((one.id for one in accounts.values()), default=0))


def _seen_account(name: str, account: Account | None, open_tokens: list[ApiToken]) -> str:
    if account is None:
        return seen_of("account", name, None)
    last_token = max((one.id for one in open_tokens if one.account == name), default=None)
    # The time of the last change tells one password from the next; without its zone it is short.
    return seen_of("account", name, f"{account.changed_at:%Y%m%dT%H%M%S%f}", account.is_disabled, last_token)


def _person(
    governance: Governance, name: str, account: Account | None, open_tokens: list[ApiToken]
) -> PersonView:
    roles = governance.roles_of(name)
    allowed = {permission for role in roles for permission in governance.document.roles[role].permissions}
    state: AccountState = "none" if account is None else "disabled" if account.is_disabled else "enabled"
    return PersonView(
        name=name,
        roles=roles,
        permissions=tuple(sorted(allowed)),
        account=state,
        created_at=None if account is None else account.created_at,
        created_by=None if account is None else account.created_by,
        seen=_seen_account(name, account, open_tokens),
    )


def _session(row: SignInSession, own: str | None) -> SessionView:
    return SessionView(
        id=row.id,
        name=row.account,
        browser=browser_name(row.agent),
        agent=row.agent,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        is_own=row.token_hash == own,
        seen=seen_of("session", row.id, row.ended_at is None),
    )


def _token(row: ApiToken) -> TokenView:
    return TokenView(
        id=row.id,
        name=row.account,
        label=row.label,
        created_at=row.created_at,
        created_by=row.created_by,
        last_used_at=row.last_used_at,
        seen=seen_of("token", row.id, row.ended_at is None),
    )
