"""The scorecard and its metrics for scripts."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockrail.web.access import Signed, StoreDep
from stockrail.web.row_number import MOST
from stockrail.web.views import scorecard, scorecard_metric
from stockrail.web.views.scorecard import ScorecardView
from stockrail.web.views.scorecard_metric import MetricView

router = APIRouter(prefix="/scorecard", tags=["scorecard"])

Day = Annotated[
    dt.date | None,
    Query(description="Any day of the quarter; by default that of the latest actual demand."),
]
RunNumber = Annotated[
    int | None,
    Query(
        ge=1,
        le=MOST,
        description="Run whose plan is compared; by default the one approved for the quarter.",
    ),
]
AgedDays = Annotated[float, Query(ge=1, le=3650, description="Age from which stock counts as aged.")]


@router.get("")
def get_scorecard(
    store: StoreDep, visitor: Signed, day: Day = None, run: RunNumber = None, aged_days: AgedDays = 60.0
) -> ScorecardView:
    """A quarter: promised, planned, actual and last quarter, and whose change it was."""
    return scorecard.view(store, day, run, aged_days)


@router.get("/metrics/{name}")
def get_metric(
    store: StoreDep,
    visitor: Signed,
    name: Annotated[str, Path(max_length=60)],
    day: Day = None,
    run: RunNumber = None,
    aged_days: AgedDays = 60.0,
) -> MetricView:
    """One metric by segment or supplier, and over quarters."""
    return scorecard_metric.view(store, name, day, run, aged_days)
