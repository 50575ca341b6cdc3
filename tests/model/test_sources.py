"""Folders and workbooks as cells, and files that are of no use."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stockrail.model.problems import Problem
from stockrail.model.reader import load
from stockrail.model.schema import Item
from stockrail.model.sources import _text
from tests.model.instance_folder import add_tables, edit, problems_of, set_cell, write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid instance with two items, a guardrail and a specified tree."""
    return write_folder(tmp_path / "instance")


def workbook(folder: Path, path: Path) -> Path:
    """Write a folder's tables as sheets, numbers as numbers, and its settings with dotted names."""
    with pd.ExcelWriter(path) as writer:
        for file in sorted(folder.glob("*.csv")):
            frame = pd.read_csv(file, dtype={"item": str, "scope_value": str})
            if "exit_date" in frame:
                frame["exit_date"] = pd.to_datetime(frame["exit_date"])
            frame.to_excel(writer, sheet_name=file.stem, index=False)
        rows = list(_flat(yaml.safe_load((folder / "instance.yaml").read_text())))
        pd.DataFrame(rows, columns=["name", "value"]).to_excel(writer, sheet_name="instance", index=False)
        pd.DataFrame({"for people": [1]}).to_excel(writer, sheet_name="notes", index=False)
    return path


def _flat(settings: dict[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value) if isinstance(value, list) else value


def test_parquet_and_byte_order_mark_and_blank_lines(folder: Path) -> None:
    """Parquet tables and CSV files as Excel saves them read the same; blank lines are skipped."""
    before = load(folder)
    frame = pd.read_csv(folder / "demand.csv", dtype={"item": str})
    frame.to_parquet(folder / "demand.parquet")
    (folder / "demand.csv").unlink()
    text = (folder / "items.csv").read_text().replace("\n", "\r\n")
    (folder / "items.csv").write_text(
        text + "\r\n" + "," * (len(Item.model_fields) - 1) + "\r\n", encoding="utf-8-sig", newline=""
    )
    after = load(folder)
    assert after.items == before.items
    assert np.array_equal(after.mean_demand, before.mean_demand)


def test_workbook_reads_like_the_folder(folder: Path, tmp_path: Path) -> None:
    """Sheets are tables, the sheet `instance` has dotted names, the sheet `notes` is ignored."""
    pytest.importorskip("openpyxl", reason="writing a workbook needs openpyxl")
    before, after = load(folder), load(workbook(folder, tmp_path / "plan.xlsx"))
    assert after.settings == before.settings
    assert after.items == before.items
    assert after.guardrails == before.guardrails
    assert np.array_equal(after.sigma, before.sigma)


def test_a_workbook_has_dates_and_the_same_tables(folder: Path, tmp_path: Path) -> None:
    """A date of Excel is the day it shows; an `alpha` is read where `holds` needs one."""
    pytest.importorskip("openpyxl", reason="writing a workbook needs openpyxl")
    add_tables(folder)
    set_cell(folder, "guardrails", 2, "holds", "cvar")
    set_cell(folder, "guardrails", 2, "alpha", "0.95")
    before, after = load(folder), load(workbook(folder, tmp_path / "plan.xlsx"))
    assert after.guardrails[0].alpha == 0.95
    for name in ("warehouses", "quantity_breaks", "guardrails", "guardrail_limits", "funded_builds"):
        assert getattr(after, name) == getattr(before, name)


def test_problems_in_a_workbook_name_the_sheet(folder: Path, tmp_path: Path) -> None:
    """File, sheet and line are named as Excel shows them."""
    pytest.importorskip("openpyxl", reason="writing a workbook needs openpyxl")
    set_cell(folder, "items", 3, "lot_size", "0")
    edit(folder / "instance.yaml", "receivable_days: 0.0", "receivable_days: -1")
    assert problems_of(workbook(folder, tmp_path / "plan.xlsx")) == [
        Problem("plan.xlsx sheet instance", 12, "receivable_days", "-1", "a number >= 0 and <= 3650"),
        Problem("plan.xlsx sheet items", 3, "lot_size", "0", "a number > 0"),
    ]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12.0, "12"),
        (0.1, "0.1"),
        (" ", None),
        (float("nan"), None),
        (None, None),
        ("007", "007"),
        (True, "True"),
    ],
)
def test_cells_read_as_excel_shows_them(cell: object, text: str | None) -> None:
    """Numbers of Excel and Parquet become text without gaining decimals."""
    assert _text(cell) == text


def test_row_with_a_cell_too_many(folder: Path) -> None:
    """A decimal comma shifts cells; that is not read as something else."""
    (folder / "open_orders.csv").write_text("item,due_period,units\nB,1,1,5\nB,1\n")
    assert problems_of(folder) == [
        Problem("open_orders.csv", 2, None, "4 cells", "as many cells as the header, 3"),
        Problem("open_orders.csv", 3, None, "2 cells", "as many cells as the header, 3"),
    ]


def test_missing_files(folder: Path) -> None:
    """Every missing file is named, with its columns."""
    (folder / "segments.csv").unlink()
    (folder / "demand.csv").unlink()
    (folder / "instance.yaml").unlink()
    assert [(p.file, p.value) for p in problems_of(folder)] == [
        ("instance.yaml", None),
        ("segments.csv", None),
        ("demand.csv", None),
    ]
    assert problems_of(folder)[2].allowed == "a table with the columns item, period, mean_units"


def _unreadable(folder: Path) -> None:
    (folder / "segments.csv").write_bytes(b"segment\n\xff\n")


def _misspelt(folder: Path) -> None:
    (folder / "guardrail.csv").write_text("guardrail\n")


def _twice(folder: Path) -> None:
    pd.read_csv(folder / "segments.csv").to_parquet(folder / "segments.parquet")


def _empty(folder: Path) -> None:
    (folder / "segments.csv").write_text("")


def _broken_parquet(folder: Path) -> None:
    (folder / "open_orders.parquet").write_text("text")


@pytest.mark.parametrize(
    ("spoil", "file", "allowed"),
    [
        (_unreadable, "segments.csv", "a readable csv table (UTF-8, comma-separated where it is text)"),
        (
            _misspelt,
            "guardrail.csv",
            "one of the tables: items, segments, suppliers, warehouses, quantity_breaks, demand, ",
        ),
        (_twice, "segments.parquet", "either segments.csv or segments.parquet, not both"),
        (_empty, "segments.csv", "a header line with column names"),
        (_broken_parquet, "open_orders.parquet", "a readable parquet table"),
    ],
)
def test_files_that_cannot_be_used(
    folder: Path, spoil: Callable[[Path], None], file: str, allowed: str
) -> None:
    """A file that is there but of no use is a problem of its own, and the only one."""
    spoil(folder)
    (problem,) = problems_of(folder)
    assert (problem.file, problem.column) == (file, None)
    assert problem.allowed.startswith(allowed)


def test_neither_folder_nor_workbook(tmp_path: Path) -> None:
    """A path that is not there, or is something else, says what would be right."""
    allowed = "a folder with instance.yaml and tables, or a workbook ending in .xlsx"
    assert problems_of(tmp_path / "none") == [Problem("none", None, None, None, allowed)]
    (tmp_path / "plan.pdf").write_text("")
    assert problems_of(tmp_path / "plan.pdf") == [Problem("plan.pdf", None, None, "plan.pdf", allowed)]
    (tmp_path / "plan.xlsx").write_text("")
    assert problems_of(tmp_path / "plan.xlsx")[0].allowed == "a readable Excel workbook"
