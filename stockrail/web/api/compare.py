"""Runs side by side, and recorded choices among them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web import compare_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.row_number import MOST as MOST_NUMBER
from stockrail.web.row_number import RowNumber
from stockrail.web.views import compare, comparison_decisions
from stockrail.web.views.compare import CompareView
from stockrail.web.views.comparison_decisions import DecisionView
from stockrail.workbench.comparisons.of_runs import FEWEST, MOST

router = APIRouter(prefix="/compare", tags=["compare"])

RunNumber = Annotated[int, Field(ge=1, le=MOST_NUMBER)]


class NewDecision(BaseModel):
    """A choice among finished plans."""

    model_config = ConfigDict(extra="forbid")

    runs: Annotated[list[RunNumber], Field(min_length=FEWEST, max_length=MOST)] = Field(
        description="In the order in which they were compared: the first one is what the others were compared with."
    )
    chosen: RunNumber = Field(description="One of them.")
    reason: str = Field(min_length=1, max_length=4_000)
    seen: str = Field(max_length=400, description="`seen` of GET /api/compare for these runs.")


@router.get("")
def get_comparison(
    store: StoreDep,
    visitor: Signed,
    run: Annotated[list[RunNumber], Query(max_length=20, description="Two to four finished plans.")] = [],  # noqa: B006
) -> CompareView:
    """Finished plans side by side; without runs those that can be compared."""
    return compare.view(store, visitor.name, run)


@router.post("/decisions", status_code=201)
def record_decision(store: StoreDep, visitor: Changing, body: NewDecision) -> DecisionView:
    """Put on record which plan was chosen, and why, with the numbers of this moment."""
    made = compare_changes.decide(store, visitor.name, body.runs, body.chosen, body.reason, body.seen)
    return comparison_decisions.of_decision(made)


@router.get("/decisions")
def list_decisions(store: StoreDep, visitor: Signed) -> list[DecisionView]:
    """All recorded choices among plans, the latest first."""
    return list(comparison_decisions.all_of(store))


@router.get("/decisions/{decision_id}")
def get_decision(store: StoreDep, visitor: Signed, decision_id: RowNumber) -> DecisionView:
    """One of them."""
    return comparison_decisions.view(store, decision_id)
