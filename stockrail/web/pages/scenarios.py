"""Scenarios: all of them, a new one, and one that is put away."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.render import render, see
from stockrail.web.row_number import MOST
from stockrail.web.scenario_changes import ScenarioChanges
from stockrail.web.stale import Seen
from stockrail.web.views import scenarios
from stockrail.web.views.scenarios import path_of

router = APIRouter(prefix="/scenarios")


@router.get("")
def page(
    request: Request, store: StoreDep, visitor: Signed, archived: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """All scenarios."""
    view = scenarios.view(store, visitor.name, with_archived=archived)
    return render(request, "scenarios/page.html", visitor, view=view, with_archived=archived)


@router.post("")
def create(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: Annotated[str, Form(max_length=200)],
    baseline: Annotated[int | None, Form(ge=1, le=MOST)] = None,
    like: Annotated[str, Form(max_length=200)] = "",
    seen: Seen = "",
) -> Response:
    """Make a scenario and show it."""
    made = ScenarioChanges(store, visitor.name).create(name, seen, baseline, like or None)
    return see(request, path_of(made.name))


@router.post("/{name}/archive")
def archive(request: Request, store: StoreDep, visitor: Changing, name: str, seen: Seen = "") -> Response:
    """Take a scenario off the list."""
    ScenarioChanges(store, visitor.name).archive(name, seen)
    return see(request, "/scenarios")
