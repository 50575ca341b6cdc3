"""The audit log for scripts, such as one that keeps the latest hash elsewhere every night."""

from typing import Annotated

from fastapi import APIRouter, Query

from stockrail.web.access import Signed, StoreDep
from stockrail.web.row_number import MOST
from stockrail.web.views import audit

router = APIRouter(prefix="/audit", tags=["audit"])

Filter = Annotated[str | None, Query(max_length=200)]


@router.get("")
def entries(
    store: StoreDep,
    visitor: Signed,
    by: Filter = None,
    entity: Filter = None,
    action: Filter = None,
    before: Annotated[
        int | None, Query(ge=1, le=MOST, description="Only entries with a lower number.")
    ] = None,
) -> audit.AuditView:
    """Up to 100 entries of the log, the newest first."""
    return audit.view(store, visitor.name, by=by, entity=entity, action=action, before=before)


@router.get("/verification")
def verification(
    store: StoreDep,
    visitor: Signed,
    seen: Annotated[str | None, Query(max_length=200, description="Hash that an earlier check gave.")] = None,
) -> audit.VerificationView:
    """Check every entry against the one before it, and every row against the entry that left it behind."""
    return audit.verification(store, visitor.name, seen)
