"""Calibrations: the list, one with its targets by segment, decisions on them, and the file for the ERP."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockrail.web import calibration_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.display_choice import DisplayChoice
from stockrail.web.pages.segment_grids import change_columns, target_columns
from stockrail.web.pictures import PictureFormat, as_file, picture
from stockrail.web.render import is_partial, render
from stockrail.web.row_number import RowNumber
from stockrail.web.views import calibration, calibration_items, calibrations
from stockrail.workbench.calibrations.accepted import accepted_targets, together
from stockrail.workbench.calibrations.decisions import Verdict

router = APIRouter(prefix="/calibrations")


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
    columns = change_columns if view.knows_today else target_columns
    return render(
        request,
        "calibrations/items.html",
        visitor,
        currency=view.currency,
        view=view,
        columns=columns(number, view.currency, DisplayChoice.of(request)),
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


@router.get("/{number}/charts/{key}.{kind}")
def chart(store: StoreDep, visitor: Signed, number: RowNumber, key: str, kind: PictureFormat) -> Response:
    """A chart of a calibration as a picture."""
    made = calibration.chart_of(store, number, key)
    return as_file(picture(made, kind), kind.media_type, f"calibration-{number}-{made.key}.{kind}")


@router.get("/{number}/targets.csv")
def targets(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """Targets for the ERP: new ones of accepted segments, today's of the others."""
    made = accepted_targets(store, number)
    return as_file(made.csv().encode(), "text/csv; charset=utf-8", f"targets-{number}.csv")
