"""The reference of the REST API, out of its OpenAPI document."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from stockrail.web.access import Signed
from stockrail.web.render import render

router = APIRouter()


@router.get("/api")
def reference(request: Request, visitor: Signed) -> HTMLResponse:
    """Every operation with what it takes and answers."""
    document: dict[str, Any] = request.app.openapi()
    operations = [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    ]
    return render(request, "api_reference.html", visitor, document=document, operations=operations)
