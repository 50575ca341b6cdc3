"""One cell: what is written for a value, and which cells hold a value of a column."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.workbench.excel.cells import Broken, Refused, cell_of, is_same, value_of
from stockrail.workbench.excel.column import Column, Kind, columns_of

COLUMNS = {column.name: column for column in columns_of("items")}
NUMBER, WHOLE, DATE, CHOICE, TEXT = (
    COLUMNS[name] for name in ("unit_cost", "lead_time_periods", "launch_date", "is_strategic", "description")
)
NULLABLE, LIST = COLUMNS["maximum_order_units"], Column("tree.events", Kind.LIST, "a list in YAML")


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (NUMBER, 1.5, 1.5),
        (NUMBER, 2, 2.0),
        (WHOLE, 3.0, 3),
        (DATE, dt.date(2027, 1, 4), "2027-01-04"),
        (CHOICE, "yes", "yes"),
        (TEXT, "00123", "00123"),
        (NULLABLE, "", None),  # blank means no maximum
        (CHOICE, "", "no"),  # blank takes the default
        (TEXT, "", ""),
        (LIST, "[{period: 1, width: 3}]", [{"period": 1, "width": 3}]),
        (LIST, "[]", []),
    ],
)
def test_values(column: Column, cell: Any, value: Any) -> None:
    """A cell of the right type is its value, and of the right Python type."""
    read = value_of(cell, column)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("column", "cell", "found"),
    [
        (NUMBER, "1,5", "the text '1,5', which is not a number"),
        (NUMBER, "1.5 ", "the text '1.5 ', which is not a number"),
        (NUMBER, "12", "the text '12', which is not a number"),
        (NUMBER, " ", "white space ' ', not a blank cell, which is not a number"),
        (NUMBER, "", "blank"),
        (NUMBER, True, "the truth value TRUE, which is not a number"),
        (NUMBER, False, "the truth value FALSE, which is not a number"),
        (NUMBER, dt.date(2027, 5, 1), "the date 2027-05-01, which is not a number"),
        (NUMBER, dt.time(12), "a time of day or a duration, 12:00:00, which is not a number"),
        (NUMBER, float("inf"), "the number inf"),
        (NUMBER, Broken("the error #N/A"), "the error #N/A"),
        (WHOLE, 2.5, "the number 2.5"),
        (WHOLE, 2.0**60, "the number 1.15292150460685e+18"),
        (DATE, "2027-01-04", "the text '2027-01-04', which is not a date"),
        (DATE, 46391.0, "the number 46391, which is not a date"),
        (DATE, dt.datetime(2027, 1, 4, 12), "the date and time 2027-01-04 12:00:00, which is not a date"),
        (TEXT, 123.0, "the number 123, which is not a text"),
        (TEXT, dt.date(2027, 1, 4), "the date 2027-01-04, which is not a text"),
        (TEXT, "works ", "the text 'works ' with white space at an end"),
        (TEXT, "\N{NO-BREAK SPACE}", "white space '\\xa0', not a blank cell"),
        (CHOICE, True, "the truth value TRUE, which is not a text"),
        (LIST, 3.0, "the number 3, which is not a list"),
        (LIST, "[1, ", "the text '[1, ', which is not a list"),
        (LIST, "period: 1", "the text 'period: 1', which is not a list"),
    ],
)
def test_nothing_is_coerced(column: Column, cell: Any, found: str) -> None:
    """What looks like a value of the column and is none is refused with its type."""
    assert value_of(cell, column) == Refused(found)


def test_zero_is_not_blank() -> None:
    """A zero and a blank cell are two values wherever a column may be blank."""
    assert not is_same(0.0, None, NULLABLE)
    assert not is_same("", 0.0, NULLABLE)
    assert not is_same(False, 0.0, NUMBER)
    assert not is_same(True, 1.0, NUMBER)
    assert is_same(0, 0.0, NUMBER)


def test_early_dates_are_text() -> None:
    """Excel counts 1900 as a leap year, so dates before March 1900 are written as text, and only that text is read as no change."""
    assert cell_of("1900-03-01", DATE) == dt.date(1900, 3, 1)
    assert cell_of("1900-02-28", DATE) == "1900-02-28"
    assert is_same("1900-02-28", "1900-02-28", DATE)


@given(st.floats(-1e308, 1e308))
def test_every_number_is_itself(value: float) -> None:
    """What is written for a number is no change of it; a number of 15 digits is read back exactly."""
    assert is_same(cell_of(value, NUMBER), value, NUMBER)
    short = float(f"{value:.15g}")
    assert value_of(cell_of(short, NUMBER), NUMBER) == short


@given(st.floats(1, 9.9), st.integers(1, 9))
def test_a_change_in_the_fifteenth_digit_is_one(value: float, step: int) -> None:
    """Numbers that differ within 15 digits are never the same cell."""
    first = float(f"{value:.14f}")
    second = float(f"{first + step * 1e-14:.14f}")
    assert is_same(second, first, NUMBER) == (f"{first:.14f}" == f"{second:.14f}")
