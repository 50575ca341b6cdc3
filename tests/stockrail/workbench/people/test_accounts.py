"""Accounts: who may make and change them, and what that ends."""

import pytest

from stockrail.workbench.errors import NotAllowedError, NotFoundError, StateError
from stockrail.workbench.people import accounts, sessions, tokens
from stockrail.workbench.people.errors import PasswordError, SignInError, TooManyTriesError
from stockrail.workbench.people.lookup import find
from stockrail.workbench.people.sign_in import sign_in, visitor_of
from stockrail.workbench.people.text import TextError
from stockrail.workbench.store import Store
from stockrail.workbench.store.check import check
from tests.stockrail.workbench.people.samples import OTHER, PASSWORD, START, Clock, read_log


def test_made_by_whoever_may_edit_governance(store: Store) -> None:
    """Dora may, carla may not; nothing of the password is in the log."""
    made = accounts.create(store, "dora", "carla", OTHER)
    assert (made.name, made.created_by, made.created_at, made.is_disabled) == ("carla", "dora", START, False)
    with pytest.raises(NotAllowedError, match=r"governance\.edit.*Who may: dora"):
        accounts.create(store, "carla", "carl", OTHER)
    assert read_log(store)[0] == ("dora", "people.create", {"name": "carla"})
    assert check(store).problems == []


def test_first_account_is_made_on_the_machine(store: Store) -> None:
    """By anybody: who can write to the folder can be anybody. The log says who it was."""
    accounts.create_on_machine(store, "root", "carla", OTHER)
    assert find(store, "carla") is not None
    assert read_log(store)[0] == ("root", "people.create", {"name": "carla"})


@pytest.mark.parametrize("name", ["", " anna", "anna\n", "a\x00b", "x" * 121, "\ud800"])
def test_names_that_cannot_be(store: Store, name: str) -> None:
    """Empty, with blanks at the ends or characters that nobody sees, too long."""
    with pytest.raises(TextError, match="name of an account"):
        accounts.create(store, "dora", name, OTHER)
    assert find(store, name) is None


@pytest.mark.parametrize("name", ["anna", "Anna", "ANNA"])
def test_name_is_there_once(store: Store, name: str) -> None:
    """Capitals do not make another name."""
    with pytest.raises(StateError, match="There is an account anna already"):
        accounts.create(store, "dora", name, OTHER)


def test_own_password_with_the_old_one(store: Store, clock: Clock) -> None:
    """Then the old one is wrong, and all sessions and tokens have ended."""
    session = sign_in(store, "anna", PASSWORD, "a browser", "192.0.2.1")[0]
    other = sign_in(store, "ben", PASSWORD, "a browser", "192.0.2.1")[0]
    token = tokens.create(store, "anna", "anna", "nightly")[0]
    clock.wait(minutes=5)
    accounts.set_password(store, "anna", "anna", OTHER, old=PASSWORD)
    assert visitor_of(store, session) is None
    assert tokens.account_of_token(store, token) is None
    assert visitor_of(store, other) is not None
    assert read_log(store)[0] == ("anna", "people.set_password", {"name": "anna", "sessions": 1, "tokens": 1})
    with pytest.raises(SignInError):
        sign_in(store, "anna", PASSWORD, "a browser", "192.0.2.1")
    assert visitor_of(store, sign_in(store, "anna", OTHER, "a browser", "192.0.2.1")[0]) is not None
    assert check(store).problems == []


def test_own_password_needs_the_old_one(store: Store) -> None:
    """Left out it is as somebody else's; wrong it counts as a wrong sign-in does, and five of them are enough."""
    with pytest.raises(NotAllowedError):
        accounts.set_password(store, "anna", "anna", OTHER)
    for _ in range(5):
        with pytest.raises(SignInError, match="old password is wrong"):
            accounts.set_password(store, "anna", "anna", OTHER, old="wrong horse battery")
    with pytest.raises(TooManyTriesError):
        accounts.set_password(store, "anna", "anna", OTHER, old=PASSWORD)
    with pytest.raises(TooManyTriesError):
        sign_in(store, "anna", PASSWORD, "a browser", "192.0.2.1")


def test_somebody_elses_password(store: Store) -> None:
    """Only who may edit governance sets it, without the old one; with the old one alone nobody else may."""
    with pytest.raises(NotAllowedError):
        accounts.set_password(store, "ben", "anna", OTHER, old=PASSWORD)
    accounts.set_password(store, "dora", "anna", OTHER)
    sign_in(store, "anna", OTHER, "a browser", "192.0.2.1")


def test_new_password_is_checked(store: Store) -> None:
    """It must be good, and another one."""
    for new, message in (("short", "has 5 characters"), (PASSWORD, "is the old one")):
        with pytest.raises(PasswordError, match=message):
            accounts.set_password(store, "anna", "anna", new, old=PASSWORD)


def test_disabled_and_enabled(store: Store) -> None:
    """Disabled ends sessions and tokens at once; enabled does not bring them back."""
    session = sign_in(store, "anna", PASSWORD, "a browser", "192.0.2.1")[0]
    token = tokens.create(store, "anna", "anna", "nightly")[0]
    with pytest.raises(NotAllowedError):
        accounts.disable(store, "ben", "anna")
    accounts.disable(store, "dora", "anna")
    assert sessions.open_sessions(store) == [] and tokens.open_tokens(store) == []
    with pytest.raises(SignInError, match="disabled"):
        sign_in(store, "anna", PASSWORD, "a browser", "192.0.2.1")
    with pytest.raises(StateError, match="disabled already"):
        accounts.disable(store, "dora", "anna")
    accounts.enable(store, "dora", "anna")
    assert (visitor_of(store, session), tokens.account_of_token(store, token)) == (None, None)
    sign_in(store, "anna", PASSWORD, "a browser", "192.0.2.1")
    actions = [action for _, action, _ in read_log(store)]
    assert actions[:3] == ["people.sign_in", "people.enable", "people.disable"]
    assert check(store).problems == []


@pytest.mark.parametrize("name", ["nobody", "a\x00b"])
def test_unknown_account(store: Store, name: str) -> None:
    """Every change says how to make one."""
    for change in (accounts.disable, accounts.enable):
        with pytest.raises(NotFoundError, match="stockrail people add"):
            change(store, "dora", name)
    with pytest.raises(NotFoundError):
        accounts.set_password(store, "dora", name, OTHER)


def test_hash_that_was_put_past_the_store_is_found(store: Store) -> None:
    """Whoever writes another hash into the database can sign in, and the log shows it."""
    with store.engines.writing.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE account SET password_hash = (SELECT password_hash FROM account WHERE name = 'ben') WHERE name = 'dora'"
        )
    dora = find(store, "dora")
    assert dora is not None
    assert check(store).problems == [f"account {dora.id}: was changed past the store"]
