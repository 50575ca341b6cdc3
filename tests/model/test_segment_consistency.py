"""Laws of segments: each broken once, and all at once by the reader."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.problems import Problem
from stockrail.model.reader import load
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.segmentation import with_segments
from stockrail.model.writer import write
from tests.builders import make_instance
from tests.model.instance_folder import edit, problems_of, set_cell
from tests.model.segment_example import example

RULES_DAY = {"launch_date": dt.date(2027, 1, 4), "end_date": dt.date(2027, 1, 4)}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"items": {"segment": ""}},
            (
                "items.csv",
                None,
                "segment",
                None,
                "a name in the table segments for each item, or rules: a group segmentation in the settings, {} for the default ones",
            ),
        ),
        (
            {"demand": [[1], [1]], "items": [{"item": "A"}, {"item": "B", "segment": ""}]},
            ("items.csv", 3, "segment", None, "a name in the table segments"),
        ),
        (
            {"items": {"fixed_segment": "S"}},
            (
                "items.csv",
                2,
                "fixed_segment",
                "S",
                "blank, as the settings have no group segmentation; without it the column segment gives it",
            ),
        ),
        (
            {"items": RULES_DAY},
            ("items.csv", 2, "end_date", "2027-01-04", "a day after the launch_date, 2027-01-04, or blank"),
        ),
    ],
)
def test_laws_without_rules(rows: dict[str, Any], problem: tuple[Any, ...]) -> None:
    """Segments are given for every item, nothing is fixed against rules, an item ends after it is launched."""
    assert inconsistencies_of(make_instance(**rows)) == [Problem(*problem)]


@pytest.mark.parametrize(
    ("rules", "setting", "value", "allowed"),
    [
        ({"a_revenue_share": 0.96}, "b_revenue_share", "0.95", "a number >= 0.96, the a_revenue_share"),
        ({"y_variation": 0.4}, "y_variation", "0.4", "a number >= 0.5, the x_variation"),
        ({"criteria": ("abc", "abc")}, "criteria", "abc, abc", "each criterion once"),
        ({"own_segments": ("new", "new")}, "own_segments", "new, new", "each criterion once"),
        ({"criteria": ()}, "criteria", None, "at least one criterion"),
    ],
)
def test_laws_of_rules(rules: dict[str, Any], setting: str, value: str | None, allowed: str) -> None:
    """Thresholds rise, and a name is made of different criteria."""
    instance = make_instance(settings={"segmentation": SegmentationRules(**rules)})
    assert inconsistencies_of(instance) == [
        Problem("instance.yaml", None, f"segmentation.{setting}", value, allowed)
    ]


def test_every_segment_that_rules_form_has_costs() -> None:
    """One problem for each segment without a row, with the items that are in it; fixed ones where they stand."""
    items = {"valve": {"fixed_segment": "watched"}}
    instance = with_segments(example(rules={}, items=items, segments=("A-X",)))
    assert inconsistencies_of(instance) == [
        Problem("items.csv", 4, "fixed_segment", "watched", "a name in the table segments"),
        Problem(
            "segments.csv",
            None,
            "segment",
            None,
            "a row for A-Z, the segment that the rules of segmentation form of 1 item: hose",
        ),
        Problem(
            "segments.csv",
            None,
            "segment",
            None,
            "a row for C-X, the segment that the rules of segmentation form of 1 item: clip",
        ),
    ]


def test_a_scope_is_a_segment_that_rules_form(tmp_path: Path) -> None:
    """Guardrails on segments are checked against the segments that the rules form, not the current ones."""
    write(example(items={"hose": {"segment": "old"}}), tmp_path)
    header = "guardrail,metric,scope,scope_value,first_period,last_period,lower,upper,holds,soft_price\n"
    row = "{0},inventory_value,segment,{1},0,1,,100,expected,\n"
    (tmp_path / "guardrails.csv").write_text(header + row.format("fine", "A-Z"))
    assert load(tmp_path).items[1].segment == "A-Z"
    (tmp_path / "guardrails.csv").write_text(header + row.format("gone", "old"))
    assert problems_of(tmp_path) == [
        Problem("guardrails.csv", 2, "scope_value", "old", "a value of the column segment in the table items")
    ]


def test_errors_come_at_once(tmp_path: Path) -> None:
    """Segments without costs are told together with what is wrong elsewhere, also with the items themselves."""
    write(example(segments=("A-X", "A-Z", "new")), tmp_path)
    set_cell(tmp_path, "items", 2, "minimum_order_units", "9")
    set_cell(tmp_path, "items", 2, "maximum_order_units", "8")
    set_cell(tmp_path, "items", 3, "warehouse", "H")
    (tmp_path / "open_orders.csv").write_text("item,due_period,units\npump,2,5\n")
    found = [(problem.file, problem.row, problem.column) for problem in problems_of(tmp_path)]
    assert found == [
        ("items.csv", 3, "warehouse"),
        ("open_orders.csv", 2, "due_period"),
        ("segments.csv", None, "segment"),
        ("items.csv", 2, "maximum_order_units"),
    ]


@pytest.mark.parametrize(
    ("table", "line", "column", "value"),
    [
        ("demand", 2, "period", "1"),
        ("scenarios", 3, "probability", "0.4"),
        ("items", 5, "end_date", "2026-11-30"),
        ("items", 3, "currency", "USD"),
        ("forecast_error", 2, "sigma_units", "many"),
    ],
)
def test_no_error_follows_from_another(
    tmp_path: Path, table: str, line: int, column: str, value: str
) -> None:
    """Where what decides segments is wrong, nothing is said of the segments that would follow from it."""
    write(example(segments=("A-X",)), tmp_path)
    header = "guardrail,metric,scope,scope_value,first_period,last_period,lower,upper,holds,soft_price\n"
    (tmp_path / "guardrails.csv").write_text(header + "G,inventory_value,segment,A-Z,0,1,,100,expected,\n")
    set_cell(tmp_path, table, line, column, value)
    problems = problems_of(tmp_path)
    assert {problem.file for problem in problems} == {f"{table}.csv"}
    assert column in {problem.column for problem in problems}


def test_values_of_settings_and_columns(tmp_path: Path) -> None:
    """A value that is none is told with its place and what is allowed there."""
    write(example(), tmp_path)
    edit(tmp_path / "instance.yaml", "a_revenue_share: 0.8", "a_revenue_share: 80")
    edit(tmp_path / "instance.yaml", "  - xyz\n", "  - zyx\n")
    set_cell(tmp_path, "items", 2, "is_strategic", "maybe")
    set_cell(tmp_path, "items", 3, "launch_date", "spring")
    found = {(problem.column, problem.value, problem.allowed) for problem in problems_of(tmp_path)}
    assert found == {
        ("segmentation.criteria.1", "zyx", "one of: abc, xyz, margin, strategic, life_cycle"),
        ("segmentation.a_revenue_share", "80", "a number >= 0 and <= 1"),
        ("is_strategic", "maybe", "one of: yes, no"),
        ("launch_date", "spring", "a date such as 2027-01-04, or blank"),
    }
