"""Root cause: what was missed and why, one miss, and the search for them."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web import happened_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.display_choice import DisplayChoice
from stockrail.web.pages.chart_pictures import chart_picture
from stockrail.web.pages.root_cause_grid import miss_grid
from stockrail.web.pages.works import begun
from stockrail.web.pictures import PictureFormat
from stockrail.web.render import render
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.views import miss, root_cause
from stockrail.web.views.root_cause import Filters
from stockrail.web.works import works_of
from stockrail.workbench.permissions import Permission
from stockrail.workbench.root_cause.find import Found, find

router = APIRouter(prefix="/root-cause")

Name = Annotated[str, Query(max_length=200)]
Count = Annotated[int | None, Query(ge=0, le=MOST)]


def _filters(
    run: Annotated[str, Query(pattern="^([1-9][0-9]{0,8})?$")] = "",
    cause: Name = "",
    miss_kind: Annotated[str, Query(max_length=200, alias="kind")] = "",
    segment: Name = "",
    item: Name = "",
) -> Filters:
    """Of the address; a field of a form that was left empty is no filter."""
    return Filters(
        run=int(run) if run else None,
        cause=cause or None,
        kind=miss_kind or None,
        segment=segment or None,
        item=item or None,
    )


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    filters: FiltersDep,
    added: Count = None,
    changed: Count = None,
    gone: Count = None,
) -> HTMLResponse:
    """Misses by cause, filtered; after a search also what it found."""
    view = root_cause.view(store, visitor.name, filters)
    return render(
        request,
        "root_cause/page.html",
        visitor,
        currency=view.currency,
        view=view,
        charts=root_cause.charts(store, filters),
        grid_of=miss_grid(view, DisplayChoice.of(request)),
        query=urlencode(filters.model_dump(exclude_none=True)),
        found=None if added is None else (added, changed or 0, gone or 0),
    )


@router.get("/charts/{key}.{kind}")
def chart(
    store: StoreDep,
    visitor: Signed,
    key: str,
    kind: PictureFormat,
    filters: FiltersDep,
) -> Response:
    """A chart of the misses that are shown, as a picture."""
    return chart_picture(root_cause.charts(store, filters).values(), key, kind, "misses")


@router.post("")
def search(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    run: Annotated[int | None, Form(ge=1, le=MOST)] = None,
    seen: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Look for misses of the plan in force, and put each down to a cause."""
    happened_changes.require(store, visitor.name, Permission.ACTUALS_IMPORT, seen)
    work = works_of(request.app).begin(
        "Looking for misses and their causes",
        _target,
        lambda on_step: find(store, visitor.name, run, on_step),
    )
    return begun(request, work)


@router.get("/{miss_id}")
def one(request: Request, store: StoreDep, visitor: Signed, miss_id: RowNumber) -> HTMLResponse:
    """One miss with the evidence."""
    view = miss.view(store, miss_id)
    return render(request, "root_cause/miss.html", visitor, currency=view.currency, view=view)


def _target(found: Found) -> str:
    counts = {"added": found.added, "changed": found.changed, "gone": found.removed}
    return f"/root-cause?{urlencode({'run': found.run_id, **counts})}"
