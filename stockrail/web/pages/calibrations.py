"""Calibrations: the list, one with its targets by segment, decisions on them, and the file for the ERP."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockrail.web import calibration_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.render import is_partial, render
from stockrail.web.row_number import RowNumber
from stockrail.web.views import calibration, calibration_items, calibrations
from stockrail.workbench.calibrations.accepted import accepted_targets, together
from stockrail.workbench.calibrations.decisions import Verdict

router = APIRouter(prefix="/calibrations")

CHANGE_COLUMNS = (
    {"field": "item", "title": "Item", "pinned": True, "width": 130},
    {"field": "segment", "title": "Segment", "width": 110},
    {"field": "current_safety_stock_units", "title": "Safety stock today", "type": "number", "decimals": 0},
    {"field": "safety_stock_units", "title": "Safety stock", "type": "number", "decimals": 1},
    {"field": "current_order_up_to_units", "title": "Order up to today", "type": "number", "decimals": 0},
    {"field": "order_up_to_units", "title": "Order up to", "type": "number", "decimals": 1},
    {"field": "current_fill_rate", "title": "Fill rate today", "type": "percent"},
    {"field": "fill_rate", "title": "Fill rate", "type": "percent"},
    {
        "field": "inventory_value_change",
        "title": "Stock",
        "type": "money",
        "help": "Change of the expected stock.",
    },
    {
        "field": "margin_change",
        "title": "Margin",
        "type": "money",
        "help": "Change of the item's own margin.",
    },
    {
        "field": "worth_change",
        "title": "Worth",
        "type": "money",
        "help": "With what its use of guardrails is worth at their prices.",
    },
    {"field": "reason", "title": "Reason", "width": 420, "flex": 1},
)

TARGET_COLUMNS = (
    {"field": "item", "title": "Item", "pinned": True, "width": 130},
    {"field": "description", "title": "Description", "flex": 1, "width": 200},
    {"field": "segment", "title": "Segment", "width": 110},
    {"field": "option", "title": "Option", "width": 120},
    {"field": "safety_stock_units", "title": "Safety stock", "type": "number", "decimals": 1},
    {"field": "safety_stock_value", "title": "Safety stock", "type": "money"},
    {"field": "reorder_point_units", "title": "Reorder point", "type": "number", "decimals": 1},
    {"field": "order_up_to_units", "title": "Order up to", "type": "number", "decimals": 1},
    {"field": "fill_rate", "title": "Fill rate", "type": "percent"},
)


@router.get("")
def page(request: Request, store: StoreDep, visitor: Signed) -> HTMLResponse:
    """Calibrations and the targets in force."""
    view = calibrations.view(store, visitor.name)
    return render(request, "calibrations/list.html", visitor, view=view)


@router.get("/{number}")
def calibration_page(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> HTMLResponse:
    """A calibration with the targets of each segment, to accept or to reject."""
    view = calibration.view(store, visitor.name, number)
    return render(
        request,
        "calibrations/page.html",
        visitor,
        currency=view.currency,
        view=view,
        charts={chart.key: chart for chart in calibration.charts(store, number)},
    )


@router.post("/{number}/decisions")
def decide(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    segment: Annotated[str, Form(max_length=200)],
    verdict: Annotated[Verdict, Form()],
    reason: Annotated[str, Form(max_length=20_000)] = "",
    seen: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Accept or reject the targets of a segment."""
    calibration_changes.decide(store, visitor.name, number, segment, verdict, reason, seen)
    if is_partial(request):
        return Response(headers={"HX-Refresh": "true"})  # the same page anew, where the visitor was
    return RedirectResponse(f"/calibrations/{number}#segment-{quote(segment)}", 303)


@router.get("/{number}/items")
def items(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    segment: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Items with their old and new targets."""
    view = calibration_items.view(store, number, segment or None)
    first, *others = CHANGE_COLUMNS if view.knows_today else TARGET_COLUMNS
    return render(
        request,
        "calibrations/items.html",
        visitor,
        currency=view.currency,
        view=view,
        columns=[{**first, "link": f"/runs/{number}/items/"}, *others],
        wide=True,
    )


@router.get("/{number}/together")
def together_part(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> HTMLResponse:
    """What accepted targets and today's mean together, and whether they keep the limits."""
    view = calibration.view(store, visitor.name, number)
    found = together(store, number)
    return render(
        request,
        "calibrations/together.html",
        visitor,
        currency=view.currency,
        view=view,
        together=found,
    )


@router.get("/{number}/targets.csv")
def targets(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """Targets for the ERP: new ones of accepted segments, today's of the others."""
    made = accepted_targets(store, number)
    name = f"targets-{number}.csv"
    return Response(
        made.csv(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
