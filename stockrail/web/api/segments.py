"""Segments of a run, their items, and one item."""

from typing import Annotated

from fastapi import APIRouter, Query

from stockrail.web.access import Signed, StoreDep
from stockrail.web.row_number import RowNumber
from stockrail.web.views import item as item_views
from stockrail.web.views import segments
from stockrail.web.views.item import ItemView
from stockrail.web.views.segments import SegmentItemsView, SegmentsView

router = APIRouter(prefix="/runs/{number}", tags=["segments"])


@router.get("/segments")
def of_run(store: StoreDep, visitor: Signed, number: RowNumber) -> SegmentsView:
    """The segments of a run's plan, with targets old and new, service, stock and margin."""
    return segments.view(store, number)


@router.get("/items")
def items(
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    segment: Annotated[str | None, Query(max_length=200)] = None,
) -> SegmentItemsView:
    """Items of a run's plan, of one segment or all, the most money in stock first."""
    return segments.items_view(store, number, segment)


@router.get("/items/{item:path}")
def one(store: StoreDep, visitor: Signed, number: RowNumber, item: str) -> ItemView:
    """One item: demand, stock and orders over the scenarios, targets, and the reasons for its safety stock."""
    return item_views.view(store, number, item)
