"""The sheet of settings: changes, protected settings, wrong values, rows that are new or gone."""

from collections.abc import Callable
from typing import Any

import pytest

from stockrail.model.overlay import apply
from stockrail.workbench.excel.import_ import accepted
from tests.stockrail.workbench.excel.books import after, listed, row_of, small_instance

Change = Callable[[Any, int], None]


def _value(value: Any) -> Change:
    def change(sheet: Any, row: int) -> None:
        sheet.cell(row, 2).value = value

    return change


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("periods", _value(9), "found the number 9; allowed: 4, as exported: plans of what-ifs"),
        ("opening_cash", _value("1.000"), "found the text '1.000', which is not a number; allowed: a number"),
        ("terminal_stock_share", _value(1.5), "found 1.5; allowed: a number >= 0 and <= 1"),
        ("receivable_days", _value(None), "found blank; allowed: a number >= 0 and <= 3650"),
        (
            "tree.branchings",
            _value("[{period: 1, width: 1}]"),
            "found 1 in tree.branchings.0.width; allowed: ",
        ),
        ("tree.branchings", _value("3"), "found the text '3', which is not a list; allowed: a list in YAML"),
        (
            "segmentation",
            _value("abc"),
            "found the text 'abc'; allowed: blank, as exported: a group of settings",
        ),
        ("opening_cash", lambda sheet, row: sheet.delete_rows(row), "found no row; allowed: every setting"),
    ],
)
def test_wrong_settings(name: str, change: Change, message: str) -> None:
    """One wrong setting gives one problem, with its name."""
    found = after(lambda book: change(book["instance"], row_of(book["instance"], name)))
    assert len(found.problems) == 1
    assert found.problems[0].column == name
    assert message in str(found.problems[0])


def test_unknown_setting() -> None:
    """A row for a setting that was not exported is refused where it stands."""
    found = after(lambda book: book["instance"].append(["colour", "red"]))
    assert [problem.found for problem in found.problems] == ["the text 'colour'"]


def test_a_contradiction_between_settings() -> None:
    """A branching beyond the horizon of 4 periods is told by the law of the format, at the setting's cell."""

    def edit(book: Any) -> None:
        book["instance"].cell(
            row_of(book["instance"], "tree.branchings"), 2
        ).value = "[{period: 9, width: 2}]"

    found = after(edit)
    assert len(found.problems) == 1
    assert found.problems[0].place.startswith("instance!B")


def test_a_list_is_changed_as_a_whole() -> None:
    """Branchings are a list in YAML; written otherwise with the same contents it is no change."""
    row = 0

    def edit(text: str) -> Callable[[Any], None]:
        def change(book: Any) -> None:
            nonlocal row
            row = row_of(book["instance"], "tree.branchings")
            book["instance"].cell(row, 2).value = text

        return change

    assert after(edit("[ ]")).changes == ()
    found = after(edit("[{period: 2, width: 3}]"))
    assert listed(found) == [f"instance!B{row} set value [] [{{'period': 2, 'width': 3}}]"]
    made = apply(small_instance(), accepted(found, small_instance(), "more"))
    assert made.settings.model_dump()["tree"]["branchings"] == ({"period": 2, "width": 3},)
