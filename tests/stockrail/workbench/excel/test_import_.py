"""A workbook read back: no change where nothing was edited, and otherwise exactly the changes, or located problems."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.workbench.excel.difference import difference
from stockrail.workbench.excel.import_ import accepted
from stockrail.workbench.excel.merge import HOW_TO_DECIDE, Conflicts
from stockrail.workbench.excel.problem import WorkbookError
from stockrail.workbench.excel.snapshot import Snapshot
from tests.stockrail.workbench.excel.books import (
    Edit,
    after,
    book_of,
    edited,
    imported,
    listed,
    put,
    row_of,
    small_book,
    small_instance,
)


def test_unedited_workbook_has_no_change() -> None:
    """Export then import: no change, no problem, also after another program saved the file."""
    for content in (small_book(), edited(lambda book: None)):
        found = imported(content)
        assert (found.changes, found.problems, found.notes, found.meanwhile) == ((), (), (), ())


def test_each_change_has_its_cell() -> None:
    """Cells of every type, a new row, a row that is gone, and a setting."""

    def edit(book: Any) -> None:
        book["items"]["H3"].value = 6.5  # unit_cost of A, the eighth column
        book["items"]["V3"].value = "yes"  # is_strategic
        book["items"]["W4"].value = dt.date(2025, 1, 31)  # launch_date of B
        book["items"]["W3"].value = None
        book["demand"]["C5"].value = 0  # A in period 2
        book["guardrails"].append(
            ["stock", "inventory_value", "item", "B", 0, 3, None, 50, "expected", None, "average"]
        )
        book["policy_options"].delete_rows(4)
        book["instance"].cell(_setting_row(book, "cost_of_capital_rate_per_year"), 2).value = 0.1

    found = after(edit)
    assert found.problems == ()
    assert listed(found) == [
        "instance!B7 set value 0.0 0.1",
        "items!H3 set unit_cost 6.25 6.5",
        "items!V3 set is_strategic no yes",
        "items!W3 set launch_date 2024-03-01 None",
        "items!W4 set launch_date None 2025-01-31",
        "demand!C5 set mean_units 12.0 0.0",
        "guardrails!A5 add  None None",
        "policy_options!A4 remove  None None",
    ]


def test_accepted_overlay_is_the_edited_workbook() -> None:
    """The what-if of the changes gives the rows that the workbook shows: derived by hand here."""

    def edit(book: Any) -> None:
        book["demand"]["C3"].value = 99
        book["demand"]["C7"].value = 99
        book["suppliers"].append(["X", "EUR", 0, 0, 30, 1, 0, "receipt"])
        book["items"]["E3"].value = "X"

    found = after(edit)
    what_if = accepted(found, small_instance(), "more")
    made = apply(small_instance(), what_if)
    # Rows 3 and 7 are A and B in period 0: one change of two rows.
    assert [change.where for change in what_if.changes if change.table == "demand"] == [
        {"item": ("A", "B"), "period": 0}
    ]
    assert made.mean_demand[:, 0].tolist() == [99, 99, 7]
    assert made.items[0].supplier == "X" == made.suppliers[-1].supplier
    assert made.suppliers[-1].payment_days == 30
    assert made.suppliers[-1].deposit_share == 0  # blank: the default


def test_rows_that_are_alike() -> None:
    """Of two open orders of A in period 1 one changes; sorting the two is no change."""
    found = after(put("open_orders", "C4", 8))
    assert listed(found) == ["open_orders!C4 set units 7.0 8.0"]
    made = apply(small_instance(), accepted(found, small_instance(), "more"))
    assert sorted(row.units for row in made.open_orders if row.item == "A") == [5, 8]

    def sort(book: Any) -> None:
        book["open_orders"]["C3"].value, book["open_orders"]["C4"].value = 7, 5

    assert after(sort).changes == ()


def test_order_of_rows_and_columns_means_nothing() -> None:
    """Rows that were sorted and columns that were moved are no change; the address follows the column."""

    def move(book: Any) -> None:
        sheet = book["segments"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for line, row in enumerate([rows[0], rows[1], rows[3], rows[2]], start=1):
            for k, value in enumerate([*row[1:], row[0]], start=1):
                sheet.cell(line, k).value = value

    assert after(move).changes == () == after(move).problems

    def move_and_edit(book: Any) -> None:
        move(book)
        book["segments"]["A3"].value = 0.75

    assert listed(after(move_and_edit)) == ["segments!A3 set lost_share 0.5 0.75"]


def test_numbers_keep_what_excel_keeps() -> None:
    """0.1 + 0.2 is written with 16 digits and shown by Excel with 15: neither is a change, the next number is."""
    assert after(put("items", "G4", 0.3)).changes == ()
    assert listed(after(put("items", "G4", 0.30000000000001))) == [
        f"items!G4 set unit_price {0.1 + 0.2} 0.30000000000001"
    ]


def test_names_that_look_like_numbers_stay_text() -> None:
    """00123 is another item than 123: a cell that was turned into a number is refused, not read as either."""
    found = after(put("items", "A5", 123))
    assert [str(problem) for problem in found.problems] == [
        "items!A5, item: found the number 123, which is not a text; allowed: 00123, as exported: item is protected"
    ]


def test_problems_are_refused_when_accepting() -> None:
    """Neither errors nor an empty list can be accepted."""
    bad = after(put("items", "H3", "1,5"))
    with pytest.raises(WorkbookError, match=r"items!H3, unit_cost of A: found the text '1,5'"):
        accepted(bad, small_instance(), "bad")
    with pytest.raises(WorkbookError, match="found no change"):
        accepted(imported(small_book()), small_instance(), "nothing")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            put("items", "E3", "nobody"),
            "items!E3, supplier: found 'nobody'; allowed: a supplier of suppliers",
        ),
        (put("guardrails", "B3", "stok"), "guardrails!B3, metric: found 'stok'; allowed: one of: "),
        (put("guardrails", "F3", 9), "guardrails!F3, last_period: found '9'; allowed: "),
        (put("items", "J3", 3), ""),
    ],
)
def test_contradictions_have_their_cell(edit: Edit, message: str) -> None:
    """Rows that contradict one another are told by the laws that an instance is read by, with the cell."""
    found = after(edit)
    if not message:
        assert found.problems == ()
    else:
        assert len(found.problems) == 1
        assert str(found.problems[0]).startswith(message[:40])


def test_another_instance_is_refused() -> None:
    """A workbook of another instance is not compared at all."""
    other = small_instance(settings={"name": "other"})
    found = imported(small_book(), other)
    assert [str(problem) for problem in found.problems] == [
        "version!B2: found a workbook of the instance test; allowed: one of the instance other"
    ]


class TestThreeWays:
    """A workbook made from an earlier version: what was changed in it goes on top of what changed in the baseline."""

    now = staticmethod(
        lambda: small_instance(
            segments=[{}, {"segment": "T", "lost_share": 0.9}],
            settings={"storage_rate_per_year": 0.05},
        )
    )

    def test_both_changed_something_else(self) -> None:
        """Both changes are there in the end; the message says what the baseline changed."""
        found = imported(edited(put("segments", "C4", 0.2)), self.now())
        assert found.problems == ()
        assert listed(found) == ["segments!C4 set churn_cost_share_of_price 0.0 0.2"]
        assert [(change.sheet, change.before, change.after) for change in found.meanwhile] == [
            ("instance", 0.0, 0.05),
            ("segments", 0.5, 0.9),
        ]
        assert found.notes[0].startswith("The workbook was made from version ")
        made = apply(self.now(), accepted(found, self.now(), "more")).segments[1]
        assert (made.lost_share, made.churn_cost_share_of_price) == (0.9, 0.2)

    def test_both_changed_the_same_cell(self) -> None:
        """A conflict is refused with all three values, unless it was said what counts; the same value is none."""
        content = edited(put("segments", "B4", 0.7))
        assert [str(problem) for problem in imported(content, self.now()).problems] == [
            f"segments!B4, lost_share of T: found 0.7 here, and 0.9 in the baseline, 0.5 when exported; allowed: {HOW_TO_DECIDE}"
        ]
        mine = imported(content, self.now(), Conflicts.WORKBOOK)
        assert listed(mine) == ["segments!B4 set lost_share 0.9 0.7"]
        assert imported(content, self.now(), Conflicts.BASELINE).changes == ()
        assert imported(edited(put("segments", "B4", 0.9)), self.now()).problems == ()

    def test_rows(self) -> None:
        """A row that one side removed and the other changed is a conflict; removed by both is none."""
        gone = small_instance(policy_options={"safety_factor": 1, "cover_periods": 2})
        changed = edited(put("policy_options", "D4", 3))
        assert [problem.cell for problem in imported(changed, gone).problems] == ["A4"]
        mine = imported(changed, gone, Conflicts.WORKBOOK)
        assert [str(change.kind) for change in mine.changes] == ["add"]
        removed = edited(lambda book: book["policy_options"].delete_rows(4))
        assert imported(removed, gone).problems == ()
        assert imported(removed, gone).changes == ()


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_workbook_that_shows_another_instance_makes_it(data: st.DataObject) -> None:
    """A workbook made from one instance that shows another: its accepted changes turn the first into the other."""
    shown = data.draw(_instances())
    original = small_instance()
    content = book_of(shown, made_from=original)
    found = imported(content, original)
    assert found.problems == ()
    expected, snapshot = Snapshot.of(shown), Snapshot.of(original)
    if not found.changes:
        assert expected.version == snapshot.version
        return
    made = Snapshot.of(apply(original, accepted(found, original, "made")))
    assert made.settings == expected.settings
    assert [name for name in made.tables if difference(name, made.tables[name], expected.tables[name])] == []


@st.composite
def _instances(draw: st.DrawFn) -> Instance:
    """An instance with the items and periods of the small one, and anything else that a workbook may change."""
    units = st.floats(0, 1e9, allow_nan=False).map(lambda value: float(f"{value:.12g}"))
    text = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
    base = small_instance()
    demand = [
        [draw(units) if draw(st.booleans()) else value for value in row] for row in base.mean_demand.tolist()
    ]
    items = [
        {
            **row.model_dump(),
            "description": draw(text),
            "unit_cost": draw(units),
            "launch_date": draw(st.dates(dt.date(1901, 1, 1)) | st.none()),
            "end_date": None,
        }
        for row in base.items
    ]
    orders = [
        {
            "item": draw(st.sampled_from(["A", "B"])),
            "due_period": draw(st.integers(0, 1)),
            "units": draw(st.sampled_from([5.0, 7.0, 9.0])),
        }
        for _ in range(draw(st.integers(0, 5)))
    ]
    options = [
        {
            "option": name,
            "safety_factor": draw(st.floats(-3, 6).map(lambda value: float(f"{value:.9g}"))),
            "cover_periods": 1,
        }
        for name in draw(st.sets(text, min_size=1, max_size=4))
    ]
    owner = draw(st.sampled_from(["", "finance"]))
    return small_instance(
        demand=demand,
        items=items,
        open_orders=orders,
        policy_options=options,
        guardrails=[
            {"upper": draw(units), "owner": owner},
            *([{"guardrail": "cash", "metric": "cash", "lower": -1}] if draw(st.booleans()) else []),
        ],
        settings={"opening_cash": draw(units), "change_price_periods": draw(st.none() | st.integers(1, 9))},
    )


def _setting_row(book: Any, name: str) -> int:
    return row_of(book["instance"], name)
