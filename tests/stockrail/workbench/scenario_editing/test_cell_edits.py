"""Cells that are typed or pasted: what fits becomes an edit, what does not is told where it is, and nothing is guessed."""

from dataclasses import replace

import pytest

from stockrail.model import load
from stockrail.model.schema import OpenOrder
from stockrail.workbench.excel.cells import Refused
from stockrail.workbench.excel.column import Column, Kind
from stockrail.workbench.scenario_editing.cell_edits import EditedTable, GivenCell
from stockrail.workbench.scenario_editing.cell_input import Given, text_of, value_of_input
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits
from tests.stockrail.workbench.folders import THREE_ITEMS

INSTANCE = load(THREE_ITEMS)

NUMBER, WHOLE = Column("x", Kind.NUMBER, "a number"), Column("x", Kind.WHOLE, "a whole number")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("12.5", 12.5),
        (" 12.5 ", 12.5),
        ("1,234", 1234.0),
        ("1,234,567.5", 1234567.5),
        ("1 234", 1234.0),
        ("1\N{NO-BREAK SPACE}234", 1234.0),
        ("\N{MINUS SIGN}3", -3.0),
        ("2e3", 2000.0),
        (".5", 0.5),
        (7, 7.0),
    ],
)
def test_numbers(given: Given, value: float) -> None:
    """As people and spreadsheets write them."""
    found = value_of_input(given, NUMBER)
    assert (found, type(found)) == (value, float)


@pytest.mark.parametrize(
    "given",
    [
        "1,5",
        "1.234,5",
        "12,34",
        "5%",
        "ten",
        "1 2",
        "=1+1",
        "nan",
        "inf",
        "1e999",
        True,
        float("nan"),
        10**400,
    ],
)
def test_what_is_no_number(given: Given) -> None:
    """What could be two things is refused: the comma of 1,5 may separate decimals; a share of 5% is 0.05 or 5."""
    assert isinstance(value_of_input(given, NUMBER), Refused)


def test_other_kinds() -> None:
    """Whole numbers have no fraction, dates are years first, blank stands for what the column says."""
    assert value_of_input("3", WHOLE) == 3
    assert isinstance(value_of_input("3.5", WHOLE), Refused)
    day = Column("x", Kind.DATE, "a date", is_nullable=True)
    assert value_of_input("2027-01-31", day) == "2027-01-31"
    assert isinstance(value_of_input("31.01.2027", day), Refused)
    assert value_of_input("", day) is None
    assert isinstance(value_of_input(None, NUMBER), Refused)
    assert value_of_input("", Column("x", Kind.NUMBER, "a number", has_default=True, default=1.0)) == 1.0
    assert value_of_input("00123", Column("x", Kind.TEXT, "text")) == "00123"


@pytest.mark.parametrize("value", [None, 0.1 + 0.2, 12.0, 1e20, -3, "kettle", "2027-01-31"])
def test_text_of_a_value_is_read_back(value: str | float | None) -> None:
    """The same number to its last digit."""
    kind = Kind.TEXT if isinstance(value, str) else Kind.NUMBER
    assert value_of_input(text_of(value), Column("x", kind, "any", is_nullable=True)) == value


def test_edits_and_problems() -> None:
    """A new value is an edit; the value that is there is none; a wrong one is kept as it was typed."""
    table = EditedTable(INSTANCE, "items")
    edits, problems = table.put(
        Edits(),
        [
            GivenCell("kettle", "unit_price", "21"),
            GivenCell("fan", "unit_price", 40),
            GivenCell("fan", "lot_size", 0),
            GivenCell("fan", "supplier", "nobody"),
            GivenCell("fan", "item", "x"),
            GivenCell("pan", "unit_price", 1),
            GivenCell("fan", "colour", "red"),
        ],
    )
    assert edits.cells == {CellPlace("items", ("kettle",), "unit_price"): 21.0}
    assert edits.refused == {
        CellPlace("items", ("fan",), "lot_size"): "0",
        CellPlace("items", ("fan",), "supplier"): "nobody",
    }
    assert {(one.row, one.column): one.allowed for one in problems} == {
        ("fan", "lot_size"): "a number > 0",
        ("fan", "supplier"): "a name in the table suppliers: works, importer",
        ("fan", "item"): "fan, as it is: item says which row it is",
        ("pan", "unit_price"): "a row of items",
        ("fan", "colour"): f"one of the columns: {', '.join(column.key for column in table.grid.columns)}",
    }
    put_right, none = table.put(
        edits, [GivenCell("fan", "lot_size", 5), GivenCell("fan", "supplier", "works")]
    )
    assert (put_right.refused, none) == ({}, [])
    back, _ = table.put(put_right, [GivenCell("kettle", "unit_price", "20")])
    assert CellPlace("items", ("kettle",), "unit_price") not in back.cells


def test_columns_of_one_row_are_looked_at_together() -> None:
    """A wrong one does not take a right one of the same row with it."""
    edits, problems = EditedTable(INSTANCE, "items").put(
        Edits(), [GivenCell("fan", "unit_price", 41), GivenCell("fan", "unit_cost", -1)]
    )
    assert edits.cells == {CellPlace("items", ("fan",), "unit_price"): 41.0}
    assert [(one.column, one.found) for one in problems] == [("unit_cost", "-1")]


def test_problems_of_a_draft() -> None:
    """Those that were refused, and a cell whose row is gone from the baseline."""
    gone = CellPlace("items", ("pan",), "unit_price")
    edits = Edits(cells={gone: 1.0}, refused={CellPlace("items", ("fan",), "lot_size"): "ten"})
    found = EditedTable(INSTANCE, "items").problems(edits)
    assert [(one.row, one.column) for one in found] == [("pan", "unit_price"), ("fan", "lot_size")]
    assert EditedTable(INSTANCE, "suppliers").problems(edits) == []


def test_demand_by_period() -> None:
    """A column for each period; below zero is refused; descriptions are edited in items."""
    table = EditedTable(INSTANCE, "demand")
    edits, problems = table.put(
        Edits(),
        [GivenCell("fan", "1", 25.5), GivenCell("fan", "2", -1), GivenCell("fan", "description", "x")],
    )
    assert edits.cells == {CellPlace("demand", ("fan",), "1"): 25.5}
    assert [(one.column, one.allowed) for one in problems] == [
        ("description", "Sold when it is hot, as it is: edit description in items"),
        ("2", "a number >= 0"),
    ]
    assert table.values(edits)[1] == ["fan", "Sold when it is hot", "seasonal", 10.0, 25.5, "-1"]


def test_settings() -> None:
    """Each has its own range; those that plans are compared by are locked."""
    edits, problems = EditedTable(INSTANCE, "settings").put(
        Edits(),
        [
            GivenCell("opening_cash", "value", "1,200"),
            GivenCell("receivable_days", "value", "-5"),
            GivenCell("periods", "value", "4"),
        ],
    )
    assert edits.overlay == [{"table": "settings", "column": "opening_cash", "set": 1200.0}]
    assert [one.row for one in problems] == ["periods", "receivable_days"]
    assert "item by item and period by period" in problems[0].allowed


def test_rows_that_are_alike_cannot_be_edited() -> None:
    """Of two open orders of one item and period a change could not say which is meant; each is there, with a name of its own."""
    order = OpenOrder(item="kettle", due_period=1, units=3.0)
    single = OpenOrder(item="fan", due_period=1, units=3.0)
    table = EditedTable(replace(INSTANCE, open_orders=(order, order, single)), "open_orders")
    assert table.grid.texts == ("kettle | 1", "kettle | 1 | 2", "fan | 1")
    _, problems = table.put(Edits(), [GivenCell("kettle | 1", "units", 4), GivenCell("fan | 1", "units", 4)])
    assert [one.row for one in problems] == ["kettle | 1"]
