"""Laws of policy options and current targets: each has an instance that breaks it, and the problem that is reported."""

from pathlib import Path

import pytest

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.reader import load
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.writer import write
from tests.builders import make_instance

OPTION = {"safety_factor": 1, "cover_periods": 2}
TARGET = {"safety_stock_units": 1, "cover_periods": 2}


def test_names_of_options_and_targets() -> None:
    """Everything at once: a name twice in a segment, in no segment; an item twice, an unknown one. A name may be in two segments."""
    instance = make_instance(
        policy_options=[
            {"option": "lean", **OPTION},
            {"option": "lean", "segment": "S", **OPTION},
            {"option": "lean", "segment": "S", **OPTION},
            {"option": "wide", "segment": "U", **OPTION},
        ],
        current_targets=[TARGET, TARGET, {"item": "Z", **TARGET}],
    )
    assert inconsistencies_of(instance) == [
        Problem("policy_options.csv", 4, "option, segment", "lean, S", "one row each; row 3 has it too"),
        Problem("current_targets.csv", 3, "item", "A", "one row each; row 2 has it too"),
        Problem("policy_options.csv", 5, "segment", "U", "a name in the table segments"),
        Problem("current_targets.csv", 4, "item", "Z", "a name in the table items"),
    ]


def test_every_segment_with_items_has_an_option() -> None:
    """A segment without items needs none, and one option without segment is there for all."""
    segments = [{"segment": "S"}, {"segment": "T"}, {"segment": "U"}]
    items = [{"segment": "S"}, {"segment": "T"}]
    only_s = {"segment": "S", **OPTION}
    instance = make_instance(demand=((1,), (1,)), items=items, segments=segments, policy_options=[only_s])
    allowed = "a row for segment T, which has items, or with a blank segment, for every segment"
    assert inconsistencies_of(instance) == [Problem("policy_options.csv", None, "segment", None, allowed)]
    for more in ({"segment": "T", **OPTION}, {"option": "any", **OPTION}):
        options = [only_s, more]
        assert not inconsistencies_of(
            make_instance(demand=((1,), (1,)), items=items, segments=segments, policy_options=options)
        )
    assert not inconsistencies_of(make_instance(demand=((1,), (1,)), items=items, segments=segments))


def test_segments_formed_by_rules_have_options(tmp_path: Path) -> None:
    """What counts is the segment that the rules form: all of the only item's revenue makes it A, steady demand X."""
    rules = SegmentationRules(criteria=("abc", "xyz"))
    names = [{"segment": "A-X"}, {"segment": "old"}]
    for segment, is_valid in (("A-X", True), ("old", False)):
        write(
            make_instance(
                items={"segment": "old"},
                segments=names,
                policy_options={"segment": segment, **OPTION},
                settings={"segmentation": rules},
            ),
            tmp_path,
        )
        if is_valid:
            assert load(tmp_path).items[0].segment == "A-X"
        else:
            with pytest.raises(InstanceError, match="a row for segment A-X, which has items"):
                load(tmp_path)


@pytest.mark.parametrize(
    ("table", "column", "value", "allowed"),
    [
        ("policy_options", "safety_factor", "6.1", "a number >= -3 and <= 6"),
        ("policy_options", "safety_factor", "-3.1", "a number >= -3 and <= 6"),
        ("policy_options", "safety_factor", "inf", "a number >= -3 and <= 6"),
        ("policy_options", "safety_factor", None, "a number >= -3 and <= 6"),
        ("policy_options", "cover_periods", "261", "a number >= 0 and <= 260"),
        ("policy_options", "review_periods", "0", "a whole number >= 1"),
        ("policy_options", "review_periods", "1.5", "a whole number >= 1"),
        ("current_targets", "safety_stock_units", "-1", "a number >= 0"),
        ("current_targets", "cover_periods", None, "a number >= 0 and <= 260"),
    ],
)
def test_values(tmp_path: Path, table: str, column: str, value: str | None, allowed: str) -> None:
    """A value out of range, or missing, is refused with the range."""
    write(make_instance(policy_options=OPTION, current_targets=TARGET), tmp_path)
    path = tmp_path / f"{table}.csv"
    header, row = path.read_text().splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True)) | {column: value or ""}
    path.write_text(f"{header}\n{','.join(cells.values())}\n")
    with pytest.raises(InstanceError) as caught:
        load(tmp_path)
    assert caught.value.problems == (Problem(f"{table}.csv", 2, column, value, allowed),)


def test_departures_are_a_whole_number(tmp_path: Path) -> None:
    """The group `calibration` is checked as other settings are."""
    write(make_instance(), tmp_path)
    with (tmp_path / "instance.yaml").open("a") as stream:
        stream.write("calibration: {most_departures: -1, typo: 1}\n")
    with pytest.raises(InstanceError) as caught:
        load(tmp_path)
    assert [(problem.column, problem.allowed) for problem in caught.value.problems] == [
        ("calibration.most_departures", "a whole number >= 0"),
        ("calibration.typo", "one of the settings: most_departures"),
    ]
