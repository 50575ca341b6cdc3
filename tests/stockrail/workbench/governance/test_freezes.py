"""Freezes and locks of the calendar as an instance: a run meanwhile plans within them."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.model.schema import AnnouncedOrder
from stockrail.model.what_if import WhatIf
from stockrail.planning import plan
from stockrail.workbench.governance.calendar import Calendar
from stockrail.workbench.governance.freezes import CHANGES, HeldOrders, held_by
from stockrail.workbench.governance.schema_calendar import CalendarRules
from tests.builders import make_instance

WEEK = {"start": dt.date(2027, 1, 4), "period_length_days": 7}


def calendar(kind: str, first: str, days: int, **scope: str) -> Calendar:
    event = {"event": "hold", "kind": kind, "owner": "finance", "dates": [first], "lasts_days": days, **scope}
    return Calendar(CalendarRules.model_validate({"events": [event]}))


def instance(**more: Any) -> Instance:
    """One item that sells 5, 7, 6 and 4 units in four weeks, in lots of 2, delivered at once; who does not get it is lost."""
    return make_instance(
        demand=(5, 7, 6, 4),
        items={"item": "a", "lot_size": 2},
        segments={"lost_share": 1},
        settings={**WEEK, **more},
    )


def held_orders(*units: float, periods: int = 4) -> HeldOrders:
    orders = [AnnouncedOrder(item="a", period=t, units=amount) for t, amount in enumerate(units)]
    return HeldOrders("run 1", orders, periods)


def plan_within(calendar: Calendar, instance: Instance, approved: HeldOrders | None) -> Instance:
    """The instance with what freezes and locks hold, as a run plans it."""
    held = held_by(calendar, instance, approved)
    return apply(instance, WhatIf.model_validate({"name": CHANGES, "changes": held.changes}))


# From Friday the 1st for 14 days is until Thursday the 14th, so the weeks of the 4th and of the 11th begin within it.
FREEZE = calendar("supply_freeze", "2027-01-01", 14)


def test_a_freeze_fixes_the_orders_of_the_approved_plan() -> None:
    """Four lots of 2 in the first week; in the second one nothing was approved, and nothing is ordered."""
    held = held_by(FREEZE, instance(), held_orders(8, 0, 6))
    assert held.changes == [
        {"table": "settings", "column": "frozen_periods", "set": 2},
        {
            "table": "order_overrides",
            "add_rows": [{"item": "a", "period": 0, "lots": 4, "reason": "hold: run 1"}],
        },
    ]
    assert held.notes == (
        "hold until 2027-01-14: orders of all items in the first 2 periods are those of run 1.",
    )


def test_a_run_in_a_freeze_plans_within_it() -> None:
    """Approved were 8 units now and 0 in the second week, which leaves it short; free again from the third week on."""
    free = plan(instance(), gap=0.0, prices="none").orders
    frozen = plan(plan_within(FREEZE, instance(), held_orders(8, 0)), gap=0.0, prices="none").orders
    assert dict(zip(free["period"], free["units"], strict=True)) != {0: 8}
    assert frozen.loc[frozen["period"] < 2, ["period", "units", "decision"]].to_numpy().tolist() == [
        [0, 8, "fixed"]
    ]
    assert set(frozen.loc[frozen["period"] >= 2, "decision"]) <= {"planned"}
    assert len(frozen) > 1


def test_a_lock_fixes_its_scope_only_and_also_orders_of_nothing() -> None:
    """Of two items in two groups the lock holds one, in its one week; frozen_periods stays 0."""
    two = make_instance(
        demand=((5, 7), (5, 7)),
        items=[{"item": "a", "product_group": "toys"}, {"item": "b", "product_group": "tools"}],
        settings=WEEK,
    )
    lock = calendar("promotion_lock", "2027-01-04", 7, scope="product_group", scope_value="toys")
    rows = [{"item": "a", "period": 0, "lots": 0, "reason": "hold: run 1"}]
    assert held_by(lock, two, held_orders(periods=2)).changes == [
        {"table": "order_overrides", "add_rows": rows}
    ]


@pytest.mark.parametrize(
    "event",
    [
        calendar("supply_freeze", "2027-01-05", 14),  # begins after the plan's first day: free until then
        calendar("supply_freeze", "2026-12-20", 15),  # ended the day before
        calendar("forecast_update", "2027-01-04", 7),  # holds nothing
    ],
)
def test_nothing_is_held_otherwise(event: Calendar) -> None:
    """The same instance, as it is."""
    given = instance()
    assert held_by(event, given, held_orders(8)).changes == []
    assert plan_within(event, given, held_orders(8)) is given


def test_without_an_approved_plan_nothing_is_held_and_that_is_said() -> None:
    """Nobody could be told to keep to it."""
    held = held_by(FREEZE, instance(), None)
    assert (held.changes, held.notes) == (
        [],
        ("hold until 2027-01-14: no plan is approved yet, so no orders are held.",),
    )


def test_what_the_instance_fixes_itself_stays() -> None:
    """A planner's override wins, and so do frozen periods that reach further."""
    given = instance(frozen_periods=1)
    held = held_by(FREEZE, given, held_orders(8, 4))
    assert held.changes[0]["set"] == 2
    assert [row["period"] for row in held.changes[1]["add_rows"]] == [1]
    longer = instance(frozen_periods=3)
    assert held_by(FREEZE, longer, held_orders(8, 4)).changes == []
    overridden = plan_within(FREEZE, instance(), held_orders(8, 4))
    assert held_by(FREEZE, overridden, held_orders(2, 2)).changes == []


def test_only_periods_that_the_approved_plan_covers_are_held() -> None:
    """It ends after one week of the instance: what it would have ordered then nobody knows."""
    assert held_by(FREEZE, instance(), held_orders(8, periods=1)).changes[0]["set"] == 1


def test_orders_that_arrive_after_the_horizon_are_left_out() -> None:
    """With a lead time of three weeks an order of the second week arrives in the fifth of four."""
    slow = make_instance(
        demand=(0, 0, 0, 4), items={"item": "a", "lot_size": 2, "lead_time_periods": 3}, settings=WEEK
    )
    held = held_by(FREEZE, slow, held_orders(4, 2))
    assert [row["period"] for row in held.changes[1]["add_rows"]] == [0]
    assert (
        held.notes[-1] == "Orders of run 1 that would arrive after the horizon are not placed: a in period 1."
    )
    assert plan_within(FREEZE, slow, held_orders(4, 2)).order_overrides[0].lots == 2


def test_orders_of_an_earlier_plan_move_with_its_dates(tmp_path: Path) -> None:
    """A plan of the week before, read from its folder: its second week is the first one of the instance."""
    before = instance()
    earlier = plan(before, gap=0.0, prices="none")
    earlier.write(tmp_path)
    later = make_instance(
        demand=(7, 6, 4, 4),
        items={"item": "a", "lot_size": 2},
        settings={**WEEK, "start": dt.date(2027, 1, 11)},
    )
    told = HeldOrders.read("run 1", tmp_path, later)
    ordered = dict(zip(earlier.orders["period"], earlier.orders["units"], strict=True))
    assert told.periods == 3
    assert {row.period: row.units for row in told.orders if row.units} == {
        period - 1: units for period, units in ordered.items() if period >= 1
    }
