"""Upload of a baseline: choose files, see what they would change, import them."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Path, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.baseline_changes import BaselineChanges, sent_files
from stockrail.web.render import render, see
from stockrail.web.stale import Seen
from stockrail.web.views import baselines

router = APIRouter(prefix="/baselines")

Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Files = Annotated[list[UploadFile], File()]


@router.get("/upload")
def page(request: Request, store: StoreDep, visitor: Signed) -> HTMLResponse:
    """Choose what to upload."""
    most = request.app.state.settings.most_upload_bytes
    return render(
        request,
        "baselines/upload.html",
        visitor,
        view=baselines.view(store, visitor.name),
        most_upload_bytes=most,
    )


@router.post("/upload")
def upload(request: Request, store: StoreDep, visitor: Changing, files: Files, seen: Seen = "") -> Response:
    """Check what came; nothing is imported yet."""
    found = BaselineChanges(store, visitor.name).upload(sent_files(files), seen)
    return see(request, f"/baselines/upload/{found.digest}")


@router.get("/upload/{digest}")
def preview(request: Request, store: StoreDep, visitor: Signed, digest: Digest) -> HTMLResponse:
    """What the upload would change."""
    view = BaselineChanges(store, visitor.name).uploaded(digest)
    return render(request, "baselines/preview.html", visitor, currency=view.currency, view=view, wide=True)


@router.post("/upload/{digest}/import")
def confirm(
    request: Request,
    store: StoreDep,
    visitor: Changing,
    digest: Digest,
    message: Annotated[str, Form(max_length=2000)] = "",
    seen: Seen = "",
) -> Response:
    """Import the upload as the next version."""
    made = BaselineChanges(store, visitor.name).confirm(digest, message, seen)
    return see(request, f"/baselines/{made.id}")


@router.post("/upload/{digest}/discard")
def discard(
    request: Request, store: StoreDep, visitor: Changing, digest: Digest, seen: Seen = ""
) -> Response:
    """Forget the upload."""
    BaselineChanges(store, visitor.name).discard(seen)
    return see(request, "/baselines")
