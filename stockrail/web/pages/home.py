"""Home, and the decisions that exceptions wait for."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web import exception_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.render import render, see
from stockrail.web.row_number import RowNumber
from stockrail.web.safe_paths import local_path
from stockrail.web.stale import Seen
from stockrail.web.views import home

router = APIRouter()

Reason = Annotated[str, Form(max_length=2000)]
Back = Annotated[str, Form(max_length=400)]


@router.get("/")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    role: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """What waits for whom, what goes on, what is next and what changed last."""
    view = home.view(store, visitor.name, role or None)
    return render(request, "home/page.html", visitor, view=view)


@router.post("/exceptions/{number}/resolve")
def resolve(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
    back: Back = "/",
) -> Response:
    """Decide what an exception waits for."""
    exception_changes.resolve(store, visitor.name, number, reason, seen)
    return see(request, local_path(back))


@router.post("/exceptions/{number}/waive")
def waive(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
    back: Back = "/",
) -> Response:
    """Let a plan pass although it breaks a rule."""
    exception_changes.waive(store, visitor.name, number, reason, seen)
    return see(request, local_path(back))
