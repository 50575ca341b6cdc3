"""Rows with equal keys are told apart so that what is alike stays together."""

from hypothesis import given
from hypothesis import strategies as st

from stockrail.workbench.excel.difference import difference
from stockrail.workbench.excel.row_keys import keys_of, numbered, numbered_alike
from stockrail.workbench.excel.snapshot import PlainRow

ROWS = st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from([1.0, 2.0])), max_size=8)


def test_numbers_by_their_digits() -> None:
    """Keys compare by 15 digits; a truth value is not 1, a text is no number."""
    assert keys_of([[0.1 + 0.2], [0.3]], [0]) == [(0.3,), (0.3,)]
    assert len(set(keys_of([[1], [True], ["1"]], [0]))) == 3


@given(ROWS, st.data())
def test_sorting_is_no_change(rows: list[tuple[str, float]], data: st.DataObject) -> None:
    """Rows in any other order get the numbers of the rows that they equal."""
    shuffled = data.draw(st.permutations(rows))
    keys, others = [(row[0],) for row in shuffled], [(row[0],) for row in rows]
    found = numbered_alike(keys, shuffled, others, rows, lambda a, b: a == b)
    assert len(set(found)) == len(rows)
    numbers = dict(zip(numbered(others), rows, strict=True))
    assert all(numbers[key] == row for key, row in zip(found, shuffled, strict=True))


@given(ROWS, ROWS)
def test_a_difference_makes_one_of_the_other(
    before: list[tuple[str, float]], after: list[tuple[str, float]]
) -> None:
    """Edits, removals and additions turn the open orders before into those after, in some order."""
    first: list[PlainRow] = [[item, 0, units] for item, units in before]
    second: list[PlainRow] = [[item, 0, units] for item, units in after]
    found = difference("open_orders", first, second)
    rows = dict(zip(numbered([(row[0], row[1]) for row in first]), first, strict=True))
    for key, edits in found.edits.items():
        rows[key] = [edits.get(k, value) for k, value in enumerate(rows[key])]
    kept = [row for key, row in rows.items() if key not in found.removed]
    assert sorted(map(str, [*kept, *found.added.values()])) == sorted(map(str, second))
