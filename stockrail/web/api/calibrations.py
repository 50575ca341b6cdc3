"""Calibrations, their targets, and decisions on them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from stockrail.web import calibration_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.row_number import RowNumber
from stockrail.web.views import calibration, calibration_items, calibrations
from stockrail.web.views.calibration import CalibrationView
from stockrail.web.views.calibration_items import ItemChangesView
from stockrail.web.views.calibrations import CalibrationsView
from stockrail.web.views.proposed_segment import DecisionView, decision_view
from stockrail.workbench.calibrations.accepted import accepted_targets, together
from stockrail.workbench.calibrations.decisions import Verdict

router = APIRouter(prefix="/calibrations", tags=["calibrations"])


class DecisionBody(BaseModel):
    """A decision on the targets of a segment."""

    model_config = ConfigDict(extra="forbid")

    segment: str = Field(max_length=200)
    verdict: Verdict
    reason: str = Field(max_length=20_000, description="Not blank.")
    seen: str = Field(max_length=400, description="`seen` of the segment that was looked at.")


class TogetherView(BaseModel):
    """What accepted targets and today's mean together. Money in the baseline's currency."""

    model_config = ConfigDict(frozen=True)

    is_known: bool = Field(description="False where today's targets are not known.")
    expected_margin: float | None
    inventory_value: float | None = Field(description="Mean over the horizon.")
    fill_rate: float | None
    broken: tuple[str, ...] = Field(description="Hard limits that they do not keep, in words.")


@router.get("")
def listed(store: StoreDep, visitor: Signed) -> CalibrationsView:
    """Calibrations, and the targets in force by segment."""
    return calibrations.view(store, visitor.name)


@router.get("/{number}")
def one(store: StoreDep, visitor: Signed, number: RowNumber) -> CalibrationView:
    """A calibration: targets by segment, old and new, with money, service and reasons."""
    return calibration.view(store, visitor.name, number)


@router.get("/{number}/items")
def items(
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    segment: Annotated[str | None, Query(max_length=200)] = None,
) -> ItemChangesView:
    """Items with their old and new targets, of one segment or all."""
    return calibration_items.view(store, number, segment)


@router.get("/{number}/together")
def of_all(store: StoreDep, visitor: Signed, number: RowNumber) -> TogetherView:
    """What accepted targets and today's mean together, and which hard limits they break."""
    found = together(store, number)
    if found is None:
        return TogetherView(
            is_known=False, expected_margin=None, inventory_value=None, fill_rate=None, broken=()
        )
    return TogetherView(
        is_known=True,
        expected_margin=found.expected_margin,
        inventory_value=found.inventory_value,
        fill_rate=found.fill_rate,
        broken=found.broken,
    )


@router.get("/{number}/targets.csv", response_class=Response)
def targets(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """Targets for the ERP as CSV: new ones of accepted segments, today's of the others."""
    return Response(accepted_targets(store, number).csv(), media_type="text/csv; charset=utf-8")


@router.post("/{number}/decisions")
def decide(store: StoreDep, visitor: Changing, number: RowNumber, body: DecisionBody) -> DecisionView:
    """Accept or reject the targets of a segment."""
    made = calibration_changes.decide(
        store, visitor.name, number, body.segment, body.verdict, body.reason, body.seen
    )
    return decision_view(made)
