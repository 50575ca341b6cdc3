"""People, accounts, sessions and tokens for scripts."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.addresses import visitor_address
from stockrail.web.errors import ErrorView
from stockrail.web.people_changes import PeopleChanges
from stockrail.web.row_number import RowNumber
from stockrail.web.views.people import PeopleView, view

router = APIRouter(prefix="/people", tags=["people"])

Name = Annotated[str, Field(max_length=200, description="Of the account.")]
Password = Annotated[str, Field(max_length=1000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seen: Annotated[str, Field(max_length=400, description="`seen` of what was looked at.")]


class SeenBody(_Body):
    """What was looked at."""


class AccountBody(_Body):
    """An account that is changed."""

    name: Name


class NewAccountBody(AccountBody):
    """An account that is made."""

    password: Password


class PasswordBody(AccountBody):
    """Another password."""

    new: Password
    old: Password = Field(default="", description="The password until now; needed for one's own only.")


class NewTokenBody(AccountBody):
    """A token that is made."""

    label: Annotated[str, Field(max_length=200, description="What it is for.")]


class NewTokenView(BaseModel):
    """A token that was made."""

    id: int
    name: str = Field(description="Whose it is.")
    label: str
    token: str = Field(description="It is shown this once.")


@router.get("")
def people(store: StoreDep, visitor: Signed) -> PeopleView:
    """Everybody, and of sessions and tokens those that you may end."""
    return view(store, visitor.name, visitor.session_token)


@router.post("", status_code=201)
def create(request: Request, store: StoreDep, visitor: Changing, body: NewAccountBody) -> PeopleView:
    """Make an account. `seen` is that of all people."""
    _changes(request, store, visitor).create(body.name, body.password, body.seen)
    return view(store, visitor.name, visitor.session_token)


@router.put(
    "/password",
    responses={
        429: {
            "model": ErrorView,
            "description": "Too many wrong passwords; Retry-After says how long to wait.",
        }
    },
)
def set_password(request: Request, store: StoreDep, visitor: Changing, body: PasswordBody) -> PeopleView:
    """Set a password. All sessions and tokens of the account end, also the one that asks."""
    _changes(request, store, visitor).set_password(body.name, body.new, body.old, body.seen)
    return view(store, visitor.name, visitor.session_token)


@router.post("/disable")
def disable(request: Request, store: StoreDep, visitor: Changing, body: AccountBody) -> PeopleView:
    """Keep somebody from signing in; all of their sessions and tokens end."""
    _changes(request, store, visitor).disable(body.name, body.seen)
    return view(store, visitor.name, visitor.session_token)


@router.post("/enable")
def enable(request: Request, store: StoreDep, visitor: Changing, body: AccountBody) -> PeopleView:
    """Let somebody sign in again."""
    _changes(request, store, visitor).enable(body.name, body.seen)
    return view(store, visitor.name, visitor.session_token)


@router.post("/end-sessions")
def end_sessions(request: Request, store: StoreDep, visitor: Changing, body: AccountBody) -> PeopleView:
    """End all sessions of an account."""
    _changes(request, store, visitor).end_sessions(body.name, body.seen)
    return view(store, visitor.name, visitor.session_token)


@router.delete("/sessions/{number}")
def end_session(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, body: SeenBody
) -> PeopleView:
    """End one session."""
    _changes(request, store, visitor).end_session(number, body.seen)
    return view(store, visitor.name, visitor.session_token)


@router.post("/tokens", status_code=201)
def create_token(request: Request, store: StoreDep, visitor: Changing, body: NewTokenBody) -> NewTokenView:
    """Make a token for an account."""
    made = _changes(request, store, visitor).create_token(body.name, body.label, body.seen)
    return NewTokenView(id=made.id, name=made.name, label=made.label, token=made.token)


@router.delete("/tokens/{number}")
def end_token(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, body: SeenBody
) -> PeopleView:
    """End a token."""
    _changes(request, store, visitor).end_token(number, body.seen)
    return view(store, visitor.name, visitor.session_token)


def _changes(request: Request, store: StoreDep, visitor: Changing) -> PeopleChanges:
    return PeopleChanges(store, visitor.name, visitor_address(request))
