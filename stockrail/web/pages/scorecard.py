"""The scorecard, and one metric of it."""

import datetime as dt
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from stockrail.web.access import Signed, StoreDep
from stockrail.web.pages.chart_pictures import chart_picture
from stockrail.web.pages.works import found_or_waiting
from stockrail.web.pictures import PictureFormat
from stockrail.web.render import render
from stockrail.web.row_number import MOST
from stockrail.web.views import scorecard, scorecard_metric
from stockrail.workbench.errors import StateError

router = APIRouter(prefix="/scorecard")

Day = Annotated[dt.date | None, Query()]
Run = Annotated[int | None, Query(ge=1, le=MOST)]
AgedDays = Annotated[float, Query(ge=1, le=3650)]


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    day: Day = None,
    run: Run = None,
    aged_days: AgedDays = 60.0,
) -> Response:
    """A quarter."""
    try:
        if not scorecard.is_ready(store, day, run, aged_days):
            page_that_waits = found_or_waiting(
                request,
                visitor,
                scorecard.key_of(store, day, run, aged_days),
                "The scorecard",
                lambda on_step: scorecard.made(store, day, run, aged_days, on_step),
            )
            if page_that_waits is not None:
                return page_that_waits
        made = scorecard.made(store, day, run, aged_days)
    except StateError as error:
        if day is not None or run is not None:
            raise
        return render(request, "scorecard/empty.html", visitor, why=str(error))
    query = {"day": made.view.last_day.isoformat(), "run": run, "aged_days": aged_days}
    return render(
        request,
        "scorecard/page.html",
        visitor,
        currency=made.view.currency,
        view=made.view,
        charts={chart.key: chart for chart in made.charts},
        query=urlencode({name: value for name, value in query.items() if value is not None}),
        run=run,
    )


@router.get("/charts/{key}.{kind}")
def chart(
    store: StoreDep,
    visitor: Signed,
    key: str,
    kind: PictureFormat,
    day: Day = None,
    run: Run = None,
    aged_days: AgedDays = 60.0,
) -> Response:
    """A chart of the scorecard as a picture."""
    made = scorecard.made(store, day, run, aged_days)
    return chart_picture(made.charts, key, kind, f"scorecard-{made.view.last_day}")


@router.get("/metrics/{name}/charts/{key}.{kind}")
def metric_chart(
    store: StoreDep,
    visitor: Signed,
    name: Annotated[str, Path(max_length=60)],
    key: str,
    kind: PictureFormat,
    day: Day = None,
    run: Run = None,
    aged_days: AgedDays = 60.0,
) -> Response:
    """A chart of one metric as a picture."""
    view = scorecard_metric.view(store, name, day, run, aged_days)
    return chart_picture(scorecard_metric.charts(view).values(), key, kind, f"{name}-{view.last_day}")


@router.get("/metrics/{name}")
def metric(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    name: Annotated[str, Path(max_length=60)],
    day: Day = None,
    run: Run = None,
    aged_days: AgedDays = 60.0,
) -> Response:
    """One metric by segment or supplier, and over quarters."""
    if not scorecard_metric.is_ready(store, day, run, aged_days):
        page_that_waits = found_or_waiting(
            request,
            visitor,
            f"metric {name} {scorecard.key_of(store, day, run, aged_days)}",
            "The scorecard over quarters",
            lambda on_step: scorecard_metric.view(store, name, day, run, aged_days, on_step),
        )
        if page_that_waits is not None:
            return page_that_waits
    view = scorecard_metric.view(store, name, day, run, aged_days)
    query = {"day": view.last_day.isoformat(), "run": run, "aged_days": aged_days}
    return render(
        request,
        "scorecard/metric.html",
        visitor,
        currency=view.currency,
        view=view,
        charts=scorecard_metric.charts(view),
        query=urlencode({key: value for key, value in query.items() if value is not None}),
    )
