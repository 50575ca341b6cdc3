"""A scenario: edit its tables as a grid, keep a draft, save it, settle a conflict, optimize it."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web.access import Changing, Signed, StoreDep, Visitor
from stockrail.web.given_cells import cells_in
from stockrail.web.render import is_partial, render, see
from stockrail.web.row_number import MOST
from stockrail.web.scenario_changes import ScenarioChanges
from stockrail.web.stale import Seen
from stockrail.web.views import scenario, scenario_conflict, scenario_table
from stockrail.web.views.scenario import FIRST_TABLE
from stockrail.web.views.scenario_form import form_view
from stockrail.web.views.scenarios import path_of
from stockrail.workbench import scenarios
from stockrail.workbench.errors import ConflictError
from stockrail.workbench.scenario_editing.cell_edits import CellProblem
from stockrail.workbench.scenario_editing.drafts import draft_of
from stockrail.workbench.store import Store

router = APIRouter(prefix="/scenarios/{name}")

LONGEST_CHANGES = 32 * 1024 * 1024

Table = Annotated[str, Form(max_length=200)]
Changes = Annotated[str, Form(max_length=LONGEST_CHANGES)]


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    name: str,
    table: Annotated[str, Query(max_length=200)] = FIRST_TABLE,
    saved: Annotated[int | None, Query(ge=1, le=MOST)] = None,
) -> HTMLResponse:
    """The scenario with the visitor's draft of it."""
    view = scenario.view(store, visitor.name, name)
    edited = scenario_table.table_view(store, visitor.name, name, table)
    return render(
        request,
        "scenarios/scenario.html",
        visitor,
        currency=view.currency,
        view=view,
        edited=edited,
        errors=_errors(edited.problems),
        choices=scenario_table.table_choices(store, visitor.name, name),
        form=form_view(store, visitor.name, name, table),
        saved=saved,
        wide=True,
    )


@router.get("/conflict")
def conflict(request: Request, store: StoreDep, visitor: Signed, name: str) -> HTMLResponse:
    """What somebody else has saved meanwhile, and what the visitor has changed."""
    return _conflict(request, store, visitor, name, 200)


@router.post("/draft/cells")
def put_cells(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    table: Table,
    changes: Changes = "",
    seen: Seen = "",
) -> Response:
    """Keep the cells of a table that differ from the scenario as it is saved; the answer is what of the page that changes."""
    _, problems = ScenarioChanges(store, visitor.name).put_cells(name, table, cells_in(changes), seen)
    if not is_partial(request):
        return see(request, _path(name, table))
    view = scenario.view(store, visitor.name, name)
    return render(
        request,
        "scenarios/draft.html",
        visitor,
        currency=view.currency,
        view=view,
        table=table,
        errors=_errors(problems),
    )


@router.post("/save")
def save(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    table: Table = FIRST_TABLE,
    changes: Annotated[str | None, Form(max_length=LONGEST_CHANGES)] = None,
    seen: Seen = "",
) -> Response:
    """Save the draft; where somebody has saved meanwhile, show what they have changed."""
    # A request without the field is not one with an empty grid.
    edited, cells = (None, []) if changes is None else (table, cells_in(changes))
    try:
        made = ScenarioChanges(store, visitor.name).save(name, seen, edited, cells)
    except ConflictError:
        if not _is_overtaken(store, visitor, name):
            raise
        return _overtaken(request, store, visitor, name)
    return see(request, f"{_path(name, table)}&saved={made.version}")


@router.post("/optimize")
def optimize(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    table: Table = FIRST_TABLE,
    changes: Annotated[str | None, Form(max_length=LONGEST_CHANGES)] = None,
    time_limit: Annotated[str, Form(max_length=20)] = "",
    seen: Seen = "",
) -> Response:
    """Save what is not saved, and start a run."""
    options = {"time_limit": time_limit.strip()} if time_limit.strip() else {}
    edited, cells = (None, []) if changes is None else (table, cells_in(changes))
    try:
        run = ScenarioChanges(store, visitor.name).optimize(name, seen, options, edited, cells)
    except ConflictError:
        if not _is_overtaken(store, visitor, name):
            raise
        return _overtaken(request, store, visitor, name)
    return see(request, f"/runs/{run.id}")


@router.post("/discard")
def discard(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    table: Table = FIRST_TABLE,
    seen: Seen = "",
) -> Response:
    """Forget the draft."""
    ScenarioChanges(store, visitor.name).discard(name, seen)
    return see(request, _path(name, table))


@router.post("/merge")
def merge(request: Request, store: StoreDep, visitor: Changing, name: str, seen: Seen = "") -> Response:
    """Make the draft's changes again on what is saved now."""
    ScenarioChanges(store, visitor.name).merge(name, seen)
    return see(request, path_of(name))


@router.post("/move")
def move(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    name: str,
    baseline: Annotated[int, Form(ge=1, le=MOST)],
    table: Table = FIRST_TABLE,
    seen: Seen = "",
) -> Response:
    """Let the draft change another version of the baseline."""
    ScenarioChanges(store, visitor.name).move(name, baseline, seen)
    return see(request, _path(name, table))


def _errors(problems: Sequence[CellProblem | scenario_table.EditProblemView]) -> list[dict[str, str]]:
    """Problems of cells as the grid marks them."""
    return [
        {"row": one.row, "column": one.column, "message": f"{one.found}; allowed: {one.allowed}."}
        for one in problems
    ]


def _path(name: str, table: str) -> str:
    return f"{path_of(name)}?table={quote(table, safe='')}"


def _is_overtaken(store: Store, visitor: Visitor, name: str) -> bool:
    there = scenarios.get(store, name)
    return draft_of(store, visitor.name, there).version != there.version


def _overtaken(request: Request, store: Store, visitor: Visitor, name: str) -> Response:
    """The answer to a save that comes too late: htmx loads the page of the conflict."""
    if is_partial(request):
        return Response(status_code=409, headers={"HX-Redirect": f"{path_of(name)}/conflict"})
    return _conflict(request, store, visitor, name, 409)


def _conflict(request: Request, store: Store, visitor: Visitor, name: str, status: int) -> HTMLResponse:
    view = scenario_conflict.view(store, visitor.name, name)
    return render(request, "scenarios/conflict.html", visitor, status=status, view=view)
