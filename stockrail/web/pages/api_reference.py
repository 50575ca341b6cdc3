"""The page that explains the REST API."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from stockrail.web.access import Signed
from stockrail.web.render import render
from stockrail.web.views.api_reference import api_reference

router = APIRouter()


@router.get("/api")
def reference(request: Request, visitor: Signed) -> HTMLResponse:
    """Every operation with what it takes and answers."""
    return render(request, "api_reference.html", visitor, view=api_reference(request.app.openapi()))
