"""The audit log, and its check."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from stockrail.web.access import Signed, StoreDep
from stockrail.web.render import is_partial, render
from stockrail.web.row_number import MOST
from stockrail.web.views import audit

router = APIRouter(prefix="/audit")

Filter = Annotated[str, Query(max_length=200)]


@router.get("")
def page(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    by: Filter = "",
    entity: Filter = "",
    action: Filter = "",
    before: Annotated[int | None, Query(ge=1, le=MOST)] = None,
) -> HTMLResponse:
    """Entries, the newest first; a blank filter is none."""
    view = audit.view(
        store, visitor.name, by=by or None, entity=entity or None, action=action or None, before=before
    )
    return render(request, "audit/page.html", visitor, view=view, check=None)


@router.get("/verification")
def verification(
    request: Request, store: StoreDep, visitor: Signed, seen: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """Check the log and every row: it changes nothing, and takes a moment with a long log."""
    check = audit.verification(store, visitor.name, seen.strip() or None)
    if is_partial(request):
        return render(request, "audit/verification.html", visitor, check=check)
    return render(request, "audit/page.html", visitor, view=audit.view(store, visitor.name), check=check)
