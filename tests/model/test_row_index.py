"""Rows by the value of a column: the same rows that a look at each one finds, also after cells have changed."""

from hypothesis import given
from hypothesis import strategies as st

from stockrail.model import apply
from stockrail.model.row_index import RowIndex
from stockrail.model.schema import GuardrailLimit, OpenOrder
from stockrail.model.what_if import Change, WhatIf
from tests.builders import make_instance

ORDERS = st.builds(
    OpenOrder,
    item=st.sampled_from(["A", "1", "2"]),
    due_period=st.integers(0, 3),
    units=st.sampled_from([1.0, 2.0, 2.5]),
)
WANTED = st.lists(st.sampled_from(["A", "1", 1, 1.0, 2, 2.5, "2.0", 3, None]), min_size=1, max_size=3)


@given(st.lists(ORDERS), st.sampled_from(["item", "due_period", "units"]), WANTED)
def test_the_rows_that_a_look_at_each_finds(
    rows: list[OpenOrder], column: str, wanted: list[str | float | None]
) -> None:
    """A cell matches a value that it equals, or that reads the same: the period 1 matches 1, 1.0 and "1"."""

    def matches(cell: object) -> bool:
        return any(cell == value or (value is not None and str(cell) == str(value)) for value in wanted)

    expected = [k for k, row in enumerate(rows) if matches(getattr(row, column))]
    assert RowIndex().positions("open_orders", column, rows, wanted) == expected


def test_blank_cells() -> None:
    """None finds blank cells and nothing else."""
    rows = [GuardrailLimit(guardrail="G", period=t, lower=None if t else 1, upper=None) for t in range(3)]
    assert RowIndex().positions("guardrail_limits", "lower", rows, [None]) == [1, 2]


def test_changes_see_those_before_them() -> None:
    """A row is found by what a change before made of it, added rows included, and not by what it was.

    The order of 5 becomes 6, then all of 6 become 7, then one of 7 is added and all of 7 become 8; 9 stays.
    """
    instance = make_instance(open_orders=[{"due_period": 0, "units": 5}, {"due_period": 1, "units": 9}])

    def change(before: int, after: int) -> Change:
        return Change(table="open_orders", where={"units": before}, column="units", set=after)

    new = Change(table="open_orders", add_rows=({"item": "A", "due_period": 2, "units": 7},))
    gone = Change(table="open_orders", where={"units": 9}, remove=True)
    changes = (change(5, 6), change(6, 7), new, change(7, 8), gone)
    made = apply(instance, WhatIf(name="steps", changes=changes))
    assert [(row.due_period, row.units) for row in made.open_orders] == [(0, 8), (2, 8)]
    assert [row.units for row in instance.open_orders] == [5, 9]
