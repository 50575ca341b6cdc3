"""Accounts: made, given another password, disabled and enabled. Each is a name of governance.yaml, or becomes one there."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from stockrail.workbench.errors import StateError
from stockrail.workbench.people import passwords
from stockrail.workbench.people.allowed import require_editor
from stockrail.workbench.people.errors import PasswordError, SignInError
from stockrail.workbench.people.lookup import find, require_account
from stockrail.workbench.people.sessions import end_everything
from stockrail.workbench.people.text import require_plain
from stockrail.workbench.people.throttle import Throttle, throttle_of
from stockrail.workbench.store import Change, Store
from stockrail.workbench.store.tables import Account

WRONG_OLD = "The old password is wrong. Whoever may edit governance can set another one without it."


def create(store: Store, actor: str, name: str, password: str) -> Account:
    """Make an account. Its rights are those that governance.yaml gives to the name, now or later.

    Raises
    ------
    NotAllowedError
        The actor may not edit governance.
    TextError, PasswordError
        Name or password is not allowed.
    StateError
        There is an account with this name, or with one that differs in capitals only.
    """
    require_editor(store, actor)
    return _create(store, actor, name, password)


def create_on_machine(store: Store, actor: str, name: str, password: str) -> Account:
    """Make an account without asking whether the actor may: for the command line only, which is how the first account comes to be.

    Whoever can write to the store's folder or database can be anybody, so a check would protect nothing there. No page and no
    address of the API may call this. Raises what `create` raises but for the permission.
    """
    return _create(store, actor, name, password)


def set_password(
    store: Store,
    actor: str,
    name: str,
    new: str,
    *,
    old: str | None = None,
    address: str = "",
    throttle: Throttle | None = None,
) -> None:
    """Give an account another password, and end all of its sessions and tokens.

    Parameters
    ----------
    old : the password until now. Whoever may edit governance needs none; pages ask for it all the same where it is one's own, as
        a browser that was left open must not be enough.
    address : where the request comes from, for counting wrong old passwords.

    Raises
    ------
    NotAllowedError
        It is somebody else's, and the actor may not edit governance; the same for one's own without the old password.
    SignInError, TooManyTriesError
        The old password is wrong, or there were too many wrong ones.
    PasswordError
        The new one is not allowed.
    NotFoundError
        There is no such account.
    """
    if actor != name or old is None:
        require_editor(store, actor)
    rules = store.governance.document.sign_in
    if old is not None:
        attempt = (throttle or throttle_of(store)).attempt(name, address, rules)
        found = find(store, name)
        if not passwords.is_right(None if found is None else found.password_hash, old):
            raise SignInError(WRONG_OLD)
        attempt.succeeded()
        if new == old:
            raise PasswordError("The new password is the old one: take another one.")
    passwords.require_good(new, name, rules)
    kept = passwords.kept(new)
    with store.write(actor, "people.set_password", "account", data={"name": name}) as change:
        account = _account(change, name)
        account.password_hash, account.changed_at = kept, change.at
        end_everything(change, name)


def disable(store: Store, actor: str, name: str) -> Account:
    """Keep somebody from signing in, and end all of their sessions and tokens. The account stays, as its name is in the log.

    Raises
    ------
    NotAllowedError
        The actor may not edit governance.
    NotFoundError
        There is no such account.
    StateError
        It is disabled already.
    """
    return _switch(store, actor, name, is_disabled=True)


def enable(store: Store, actor: str, name: str) -> Account:
    """Let somebody sign in again, with the password they had. Raises what `disable` raises."""
    return _switch(store, actor, name, is_disabled=False)


def _create(store: Store, actor: str, name: str, password: str) -> Account:
    require_plain(name, "name of an account")
    passwords.require_good(password, name, store.governance.document.sign_in)
    kept = passwords.kept(password)
    with store.write(actor, "people.create", "account", data={"name": name}) as change:
        _require_free(change.session, name)
        account = Account(
            name=name, password_hash=kept, created_at=change.at, created_by=actor, changed_at=change.at
        )
        change.session.add(account)
        change.session.flush()
        change.entity_id = account.id
    return account


def _require_free(session: Session, name: str) -> None:
    """Two names that only capitals tell apart would be taken for each other."""
    taken = next(
        (there for there in session.scalars(sa.select(Account.name)) if there.casefold() == name.casefold()),
        None,
    )
    if taken is not None:
        raise StateError(
            f"There is an account {taken} already. Another password for it: stockrail people password {taken}."
        )


def _switch(store: Store, actor: str, name: str, *, is_disabled: bool) -> Account:
    require_editor(store, actor)
    action = "people.disable" if is_disabled else "people.enable"
    data: dict[str, Any] = {"name": name}
    with store.write(actor, action, "account", data=data) as change:
        account = _account(change, name)
        if account.is_disabled == is_disabled:
            raise StateError(f"{name} is {'disabled' if is_disabled else 'enabled'} already.")
        account.is_disabled, account.changed_at = is_disabled, change.at
        if is_disabled:
            end_everything(change, name)
    return account


def _account(change: Change, name: str) -> Account:
    account = require_account(change.session, name)
    change.entity_id = account.id
    return account
