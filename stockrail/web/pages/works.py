"""Works that take longer than a visitor waits for a page: how far they are, then what came of them."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockrail.web.access import Signed, Visitor
from stockrail.web.render import STOP_POLLING, full_path, render, see
from stockrail.web.safe_paths import local_path
from stockrail.web.works import OnStep, Work, works_of
from stockrail.workbench.errors import NotFoundError

router = APIRouter(prefix="/works")


@router.get("/{number}")
def page(request: Request, visitor: Signed, number: str) -> Response:
    """How far a work is; when it is done the page of what came of it, where it failed why."""
    work = works_of(request.app).get(number)
    if not work.is_done:
        return waiting(request, visitor, work)
    work.result()
    return RedirectResponse(work.target, 303)


@router.get("/{number}/state")
def state(
    request: Request, visitor: Signed, number: str, page: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    """What of the page changes while the work goes; when it is done the browser goes on, where it is lost it asks no more.

    `page` is the one that waits: several may wait for the same work, and each is shown then.
    """
    try:
        work = works_of(request.app).get(number)
    except NotFoundError as error:
        return render(request, "works/lost.html", visitor, status=STOP_POLLING, why=str(error))
    if work.is_done:
        target = f"/works/{number}" if work.has_failed else local_path(page) if page else work.target
        return Response(headers={"HX-Redirect": target})
    return render(request, "works/state.html", visitor, work=work)


def waiting(request: Request, visitor: Visitor, work: Work) -> HTMLResponse:
    """The page that shows how far a work is."""
    return render(request, "works/page.html", visitor, work=work)


def found_or_waiting(
    request: Request, visitor: Visitor, key: str, title: str, doing: Callable[[OnStep], Any]
) -> HTMLResponse | None:
    """Have something found that this page shows; the page that waits where that takes long, None where it is there.

    Raises what `doing` raises.

    Parameters
    ----------
    key : of all that decides what is found.
    doing : finds it, and keeps it for the page.
    """

    def and_keep_it(on_step: OnStep) -> None:
        doing(on_step)  # what it returns would be kept twice: here, and where the page finds it

    work = works_of(request.app).ask(key, title, full_path(request), and_keep_it)
    if not work.wait():
        return waiting(request, visitor, work)
    work.result()
    return None


def begun(request: Request, work: Work) -> Response:
    """After a change that takes long was asked for: have the browser load what came of it, or how far it is."""
    if not work.wait():
        return see(request, f"/works/{work.number}")
    work.result()
    return see(request, work.target)
