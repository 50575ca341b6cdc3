"""Baselines for scripts."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.responses import Response

from stockrail.web import baseline_files
from stockrail.web.access import Changing, Signed, StoreDep
from stockrail.web.baseline_changes import BaselineChanges, sent_files
from stockrail.web.files import instance_of
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.stale import Seen
from stockrail.web.views import baseline, baseline_diff, baselines, grid_table
from stockrail.web.views.baseline_upload import UploadView

router = APIRouter(prefix="/baselines", tags=["baselines"])

Files = Annotated[
    list[UploadFile],
    File(description="The files of an instance folder, or one .zip of them, or one workbook (.xlsx)."),
]


@router.get("")
def all_versions(store: StoreDep, visitor: Signed) -> baselines.BaselinesView:
    """All versions, the latest first."""
    return baselines.view(store, visitor.name)


@router.post("", status_code=201)
def import_version(
    store: StoreDep,
    visitor: Changing,
    files: Files,
    message: Annotated[str, Form(max_length=2000, description="What changed and why.")],
    seen: Seen,
) -> baseline.BaselineView:
    """Import a version. What differs from the latest must belong to your roles; the same files again are the version there is."""
    made = BaselineChanges(store, visitor.name).import_files(sent_files(files), message, seen)
    return baseline.view(store, made.id)


@router.post("/preview")
def preview(store: StoreDep, visitor: Changing, files: Files, seen: Seen) -> UploadView:
    """Check files and say what they would change. Nothing is imported."""
    return BaselineChanges(store, visitor.name).upload(sent_files(files), seen)


@router.get("/{number}")
def version(store: StoreDep, visitor: Signed, number: RowNumber) -> baseline.BaselineView:
    """A version: what is in it, and what of it looks wrong."""
    return baseline.view(store, number)


@router.get("/{number}/tables/{table}")
def table(store: StoreDep, visitor: Signed, number: RowNumber, table: str) -> grid_table.GridTableView:
    """A table of a version; `settings` is one as well."""
    return grid_table.grid_table(instance_of(store, number), table)


@router.get("/{number}/diff")
def diff(
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    other: Annotated[int, Query(alias="with", ge=1, le=MOST, description="The version before.")],
    table: Annotated[str | None, Query(max_length=200)] = None,
) -> baseline_diff.DiffView:
    """What differs from another version, cell by cell."""
    return baseline_diff.view(store, other, number, table)


@router.get("/{number}/export.zip", response_class=Response)
def export_zip(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """The files of a version, byte for byte."""
    return baseline_files.download(
        baseline_files.zip_of(store, number), f"baseline-{number}.zip", baseline_files.ZIP
    )


@router.get("/{number}/export.xlsx", response_class=Response)
def export_workbook(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """A version as a workbook to edit in Excel and upload again."""
    return baseline_files.download(
        baseline_files.workbook_of(store, number), f"baseline-{number}.xlsx", baseline_files.WORKBOOK
    )
