"""Tokens that only the service's own pages know, so that another site cannot make a visitor's browser change anything.

A session has its token. Before there is a session, and where a proxy signs visitors in, the token is in a cookie of its own that other
sites can neither read nor set (double submit).
"""

import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

FIELD, HEADER = "csrf_token", "x-csrf-token"

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_NEW = "new_csrf_token"


class ForgedError(Exception):
    """The request does not come from a page of the service, or from one of another session."""


def cookie_token(request: Request) -> str:
    """The token in the visitor's cookie; a new one where there is none yet, which `remember` gives to the browser."""
    kept = request.cookies.get(_cookie(request), "")
    if _FORM.fullmatch(kept):
        return kept
    if not hasattr(request.state, _NEW):
        setattr(request.state, _NEW, secrets.token_urlsafe(32))
    return str(getattr(request.state, _NEW))


def remember(request: Request, response: Response) -> None:
    """Give a token that was made for this page to the browser."""
    made = getattr(request.state, _NEW, None)
    if made is not None:
        settings = request.app.state.settings
        response.set_cookie(
            _cookie(request),
            made,
            httponly=True,
            secure=settings.has_secure_cookies,
            samesite="lax",
        )


async def require_token(request: Request, expected: str) -> None:
    """Refuse a request whose header or form does not have the token.

    Raises
    ------
    ForgedError
        It is missing, or another one.
    """
    given = request.headers.get(HEADER)
    if given is None and _is_form(request):
        field = (await request.form()).get(FIELD)
        given = field if isinstance(field, str) else None
    if given is None or not secrets.compare_digest(given.encode(), expected.encode()):
        raise ForgedError


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")


def _cookie(request: Request) -> str:
    return f"{request.app.state.settings.session_cookie}-page"
