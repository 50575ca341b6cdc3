"""Laws of orders: each has an instance that breaks it, and the problem that is reported."""

from typing import Any

import pytest

from stockrail.model.consistency import inconsistencies_of
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_settings import Branching, SupplierEvent, TreeSpecification
from tests.builders import make_instance, path_of_nodes


def only_problem(instance: Instance) -> Problem:
    """Find the one problem there is."""
    (problem,) = inconsistencies_of(instance)
    return problem


@pytest.mark.parametrize(
    ("lot", "minimum", "maximum", "allowed"),
    [
        (1, 11, 10, "at least the smallest order, 11 units in lots of 1, or blank"),
        # 25 units are 3 lots of 10, and 29 are only 2.
        (10, 25, 29, "at least the smallest order, 30 units in lots of 10, or blank"),
        # Without a minimum an order is at least one lot.
        (10, 0, 9, "at least the smallest order, 10 units in lots of 10, or blank"),
        (10, 25, 30, None),
        # 0.3 / 0.1 is 2.9999999999999996, which is 3 lots all the same.
        (0.1, 0.3, 0.3, None),
    ],
)
def test_minimum_order_within_maximum(
    lot: float, minimum: float, maximum: float, allowed: str | None
) -> None:
    """Some number of lots is an order."""
    item = {"lot_size": lot, "minimum_order_units": minimum, "maximum_order_units": maximum}
    expected = [Problem("items.csv", 2, "maximum_order_units", f"{maximum:g}", allowed)] if allowed else []
    assert inconsistencies_of(make_instance(items=item)) == expected


def test_fixed_orders_arrive() -> None:
    """Fixed lots arrive within the horizon; fixing no lots is always possible, also in frozen periods."""
    overrides = [{"period": 1, "lots": 1}, {"period": 2, "lots": 1}, {"period": 3, "lots": 0}]
    instance = make_instance(
        demand=(1, 1, 1, 1),
        items={"lead_time_periods": 2},
        order_overrides=overrides,
        settings={"frozen_periods": 2},
    )
    allowed = "a period whose order arrives by period 3; this one arrives in period 4"
    assert only_problem(instance) == Problem("order_overrides.csv", 3, "period", "2", allowed)


def test_fixed_orders_wait_for_late_ones() -> None:
    """An order does not overtake an earlier one that its supplier delays, in a table or by an event."""
    # Ordered in period 0 with a delay of 2, lead time 1: there in period 3, and so is the order of period 1.
    rows: dict[str, Any] = {
        "demand": (1, 1, 1, 1),
        "items": {"lead_time_periods": 1},
        "order_overrides": {"period": 2, "lots": 1},
    }
    late: dict[str, Any] = {
        "scenarios": path_of_nodes(4),
        "scenario_suppliers": [{"node": "n1", "delay_periods": 2}],
    }
    problem = only_problem(make_instance(**rows, **late))
    assert problem.allowed == "a period whose order arrives by period 3; this one arrives in period 4"
    event = SupplierEvent(period=1, branch=0, supplier="V", duration_periods=1, delay_periods=2)
    tree = TreeSpecification(branchings=(Branching(period=1, width=2),), events=(event,))
    assert only_problem(make_instance(**rows, settings={"tree": tree})) == problem
    assert inconsistencies_of(make_instance(**rows)) == []


def test_overtime_needs_a_capacity() -> None:
    """A premium for what is beyond a capacity says nothing where there is none, not even a premium of 0."""
    capacities = [
        {"supplier": "V", "capacity_units_per_period": 9, "overtime_premium_per_unit": 2},
        {"supplier": "W", "overtime_premium_per_unit": 0},
        {"supplier": "X", "capacity_units_per_period": 0, "overtime_premium_per_unit": 0},
        {"supplier": "Y", "capacity_units_per_period": 9},
    ]
    allowed = "blank, as capacity_units_per_period is blank"
    assert only_problem(make_instance(suppliers=capacities)) == Problem(
        "suppliers.csv", 3, "overtime_premium_per_unit", "0", allowed
    )


def row(
    from_units: float, unit_cost: float, item: str = "A", applies_to: str = "all units"
) -> dict[str, Any]:
    """A row of quantity breaks; items cost 6 without."""
    return {"item": item, "from_units": from_units, "unit_cost": unit_cost, "applies_to": applies_to}


@pytest.mark.parametrize(
    ("breaks", "problems"),
    [
        ([row(10, 5), row(20, 4.5)], []),
        # The order of rows does not matter, only that of units.
        ([row(20, 4.5), row(10, 5)], []),
        # A break may make the units free, and the smallest order may reach it already.
        ([row(0.5, 0)], []),
        ([row(10, 6)], [(2, "unit_cost", "6", "a number < 6, the unit_cost in items")]),
        ([row(10, 7)], [(2, "unit_cost", "7", "a number < 6, the unit_cost in items")]),
        (
            [row(20, 5), row(10, 5)],
            [(2, "unit_cost", "5", "a number < 5, the unit_cost from 10 units on")],
        ),
        # 10: 4 is fine; 20: 5 is not below 4, and neither is 30: 4.5.
        (
            [row(10, 4), row(20, 5), row(30, 4.5)],
            [
                (3, "unit_cost", "5", "a number < 4, the unit_cost from 10 units on"),
                (4, "unit_cost", "4.5", "a number < 4, the unit_cost from 10 units on"),
            ],
        ),
        ([row(10, 5, "A"), row(10, 5, "B", "incremental")], []),
        (
            [row(10, 5), row(10, 5, "B", "incremental"), row(20, 4, "A", "incremental")],
            [(4, "applies_to", "incremental", "all units, as in row 2, the first of the item")],
        ),
    ],
)
def test_quantity_breaks(breaks: list[dict[str, Any]], problems: list[tuple[int, str, str, str]]) -> None:
    """The larger the order the cheaper the unit, strictly, and all breaks of an item are of one kind."""
    instance = make_instance(demand=[[1, 1], [1, 1]], quantity_breaks=breaks)
    assert inconsistencies_of(instance) == [Problem("quantity_breaks.csv", *problem) for problem in problems]
