"""Frontiers and tornados: what can be started, those there are, one as it goes or has ended, and files to take away."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from stockrail.web import run_changes, sweep_files
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.form_numbers import number_in, row_number_in, share_of_percent
from stockrail.web.pictures import PictureFormat, as_file, picture
from stockrail.web.render import STOP_POLLING, is_partial, render, see
from stockrail.web.row_number import OptionalRowNumber, RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import frontier, run_progress, sweep_choices, sweeps, tornado
from stockrail.workbench import baselines
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store.tables import RunKind

router = APIRouter(prefix="/tradeoffs")

Text = Annotated[str, Form(max_length=200)]


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    scenario: Annotated[str, Query(max_length=200)] = "",
    baseline: OptionalRowNumber = None,
    limit: Annotated[str, Query(max_length=200)] = "",
    before: OptionalRowNumber = None,
) -> Response:
    """What can be started, and those there are; htmx asks for what depends on what is chosen."""
    if baselines.latest(store) is None:
        return render(request, "tradeoffs/nothing.html", visitor)
    choices = sweep_choices.view(store, visitor.name, scenario or None, None if scenario else baseline)
    context: dict[str, Any] = {"choices": choices, "chosen_limit": _limit(choices, limit)}
    if is_partial(request):
        return render(request, "tradeoffs/start.html", visitor, currency=choices.currency, **context)
    view = sweeps.list_view(store, visitor.name, before)
    return render(
        request,
        "tradeoffs/page.html",
        visitor,
        currency=choices.currency,
        view=view,
        before=before,
        **context,
    )


@router.post("/frontier")
def start_frontier(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    limit: Text = "",
    from_limit: Text = "",
    to_limit: Text = "",
    points: Text = "",
    gap_percent: Text = "",
    time_limit: Text = "",
    scenario: Text = "",
    baseline: Text = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    seen: Seen = "",
) -> Response:
    """Start a frontier; the same inputs again give the one there is."""
    side, _, guardrail = limit.partition("|")
    options = _filled(
        guardrail=guardrail,
        side=side,
        from_limit=number_in(from_limit),
        to_limit=number_in(to_limit),
        points=points,
        gap=share_of_percent(gap_percent),
        time_limit=time_limit,
    )
    return _start(request, store, visitor.name, "frontier", options, scenario, baseline, reason, seen)


@router.post("/tornado")
def start_tornado(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    driver: Annotated[list[str] | None, Form(max_length=500)] = None,
    by_percent: Text = "",
    by_periods: Text = "",
    gap_percent: Text = "",
    time_limit: Text = "",
    scenario: Text = "",
    baseline: Text = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    seen: Seen = "",
) -> Response:
    """Start a tornado; the same inputs again give the one there is."""
    options = _filled(
        drivers=driver or [],
        by=share_of_percent(by_percent),
        by_periods=by_periods,
        gap=share_of_percent(gap_percent),
        time_limit=time_limit,
    )
    return _start(request, store, visitor.name, "tornado", options, scenario, baseline, reason, seen)


@router.get("/{number}")
def sweep_page(
    request: Request, store: StoreDep, visitor: Signed, number: RowNumber, same: bool = False
) -> Response:
    """A frontier or a tornado, as far as it is known."""
    return render(
        request, "tradeoffs/sweep.html", visitor, is_same=same, **_context(store, visitor.name, number)
    )


@router.get("/{number}/progress")
def progress(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    tag: Annotated[str, Query(max_length=40)] = "",
    done: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """How it goes, for a page that asks every second: nothing where nothing has changed, everything where it has ended.

    `tag` and `done` are what the page shows already.
    """
    now = run_progress.view(store, number)
    if now.tag == tag and not now.is_settled:
        return Response(status_code=204)
    context = _context(store, visitor.name, number)
    if now.is_settled:
        whole = {"HX-Retarget": "#sweep", "HX-Reswap": "outerHTML"}
        return render(request, "tradeoffs/run.html", visitor, status=STOP_POLLING, headers=whole, **context)
    has_news = (context["view"].done or 0) != done
    return render(request, "tradeoffs/live.html", visitor, has_news=has_news, **context)


@router.post("/{number}/cancel")
def cancel(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, seen: Seen = ""
) -> Response:
    """End it; what is solved is kept."""
    run_changes.cancel(store, visitor.name, number, seen)
    return see(request, f"/tradeoffs/{number}")


@router.post("/{number}/resume")
def resume(
    request: Request, store: StoreDep, visitor: Changing, number: RowNumber, seen: Seen = ""
) -> Response:
    """Let it go on with what is not solved yet."""
    run_changes.resume(store, visitor.name, number, seen)
    return see(request, f"/tradeoffs/{number}")


@router.get("/{number}/files/{name}")
def file(store: StoreDep, visitor: Signed, number: RowNumber, name: str) -> Response:
    """Its table, or the what-ifs of a tornado."""
    contents, kind = sweep_files.file_of(sweeps.sweep(store, number), name)
    return as_file(contents, kind, f"run-{number}-{name}")


@router.get("/{number}/charts/{key}.{kind}")
def chart_picture(
    store: StoreDep, visitor: Signed, number: RowNumber, key: str, kind: PictureFormat
) -> Response:
    """A chart as a picture."""
    run = sweeps.sweep(store, number)
    made = next((one for one in [*frontier.charts(run), *tornado.charts(run)] if one.key == key), None)
    if made is None:
        raise NotFoundError(f"Run {number} has no chart {key}.")
    return as_file(picture(made, kind), kind.media_type, f"run-{number}-{key}.{kind}")


def _context(store: StoreDep, actor: str, number: int) -> dict[str, Any]:
    run = sweeps.sweep(store, number)
    view = sweeps.view(store, actor, number)
    return {
        "view": view,
        "progress": view.run.progress,
        "charts": [*frontier.charts(run), *tornado.charts(run)],
        "currency": view.run.currency,
    }


def _start(
    request: Request,
    store: StoreDep,
    actor: str,
    kind: RunKind,
    options: Mapping[str, Any],
    scenario: str,
    baseline: str,
    reason: str,
    seen: str,
) -> Response:
    number = row_number_in(baseline)
    started = run_changes.start(
        store, actor, kind, scenario or None, None if scenario else number, options, reason, seen
    )
    return see(request, f"/tradeoffs/{started.run.id}" + ("" if started.is_new else "?same=1"))


def _limit(choices: sweep_choices.SweepChoices, asked: str) -> sweep_choices.LimitChoice | None:
    """The limit that is asked for, or the first one."""
    side, _, guardrail = asked.partition("|")
    named = (one for one in choices.limits if (one.guardrail, one.side) == (guardrail, side))
    return next(named, choices.limits[0] if choices.limits else None)


def _filled(**options: Any) -> dict[str, Any]:
    """Options without the blank ones, which have their usual values."""
    return {name: value for name, value in options.items() if value not in ("", [], None)}
