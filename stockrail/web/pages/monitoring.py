"""Monitoring and drift of master data: what was found, as exceptions for whoever answers for it, and the next plan."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from stockrail.web import happened_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.pages.works import begun, found_or_waiting
from stockrail.web.render import render, see
from stockrail.web.row_number import MOST, OptionalRowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import drift, monitoring
from stockrail.web.works import works_of
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.master_data.exceptions import open_drift
from stockrail.workbench.monitoring.monitor import open_exceptions, start
from stockrail.workbench.permissions import Permission

router = APIRouter(prefix="/actuals")

FormNumber = Annotated[int | None, Form(ge=1, le=MOST)]
Count = Annotated[int | None, Query(ge=0, le=MOST)]


@router.get("/monitor")
def monitor_page(
    request: Request, store: StoreDep, visitor: Signed, run: OptionalRowNumber = None, opened: Count = None
) -> Response:
    """The plan in force against what happened."""
    if not monitoring.is_ready(store, run):
        page_that_waits = found_or_waiting(
            request,
            visitor,
            monitoring.key_of(store, run),
            "What happened against the plan",
            lambda on_step: monitoring.made(store, run, on_step),
        )
        if page_that_waits is not None:
            return page_that_waits
    view = monitoring.view(store, visitor.name, run)
    return render(
        request,
        "actuals/monitor.html",
        visitor,
        currency=view.currency,
        view=view,
        run=run,
        opened=opened,
    )


@router.post("/monitor")
def open_monitored(
    request: Request, store: StoreDep, visitor: Changing, run: FormNumber = None, seen: Seen = ""
) -> Response:
    """Open an exception for each rule that is broken, none twice."""
    happened_changes.require(store, visitor.name, Permission.ACTUALS_IMPORT, seen)

    def doing(on_step: monitoring.OnStep) -> int:
        found = monitoring.made(store, run, on_step)
        return len(open_exceptions(store, visitor.name, found.monitored))

    def target(count: int) -> str:
        query = {"opened": count, **({} if run is None else {"run": run})}
        return f"/actuals/monitor?{urlencode(query)}"

    return begun(request, works_of(request.app).begin("Opening exceptions", target, doing))


@router.post("/monitor/plan")
def plan_again(
    request: Request, store: StoreDep, visitor: Changing, run: FormNumber = None, seen: Seen = ""
) -> Response:
    """Ask for the run that what happened asks for, of the latest baseline."""
    happened_changes.require(store, visitor.name, Permission.RUN_START, seen)
    started = start(store, visitor.name, monitoring.made(store, run).monitored)
    return see(request, f"/runs/{started.run.id}")


@router.get("/drift")
def drift_page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    baseline: OptionalRowNumber = None,
    opened: Count = None,
) -> Response:
    """Master data against what happened."""
    try:
        if not drift.is_ready(store, baseline):
            page_that_waits = found_or_waiting(
                request,
                visitor,
                drift.key_of(store, baseline),
                "Master data against what happened",
                lambda on_step: drift.report_of(store, baseline, on_step=on_step),
            )
            if page_that_waits is not None:
                return page_that_waits
        view = drift.view(store, visitor.name, baseline)
    except NotFoundError as error:
        if baseline is not None:
            raise
        return render(request, "actuals/no_drift.html", visitor, why=str(error))
    return render(
        request,
        "actuals/drift.html",
        visitor,
        currency=view.currency,
        view=view,
        baseline=baseline,
        opened=opened,
    )


@router.post("/drift")
def open_drifted(
    request: Request, store: StoreDep, visitor: Changing, baseline: FormNumber = None, seen: Seen = ""
) -> Response:
    """Open an exception for each check with drift beyond tolerance, none twice."""
    happened_changes.require(store, visitor.name, Permission.BASELINE_IMPORT, seen)
    count = len(open_drift(store, visitor.name, drift.report_of(store, baseline)))
    query = {"opened": count, **({} if baseline is None else {"baseline": baseline})}
    return see(request, f"/actuals/drift?{urlencode(query)}")
