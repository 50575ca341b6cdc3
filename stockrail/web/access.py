"""Who the visitor is: by a session's cookie, an API token, or the header of a trusted proxy. Rights are the library's to check."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from stockrail.web import csrf
from stockrail.web.settings import Settings
from stockrail.workbench.people.sign_in import visitor_of
from stockrail.workbench.people.tokens import account_of_token
from stockrail.workbench.permissions import Permission
from stockrail.workbench.store import Store

_BEARER = "bearer "


class NotSignedInError(Exception):
    """Nobody is signed in. The message says why where there is a reason."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in.

    Attributes
    ----------
    permissions : for pages, which show only what the visitor may do; whether it may be done the library decides.
    csrf_token : what forms send back; None for a script with an API token, which no other site can send.
    session_token : of the cookie; None without a session.
    """

    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]
    csrf_token: str | None
    session_token: str | None = None

    def may(self, permission: str) -> bool:
        """Whether a page offers what needs this permission."""
        return Permission(permission) in self.permissions


def the_store(request: Request) -> Store:
    """The store of the service."""
    store: Store = request.app.state.store
    return store


def signed_in(request: Request) -> Visitor:
    """The visitor.

    Raises
    ------
    NotSignedInError
        There is none.
    """
    store, settings = the_store(request), _settings(request)
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith(_BEARER):
        name = account_of_token(store, authorization[len(_BEARER) :].strip())
        if name is None:
            raise NotSignedInError(
                "The token is not known, or it was ended: stockrail people token makes one."
            )
        return _visitor(store, name, None)
    if settings.trusted_proxy_header is not None:
        name = _named_by_proxy(request, settings)
        return _visitor(store, name, csrf.cookie_token(request))
    token = request.cookies.get(settings.session_cookie)
    session = None if token is None else visitor_of(store, token)
    if session is None:
        raise NotSignedInError("" if token is None else "The session has ended: sign in again.")
    return _visitor(store, session.account, session.csrf_token, token)


async def changing(request: Request, visitor: Annotated[Visitor, Depends(signed_in)]) -> Visitor:
    """The visitor of a request that changes something: it must come from a page of the service, or have an API token.

    Raises
    ------
    NotSignedInError
        There is none.
    ForgedError
        The token of the page is missing or wrong.
    """
    if visitor.csrf_token is not None:
        await csrf.require_token(request, visitor.csrf_token)
    return visitor


StoreDep = Annotated[Store, Depends(the_store)]
Signed = Annotated[Visitor, Depends(signed_in)]
Changing = Annotated[Visitor, Depends(changing)]


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _named_by_proxy(request: Request, settings: Settings) -> str:
    header = settings.trusted_proxy_header
    assert header is not None
    address = "" if request.client is None else request.client.host
    name = request.headers.get(header, "").strip()
    if address not in settings.trusted_proxies:
        raise NotSignedInError("This service is reached through its proxy only, which signs visitors in.")
    if not name:
        raise NotSignedInError(f"The proxy did not say who the visitor is: header {header} is missing.")
    return name


def _visitor(store: Store, name: str, csrf_token: str | None, session_token: str | None = None) -> Visitor:
    governance = store.governance
    permissions = frozenset(permission for permission in Permission if governance.allows(name, permission))
    return Visitor(name, governance.roles_of(name), permissions, csrf_token, session_token)
