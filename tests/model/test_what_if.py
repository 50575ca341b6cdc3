"""`scenarios.yaml` is read with every problem at once."""

from pathlib import Path

import pytest

from stockrail.model.problems import InstanceError
from stockrail.model.what_if import BASE, Change, what_ifs


def _read(folder: Path, text: str) -> list[str]:
    """Names of the what-ifs in a text."""
    (folder / "scenarios.yaml").write_text(text, encoding="utf-8")
    return [row.name for row in what_ifs(folder)]


def test_without_a_file_there_is_the_baseline(tmp_path: Path) -> None:
    """The baseline can be compared before anybody has written a what-if."""
    (only,) = what_ifs(tmp_path)
    assert (only.name, only.changes) == (BASE, ())


def test_base_comes_first_unless_the_file_has_it(tmp_path: Path) -> None:
    """A file need not repeat the baseline; where it does, its order counts."""
    assert _read(tmp_path, "what_ifs: [{name: a}]") == [BASE, "a"]
    assert _read(tmp_path, "what_ifs: [{name: a}, {name: base}]") == ["a", BASE]


def test_a_workbook_has_the_file_beside_it(tmp_path: Path) -> None:
    """A workbook has no room for overlays, so they lie in its folder."""
    (tmp_path / "scenarios.yaml").write_text("what_ifs: [{name: a}]", encoding="utf-8")
    assert [row.name for row in what_ifs(tmp_path / "plan.xlsx")] == [BASE, "a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what_ifs: [{name: a}, {name: a}]", "scenarios.yaml, column name: found 'a'; allowed: each name once"),
        ("what_ifs: [{name: base, changes: [{table: items, column: lot_size, set: 2}]}]", "base is the baseline"),
        ("what_ifs: [", "valid YAML"),
        ("others: []", "column others: found '[]'; allowed: one of: what_ifs"),
        ("what_ifs: [{name: a, kind: wish}]", "what-if a, row 1, column kind: found 'wish'; allowed: 'choice' or"),
        (
            "what_ifs:\n- name: a\n  changes:\n  - table: item\n    column: lot_size\n    set: 2",
            "scenarios.yaml, what-if a, change 1, row 4, column table: found 'item'; allowed: one of: settings, items",
        ),
        (
            "what_ifs:\n- name: a\n  changes:\n  - {table: items, column: lot_size}",
            "change 1, row 4: found \"{'table': 'items', 'column': 'lot_size'}\"; allowed: exactly one of set, multiply",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named(tmp_path: Path, text: str, expected: str) -> None:
    """Each mistake is told with the what-if, the change, the line and what may stand there."""
    with pytest.raises(InstanceError) as caught:
        _read(tmp_path, text)
    assert expected in str(caught.value)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Two what-ifs with a mistake each give two problems."""
    with pytest.raises(InstanceError) as caught:
        _read(tmp_path, "what_ifs: [{name: a, kind: wish}, {name: b, ownr: c}]")
    assert len(caught.value.problems) == 2


def test_a_blank_can_be_set() -> None:
    """`set: null` makes a cell blank; it is not the same as no `set`."""
    assert Change.model_validate({"table": "guardrails", "column": "upper", "set": None}).action == "set"
