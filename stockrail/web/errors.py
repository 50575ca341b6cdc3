"""What visitors see of errors: a status that says what kind it is, and a message that says what to do. Never a traceback."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from stockrail.model.problems import InstanceError
from stockrail.web.access import NotSignedInError, Visitor, signed_in
from stockrail.web.csrf import ForgedError
from stockrail.web.middleware import SECURITY_HEADERS
from stockrail.web.render import full_path, is_partial, render
from stockrail.workbench.errors import (
    ConflictError,
    NotAllowedError,
    NotFoundError,
    StateError,
    WorkbenchError,
)
from stockrail.workbench.governance.reading import GovernanceError
from stockrail.workbench.people.throttle import TooManyTriesError
from stockrail.workbench.runs.options import OptionsError

API = "/api/"
SIGN_IN = "/sign-in"
FORGED = "This did not come from a page of this session: load the page again, then try again."

_logger = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[WorkbenchError], int], ...] = (
    (NotAllowedError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (TooManyTriesError, 429),
    (OptionsError, 422),
    (GovernanceError, 500),
    (StateError, 409),
)


class LocatedProblem(BaseModel):
    """One thing wrong with what was sent, and what would be right."""

    place: str = Field(description="File, sheet or field.")
    row: int | None = Field(description="Line of the file, its header is line 1.")
    column: str | None
    value: str | None = Field(description="What was found; null for nothing.")
    allowed: str = Field(description="What may stand there.")


class ErrorView(BaseModel):
    """What was refused, and why."""

    error: str
    problems: list[LocatedProblem] = Field(default_factory=list)


def located(error: InstanceError) -> list[LocatedProblem]:
    """Every problem of an instance."""
    return [
        LocatedProblem(place=one.file, row=one.row, column=one.column, value=one.value, allowed=one.allowed)
        for one in error.problems
    ]


def install(app: FastAPI) -> None:
    """Give every error its answer."""
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    app.add_exception_handler(ForgedError, lambda request, _: answer(request, 403, FORGED))
    app.add_exception_handler(WorkbenchError, _refused)
    app.add_exception_handler(InstanceError, _wrong_instance)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def answer(
    request: Request,
    status: int,
    message: str,
    problems: Sequence[LocatedProblem] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer to a request that is refused: JSON, a part of a page for its messages, or a page."""
    view = ErrorView(error=message, problems=list(problems))
    if request.url.path.startswith(API):
        return JSONResponse(view.model_dump(), status, headers=headers)
    if is_partial(request):
        swap = {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML", **(headers or {})}
        return render(request, "parts/error.html", status=status, headers=swap, view=view)
    title = HTTPStatus(status).phrase
    return render(
        request, "error.html", _visitor(request), status=status, headers=headers, view=view, title=title
    )


def _visitor(request: Request) -> Visitor | None:
    try:
        return signed_in(request)
    except (
        NotSignedInError,
        WorkbenchError,
        SQLAlchemyError,
    ):  # an error page must not fail for want of a name
        return None


def _not_signed_in(request: Request, error: Exception) -> Response:
    if request.url.path.startswith(API):
        message = str(error) or "Sign in first, or send an API token: Authorization: Bearer TOKEN."
        return answer(request, 401, message, headers={"WWW-Authenticate": "Bearer"})
    if request.app.state.settings.trusted_proxy_header is not None:
        return answer(request, 401, str(error))
    # After a sign-in a page can be shown again; a change cannot be made again for whom it may not have been meant.
    here = full_path(request) if request.method == "GET" and not is_partial(request) else "/"
    target = f"{SIGN_IN}?next={quote(here, safe='')}"
    if is_partial(request):
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _refused(request: Request, error: Exception) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 422)
    headers = {}
    if isinstance(error, TooManyTriesError):
        headers["Retry-After"] = str(int(error.wait_seconds) + 1)
    return answer(request, status, str(error), headers=headers)


def _wrong_instance(request: Request, error: Exception) -> Response:
    assert isinstance(error, InstanceError)
    problems = located(error)
    noun = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
    return answer(request, 422, f"{noun} not right: nothing was changed.", problems)


def _wrong_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [_field_problem(row) for row in error.errors()]
    return answer(request, 422, "The request is not right: nothing was changed.", problems)


def _field_problem(row: dict[str, Any]) -> LocatedProblem:
    kind, *names = [str(part) for part in row["loc"]]
    value = None if row["type"] == "missing" else _shown(row.get("input"))
    return LocatedProblem(
        place=kind, row=None, column=".".join(names) or None, value=value, allowed=row["msg"]
    )


def _shown(value: Any, most: int = 80) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()  # half a character cannot be sent back
    return text if len(text) <= most else f"{text[:most]}..."


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = {
        404: "There is no such page.",
        405: "This address does not take that kind of request.",
    }.get(error.status_code, str(error.detail))
    return answer(request, error.status_code, message, headers=dict(error.headers or {}))


def _unexpected(request: Request, error: Exception) -> Response:
    _logger.exception("%s %s failed.", request.method, request.url.path, exc_info=error)
    return answer(
        request,
        500,
        "Something went wrong that should not have; what it was is in the service's log. Load the page again to see what holds.",
        headers=SECURITY_HEADERS,  # this answer passes no middleware
    )
