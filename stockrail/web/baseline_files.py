"""Files that a visitor takes away: a version as a .zip or as a workbook, a difference as CSV."""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from starlette.responses import Response

from stockrail.web.files import instance_of
from stockrail.web.views.baseline_diff import DiffCellView
from stockrail.workbench import baselines
from stockrail.workbench.excel.export import export_workbook
from stockrail.workbench.store import Store

ZIP, CSV = "application/zip", "text/csv; charset=utf-8"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of texts that a spreadsheet takes for a formula."""


def zip_of(store: Store, baseline_id: int) -> bytes:
    """The files of a version, byte for byte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in baselines.files_of(store, baseline_id).items():
            # One time for all, so that the same version is the same .zip.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def workbook_of(store: Store, baseline_id: int) -> bytes:
    """The workbook to edit in Excel, as `stockrail excel export` writes it."""
    version = baselines.get(store, baseline_id)
    with tempfile.TemporaryDirectory(prefix="stockrail-") as folder:
        path = Path(folder) / "baseline.xlsx"
        source = f"baseline {baseline_id} ({version.hash[:12]})"
        export_workbook(instance_of(store, baseline_id), path, source=source)
        return path.read_bytes()


def csv_of(cells: Iterable[DiffCellView]) -> bytes:
    """Cells that differ, one in a line."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = list(DiffCellView.model_fields)
    writer.writerow(names)
    writer.writerows([_harmless(getattr(cell, name)) for name in names] for cell in cells)
    return text.getvalue().encode("utf-8")


def download(data: bytes, name: str, kind: str) -> Response:
    """A file that the browser keeps."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "baseline"
    return Response(data, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{safe}"'})


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
