"""The workbook as Excel sees it: sheets, protection, dropdowns, ranges, formats, notes, the plan's sheets."""

import io
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from stockrail.workbench.excel.export import export_workbook
from stockrail.workbench.excel.plan_tables import PlanTablesError, read_plan_tables
from stockrail.workbench.excel.sheets import TooLargeError
from tests.stockrail.workbench.excel.books import small_book, small_instance


def _small() -> Any:
    return openpyxl.load_workbook(io.BytesIO(small_book()))


def test_sheets() -> None:
    """Instructions first, then settings and every table but those of a given tree, and the version where nobody sees it."""
    book = _small()
    assert book.sheetnames[:4] == ["instructions", "instance", "items", "segments"]
    assert book.sheetnames[-1] == "version"
    assert "scenarios" not in book.sheetnames
    assert book["version"].sheet_state == "veryHidden"
    assert {name for name in book.sheetnames if book[name].protection.sheet} == set(book.sheetnames)


def test_cells_have_their_types_and_formats() -> None:
    """Names are text, numbers are numbers, dates are dates; money has two decimals or more."""
    sheet = _small()["items"]
    assert [sheet["A5"].value, sheet["A5"].data_type, sheet["A5"].number_format] == ["00123", "s", "@"]
    assert [sheet["H3"].value, sheet["H3"].number_format] == [6.25, "#,##0.00##"]
    assert [sheet["W3"].value.date().isoformat(), sheet["W3"].number_format] == ["2024-03-01", "yyyy-mm-dd"]
    assert sheet["L3"].value is None  # no maximum
    assert sheet["L5"].value == 40
    assert sheet.freeze_panes == "B3"
    assert sheet["H1"].comment.text.startswith("Purchase price")
    assert sheet["H2"].value == "EUR/unit; a number >= 0"


def test_protection() -> None:
    """Keys of items and demand are locked, so are cells below their rows; rows of other tables are free."""
    book = _small()
    items, segments = book["items"], book["segments"]
    assert items["A3"].protection.locked
    assert not items["H3"].protection.locked
    assert items["A1"].protection.locked
    assert not segments["A3"].protection.locked
    # False is "allowed" in the file's own words.
    assert segments.protection.deleteRows is False
    assert items.protection.deleteRows is True


def _rule(sheet: Any, cell: str) -> Any:
    return next((rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref), None)


def test_dropdowns_and_ranges() -> None:
    """Enumerations and references are lists, numbers have their range, periods end with the horizon of 4."""
    book = _small()
    items, guardrails = book["items"], book["guardrails"]
    assert _rule(items, "V3").formula1 == '"yes,no"'
    assert _rule(items, "E3").formula1 == "names_of_suppliers"
    assert _rule(items, "C3").formula1 == "names_of_segments"
    assert _rule(guardrails, "B3").formula1 == "choices_of_metric"
    assert (_rule(items, "P3").formula1, _rule(items, "P3").formula2) == ("0.0", "1.0")
    assert (_rule(guardrails, "E3").type, _rule(guardrails, "E3").formula2) == ("whole", "3.0")
    assert _rule(guardrails, "B900").formula1 == "choices_of_metric"  # rows that may be added
    assert _rule(items, "A3") is None
    names = {name: book.defined_names[name].attr_text for name in ("names_of_suppliers", "choices_of_metric")}
    assert names["names_of_suppliers"].startswith("OFFSET(suppliers!$A$3,0,0,")
    assert names["choices_of_metric"].startswith("version!$D$1:$D$")


def test_too_large(tmp_path: Path) -> None:
    """A text that no cell holds is refused with its place; an earlier workbook stays as it was."""
    target = tmp_path / "book.xlsx"
    target.write_bytes(b"earlier")
    instance = small_instance(items=[{"description": "x" * 32768}])
    with pytest.raises(TooLargeError, match=r"items, B3, description: a text of 32,768 characters"):
        export_workbook(instance, target)
    assert target.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_some_tables(tmp_path: Path) -> None:
    """Tables that are asked for come alone, and reading them back asks for no other."""
    from stockrail.workbench.excel.import_ import import_workbook

    target = tmp_path / "book.xlsx"
    export_workbook(small_instance(), target, tables=["segments"])
    assert openpyxl.load_workbook(target).sheetnames == ["instructions", "instance", "segments", "version"]
    found = import_workbook(target, small_instance())
    assert (found.changes, found.problems, found.notes) == ((), (), ())
    with pytest.raises(ValueError, match="no table segment; allowed: items, segments"):
        export_workbook(small_instance(), target, tables=["segment"])


def _plan(folder: Path) -> Path:
    """A plan of two items: A is ordered now, B in period 1 in one of two scenarios with probability 0.25."""
    folder.mkdir()
    (folder / "plan.json").write_text('{"instance_name": "test", "instance_digest": "0"}')
    (folder / "orders.csv").write_text(
        "item,description,segment,supplier,period,date,probability,value\n"
        "A,lamp,S,V,0,2024-01-01,1.0,120\n"
        "00123,,S,V,1,2024-12-31,0.25,80\n"
        "A,lamp,S,V,1,2024-12-31,0.25,40\n"
        "A,lamp,S,V,1,2024-12-31,0.75,60\n"
    )
    rows = ["metric,period,date,p05,p25,p50,p75,p95"]
    for metric in ("inventory_value", "working_capital"):
        rows += [f"{metric},{t},2024-01-0{t + 1},{1000 + t},{1010 + t},1020,1030,1040" for t in range(2)]
    (folder / "projection.csv").write_text("\n".join(rows))
    (folder / "guardrails.csv").write_text("name,scope\ncap,all\ntight,all\none,item\n")
    (folder / "guardrail_periods.csv").write_text(
        "name,metric,side,period,limit\n"
        "cap,inventory_value,upper,0,1100\n"
        "tight,inventory_value,upper,0,1050\n"
        "one,inventory_value,upper,0,10\n"
    )
    return folder


def test_plan(tmp_path: Path) -> None:
    """Buys are expected values: 0.25 x 40 + 0.75 x 60 = 55 of A and 0.25 x 80 = 20 of 00123 in the second period."""
    tables = read_plan_tables(_plan(tmp_path / "plan"))
    assert tables.outlook["inventory_value"]["limit"].tolist()[0] == 1050  # the tightest one on all items
    target = tmp_path / "book.xlsx"
    export_workbook(small_instance(), target, plan=tables)
    book = openpyxl.load_workbook(target)
    buys = book["buys"]
    assert [[cell.value for cell in row[:7]] for row in buys.iter_rows(min_row=4)] == [
        ["A", "lamp", "S", "V", "=SUM(F4:G4)", 120, 55],
        ["00123", "", "S", "V", "=SUM(F5:G5)", None, 20],
    ]
    scale = buys.conditional_formatting
    assert [str(area.sqref) for area in scale] == ["F4:G5"]
    assert len(book["outlook"]._charts) == 2
    assert book["outlook"]["S2"].value == 1050


def test_no_plan(tmp_path: Path) -> None:
    """A folder without a plan's files is refused with the file that is missing."""
    with pytest.raises(
        PlanTablesError, match=r"has no plan.json: is it a folder that `stockrail plan --out` wrote\?"
    ):
        read_plan_tables(tmp_path)
