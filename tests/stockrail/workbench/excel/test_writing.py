"""The accepted what-if as a file: read back equal whatever its names are, and added to a file without touching the rest."""

import string
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.what_if import FILE, Change, WhatIf, what_ifs
from stockrail.workbench.excel.writing import AddingError, write_what_if

NAMES = st.sampled_from(
    ["00123", "no", "1e5", "2027-01-04", "null", "~", "a: b", "- x", "é", "'", "12"]
) | st.text(string.printable, min_size=1, max_size=8)


def _what_if(name: str, item: str) -> WhatIf:
    change = {"table": "demand", "where": {"item": item, "period": 0}, "column": "mean_units", "set": 1e22}
    blank = {"table": "items", "where": {"item": item}, "column": "launch_date", "set": None}
    return WhatIf(name=name, changes=(Change.model_validate(change), Change.model_validate(blank)))


@given(NAMES, NAMES)
def test_read_back_equal(name: str, item: str) -> None:
    """Names that YAML would take for numbers, dates or nothing stay names; a large number stays one; null stays blank."""
    if name == "base":
        return
    made = _what_if(name, item)
    with TemporaryDirectory() as folder:
        write_what_if(made, Path(folder) / FILE)
        assert what_ifs(folder)[1] == made


@pytest.mark.parametrize(
    "before",
    [
        "what_ifs:\n- name: high\n",
        "what_ifs:\n  - name: high\n    changes: []\n\n# the end",
        "what_ifs:\n    -   name: high\n        reason: |\n          - a list in a text\n",
    ],
)
def test_added_at_the_end(tmp_path: Path, before: str) -> None:
    """What is there stays as it is, whatever its indentation."""
    (tmp_path / FILE).write_text(before, encoding="utf-8")
    write_what_if(_what_if("low", "A"), tmp_path / FILE)
    assert (tmp_path / FILE).read_text(encoding="utf-8").startswith(before.rstrip())
    assert [row.name for row in what_ifs(tmp_path)] == ["base", "high", "low"]
    assert what_ifs(tmp_path)[2] == _what_if("low", "A")


@pytest.mark.parametrize(
    "before", ["what_ifs: [{name: high}]\n", "other: 1\n", "what_ifs: [\n", "- name: high\n", ""]
)
def test_another_form_is_left_alone(tmp_path: Path, before: str) -> None:
    """A file whose end is not the end of the list, or that is no list of what-ifs, is refused and stays as it is."""
    (tmp_path / FILE).write_text(before, encoding="utf-8")
    with pytest.raises(AddingError, match="no list of what-ifs that can be added to"):
        write_what_if(_what_if("low", "A"), tmp_path / FILE)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == before
