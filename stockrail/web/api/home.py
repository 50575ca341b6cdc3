"""Home and exceptions for scripts."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web import exception_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.row_number import RowNumber
from stockrail.web.views import exceptions, home
from stockrail.workbench.store.tables import ExceptionState

router = APIRouter(tags=["home"])

Role = Annotated[
    str | None,
    Query(max_length=200, description="Whose exceptions: a role, or `mine`; all where it is left out."),
]


class ReasonBody(BaseModel):
    """A decision about an exception."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=2000, description="Why; not blank.")
    seen: str = Field(max_length=400, description="`seen` of the exception.")


class ExceptionStateView(BaseModel):
    """What the exception is now."""

    id: int
    state: ExceptionState


@router.get("/home")
def home_(store: StoreDep, visitor: Signed, role: Role = None) -> home.HomeView:
    """What waits for whom, what goes on, what is next and what changed last."""
    return home.view(store, visitor.name, role)


@router.get("/exceptions")
def list_(store: StoreDep, visitor: Signed, role: Role = None) -> exceptions.ExceptionsView:
    """Open exceptions, the most money first."""
    return exceptions.view(store, visitor.name, role)


@router.post("/exceptions/{number}/resolve")
def resolve(store: StoreDep, visitor: Changing, number: RowNumber, body: ReasonBody) -> ExceptionStateView:
    """Decide what an exception waits for. It takes the role that owns it."""
    row = exception_changes.resolve(store, visitor.name, number, body.reason, body.seen)
    return ExceptionStateView(id=row.id, state=row.state)


@router.post("/exceptions/{number}/waive")
def waive(store: StoreDep, visitor: Changing, number: RowNumber, body: ReasonBody) -> ExceptionStateView:
    """Let a plan pass although it breaks a rule, whoever owns the rule."""
    row = exception_changes.waive(store, visitor.name, number, body.reason, body.seen)
    return ExceptionStateView(id=row.id, state=row.state)
