"""People: who may what, accounts, sessions and tokens, and one's own password."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.addresses import visitor_address
from stockrail.web.people_changes import PeopleChanges
from stockrail.web.render import is_partial, render, see
from stockrail.web.row_number import RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views.people import view
from stockrail.workbench.people.errors import PasswordError

router = APIRouter(prefix="/people")

Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1000)]

DIFFERENT = "The two passwords differ: type the new one again."


@router.get("")
def page(request: Request, store: StoreDep, visitor: Signed) -> HTMLResponse:
    """Everybody, and of sessions and tokens those that the visitor may end."""
    return render(
        request, "people/page.html", visitor, view=view(store, visitor.name, visitor.session_token), made=None
    )


@router.post("")
def create(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: Name,
    password: Password,
    again: Password,
    seen: Seen = "",
) -> Response:
    """Make an account."""
    _require_same(password, again)
    _changes(request, store, visitor).create(name, password, seen)
    return see(request, "/people")


@router.post("/password")
def set_password(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: Name,
    new: Password,
    again: Password,
    old: Password = "",
    seen: Seen = "",
) -> Response:
    """Set a password; one's own with the one until now, and then sign in anew."""
    _require_same(new, again)
    _changes(request, store, visitor).set_password(name, new, old, seen)
    return see(request, "/sign-in?changed=password" if name == visitor.name else "/people")


@router.post("/disable")
def disable(request: Request, store: StoreDep, visitor: Changing, name: Name, seen: Seen = "") -> Response:
    """Keep somebody from signing in."""
    _changes(request, store, visitor).disable(name, seen)
    return see(request, "/people")


@router.post("/enable")
def enable(request: Request, store: StoreDep, visitor: Changing, name: Name, seen: Seen = "") -> Response:
    """Let somebody sign in again."""
    _changes(request, store, visitor).enable(name, seen)
    return see(request, "/people")


@router.post("/end-sessions")
def end_sessions(
    request: Request, store: StoreDep, visitor: Changing, name: Name, seen: Seen = ""
) -> Response:
    """End all sessions of an account."""
    _changes(request, store, visitor).end_sessions(name, seen)
    return see(request, "/people")


@router.post("/sessions/{number}/end")
def end_session(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, seen: Seen = ""
) -> Response:
    """End one session."""
    _changes(request, store, visitor).end_session(number, seen)
    return see(request, "/people")


@router.post("/tokens")
def create_token(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: Name,
    label: Annotated[str, Form(max_length=200)],
    seen: Seen = "",
) -> Response:
    """Make a token and show it, this once: the answer is the page itself, as no other address may show it."""
    made = _changes(request, store, visitor).create_token(name, label, seen)
    shown = view(store, visitor.name, visitor.session_token)
    template = "people/tokens.html" if is_partial(request) else "people/page.html"
    return render(request, template, visitor, view=shown, made=made)


@router.post("/tokens/{number}/end")
def end_token(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, seen: Seen = ""
) -> Response:
    """End a token."""
    _changes(request, store, visitor).end_token(number, seen)
    return see(request, "/people")


def _changes(request: Request, store: StoreDep, visitor: Changing) -> PeopleChanges:
    return PeopleChanges(store, visitor.name, visitor_address(request))


def _require_same(password: str, again: str) -> None:
    if password != again:
        raise PasswordError(DIFFERENT)
