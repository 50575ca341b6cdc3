"""How amounts are written: the visitor's own choice, on every page."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stockrail.web.access import Changing
from stockrail.web.display_choice import COOKIE, DisplayChoice, Scale
from stockrail.web.safe_paths import local_path

router = APIRouter()

_YEAR_SECONDS = 365 * 24 * 3600


@router.post("/display")
def choose(
    request: Request,
    visitor: Changing,
    scale: Annotated[Scale, Form()],
    currency: Annotated[str, Form(max_length=3)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Keep the choice in the visitor's browser, and go back to the page."""
    response = RedirectResponse(local_path(back), 303)
    response.set_cookie(
        COOKIE,
        DisplayChoice(scale, currency or None).cookie,
        max_age=_YEAR_SECONDS,
        secure=request.app.state.settings.has_secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return response
