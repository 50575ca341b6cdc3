"""Signing in with a local account, and out again."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stockrail.web import csrf
from stockrail.web.access import Changing, NotSignedInError, StoreDep, signed_in
from stockrail.web.addresses import visitor_address
from stockrail.web.render import render
from stockrail.web.safe_paths import local_path
from stockrail.workbench.people import sign_in as library
from stockrail.workbench.people.errors import SignInError, TooManyTriesError

router = APIRouter()

PASSWORD_CHANGED = "Your password was changed. Sign in with the new one."


@router.get("/sign-in")
def form(request: Request, next: str = "/", changed: str = "") -> Response:  # the name in the address
    """The form; who is signed in already goes on to the page."""
    try:
        signed_in(request)
    except NotSignedInError:
        note = PASSWORD_CHANGED if changed == "password" else ""
        return render(request, "sign_in/page.html", next=local_path(next), name="", message="", note=note)
    return RedirectResponse(local_path(next), 303)


@router.post("/sign-in")
async def begin(
    request: Request,
    store: StoreDep,
    name: Annotated[str, Form(max_length=200)],
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Begin a session, or say that name or password is wrong."""
    await csrf.require_token(request, csrf.cookie_token(request))
    return await run_in_threadpool(_begin, request, store, name, password, local_path(next))


def _begin(request: Request, store: StoreDep, name: str, password: str, after: str) -> Response:
    address = visitor_address(request)
    settings = request.app.state.settings
    try:
        token, _ = library.sign_in(store, name, password, request.headers.get("user-agent", ""), address)
    except (SignInError, TooManyTriesError) as error:
        status = 429 if isinstance(error, TooManyTriesError) else 401
        return render(
            request, "sign_in/page.html", status=status, next=after, name=name, message=str(error), note=""
        )
    response = RedirectResponse(after, 303)
    response.set_cookie(
        settings.session_cookie, token, httponly=True, secure=settings.has_secure_cookies, samesite="lax"
    )
    return response


@router.post("/sign-out")
def end(request: Request, store: StoreDep, visitor: Changing) -> Response:
    """End the session."""
    if visitor.session_token is not None:
        library.sign_out(store, visitor.session_token)
    response = RedirectResponse("/sign-in", 303)
    settings = request.app.state.settings
    # Browsers take nothing with the prefix __Host- that is not secure, a removal neither.
    response.delete_cookie(
        settings.session_cookie, httponly=True, secure=settings.has_secure_cookies, samesite="lax"
    )
    return response
