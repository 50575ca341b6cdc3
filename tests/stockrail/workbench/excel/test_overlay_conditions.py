"""Rows named by lists of their keys: as few conditions as it takes, and never a row more."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.workbench.excel.column import key_columns
from stockrail.workbench.excel.overlay import conditions_of

TABLES = ("items", "demand", "allocation_rules")
"""Tables whose rows have keys of one, two and four columns."""


@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
def test_conditions_name_the_rows_and_no_others(table: str, data: st.DataObject) -> None:
    """All pairs of the lists of all conditions together are the keys, each once."""
    names = key_columns(table)
    keys = data.draw(st.sets(st.tuples(*[st.sampled_from("abc")] * len(names)), max_size=9))
    found = []
    for where in conditions_of(table, sorted(keys)):
        assert tuple(where) == names
        lists = [value if isinstance(value, list) else [value] for value in where.values()]
        found += list(itertools.product(*lists))
    assert sorted(found) == sorted(keys)
