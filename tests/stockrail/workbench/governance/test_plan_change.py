"""Changes of orders against the approved plan: by item and period, and in all."""

from typing import Any

import pytest

from stockrail.workbench.governance.breach import Breach
from stockrail.workbench.governance.plan_change import changes_of_plan, order_changes
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.governance.schema_rules import PlanChange
from tests.stockrail.workbench.governance.files import plan_files, rule


def order(item: str, week: int, units: float, probability: float = 1.0, node: str = "n") -> dict[str, Any]:
    """An order in a week from 2027-01-04 on, at a unit cost of 2."""
    return {
        "item": item, "node": node, "period": week, "date": f"2027-01-{4 + 7 * week:02d}", "probability": probability,
        "lots": units, "units": units, "value": 2.0 * units,
    }  # fmt: skip


APPROVED = plan_files(
    name="run 1", orders=[order("a", 0, 50), order("a", 1, 100), order("b", 1, 10), order("c", 2, 30)]
)
# A week later: a's order of week 1 is 80 or 140 with probability 1/2 each, so 110; b's is gone; c's is in week 3; week 4 is new.
LATER = plan_files(
    name="run 2",
    certificate={"start": "2027-01-11"},
    orders=[order("a", 1, 80, 0.5, "x"), order("a", 1, 140, 0.5, "y"), order("c", 3, 30), order("d", 2, 0)],
)


def found(limits: dict[str, Any], plan: PlanFiles = LATER) -> list[Breach]:
    return changes_of_plan(PlanChange.model_validate(rule("plan_change", **limits)), plan, APPROVED)


def test_order_changes_by_hand() -> None:
    """Weeks that both plans have; what was ordered in the first week is past and no change."""
    table = order_changes(LATER, APPROVED)
    changed = table[(table["units_before"] != 0) | (table["units_after"] != 0)]
    assert changed[
        ["item", "date", "units_before", "units_after", "value_before", "value_after"]
    ].to_numpy().tolist() == [
        ["a", "2027-01-11", 100, 110, 200, 220],
        ["b", "2027-01-11", 10, 0, 20, 0],
        ["c", "2027-01-18", 30, 0, 60, 0],
        ["c", "2027-01-25", 0, 30, 0, 60],
    ]


@pytest.mark.parametrize(
    ("limits", "money", "items"),
    [
        ({"most_units": 10}, 120, "cc"),  # only c moves more than 10: 60 and 60
        ({"most_units": 9}, 160, "ccab"),  # and a and b 10 units each, worth 20
        ({"most_units": 30}, None, ""),
        ({"most_money": 20}, 120, "cc"),
        ({"most_total_money": 159}, 160, "ccab"),
        ({"most_total_money": 160}, None, ""),
        ({"most_total_share": 0.5}, 160, "ccab"),  # 160 of 280
        ({"most_total_share": 0.6}, None, ""),
        ({"most_units": 9, "first_periods": 1}, 40, "ab"),  # the week of the 11th only
    ],
)
def test_limits(limits: dict[str, Any], money: float | None, items: str) -> None:
    """At the limit is within; the largest changes come first."""
    breaches = found(limits)
    assert [one.money for one in breaches] == ([] if money is None else [money])
    assert "".join(row["item"] for one in breaches for row in one.evidence["changes"]) == items
    assert all(one.subject == "orders against run 1" for one in breaches)


def test_the_same_plan_changes_nothing() -> None:
    """Against itself every limit of 0 is kept."""
    none = dict.fromkeys(("most_units", "most_money", "most_total_money", "most_total_share"), 0)
    assert changes_of_plan(PlanChange.model_validate(rule("plan_change", **none)), LATER, LATER) == []


def test_both_directions_count_alike() -> None:
    """What the one adds the other takes away."""
    there, back = order_changes(LATER, APPROVED), order_changes(APPROVED, LATER)
    assert (there["value_after"] - there["value_before"]).abs().sum() == 160
    assert (back["value_after"] - back["value_before"]).abs().sum() == 160


def test_from_nothing_any_order_is_a_change() -> None:
    """The approved plan orders nothing in these weeks: a share of nothing is nothing."""
    plan = plan_files(certificate={"start": "2027-01-25"}, orders=[order("a", 3, 1)])
    breaches = found({"most_total_share": 5.0}, plan)
    assert [(one.money, one.evidence["total_share"]) for one in breaches] == [(2, None)]


@pytest.mark.parametrize(
    "calendar",
    [{"period_length_days": 14}, {"start": "2027-01-06"}, {"start": "2027-03-01"}],
)
def test_plans_of_other_periods_cannot_be_judged(calendar: dict[str, Any]) -> None:
    """Another length, a shift within a week, no week in common."""
    breaches = found({"most_units": 1e9}, plan_files(certificate=calendar, orders=[order("a", 1, 1)]))
    assert [list(one.evidence) for one in breaches] == [["not_judged"]]
