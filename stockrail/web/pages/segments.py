"""Segments of a run, their items, and one item."""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail import formats
from stockrail.web.access import Signed, StoreDep, Visitor
from stockrail.web.display_choice import DisplayChoice
from stockrail.web.pages.segment_grids import item_columns
from stockrail.web.pages.works import found_or_waiting
from stockrail.web.pictures import PictureFormat, as_file, picture
from stockrail.web.render import render
from stockrail.web.row_number import RowNumber
from stockrail.web.views import item as item_views
from stockrail.web.views import item_charts, segments
from stockrail.web.views.planned import key_of, planned_of
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.store import Store

router = APIRouter(prefix="/runs/{number}")

MOST_ORDERS = 60
"""Planned orders of an item that the page lists; the API has all."""


@router.get("/segments")
def page(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> HTMLResponse:
    """The segments of a run's plan, with their targets."""
    reading = _once(request, store, visitor, number, "Reading the segments", segments.view)
    if reading is not None:
        return reading
    view = segments.view(store, number)
    return render(request, "segments/page.html", visitor, currency=view.currency, view=view)


@router.get("/segments/{segment:path}")
def items_of_segment(
    request: Request, store: StoreDep, visitor: Signed, number: RowNumber, segment: str
) -> HTMLResponse:
    """The items of a segment, the most money in stock first."""
    return _items(request, store, visitor, number, segment)


@router.get("/items")
def items(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> HTMLResponse:
    """All items of a run's plan."""
    return _items(request, store, visitor, number, None)


@router.get("/items/{item:path}/charts/{key}.{kind}")
def chart(
    store: StoreDep, visitor: Signed, number: RowNumber, item: str, key: str, kind: PictureFormat
) -> Response:
    """A chart of an item as a picture."""
    made = item_charts.chart_of(item_views.view(store, number, item), key)
    return as_file(picture(made, kind), kind.media_type, f"run-{number}-{made.key}.{kind}")


@router.get("/items/{item:path}")
def item_page(
    request: Request, store: StoreDep, visitor: Signed, number: RowNumber, item: str
) -> HTMLResponse:
    """One item: its demand, stock and orders over the scenarios, and the reasons for its safety stock."""
    reading = _once(request, store, visitor, number, "Reading the plan", _read)
    if reading is not None:
        return reading
    view = item_views.view(store, number, item)
    return render(
        request,
        "segments/item.html",
        visitor,
        currency=view.currency,
        view=view,
        charts={chart.key: chart for chart in item_charts.charts_of(view)},
        most_orders=MOST_ORDERS,
        base=f"/runs/{number}/items/{quote(item, safe='')}",
        demand_rows=_rows(view, "demand"),
        stock_rows=_rows(view, "on_hand"),
    )


def _once(
    request: Request,
    store: Store,
    visitor: Visitor,
    number: int,
    title: str,
    read: Callable[[Store, int], object],
) -> HTMLResponse | None:
    """Have a plan read, which takes long the first time where it is large; the page that waits, None where it is done."""
    key = f"{title} {key_of(store, get(store, number))}"
    return found_or_waiting(
        request, visitor, key, f"{title} of run {number}", lambda step: read(store, number)
    )


def _read(store: Store, number: int) -> None:
    planned_of(store, get(store, number))


def _items(
    request: Request, store: Store, visitor: Visitor, number: int, segment: str | None
) -> HTMLResponse:
    reading = _once(request, store, visitor, number, "Valuing the items", segments.items_view)
    if reading is not None:
        return reading
    view = segments.items_view(store, number, segment)
    return render(
        request,
        "segments/items.html",
        visitor,
        currency=view.currency,
        view=view,
        columns=item_columns(number, view.currency, DisplayChoice.of(request)),
        rows=[row.model_dump() for row in view.items],
        wide=True,
    )


def _rows(view: item_views.ItemView, field: str) -> list[list[str]]:
    """The numbers of a fan, as written."""
    return [
        [
            row.date.isoformat(),
            *(formats.units(getattr(getattr(row, field), name)) for name in ("mean", "p05", "p50", "p95")),
        ]
        for row in view.periods
    ]
