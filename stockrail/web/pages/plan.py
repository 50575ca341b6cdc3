"""The plan of a run: the page, its orders, decisions about it, and files to take away."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from stockrail.reports.split_chart import COLOURS
from stockrail.web import plan_changes, plan_files
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.display_choice import DisplayChoice
from stockrail.web.pages.plan_grids import order_grid
from stockrail.web.pages.works import found_or_waiting
from stockrail.web.pictures import PictureFormat, as_file, picture
from stockrail.web.plan_contents import contents_of
from stockrail.web.render import is_partial, render, see
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import compare, plan, plan_charts
from stockrail.web.views.plan_buys import By, Decision, heat_map, orders_view
from stockrail.workbench.runs.lookup import get

router = APIRouter(prefix="/runs/{number}")

Reason = Annotated[str, Form(max_length=20_000)]
Against = Annotated[int | None, Query(ge=1, le=MOST)]

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/plan")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    by: By = "items",
    against: Against = None,
) -> Response:
    """The plan, and with `against` how another plan's margin becomes this one's."""
    if against is not None and not compare.is_ready(store, [against, number]):
        runs = [against, number]
        page_that_waits = found_or_waiting(
            request,
            visitor,
            f"compare {compare.comparison_key(store, runs)}",
            f"Comparing the plans of runs {against} and {number}",
            lambda on_step: compare.comparison_of(store, runs, on_step),
        )
        if page_that_waits is not None:
            return page_that_waits
    view = plan.view(store, visitor.name, number, by, against)
    contents = contents_of(store, get(store, number))
    orders = orders_view(contents)
    return render(
        request,
        "plan/page.html",
        visitor,
        currency=view.currency,
        view=view,
        charts=plan_charts.charts_of(store, number, against),
        colours=contents.report["colours"],
        split_colours=COLOURS,
        chosen_run=against,
        orders=orders,
        grid_of_orders=order_grid(orders, view.currency, DisplayChoice.of(request)),
    )


@router.get("/plan/buys")
def buys(request: Request, store: StoreDep, visitor: Signed, number: RowNumber, by: By = "items") -> Response:
    """The heat map alone, for htmx; otherwise the page with it."""
    if not is_partial(request):
        return see(request, f"/runs/{number}/plan?by={by}#buys")
    contents = contents_of(store, get(store, number))
    view = heat_map(contents, by)
    return render(request, "plan/heat.html", visitor, currency=contents.currency, buys=view, run_id=number)


@router.get("/plan/orders")
def orders(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    decision: Decision | None = None,
    item: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Orders, those of one decision or of all, and of one item."""
    contents = contents_of(store, get(store, number))
    view = orders_view(contents, decision, item or None)
    template = "plan/orders.html" if is_partial(request) else "plan/orders_page.html"
    return render(
        request,
        template,
        visitor,
        currency=contents.currency,
        orders=view,
        grid_of_orders=order_grid(view, contents.currency, DisplayChoice.of(request)),
        run_id=number,
    )


@router.post("/approve")
def approve(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
) -> Response:
    """Approve the plan: it is then the one in force."""
    plan_changes.approve(store, visitor.name, number, reason, seen)
    return see(request, f"/runs/{number}/plan")


@router.post("/reject")
def reject(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
) -> Response:
    """Reject the plan."""
    plan_changes.reject(store, visitor.name, number, reason, seen)
    return see(request, f"/runs/{number}/plan")


@router.post("/escalate")
def escalate(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    number: RowNumber,
    reason: Reason = "",
    seen: Seen = "",
) -> Response:
    """Hand the decision to those above."""
    plan_changes.escalate(store, visitor.name, number, reason, seen)
    return see(request, f"/runs/{number}/plan")


@router.get("/charts/{key}.{kind}")
def chart(store: StoreDep, visitor: Signed, number: RowNumber, key: str, kind: PictureFormat) -> Response:
    """A chart as a picture."""
    made = plan_charts.chart_of(store, number, key)
    return as_file(picture(made, kind), kind.media_type, f"run-{number}-{made.key}.{kind}")


@router.get("/files.zip")
def all_files(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """All files of the run."""
    packed = plan_files.all_as_zip(store, get(store, number))
    return as_file(packed, "application/zip", f"run-{number}.zip")


@router.get("/plan.xlsx")
def workbook(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """The workbook for Excel."""
    return as_file(plan_files.workbook(store, get(store, number)), _WORKBOOK, f"run-{number}.xlsx")


@router.get("/files/{name:path}")
def file(store: StoreDep, visitor: Signed, number: RowNumber, name: str) -> Response:
    """One file of the run. The report has scripts of its own, so it is saved and not shown here."""
    contents = plan_files.contents(store, get(store, number), name)
    return as_file(contents, plan_files.media_type(name), f"run-{number}-{name.replace('/', '-')}")
