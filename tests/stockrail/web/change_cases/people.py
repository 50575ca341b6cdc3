"""Accounts, sessions and tokens."""

from stockrail.web.views.people import seen_account, seen_accounts, seen_session, seen_token
from stockrail.workbench.people import accounts, tokens
from stockrail.workbench.people.sign_in import sign_in
from stockrail.workbench.store import Store
from tests.stockrail.web.change_cases.case import ChangeCase
from tests.stockrail.web.clients import PASSWORD

NEW = "staple of another battery"
CARL = {"name": "carl"}


def _of_carl(store: Store) -> str:
    return seen_account(store, "carl")


def _is_disabled(store: Store) -> None:
    accounts.disable(store, "dora", "carl")


def _has_signed_in(store: Store) -> None:
    """As session 1."""
    sign_in(store, "carl", PASSWORD, "a browser", "192.0.2.1")


def _has_token(store: Store) -> None:
    """As token 1."""
    tokens.create(store, "carl", "carl", "nightly")


def _first_session(store: Store) -> str:
    return seen_session(store, 1)


def _first_token(store: Store) -> str:
    return seen_token(store, 1)


def _case(method: str, route: str, path: str = "", **rest: object) -> ChangeCase:
    return ChangeCase(method, route, path or route, **rest)  # type: ignore[arg-type]  # the fields of the case


CASES: tuple[ChangeCase, ...] = (
    _case("POST", "/people", seen=seen_accounts, fields={"name": "fred", "password": NEW, "again": NEW}),
    _case("POST", "/people/password", seen=_of_carl, fields={**CARL, "new": NEW, "again": NEW}),
    _case("POST", "/people/disable", seen=_of_carl, fields=CARL),
    _case("POST", "/people/enable", seen=_of_carl, fields=CARL, prepare=_is_disabled),
    _case("POST", "/people/end-sessions", seen=_of_carl, fields=CARL, prepare=_has_signed_in),
    _case(
        "POST",
        "/people/sessions/{number}/end",
        "/people/sessions/1/end",
        seen=_first_session,
        prepare=_has_signed_in,
    ),
    _case("POST", "/people/tokens", seen=_of_carl, fields={**CARL, "label": "nightly"}, by="carl"),
    _case(
        "POST", "/people/tokens/{number}/end", "/people/tokens/1/end", seen=_first_token, prepare=_has_token
    ),
    _case("POST", "/api/people", seen=seen_accounts, fields={"name": "fred", "password": NEW}),
    _case("PUT", "/api/people/password", seen=_of_carl, fields={**CARL, "new": NEW}),
    _case("POST", "/api/people/disable", seen=_of_carl, fields=CARL),
    _case("POST", "/api/people/enable", seen=_of_carl, fields=CARL, prepare=_is_disabled),
    _case("POST", "/api/people/end-sessions", seen=_of_carl, fields=CARL, prepare=_has_signed_in),
    _case(
        "DELETE",
        "/api/people/sessions/{number}",
        "/api/people/sessions/1",
        seen=_first_session,
        prepare=_has_signed_in,
    ),
    _case("POST", "/api/people/tokens", seen=_of_carl, fields={**CARL, "label": "nightly"}, by="carl"),
    _case(
        "DELETE",
        "/api/people/tokens/{number}",
        "/api/people/tokens/1",
        seen=_first_token,
        prepare=_has_token,
    ),
)
