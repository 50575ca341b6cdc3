"""What was missed and why, for scripts."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stockrail.web import happened_changes
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.views import miss, root_cause
from stockrail.web.views.miss import MissView
from stockrail.web.views.root_cause import Filters, RootCauseView
from stockrail.workbench.permissions import Permission
from stockrail.workbench.root_cause.find import find

router = APIRouter(prefix="/root-cause", tags=["root cause"])

Name = Annotated[str | None, Query(max_length=200)]


class Search(BaseModel):
    """A search for misses."""

    model_config = ConfigDict(extra="forbid")

    run: Annotated[int, Field(ge=1, le=MOST)] | None = Field(
        None, description="Run of an approved plan; null for the latest one with actuals."
    )
    seen: str = Field(max_length=400, description="`seen` of GET /api/root-cause.")


class SearchResult(BaseModel):
    """What a search came to."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    periods: int = Field(description="Complete periods in which the plan was in force.")
    misses: int
    added: int
    changed: int
    removed: int
    not_judged: dict[str, str] = Field(description="Guardrails that actuals cannot be held against, and why.")


@router.get("")
def get_misses(
    store: StoreDep,
    visitor: Signed,
    run: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    cause: Name = None,
    kind: Name = None,
    segment: Name = None,
    item: Name = None,
) -> RootCauseView:
    """Misses that were found, filtered, and their money by cause."""
    filters = Filters(run=run, cause=cause, kind=kind, segment=segment, item=item)
    return root_cause.view(store, visitor.name, filters)


@router.post("")
def find_misses(store: StoreDep, visitor: Changing, body: Search) -> SearchResult:
    """Look for misses of a plan in force, and put each down to a cause. With the same actuals it changes nothing."""
    happened_changes.require(store, visitor.name, Permission.ACTUALS_IMPORT, body.seen)
    found = find(store, visitor.name, body.run)
    return SearchResult(
        run_id=found.run_id,
        periods=found.periods,
        misses=len(found.misses),
        added=found.added,
        changed=found.changed,
        removed=found.removed,
        not_judged={one.guardrail: one.reason for one in found.not_judged},
    )


@router.get("/{miss_id}")
def get_miss(store: StoreDep, visitor: Signed, miss_id: RowNumber) -> MissView:
    """One miss with the evidence."""
    return miss.view(store, miss_id)
