"""What moved between two runs, and why: the example of docs/segmentation.md, which derives its numbers."""

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stockrail.model.segmentation import with_segments
from stockrail.model.writer import write
from stockrail.segments.history import HistoryError, read_history
from stockrail.segments.moves import all_moves, segment_moves
from stockrail.segments.table import SegmentTable
from tests.model.segment_example import NEXT_HALF_YEAR, example

FIRST = SegmentTable.of(with_segments(example()))


def moves_since(before: SegmentTable, **changes: Any) -> dict[str, tuple[str, str, str]]:
    """Before, now and reason of each item that moved to the example with changes."""
    now = SegmentTable.of(with_segments(example(**changes)))
    rows = segment_moves(before, now).to_dict("records")
    return {row["item"]: (row["before"], row["now"], row["reason"]) for row in rows}


def test_nothing_moves_by_itself() -> None:
    """Two runs of one instance are in the same segments."""
    assert moves_since(FIRST) == {}


def test_a_number_crosses_a_threshold_and_a_life_goes_on() -> None:
    """The pump for 65 sells 13,000 of 16,000, 81.25% before the hose; the clip was launched 216 days ago."""
    found = moves_since(FIRST, start=NEXT_HALF_YEAR, items={"pump": {"unit_price": 65.0}})
    assert found == {
        "hose": ("A-Z", "B-Z", "those before it make 81.25% of revenue (was 70.00%), from 80.00% on: B"),
        "clip": ("new", "C-X", "neither new nor ending: active"),
    }


def test_numbers_that_fall_and_thresholds_that_moved() -> None:
    """The valve's 0.7 is below 0.8; the hose's 1.1 below 1.2, and the thresholds were 0.5 and 1."""
    rules = {"own_segments": ("new",), "x_variation": 0.8, "y_variation": 1.2}
    assert moves_since(FIRST, rules=rules) == {
        "hose": ("A-Z", "A-Y", "variation 1.100 (was 1.100), below 1.200: Y (the threshold was 1.000)"),
        "valve": ("B-Y", "B-X", "variation 0.700 (was 0.700), below 0.800: X (the threshold was 0.500)"),
    }


@pytest.mark.parametrize(
    ("rules", "columns", "moved"),
    [
        ({}, {"fixed_segment": "new"}, ("new", "fixed_segment gives it")),
        ({}, {"launch_date": dt.date(2027, 1, 1)}, ("new", "launched on 2027-01-01: new for 180 days")),
        (
            {"own_segments": ("ending", "new")},
            {"end_date": dt.date(2027, 2, 1)},
            ("ending", "ends on 2027-02-01: ending for the last 180 days"),
        ),
        ({"own_segments": ("strategic", "new")}, {"is_strategic": "yes"}, ("strategic", "strategic now")),
    ],
)
def test_flags_and_dates(rules: dict[str, Any], columns: dict[str, Any], moved: tuple[str, str]) -> None:
    """What is no number is told with its date, on the way there and back."""
    changes: dict[str, Any] = {
        "rules": {"own_segments": ("new",)} | rules,
        "items": {"hose": columns},
    }
    assert moves_since(FIRST, **changes) == {"hose": ("A-Z", *moved)}
    later = SegmentTable.of(with_segments(example(**changes)))
    back = moves_since(later, rules=changes["rules"])["hose"]
    assert back[:2] == (moved[0], "A-Z")
    assert any(words in back[2] for words in ("no longer", "active"))


def test_other_criteria() -> None:
    """A name of another kind is explained by the criteria, once."""
    found = moves_since(FIRST, rules={"own_segments": ("new",), "criteria": ("abc", "margin")})
    assert found["hose"] == ("A-Z", "A-low", "criteria were abc, xyz, are abc, margin")


def test_items_that_come_and_go() -> None:
    """Added and removed items are moves of their own kinds."""
    earlier = SegmentTable(FIRST.items.iloc[1:].reset_index(drop=True), FIRST.rules)
    added = segment_moves(earlier, FIRST)
    assert added.values.tolist() == [["pump", "", "A-X", "added", "not in the earlier run"]]
    removed = segment_moves(FIRST, earlier)
    assert removed.values.tolist() == [["pump", "A-X", "", "removed", "no longer in the instance"]]


def test_history_is_a_folder_an_instance_or_a_table(tmp_path: Path) -> None:
    """All forms of an earlier run tell the same segments, and those with rules the same reasons."""
    FIRST.write(tmp_path / "run", None)
    write(example(), tmp_path / "instance")
    pd.DataFrame(FIRST.items[["item", "segment"]]).to_csv(tmp_path / "table.csv", index=False)
    changes: dict[str, Any] = {"start": NEXT_HALF_YEAR, "items": {"pump": {"unit_price": 65.0}}}
    told = moves_since(FIRST, **changes)
    for name in ("run", "instance"):
        assert moves_since(read_history(tmp_path / name), **changes) == told
    assert moves_since(read_history(tmp_path / "run" / "item_segments.csv"), **changes) == told
    bare = moves_since(read_history(tmp_path / "table.csv"), **changes)
    assert bare["hose"] == ("A-Z", "B-Z", "those before it make 81.25% of revenue, from 80.00% on: B")


def test_given_segments_move_without_a_number() -> None:
    """Where somebody gave the segment, now or before, that is the reason."""
    given = {name: {"segment": "B-Y"} for name in ("pump", "hose", "valve", "clip")}
    assert moves_since(FIRST, rules=None, items=given)["pump"] == ("A-X", "B-Y", "given in items")
    other = SegmentTable.of(example(rules=None, items={name: {"segment": "fast"} for name in given}))
    assert moves_since(other)["pump"] == ("fast", "A-X", "given in items before, formed by rules now")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "a.csv",
            "item,segment\npump,\npump,B\n",
            ["row 2, column segment: blank", "row 3, column item: found 'pump'"],
        ),
        ("a.csv", "item,variation\npump,1\n", ["missing column segment"]),
        ("a.csv", "item,segment,variation\npump,A,much\n", ["row 2, column variation: found 'much'"]),
        ("a.csv", "", ["no CSV file"]),
        ("segmentation.json", "{", ["not what `stockrail segment --out` writes"]),
    ],
)
def test_what_is_no_history(tmp_path: Path, name: str, text: str, said: list[str]) -> None:
    """Every problem of an earlier run is told, with row, column and value."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(HistoryError) as error:
        read_history(path if path.suffix == ".csv" else tmp_path)
    assert [words for words in said if words not in str(error.value)] == []


def test_no_history_at_all(tmp_path: Path) -> None:
    """A folder without anything says what is expected."""
    with pytest.raises(HistoryError, match="is no earlier run: expected a folder that"):
        read_history(tmp_path)


def test_customers_move_too(tmp_path: Path) -> None:
    """A strategic customer and one that crossed a threshold; a table of items tells nothing of customers."""
    rules = {"own_segments": ("new",), "customer_criteria": ("abc", "strategic")}
    before = SegmentTable.of(with_segments(example(rules=rules, customers={})))
    lower = rules | {"a_revenue_share": 0.7}
    now = SegmentTable.of(
        with_segments(example(rules=lower, customers={"north": {"is_strategic": "yes"}}, segments=()))
    )
    moves = all_moves(before, now)["customer"]
    assert moves.values.tolist() == [
        ["north", "A-standard", "A-strategic", "moved", "strategic now"],
        [
            "south",
            "A-standard",
            "B-standard",
            "moved",
            "those before it make 74.49% of revenue (was 74.49%), from 70.00% on: B (the threshold was 80.00%)",
        ],
    ]
    before.write(tmp_path, None)
    assert all_moves(read_history(tmp_path), now)["customer"].equals(moves)
    assert list(all_moves(read_history(tmp_path / "item_segments.csv"), now)) == ["item"]
