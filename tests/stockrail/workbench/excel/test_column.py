"""Columns of workbooks are those of the instance format, and say what its page says."""

import csv
from pathlib import Path

import pytest

from scripts.excel_columns import HEADER, notes, plain
from stockrail.model.schema import TABLES
from stockrail.workbench.excel.column import (
    NOTES_FILE,
    Kind,
    columns_of,
    key_columns,
    setting_column,
    units_text,
)
from stockrail.workbench.excel.snapshot import Snapshot
from tests.stockrail.workbench.excel.books import small_instance

PAGE = Path(__file__).resolve().parents[4] / "docs" / "instance-format.md"


def test_notes_are_those_of_the_page() -> None:
    """Units and meanings are written in docs/instance-format.md; `python scripts/excel_columns.py` takes them over."""
    with NOTES_FILE.open(newline="", encoding="utf-8") as stream:
        rows = [tuple(row) for row in csv.reader(stream)]
    assert rows == [HEADER, *notes(PAGE.read_text(encoding="utf-8"))]


def test_plain() -> None:
    """Marks of links and code are no part of a note."""
    assert plain("see `unit_cost` ([plan stability](plan-stability.md))") == "see unit_cost (plan stability)"


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_its_columns(table: str) -> None:
    """Names and order are those of the format, keys come first, and every column says what it is."""
    columns = columns_of(table)
    assert [column.name for column in columns] == list(TABLES[table].model_fields)
    assert set(key_columns(table)) <= {column.name for column in columns}
    assert all(column.meaning and column.unit and column.allowed for column in columns)


def test_kinds() -> None:
    """One column of each kind, with what it may be."""
    columns = {column.name: column for column in columns_of("items")}
    assert columns["unit_cost"].kind is Kind.NUMBER
    assert columns["unit_cost"].bounds == (("minimum", 0.0),)
    assert columns["shelf_life_periods"].kind is Kind.WHOLE
    assert columns["shelf_life_periods"].is_nullable
    assert not columns["shelf_life_periods"].has_default
    assert columns["launch_date"].kind is Kind.DATE
    assert columns["is_strategic"].choices == ("yes", "no")
    assert columns["warehouse"].reference == "warehouses"
    assert units_text(columns["unit_cost"], "USD") == "USD/unit; a number >= 0"


def test_every_setting_is_known() -> None:
    """Each setting that a workbook shows has a column with words."""
    names = list(Snapshot.of(small_instance()).settings)
    assert "tree.market.volatility" in names
    assert all(setting_column(name).allowed and setting_column(name).meaning for name in names)
    assert setting_column("tree.branchings").kind is Kind.LIST
