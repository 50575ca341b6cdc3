"""Runs: the list, starting one, one that goes or has ended, its log."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from stockrail.web import run_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.form_numbers import row_number_in, share_of_percent
from stockrail.web.render import STOP_POLLING, is_partial, render, see
from stockrail.web.row_number import OptionalRowNumber, RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import run_progress, run_start, runs
from stockrail.workbench import baselines
from stockrail.workbench.runs.options import MODELS
from stockrail.workbench.runs.sweeps import KINDS
from stockrail.workbench.store.tables import RunKind

router = APIRouter(prefix="/runs")


_OPTIONS = {kind: tuple(model.model_fields) for kind, model in MODELS.items()}
_PER_CENT = "gap_percent"


class StartForm(BaseModel):
    """The form: blank options have their usual values."""

    model_config = ConfigDict(extra="allow")

    kind: RunKind = "plan"
    scenario: str = Field(default="", max_length=200)
    baseline: str = Field(default="", max_length=10)
    reason: str = Field(default="", max_length=2000)
    seen: str = Field(default="", max_length=400)

    @property
    def options(self) -> dict[str, Any]:
        """Options of the kind that were filled in, as `stockrail.workbench.runs.options.parsed` takes them."""
        given = self.model_extra or {}
        filled = {
            name: given[f"{self.kind}.{name}"]
            for name in _OPTIONS[self.kind]
            if given.get(f"{self.kind}.{name}")
        }
        percent = str(given.get(f"{self.kind}.{_PER_CENT}") or "")
        return filled | ({"gap": share_of_percent(percent)} if percent else {})


@router.get("")
def page(request: Request, store: StoreDep, visitor: Signed, before: OptionalRowNumber = None) -> Response:
    """The latest runs."""
    view = runs.list_view(store, visitor.name, before)
    return render(request, "runs/list.html", visitor, view=view, before=before)


@router.get("/start")
def start_page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    scenario: Annotated[str, Query(max_length=200)] = "",
    baseline: OptionalRowNumber = None,
    kind: RunKind = "plan",
) -> Response:
    """What can be started; htmx asks for the part that says what is chosen."""
    if baselines.latest(store) is None:
        return render(request, "runs/nothing.html", visitor)
    if is_partial(request):
        chosen = run_start.chosen(store, scenario or None, None if scenario else baseline)
        return render(request, "runs/chosen.html", visitor, chosen=chosen)
    view = run_start.view(store, visitor.name, scenario or None, None if scenario else baseline)
    return render(request, "runs/start.html", visitor, view=view, kind=kind)


@router.post("")
def start(
    request: Request, store: StoreDep, visitor: Changing, form: Annotated[StartForm, Form()]
) -> Response:
    """Ask for a run; the same inputs again give the run there is."""
    number = None if form.scenario else row_number_in(form.baseline)
    started = run_changes.start(
        store,
        visitor.name,
        form.kind,
        form.scenario or None,
        number,
        form.options,
        form.reason,
        form.seen,
    )
    return see(request, f"/runs/{started.run.id}" + ("" if started.is_new else "?same=1"))


@router.get("/{number}")
def run_page(
    request: Request, store: StoreDep, visitor: Signed, number: RowNumber, same: bool = False
) -> Response:
    """A run: as it goes, or what became of it."""
    view = runs.view(store, visitor.name, number)
    if view.run.kind in KINDS:
        return RedirectResponse(f"/tradeoffs/{number}" + ("?same=1" if same else ""), 303)
    chart = run_progress.chart(view.progress)
    return render(
        request,
        "runs/page.html",
        visitor,
        currency=view.currency,
        view=view,
        progress=view.progress,
        chart_made=chart,
        is_same=same,
    )


@router.get("/{number}/progress")
def progress(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    tag: Annotated[str, Query(max_length=40)] = "",
    points: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """How the run goes, for a page that asks every second: nothing where nothing has changed, everything where the run has ended.

    `tag` and `points` are what the page shows already.
    """
    now = run_progress.view(store, number)
    if now.is_settled:
        view = runs.view(store, visitor.name, number)
        return render(
            request,
            "runs/run.html",
            visitor,
            status=STOP_POLLING,
            currency=view.currency,
            headers={"HX-Retarget": "#run", "HX-Reswap": "outerHTML"},
            view=view,
            progress=view.progress,
            chart_made=run_progress.chart(view.progress),
        )
    if now.tag == tag:
        return Response(status_code=204)
    # A first point needs a place for the chart, later ones only new data for it.
    made = run_progress.chart(now) if len(now.points) != points else None
    return render(
        request,
        "runs/live.html",
        visitor,
        currency=now.currency,
        progress=now,
        chart_made=made,
        is_update=bool(points),
    )


@router.post("/{number}/cancel")
def cancel(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, seen: Seen = ""
) -> Response:
    """End a run with the best plan it has."""
    run_changes.cancel(store, visitor.name, number, seen)
    return see(request, f"/runs/{number}")


@router.post("/{number}/resume")
def resume(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, seen: Seen = ""
) -> Response:
    """Let a run go on that was ended before it was done."""
    run_changes.resume(store, visitor.name, number, seen)
    return see(request, f"/runs/{number}")


@router.get("/{number}/log")
def log(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """The end of what the run's process said."""
    lines = runs.log_lines(store, number)
    template = "runs/log.html" if is_partial(request) else "runs/log_page.html"
    return render(request, template, visitor, lines=lines, number=number)
