"""Plans for scripts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web import plan_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.plan_contents import contents_of
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.views import plan, plan_charts
from stockrail.web.views.plan_approval import ApprovalView, approval_view
from stockrail.web.views.plan_buys import By, Decision, OrdersView, orders_view
from stockrail.web.views.plan_parts import PlanView
from stockrail.workbench.runs.lookup import get

router = APIRouter(prefix="/runs/{number}", tags=["plan"])


class DecideBody(BaseModel):
    """A decision about a plan."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=20_000, description="Why; whoever looks later has only that."
    )
    seen: str = Field(max_length=400, description="`approval.seen` of the plan.")


class ChartView(BaseModel):
    """A chart."""

    key: str
    description: str
    specification: dict[str, Any] = Field(description="Vega-Lite; colours are names of CSS variables.")


@router.get("/plan")
def plan_(
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    by: By = "items",
    against: Annotated[int | None, Query(ge=1, le=MOST)] = None,
) -> PlanView:
    """The plan of a run with its certificate. With `against` another run is compared, which takes some seconds."""
    return plan.view(store, visitor.name, number, by, against)


@router.get("/plan/orders")
def orders(
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    decision: Decision | None = None,
    item: Annotated[str | None, Query(max_length=200)] = None,
) -> OrdersView:
    """Orders, the soonest first; at most 2,000. The file orders.csv has all."""
    return orders_view(contents_of(store, get(store, number)), decision, item)


@router.get("/charts/{key}")
def chart(store: StoreDep, visitor: Signed, number: RowNumber, key: str) -> ChartView:
    """A chart of the run."""
    made = plan_charts.chart_of(store, number, key)
    return ChartView(key=made.key, description=made.description, specification=made.specification)


@router.post("/approve")
def approve(store: StoreDep, visitor: Changing, number: RowNumber, body: DecideBody) -> ApprovalView:
    """Approve the plan: it is then the one in force."""
    plan_changes.approve(store, visitor.name, number, body.reason, body.seen)
    return approval_view(store, visitor.name, number)


@router.post("/reject")
def reject(store: StoreDep, visitor: Changing, number: RowNumber, body: DecideBody) -> ApprovalView:
    """Reject the plan."""
    plan_changes.reject(store, visitor.name, number, body.reason, body.seen)
    return approval_view(store, visitor.name, number)


@router.post("/escalate")
def escalate(store: StoreDep, visitor: Changing, number: RowNumber, body: DecideBody) -> ApprovalView:
    """Hand the decision to those who may pass over rules."""
    plan_changes.escalate(store, visitor.name, number, body.reason, body.seen)
    return approval_view(store, visitor.name, number)
