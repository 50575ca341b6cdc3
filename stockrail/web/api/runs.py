"""Runs for scripts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette import status

from stockrail.web import run_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.row_number import MOST, OptionalRowNumber, RowNumber
from stockrail.web.views import run_progress, run_start, runs
from stockrail.workbench.store.tables import RunKind, RunState

router = APIRouter(prefix="/runs", tags=["runs"])


class StartBody(BaseModel):
    """What is to be run."""

    model_config = ConfigDict(extra="forbid")

    kind: RunKind = "plan"
    scenario: str | None = Field(default=None, max_length=200, description="Null for a baseline as it is.")
    baseline_id: int | None = Field(
        default=None, ge=1, le=MOST, description="Null for the scenario's own, or the latest."
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Of `GET /api/runs/choices`; those left out have their usual values.",
    )
    reason: str = Field(default="", max_length=2000, description="Why; kept with the run.")
    seen: str = Field(max_length=400, description="Of `GET /api/runs/choices` for this scenario or baseline.")


class StartedView(BaseModel):
    """The run that was asked for."""

    id: int
    state: RunState
    is_new: bool = Field(description="False where the same inputs had a run already, which is this one.")


class SeenBody(BaseModel):
    """What the visitor looked at."""

    model_config = ConfigDict(extra="forbid")

    seen: str = Field(max_length=400, description="`seen` of the run.")


class StateView(BaseModel):
    """What the run is now."""

    id: int
    state: RunState


class LogView(BaseModel):
    """The end of what the run's process has said."""

    lines: tuple[str, ...]


@router.get("")
def list_(
    store: StoreDep,
    visitor: Signed,
    before: OptionalRowNumber = None,
    most: Annotated[int, Query(ge=1, le=500)] = runs.PAGE,
) -> runs.RunsView:
    """The latest runs, the newest first; `before` gives the next page."""
    return runs.list_view(store, visitor.name, before, most)


@router.get("/choices")
def choices(
    store: StoreDep,
    visitor: Signed,
    scenario: Annotated[str | None, Query(max_length=200)] = None,
    baseline_id: OptionalRowNumber = None,
) -> run_start.StartView:
    """What can be run, with which options, and `seen` for one scenario or baseline."""
    return run_start.view(store, visitor.name, scenario, baseline_id)


@router.post("", status_code=status.HTTP_201_CREATED)
def start(store: StoreDep, visitor: Changing, body: StartBody, response: Response) -> StartedView:
    """Ask for a run. The same inputs again give the run there is, with status 200."""
    started = run_changes.start(
        store,
        visitor.name,
        body.kind,
        body.scenario,
        body.baseline_id,
        body.options,
        body.reason,
        body.seen,
    )
    if not started.is_new:
        response.status_code = status.HTTP_200_OK
    return StartedView(id=started.run.id, state=started.run.state, is_new=started.is_new)


@router.get("/{number}")
def run(store: StoreDep, visitor: Signed, number: RowNumber) -> runs.RunView:
    """A run: what was asked for, how it stands, what is proven."""
    return runs.view(store, visitor.name, number)


@router.get("/{number}/progress")
def progress(store: StoreDep, visitor: Signed, number: RowNumber) -> run_progress.ProgressView:
    """How a run goes: place in the queue, phase, best plan, bound and gap. Cheap."""
    return run_progress.view(store, number)


@router.get("/{number}/log")
def log(store: StoreDep, visitor: Signed, number: RowNumber) -> LogView:
    """The end of what the run's process has said."""
    return LogView(lines=runs.log_lines(store, number))


@router.post("/{number}/cancel")
def cancel(store: StoreDep, visitor: Changing, number: RowNumber, body: SeenBody) -> StateView:
    """End a run within three seconds. Its best plan is kept."""
    ended = run_changes.cancel(store, visitor.name, number, body.seen)
    return StateView(id=ended.id, state=ended.state)


@router.post("/{number}/resume")
def resume(store: StoreDep, visitor: Changing, number: RowNumber, body: SeenBody) -> StateView:
    """Let a run go on that was interrupted, cancelled or failed."""
    resumed = run_changes.resume(store, visitor.name, number, body.seen)
    return StateView(id=resumed.id, state=resumed.state)
