"""Frontiers, tornados and trade-off records for scripts. Cancel and resume are those of runs."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette import status

from stockrail.web import run_changes, sweep_files, tradeoff_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.api.runs import StartedView
from stockrail.web.row_number import MOST, OptionalRowNumber, RowNumber
from stockrail.web.views import sweep_choices, sweeps, tradeoffs
from stockrail.workbench.runs.options import Number as Limit
from stockrail.workbench.store.tables import RunKind

router = APIRouter(prefix="/tradeoffs", tags=["frontiers, tornados and trade-offs"])

Size = Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)]
Words = Annotated[str, Field(max_length=20_000)]


class _StartBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scenario: str | None = Field(default=None, max_length=200, description="Null for a baseline as it is.")
    baseline_id: int | None = Field(
        default=None, ge=1, le=MOST, description="Null for the scenario's own, or the latest."
    )
    gap: float = Field(default=0.003, ge=0.0, allow_inf_nan=False, description="Of each solve, a share.")
    time_limit: float = Field(
        default=300.0, gt=0.0, allow_inf_nan=False, description="Seconds for each solve."
    )
    seed: int = Field(default=0, ge=0, le=MOST)
    workers: int | None = Field(default=None, ge=1, le=1024)
    reason: str = Field(default="", max_length=2000, description="Why; kept with the run.")
    seen: str = Field(max_length=400, description="`chosen.seen` of `GET /api/tradeoffs/choices`.")

    @property
    def options(self) -> dict[str, Any]:
        """Options of the kind, those that are stated."""
        others = {"scenario", "baseline_id", "reason", "seen"}
        return self.model_dump(exclude=others, exclude_unset=True, exclude_none=True)


class FrontierBody(_StartBody):
    """A frontier: `limits`, or `from_limit` and `to_limit` with `points`."""

    guardrail: str = Field(min_length=1, max_length=200)
    side: str = Field(default="upper", pattern="^(upper|lower)$")
    limits: list[Limit] | None = Field(default=None, min_length=2, max_length=500)
    from_limit: Limit | None = None
    to_limit: Limit | None = None
    points: int | None = Field(default=None, ge=2, le=500)


class TornadoBody(_StartBody):
    """A tornado."""

    drivers: list[str] = Field(default_factory=list, max_length=500, description="Empty for all.")
    by: Size = Field(default=0.1, description="Share by which drivers move.")
    by_periods: int = Field(default=1, ge=1, le=520, description="Periods by which lead times move.")
    changes: dict[str, Limit] = Field(default_factory=dict, description="Sizes of single drivers.")


class RecordBody(BaseModel):
    """A new trade-off record; docs/tradeoffs.md says what each field is for."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40, description="funded_build, service_change or cash_posture.")
    name: str = Field(max_length=400, description="Of a funded build the name of the build.")
    owner: str = Field(max_length=400)
    reason: Words
    expected_result: Words
    expected_money: float | None = Field(default=None, allow_inf_nan=False)
    exit_kind: str = Field(max_length=40, description="markdown, rebalancing or target_change.")
    exit_plan: Words
    allocation_rule: Words
    customer_message: Words
    review_date: dt.date = Field(description="After today.")
    run: int | None = Field(default=None, ge=1, le=MOST)
    seen: str = Field(max_length=400, description="`seen` of `GET /api/tradeoffs/records`.")


class ReviewBody(BaseModel):
    """A review."""

    model_config = ConfigDict(extra="forbid")

    result: Words = Field(description="What it found, and why the record goes on.")
    next_review: dt.date = Field(description="After today.")
    seen: str = Field(max_length=400, description="`seen` of the record.")


class CloseBody(BaseModel):
    """The end of a record."""

    model_config = ConfigDict(extra="forbid")

    result: Words = Field(description="What came of it.")
    result_money: float | None = Field(default=None, allow_inf_nan=False)
    seen: str = Field(max_length=400, description="`seen` of the record.")


@router.get("")
def list_(
    store: StoreDep,
    visitor: Signed,
    before: OptionalRowNumber = None,
    most: Annotated[int, Query(ge=1, le=200)] = sweeps.PAGE,
) -> sweeps.SweepsView:
    """Frontiers and tornados, the newest first; `before` gives the next page."""
    return sweeps.list_view(store, visitor.name, before, most)


@router.get("/choices")
def choices(
    store: StoreDep,
    visitor: Signed,
    scenario: Annotated[str | None, Query(max_length=200)] = None,
    baseline_id: OptionalRowNumber = None,
) -> sweep_choices.SweepChoices:
    """Limits and drivers of a scenario or a baseline, and `seen` to start with."""
    return sweep_choices.view(store, visitor.name, scenario, baseline_id)


@router.post("/frontier", status_code=status.HTTP_201_CREATED)
def start_frontier(store: StoreDep, visitor: Changing, body: FrontierBody, response: Response) -> StartedView:
    """Start a frontier. The same inputs again give the one there is, with status 200."""
    return _start(store, visitor.name, "frontier", body, response)


@router.post("/tornado", status_code=status.HTTP_201_CREATED)
def start_tornado(store: StoreDep, visitor: Changing, body: TornadoBody, response: Response) -> StartedView:
    """Start a tornado. The same inputs again give the one there is, with status 200."""
    return _start(store, visitor.name, "tornado", body, response)


@router.get("/records")
def records(
    store: StoreDep, visitor: Signed, closed: Annotated[bool, Query()] = True
) -> tradeoffs.RecordsView:
    """Trade-off records, the next review first, and funded builds without one."""
    return tradeoffs.records_view(store, visitor.name, has_closed=closed)


@router.post("/records", status_code=status.HTTP_201_CREATED)
def add(store: StoreDep, visitor: Changing, body: RecordBody) -> tradeoffs.RecordView:
    """Add a record: complete or not at all."""
    row = tradeoff_changes.add(store, visitor.name, body.model_dump(exclude={"seen"}), body.seen)
    return tradeoffs.view(store, visitor.name, row.id)


@router.get("/records/{number}")
def record(store: StoreDep, visitor: Signed, number: RowNumber) -> tradeoffs.RecordView:
    """A record."""
    return tradeoffs.view(store, visitor.name, number)


@router.post("/records/{number}/review")
def review(store: StoreDep, visitor: Changing, number: RowNumber, body: ReviewBody) -> tradeoffs.RecordView:
    """Hold a review: the record goes on until the next one."""
    tradeoff_changes.review(store, visitor.name, number, body.result, body.next_review, body.seen)
    return tradeoffs.view(store, visitor.name, number)


@router.post("/records/{number}/close")
def close(store: StoreDep, visitor: Changing, number: RowNumber, body: CloseBody) -> tradeoffs.RecordView:
    """End a record with what came of it."""
    tradeoff_changes.close(store, visitor.name, number, body.result, body.result_money, body.seen)
    return tradeoffs.view(store, visitor.name, number)


@router.get("/{number}")
def sweep(store: StoreDep, visitor: Signed, number: RowNumber) -> sweeps.SweepView:
    """A frontier or a tornado, as far as it is known; while it goes, too."""
    return sweeps.view(store, visitor.name, number)


@router.get("/{number}/files/{name}", response_class=Response)
def file(store: StoreDep, visitor: Signed, number: RowNumber, name: str) -> Response:
    """frontier.csv; of a tornado tornado.csv, and scenarios.yaml with its what-ifs."""
    contents, kind = sweep_files.file_of(sweeps.sweep(store, number), name)
    return Response(contents, media_type=kind)


def _start(store: StoreDep, actor: str, kind: RunKind, body: _StartBody, response: Response) -> StartedView:
    started = run_changes.start(
        store, actor, kind, body.scenario, body.baseline_id, body.options, body.reason, body.seen
    )
    if not started.is_new:
        response.status_code = status.HTTP_200_OK
    return StartedView(id=started.run.id, state=started.run.state, is_new=started.is_new)
