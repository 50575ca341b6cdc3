"""Actuals for scripts: imports, monitoring, drift of master data."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from stockrail.model.problems import InstanceError
from stockrail.web import happened_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.actuals_upload import import_sent, sent_actuals
from stockrail.web.row_number import MOST
from stockrail.web.views import actuals, drift, monitoring
from stockrail.web.views.actuals import ActualsView, ImportView
from stockrail.web.views.drift import DriftView
from stockrail.web.views.monitoring import MonitorView
from stockrail.workbench.master_data.exceptions import open_drift
from stockrail.workbench.monitoring.actuals_files import ActualsError
from stockrail.workbench.monitoring.monitor import open_exceptions, start
from stockrail.workbench.permissions import Permission

router = APIRouter(prefix="/actuals", tags=["actuals"])

RowNumber = Annotated[int, Field(ge=1, le=MOST)]
RunNumber = Annotated[
    int | None,
    Query(ge=1, le=MOST, description="Run of an approved plan; by default the latest one with actuals."),
]


class OfPlan(BaseModel):
    """A change that is about the plan in force."""

    model_config = ConfigDict(extra="forbid")

    run: RowNumber | None = Field(
        None, description="Run of an approved plan; null for the latest one with actuals."
    )
    seen: str = Field(max_length=400, description="`seen` of GET /api/actuals/monitor.")


class OfBaseline(BaseModel):
    """A change that is about a baseline."""

    model_config = ConfigDict(extra="forbid")

    baseline: RowNumber | None = Field(default=None, description="Null for the latest one.")
    seen: str = Field(max_length=400, description="`seen` of GET /api/actuals/drift.")


class OpenExceptions(BaseModel):
    """Numbers of the exceptions that are open about what was found."""

    model_config = ConfigDict(frozen=True)

    exceptions: list[int]


class StartedRun(BaseModel):
    """The run that was asked for."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    is_new: bool = Field(description="False where the same inputs were planned already.")


@router.get("")
def get_actuals(store: StoreDep, visitor: Signed) -> ActualsView:
    """What was imported so far."""
    return actuals.view(store, visitor.name)


@router.post("")
def import_actuals(
    store: StoreDep,
    visitor: Changing,
    files: Annotated[
        list[UploadFile], File(description="demand.csv, receipts.csv, stock.csv, spend.csv: any of them.")
    ],
    seen: Annotated[str, Form(max_length=400, description="`seen` of GET /api/actuals.")] = "",
    replace: Annotated[bool, Form(description="Also take other values of rows that are known.")] = False,
) -> ImportView:
    """Import files of actuals: all of them, or none where anything is wrong."""
    happened_changes.require(store, visitor.name, Permission.ACTUALS_IMPORT, seen)
    try:
        return actuals.of_import(import_sent(store, visitor.name, sent_actuals(files), replace=replace))
    except ActualsError as error:
        raise InstanceError(list(error.problems)) from error


@router.get("/monitor")
def get_monitor(store: StoreDep, visitor: Signed, run: RunNumber = None) -> MonitorView:
    """The plan in force against what happened; changes nothing."""
    return monitoring.view(store, visitor.name, run)


@router.post("/monitor")
def open_monitored(store: StoreDep, visitor: Changing, body: OfPlan) -> OpenExceptions:
    """Open an exception for each rule that is broken, none twice."""
    happened_changes.require(store, visitor.name, Permission.ACTUALS_IMPORT, body.seen)
    found = open_exceptions(store, visitor.name, monitoring.made(store, body.run).monitored)
    return OpenExceptions(exceptions=sorted(row.id for row in found))


@router.post("/monitor/plan")
def plan_again(store: StoreDep, visitor: Changing, body: OfPlan) -> StartedRun:
    """Ask for the run that what happened asks for, of the latest baseline; its reason has each of the triggers."""
    happened_changes.require(store, visitor.name, Permission.RUN_START, body.seen)
    started = start(store, visitor.name, monitoring.made(store, body.run).monitored)
    return StartedRun(run_id=started.run.id, is_new=started.is_new)


@router.get("/drift")
def get_drift(
    store: StoreDep,
    visitor: Signed,
    baseline: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> DriftView:
    """Master data that is not as the baseline says, by what happened on these days."""
    return drift.view(store, visitor.name, baseline, first, last)


@router.post("/drift")
def open_drifted(store: StoreDep, visitor: Changing, body: OfBaseline) -> OpenExceptions:
    """Open an exception for each check with drift beyond tolerance, none twice."""
    happened_changes.require(store, visitor.name, Permission.BASELINE_IMPORT, body.seen)
    found = open_drift(store, visitor.name, drift.report_of(store, body.baseline))
    return OpenExceptions(exceptions=sorted(row.id for row in found))
