"""Baselines: all versions, one version with its data health, its tables, what differs from another one, files to take away."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from stockrail.web import baseline_files
from stockrail.web.access import Signed, StoreDep
from stockrail.web.files import instance_of
from stockrail.web.render import render
from stockrail.web.row_number import MOST, RowNumber
from stockrail.web.views import baseline, baseline_diff, baselines, grid_table
from stockrail.workbench import baselines as versions

router = APIRouter(prefix="/baselines")

With = Annotated[int | None, Query(alias="with", ge=1, le=MOST)]
Table = Annotated[str | None, Query(max_length=200)]


@router.get("")
def page(request: Request, store: StoreDep, visitor: Signed) -> HTMLResponse:
    """All versions."""
    return render(request, "baselines/page.html", visitor, view=baselines.view(store, visitor.name))


@router.get("/{number}")
def version(request: Request, store: StoreDep, visitor: Signed, number: RowNumber) -> HTMLResponse:
    """A version with what looks wrong in it."""
    view = baseline.view(store, number)
    return render(request, "baselines/version.html", visitor, currency=view.currency, view=view)


@router.get("/{number}/tables/{table}")
def table(request: Request, store: StoreDep, visitor: Signed, number: RowNumber, table: str) -> HTMLResponse:
    """A table of a version."""
    found = versions.get(store, number)
    instance = instance_of(store, number)
    view = grid_table.grid_table(instance, table)
    counts = baseline.row_counts(instance)
    return render(
        request,
        "baselines/table.html",
        visitor,
        currency=instance.settings.currency,
        view=view,
        version=found,
        counts=counts,
        wide=True,
    )


@router.get("/{number}/go")
def go(visitor: Signed, number: RowNumber, table: Annotated[str, Query(max_length=200)]) -> Response:
    """Show the table that was chosen from a list."""
    return RedirectResponse(f"/baselines/{number}/tables/{quote(table, safe='')}", 303)


@router.get("/{number}/diff")
def diff(
    request: Request,
    store: StoreDep,
    visitor: Signed,
    number: RowNumber,
    other: With = None,
    table: Table = None,
) -> HTMLResponse:
    """What differs from another version, from its parent where none is named."""
    view = baseline_diff.view(store, _other(store, number, other), number, table or None)
    return render(request, "baselines/diff.html", visitor, view=view, wide=True)


@router.get("/{number}/diff.csv")
def diff_file(store: StoreDep, visitor: Signed, number: RowNumber, other: With = None) -> Response:
    """All cells that differ."""
    before = _other(store, number, other)
    cells = baseline_diff.all_cells(store, before, number)
    return baseline_files.download(
        baseline_files.csv_of(cells), f"baselines-{before}-{number}.csv", baseline_files.CSV
    )


@router.get("/{number}/export.zip")
def export_zip(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """The files of a version, byte for byte."""
    name = f"{versions.get(store, number).name}-{number}.zip"
    return baseline_files.download(baseline_files.zip_of(store, number), name, baseline_files.ZIP)


@router.get("/{number}/export.xlsx")
def export_workbook(store: StoreDep, visitor: Signed, number: RowNumber) -> Response:
    """A version as a workbook to edit in Excel and upload again."""
    name = f"{versions.get(store, number).name}-{number}.xlsx"
    return baseline_files.download(baseline_files.workbook_of(store, number), name, baseline_files.WORKBOOK)


def _other(store: StoreDep, number: int, other: int | None) -> int:
    """The version that is compared with: the one that was named, or the parent, or the version itself where it has none."""
    return other or versions.get(store, number).parent_id or number
