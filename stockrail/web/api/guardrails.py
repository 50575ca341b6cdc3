"""Guardrails for scripts."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web import guardrail_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.guardrail_changes import Terms
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.views import guardrail_least, guardrail_version, guardrails
from stockrail.workbench.errors import NotFoundError
from stockrail.workbench.store.tables import GuardrailState

router = APIRouter(prefix="/guardrails", tags=["guardrails"])

NO_BASELINE = "There is no baseline yet, and so there are no limits: import one first."


class ProposalBody(BaseModel):
    """Limits that are proposed, as whole tables."""

    model_config = ConfigDict(extra="forbid")

    tables: dict[str, list[dict[str, str | int | float | None]]] = Field(
        description="Rows of guardrails, guardrail_limits and funded_builds, as in the instance format; a table that is left out has no rows."
    )
    effective_from: dt.date = Field(description="First day on which they hold.")
    effective_to: dt.date | None = Field(
        default=None, description="Last day; null for until another version takes over."
    )
    reason: str = Field(max_length=2000, description="Why they change; not blank.")
    seen: str = Field(max_length=400, description="`seen` of `GET /api/guardrails`.")


class DecisionBody(BaseModel):
    """A decision about a version."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=2000, description="Why; not blank.")
    seen: str = Field(max_length=400, description="`seen` of the version.")


class VersionStateView(BaseModel):
    """What a version is now."""

    id: int
    state: GuardrailState


@router.get("")
def in_force(
    store: StoreDep, visitor: Signed, run: Annotated[int | None, Query(ge=1, le=MOST)] = None
) -> guardrails.GuardrailsView:
    """The limits in force, what the plan of a run makes of them, what they are worth, and all versions."""
    found = guardrails.view(store, visitor.name, run)
    if found is None:
        raise NotFoundError(NO_BASELINE)
    return found


@router.get("/least")
def least(store: StoreDep, visitor: Signed) -> guardrail_least.LeastLimitsView:
    """How tight the limits in force could be: what no plan can keep, and what a plan is known to keep."""
    found = guardrail_least.view(store, visitor.name)
    if found is None:
        raise NotFoundError(NO_BASELINE)
    return found


@router.get("/{number}")
def version(store: StoreDep, visitor: Signed, number: RowNumber) -> guardrail_version.GuardrailVersionView:
    """A version with its tables, and what differs from the limits in force."""
    return guardrail_version.view(store, visitor.name, number)


@router.post("", status_code=201)
def propose(store: StoreDep, visitor: Changing, body: ProposalBody) -> VersionStateView:
    """Propose limits, to hold from a day on once somebody else has approved them."""
    terms = Terms(body.effective_from, body.effective_to, body.reason)
    made = guardrail_changes.propose_tables(store, visitor.name, body.tables, terms, body.seen)
    return VersionStateView(id=made.id, state=made.state)


@router.post("/{number}/approve")
def approve(store: StoreDep, visitor: Changing, number: RowNumber, body: DecisionBody) -> VersionStateView:
    """Approve limits that somebody else proposed."""
    made = guardrail_changes.approve(store, visitor.name, number, body.reason, body.seen)
    return VersionStateView(id=made.id, state=made.state)


@router.post("/{number}/reject")
def reject(store: StoreDep, visitor: Changing, number: RowNumber, body: DecisionBody) -> VersionStateView:
    """Reject limits that somebody else proposed."""
    made = guardrail_changes.reject(store, visitor.name, number, body.reason, body.seen)
    return VersionStateView(id=made.id, state=made.state)


@router.post("/{number}/withdraw")
def withdraw(store: StoreDep, visitor: Changing, number: RowNumber, body: DecisionBody) -> VersionStateView:
    """Take back limits that you proposed and nobody has decided on."""
    made = guardrail_changes.withdraw(store, visitor.name, number, body.reason, body.seen)
    return VersionStateView(id=made.id, state=made.state)
