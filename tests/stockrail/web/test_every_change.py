"""Every route that changes something refuses nobody, the wrong role, a forged request and a stale page, and then changes nothing."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from stockrail.web.csrf import HEADER
from stockrail.workbench.store import Store
from stockrail.workbench.store.tables import AuditEntry
from tests.stockrail.web.change_cases.all import ALL
from tests.stockrail.web.change_cases.case import ChangeCase
from tests.stockrail.web.clients import Client, Web

CHANGING_METHODS = {"POST", "PUT", "PATCH", "DELETE"}

OWN_TESTS = {
    ("POST", "/sign-in"): "nobody is signed in before",
    ("POST", "/sign-out"): "ends the visitor's own session",
    ("POST", "/display"): "changes a cookie of the visitor's own, and nothing in the store",
}
"""Routes that are not like the others, and why; tests of their own show what they refuse."""

STALE = "what.was.true.long.ago"

each = pytest.mark.parametrize("case", ALL, ids=str)


@pytest.fixture
def prepared(case: ChangeCase, planned_store: Store) -> Store:
    """A store in the state that the case needs."""
    case.prepare(planned_store)
    return planned_store


def send(client: Client, case: ChangeCase, seen: str, *, has_token: bool = True) -> httpx2.Response:
    """The request of a case."""
    headers = {HEADER: client.csrf} if has_token else {}
    fields = {**case.fields, "seen": seen}
    if case.is_api and not case.files:
        return client.request(case.method, case.path, json=fields, headers=headers)
    return client.request(
        case.method, case.path, data=fields, files=dict(case.files) or None, headers=headers
    )


def changes_in(store: Store) -> int:
    """Entries of the audit log but those of signing in: there is no change without one."""
    with store.read() as session:
        count = (
            sa.select(sa.func.count())
            .select_from(AuditEntry)
            .where(~AuditEntry.action.startswith("people.sign_"))
        )
        return session.scalar(count) or 0


def test_every_changing_route_has_a_case(web: Web) -> None:
    """A route that is added without saying what it refuses fails here."""
    found = set(_changing_routes(web.app))
    assert set(OWN_TESTS) <= found
    assert found - set(OWN_TESTS) == {(case.method, case.route) for case in ALL}


@each
def test_nobody_is_refused(case: ChangeCase, prepared: Store, web_of: Callable[[Store], Web]) -> None:
    """Who has not signed in is sent to do so, a script is told."""
    before, seen = changes_in(prepared), case.seen(prepared)
    answer = send(web_of(prepared).anonymous(), case, seen)
    if case.is_api:
        assert answer.status_code == 401
    else:
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2F")
    assert changes_in(prepared) == before


@each
def test_wrong_role_is_refused(case: ChangeCase, prepared: Store, web_of: Callable[[Store], Web]) -> None:
    """The library refuses who may not, and says who may."""
    if case.wrong is None:
        assert case.why
        return
    before, seen = changes_in(prepared), case.seen(prepared)
    answer = send(web_of(prepared).as_(case.wrong), case, seen)
    assert answer.status_code == 403, answer.text
    assert case.wrong in answer.text
    assert changes_in(prepared) == before


@each
def test_forged_request_is_refused(case: ChangeCase, prepared: Store, web_of: Callable[[Store], Web]) -> None:
    """Without the token of a page of the session nothing is changed."""
    before, seen = changes_in(prepared), case.seen(prepared)
    answer = send(web_of(prepared).as_(case.by), case, seen, has_token=False)
    assert answer.status_code == 403, answer.text
    assert "did not come from a page of this session" in answer.text
    assert changes_in(prepared) == before


@each
def test_stale_page_is_refused(case: ChangeCase, prepared: Store, web_of: Callable[[Store], Web]) -> None:
    """Who decides on what is no longer so is told, and nothing is changed."""
    before = changes_in(prepared)
    answer = send(web_of(prepared).as_(case.by), case, STALE)
    assert answer.status_code == 409, answer.text
    assert "Nothing was changed" in answer.text
    assert changes_in(prepared) == before


@each
def test_allowed_request_is_taken(case: ChangeCase, prepared: Store, web_of: Callable[[Store], Web]) -> None:
    """The same request with everything right is taken: what is refused above is refused for its one fault."""
    seen = case.seen(prepared)
    answer = send(web_of(prepared).as_(case.by), case, seen)
    assert answer.status_code < 400, answer.text


def _changing_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of every route that changes something."""
    for context in iter_route_contexts(app.routes):
        for method in (context.methods or set()) & CHANGING_METHODS:
            yield method, str(context.path)
