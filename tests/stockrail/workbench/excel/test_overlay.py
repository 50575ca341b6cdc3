"""Changes of a workbook as changes of a what-if: as few as possible, and no row but those that were meant."""

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stockrail.workbench.excel.overlay import conditions_of
from tests.stockrail.workbench.excel.books import after

PAIRS = st.sets(st.tuples(st.sampled_from("ABCD"), st.integers(0, 4)))


@given(PAIRS)
def test_conditions_name_these_rows_and_no_other(pairs: set[tuple[str, int]]) -> None:
    """All pairs that the conditions allow are those that were given, each once."""
    named: list[tuple[Any, ...]] = []
    for where in conditions_of("demand", sorted(pairs)):
        lists = [value if isinstance(value, list) else [value] for value in where.values()]
        named += product(*lists)
    assert sorted(named) == sorted(pairs)


def test_a_block_is_one_change() -> None:
    """Two items over three periods set to one value are one change; a seventh cell with it is a second one."""

    def edit(book: Any) -> None:
        for row in (3, 4, 5, 7, 8, 9, 12):  # A and B in periods 0, 1 and 2; 00123 in period 1
            book["demand"].cell(row, 3).value = 42

    changes = [change.model_dump(exclude_unset=True) for change in after(edit).overlay]
    assert [change["where"] for change in changes] == [
        {"item": ("A", "B"), "period": (0, 2)},
        {"item": ("A", "B", "00123"), "period": 1},
    ]
    assert all(change["set"] == 42 for change in changes)


def test_rows_that_are_alike_are_replaced_together() -> None:
    """One of two orders of A in period 1 is gone: both are removed, and the other one is added again."""
    changes = after(lambda book: book["open_orders"].delete_rows(3)).overlay
    assert [change.model_dump(exclude_unset=True) for change in changes] == [
        {"table": "open_orders", "where": {"item": "A", "due_period": 1}, "remove": True},
        {"table": "open_orders", "add_rows": ({"item": "A", "due_period": 1, "units": 7},)},
    ]


def test_a_new_row_has_what_the_format_does_not_fill_in() -> None:
    """Columns that are at their default are left out of a row that is added."""
    found = after(lambda book: book["warehouses"].append(["K", 20]))
    assert found.overlay[0].add_rows == ({"warehouse": "K", "capacity_space": 20},)
