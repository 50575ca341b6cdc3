"""Edits of a sheet that are refused: each with its cell, what was found and what is allowed, and all of them at once."""

import datetime as dt
from typing import Any

import pytest

from tests.stockrail.workbench.excel.books import Edit, after, book_of, edited, imported, put, small_instance


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (put("items", "H4", "1,5"), "items!H4, unit_cost of B: found the text '1,5', which is not a number; allowed: a number >= 0"),
        (put("items", "H4", "=NA()"), "items!H4, unit_cost of B: found a formula without a value; allowed: a number >= 0"),
        (put("items", "H4", -1), "items!H4, unit_cost of B: found -1; allowed: a number >= 0"),
        (put("items", "H4", None), "items!H4, unit_cost of B: found blank; allowed: a number >= 0"),
        (put("items", "P4", 1.2), "items!P4, expedite_share of B: found 1.2; allowed: a number >= 0 and <= 1"),
        (put("items", "V4", "maybe"), "items!V4, is_strategic of B: found 'maybe'; allowed: one of: yes, no"),
        (put("items", "F4", "euro"), "items!F4, currency of B: found 'euro'; allowed: text of the form ^[A-Z]{3}$"),
        (put("items", "W4", dt.datetime(2027, 1, 4, 6)), "items!W4, launch_date of B: found the date and time 2027-01-04 06:00:00, which is not a date; allowed: a date such as 2027-01-04, or blank"),
        (put("items", "A4", "Z"), "items!A4, item: found the text 'Z'; allowed: B, as exported: item is protected"),
        (put("demand", "B4", 7), "demand!B4, period: found the number 7; allowed: 1, as exported: period is protected"),
        (put("segments", "A4", None), "segments!A4, segment: found blank; allowed: text of 1 to 120 characters"),
        (put("segments", "A4", "S"), "segments!A4, segment: found S again; allowed: each segment once; row 3 has it as well"),
        (put("items", "A6", "new"), "items!A6, item: found the text 'new'; allowed: no new row: items and periods of items are those of the baseline"),
    ],
)  # fmt: skip
def test_a_wrong_cell(edit: Edit, message: str) -> None:
    """One wrong cell gives this one message."""
    assert [str(problem) for problem in after(edit).problems] == [message]


def test_a_row_that_is_gone() -> None:
    """Items and periods are those of the baseline: a row of demand that is gone is told with its key and where it was."""
    found = after(lambda book: book["demand"].delete_rows(5))
    assert [str(problem) for problem in found.problems] == [
        "demand!A5, row of A, 2: found no row (it was row 5); allowed: a row for each item and period of the baseline"
    ]
    assert found.changes == ()


def test_all_errors_at_once() -> None:
    """Wrong cells of several rows, columns and sheets are all told, and what is right is still listed."""

    def edit(book: Any) -> None:
        book["items"]["H3"].value = True
        book["items"]["G3"].value = "x"
        book["items"]["H5"].value = -2
        book["suppliers"]["H3"].value = "sometimes"
        book["segments"]["B3"].value = 0.25

    found = after(edit)
    assert [problem.place for problem in found.problems] == [
        "items!G3",
        "items!H3",
        "items!H5",
        "suppliers!H3",
    ]
    assert [change.cell for change in found.changes] == ["B3"]


def test_a_new_row_needs_what_has_no_default() -> None:
    """Cells of a new row without a default are told when blank; the others take the default of the format."""
    found = after(lambda book: book["suppliers"].append(["X", "EUR", 0, 0, 30]))
    assert [(problem.cell, problem.column) for problem in found.problems] == [
        ("F5", "order_interval_periods"),
        ("G5", "order_offset_periods"),
        ("H5", "ownership"),
    ]


def test_blank_for_the_default_is_a_change_to_it() -> None:
    """A cleared cell stands for the documented default: a change where the value was another one, none where it was that."""
    found = after(put("items", "V4", None))  # B is strategic, the default is no
    assert [(change.before, change.after) for change in found.changes] == [("yes", "no")]
    assert after(put("items", "V3", None)).changes == ()


def test_segments_that_rules_form_are_protected() -> None:
    """With rules in the settings the column `segment` is computed: a change of it is refused, and says what to do."""
    instance = small_instance(
        settings={"segmentation": {"criteria": ("abc",)}},
        segments=[{"segment": name} for name in "ABC"],
        items=[{"segment": "A"}, {"segment": "B"}, {"segment": "C"}],
        suppliers=[{}],
        warehouses=(),
        policy_options=(),
    )
    content = book_of(instance)
    assert imported(content, instance).problems == ()
    found = imported(edited(put("items", "C3", "C"), content), instance)
    assert [problem.place for problem in found.problems] == ["items!C3"]
    assert found.problems[0].allowed.startswith("A, as exported: the rules of segmentation form it")
