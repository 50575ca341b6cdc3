"""The form of sheets: columns that are missing, renamed or new, rows of words, merged cells."""

from typing import Any

import pytest

from tests.stockrail.workbench.excel.books import Edit, after, put


def _delete_column(book: Any) -> None:
    book["segments"].delete_cols(2)


def _insert_column(book: Any) -> None:
    book["segments"].insert_cols(2)
    book["segments"]["B1"].value = "comment"


def _words_beside(book: Any) -> None:
    book["segments"]["F4"].value = "ask finance"


@pytest.mark.parametrize(
    ("edit", "place", "found", "allowed"),
    [
        (_delete_column, "segments!row 1", "no column of this name", "all columns as exported"),
        (_insert_column, "segments!B1", "the text 'comment'", "one of the columns: segment, "),
        (_words_beside, "segments!F4", "the text 'ask finance'", "nothing: the column has no name"),
        (
            put("segments", "C1", "lost_share"),
            "segments!C1",
            "a second column lost_share",
            "each column once",
        ),
        (put("segments", "B2", None), "segments!B2", "blank", "the row of units and ranges"),
    ],
)
def test_form(edit: Edit, place: str, found: str, allowed: str) -> None:
    """The first problem says where and what; no value of the sheet is read then."""
    result = after(edit)
    first = result.problems[0]
    assert (first.place, first.found) == (place, found)
    assert first.allowed.startswith(allowed)
    assert result.changes == ()


def test_second_row_deleted() -> None:
    """Without the row of units the first row of values would be lost without a word."""
    found = after(lambda book: book["segments"].delete_rows(2))
    assert found.problems[0].allowed == "the row of units and ranges as exported: values begin in row 3"


def test_merged_cells() -> None:
    """Merged cells are refused, and blank cells that came of them are told as well."""
    found = after(lambda book: book["items"].merge_cells("H3:H4"))
    assert [(problem.cell, problem.found) for problem in found.problems] == [
        ("H3", "merged cells"),
        ("H4", "blank"),
    ]


@pytest.mark.parametrize("name", ["demand", "instance"])
def test_missing_and_renamed_sheets(name: str) -> None:
    """A sheet that is gone is told; one that was renamed is told under both names."""

    def remove(book: Any) -> None:
        del book[name]

    assert [problem.place for problem in after(remove).problems][:1] == [name]

    def rename(book: Any) -> None:
        book[name].title = "other"

    assert {problem.place for problem in after(rename).problems} >= {name, "other"}


def test_sheets_for_reading_may_go() -> None:
    """The instructions may be removed: nothing is read from them."""

    def remove(book: Any) -> None:
        del book["instructions"]

    assert after(remove).problems == ()
