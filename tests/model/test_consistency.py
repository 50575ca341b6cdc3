"""Laws between rows and tables: each has one instance that breaks it, and the problem that is reported."""

import datetime as dt
from typing import Any

import pytest

from stockrail.model.consistency import KEYS, LAWS, inconsistencies, inconsistencies_of
from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema import TABLES, OpenOrder
from tests.builders import make_instance, path_of_nodes

BUILD = {"amount": 5, "first_period": 0, "last_period": 1, "exit_date": dt.date(2026, 12, 31)}
"""Whole in years 0 and 1, 2024 and 2025; half of it is left in year 2, the last one."""


def only_problem(instance: Instance) -> Problem:
    """Find the one problem there is."""
    (problem,) = inconsistencies_of(instance)
    return problem


def test_a_consistent_instance_has_no_problems() -> None:
    """The neutral instance, and one with a tree from a table, pass every law."""
    assert inconsistencies_of(make_instance()) == []
    assert inconsistencies_of(make_instance(scenarios=path_of_nodes(3))) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"demand": [[1], [1]], "items": [{"item": "A"}, {"item": "A"}]},
            ("items.csv", 3, "item", "A", "one row each; row 2 has it too"),
        ),
        (
            {"demand": [[1]], "segments": [{}, {}]},
            ("segments.csv", 3, "segment", "S", "one row each; row 2 has it too"),
        ),
        (
            {"demand": [[1]], "suppliers": [{}, {}]},
            ("suppliers.csv", 3, "supplier", "V", "one row each; row 2 has it too"),
        ),
        (
            {
                "order_overrides": [
                    {"period": 0, "lots": 1},
                    {"period": 1, "lots": 1},
                    {"period": 0, "lots": 2},
                ]
            },
            ("order_overrides.csv", 4, "item, period", "A, 0", "one row each; row 2 has it too"),
        ),
        (
            {"announced_orders": [{"period": 0, "units": 1}, {"period": 0, "units": 2}]},
            ("announced_orders.csv", 3, "item, period", "A, 0", "one row each; row 2 has it too"),
        ),
        (
            {"guardrails": [{"upper": 1}, {"upper": 2}]},
            ("guardrails.csv", 3, "guardrail", "G", "one row each; row 2 has it too"),
        ),
        (
            {
                "scenarios": path_of_nodes(3),
                "scenario_demand": [{"node": "n1", "units": 1}, {"node": "n1", "units": 2}],
            },
            ("scenario_demand.csv", 3, "node, item", "n1, A", "one row each; row 2 has it too"),
        ),
        (
            {"scenarios": path_of_nodes(3), "scenario_suppliers": [{"node": "n1"}, {"node": "n1"}]},
            ("scenario_suppliers.csv", 3, "node, supplier", "n1, V", "one row each; row 2 has it too"),
        ),
        (
            {"warehouses": [{"capacity_space": 1}, {"capacity_space": 2}]},
            ("warehouses.csv", 3, "warehouse", "H", "one row each; row 2 has it too"),
        ),
        (
            {"quantity_breaks": [{"from_units": 4, "unit_cost": 5}, {"from_units": 4, "unit_cost": 3}]},
            ("quantity_breaks.csv", 3, "item, from_units", "A, 4.0", "one row each; row 2 has it too"),
        ),
        (
            {
                "guardrails": {"upper": 9},
                "guardrail_limits": [{"period": 1, "upper": 8}, {"period": 1, "lower": 7}],
            },
            ("guardrail_limits.csv", 3, "guardrail, period", "G, 1", "one row each; row 2 has it too"),
        ),
        (
            {"guardrails": {"upper": 9}, "funded_builds": [BUILD, BUILD]},
            ("funded_builds.csv", 3, "build", "B", "one row each; row 2 has it too"),
        ),
        (
            {
                "scenarios": path_of_nodes(3),
                "warehouses": {"capacity_space": 1},
                "scenario_warehouses": [{"node": "n1", "capacity_factor": 0}] * 2,
            },
            ("scenario_warehouses.csv", 3, "node, warehouse", "n1, H", "one row each; row 2 has it too"),
        ),
    ],
)
def test_unique_keys(rows: dict[str, Any], problem: tuple[str, int, str, str, str]) -> None:
    """A key stands in one row; the later ones are reported with the line of the first."""
    assert Problem(*problem) in inconsistencies_of(make_instance(**rows))


def test_one_part_of_a_key_may_come_again() -> None:
    """Breaks of one item, limits of one guardrail and facts of one warehouse differ in the other part of their key."""
    instance = make_instance(
        scenarios=path_of_nodes(3),
        warehouses=[{"capacity_space": 1}, {"warehouse": "I", "capacity_space": 1}],
        scenario_warehouses=[
            {"node": "n1", "capacity_factor": 0},
            {"node": "n1", "warehouse": "I", "capacity_factor": 0},
            {"node": "n2", "capacity_factor": 0},
        ],
        quantity_breaks=[{"from_units": 4, "unit_cost": 5}, {"from_units": 8, "unit_cost": 4}],
        guardrails={"upper": 9},
        guardrail_limits=[{"period": 1, "upper": 8}, {"period": 2, "upper": 8}],
        funded_builds=[BUILD, {**BUILD, "build": "C"}],
    )
    assert inconsistencies_of(instance) == []


def test_unique_keys_of_demand_and_nodes() -> None:
    """Demand, forecast errors and nodes have keys too."""
    draft = Draft.of(make_instance(demand=(1, 2), scenarios=path_of_nodes(2)))
    for name in ("demand", "forecast_error", "scenarios"):
        draft.rows[name] = [*draft.rows[name], draft.rows[name][0]]
    found = [
        (p.file, p.row, p.column) for p in inconsistencies(draft) if p.allowed.startswith("one row each")
    ]
    assert found == [
        ("demand.csv", 4, "item, period"),
        ("forecast_error.csv", 4, "item, period"),
        ("scenarios.csv", 4, "node"),
    ]


@pytest.mark.parametrize(
    ("rows", "file", "column", "allowed"),
    [
        ({"items": {"segment": "X"}}, "items.csv", "segment", "a name in the table segments"),
        ({"items": {"supplier": "X"}}, "items.csv", "supplier", "a name in the table suppliers"),
        ({"items": {"warehouse": "X"}}, "items.csv", "warehouse", "a name in the table warehouses"),
        (
            {"quantity_breaks": {"item": "X", "from_units": 4, "unit_cost": 5}},
            "quantity_breaks.csv",
            "item",
            "a name in the table items",
        ),
        (
            {"funded_builds": {**BUILD, "guardrail": "X"}},
            "funded_builds.csv",
            "guardrail",
            "a name in the table guardrails",
        ),
        (
            {
                "scenarios": path_of_nodes(3),
                "warehouses": {"capacity_space": 1},
                "scenario_warehouses": [{"node": "X", "capacity_factor": 0}],
            },
            "scenario_warehouses.csv",
            "node",
            "a name in the table scenarios",
        ),
        (
            {
                "scenarios": path_of_nodes(3),
                "scenario_warehouses": [{"node": "n0", "warehouse": "X", "capacity_factor": 0}],
            },
            "scenario_warehouses.csv",
            "warehouse",
            "a name in the table warehouses",
        ),
        (
            {"open_orders": {"item": "X", "due_period": 0, "units": 1}},
            "open_orders.csv",
            "item",
            "a name in the table items",
        ),
        (
            {"announced_orders": {"item": "X", "period": 0, "units": 1}},
            "announced_orders.csv",
            "item",
            "a name in the table items",
        ),
        (
            {"order_overrides": {"item": "X", "period": 0, "lots": 1}},
            "order_overrides.csv",
            "item",
            "a name in the table items",
        ),
        (
            {"scenarios": path_of_nodes(3), "scenario_demand": [{"node": "X", "units": 1}]},
            "scenario_demand.csv",
            "node",
            "a name in the table scenarios",
        ),
        (
            {"scenarios": path_of_nodes(3), "scenario_demand": [{"node": "n0", "item": "X", "units": 1}]},
            "scenario_demand.csv",
            "item",
            "a name in the table items",
        ),
        (
            {"scenarios": path_of_nodes(3), "scenario_suppliers": [{"node": "X"}]},
            "scenario_suppliers.csv",
            "node",
            "a name in the table scenarios",
        ),
        (
            {"scenarios": path_of_nodes(3), "scenario_suppliers": [{"node": "n0", "supplier": "X"}]},
            "scenario_suppliers.csv",
            "supplier",
            "a name in the table suppliers",
        ),
    ],
)
def test_known_references(rows: dict[str, Any], file: str, column: str, allowed: str) -> None:
    """A name that no table defines is reported where it is used."""
    assert only_problem(make_instance(**rows)) == Problem(file, 2, column, "X", allowed)


def test_an_item_may_be_in_no_warehouse() -> None:
    """A blank warehouse is none; a name is one of the table."""
    items = [{"item": "A"}, {"item": "B", "warehouse": "H"}]
    instance = make_instance(demand=[[1], [1]], items=items, warehouses={"capacity_space": 1})
    assert inconsistencies_of(instance) == []


@pytest.mark.parametrize("table", ["demand", "forecast_error"])
def test_demand_and_forecast_error_of_unknown_items(table: str) -> None:
    """Rows of items that do not exist are reported one by one."""
    draft = Draft.of(make_instance(demand=(1, 2)))
    draft.rows[table] = [*draft.rows[table], draft.rows[table][1].model_copy(update={"item": "X"})]
    assert inconsistencies(draft) == [Problem(f"{table}.csv", 4, "item", "X", "a name in the table items")]


@pytest.mark.parametrize("table", ["demand", "forecast_error"])
def test_every_item_has_every_period(table: str) -> None:
    """Missing periods are reported by item, not guessed to be zero."""
    draft = Draft.of(make_instance(demand=[[1] * 15, [1] * 15]))
    draft.rows[table] = [*draft.rows[table][:14], *draft.rows[table][15:16]]
    allowed = "every item with every period, 0 to 14"
    assert inconsistencies(draft) == [
        Problem(f"{table}.csv", None, "period", "A without period 14", allowed),
        Problem(
            f"{table}.csv",
            None,
            "period",
            "B without periods 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4 more",
            allowed,
        ),
    ]


@pytest.mark.parametrize("table", ["demand", "forecast_error"])
def test_demand_outside_the_horizon(table: str) -> None:
    """A period too many is a problem, not dropped."""
    draft = Draft.of(make_instance(demand=(1, 2)))
    draft.rows[table] = [*draft.rows[table], draft.rows[table][1].model_copy(update={"period": 2})]
    assert inconsistencies(draft) == [
        Problem(f"{table}.csv", 4, "period", "2", "a period of the horizon, 0 to 1")
    ]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            {"open_orders": {"due_period": 3, "units": 1}},
            ("open_orders.csv", 2, "due_period", "3", "a period of the horizon, 0 to 2"),
        ),
        (
            {"order_overrides": {"period": 3, "lots": 1}},
            ("order_overrides.csv", 2, "period", "3", "a period of the horizon, 0 to 2"),
        ),
        (
            {"announced_orders": {"period": 3, "units": 1}},
            ("announced_orders.csv", 2, "period", "3", "a period of the horizon, 0 to 2"),
        ),
        (
            {"guardrails": {"upper": 1, "last_period": 3}},
            ("guardrails.csv", 2, "last_period", "3", "a period of the horizon, 0 to 2"),
        ),
        (
            {"guardrails": {"upper": 1}, "guardrail_limits": {"period": 3, "upper": 1}},
            ("guardrail_limits.csv", 2, "period", "3", "a period of the horizon, 0 to 2"),
        ),
        (
            {"guardrails": {"upper": 1}, "funded_builds": {**BUILD, "last_period": 3}},
            ("funded_builds.csv", 2, "last_period", "3", "a period of the horizon, 0 to 2"),
        ),
        (
            {"settings": {"frozen_periods": 4}},
            ("instance.yaml", None, "frozen_periods", "4", "at most the 3 periods of the horizon"),
        ),
        (
            {"items": {"lead_time_periods": 3}},
            ("items.csv", 2, "lead_time_periods", "3", "less than the 3 periods of the horizon"),
        ),
    ],
)
def test_periods_within_horizon(rows: dict[str, Any], problem: tuple[str, int, str, str, str]) -> None:
    """Nothing is due, ordered or limited after the last period."""
    assert only_problem(make_instance(**rows)) == Problem(*problem)


def test_open_orders_may_share_a_period() -> None:
    """Two orders of one item may be due together."""
    order = {"due_period": 1, "units": 5}
    instance = make_instance(open_orders=[order, order])
    assert inconsistencies_of(instance) == []
    assert instance.open_orders == (OpenOrder(item="A", due_period=1, units=5),) * 2


def test_there_is_an_item() -> None:
    """An instance without items is not a plan."""
    draft = Draft.of(make_instance())
    draft.rows |= {"items": (), "demand": (), "forecast_error": ()}
    assert inconsistencies(draft) == [Problem("items.csv", None, None, None, "at least one row")]


def test_one_currency() -> None:
    """Nothing is converted, so there is one currency."""
    instance = make_instance(items={"currency": "USD"}, suppliers={"currency": "GBP"})
    allowed = "the currency of the instance, EUR"
    assert inconsistencies_of(instance) == [
        Problem("items.csv", 2, "currency", "USD", allowed),
        Problem("suppliers.csv", 2, "currency", "GBP", allowed),
    ]


def test_laws_wait_for_valid_tables() -> None:
    """A table that could not be read makes no law complain, whatever is missing."""
    instance = make_instance(
        scenarios=path_of_nodes(3),
        scenario_warehouses=[{"node": "n1", "capacity_factor": 0.5}],
        items={"warehouse": "H"},
        warehouses={"capacity_space": 9},
        quantity_breaks={"from_units": 4, "unit_cost": 5},
        guardrails={"upper": 1},
        guardrail_limits=[{"period": 1, "upper": 2}, {"guardrail": "warehouse:H", "period": 1, "upper": 2}],
        funded_builds=BUILD,
    )
    assert inconsistencies_of(instance) == []
    for name in TABLES:
        draft = Draft.of(instance)
        del draft.rows[name]
        assert inconsistencies(draft) == []
    draft.settings = None
    assert inconsistencies(draft) == []


def test_every_law_says_what_it_is() -> None:
    """The laws are documented, and every table with a key has it checked."""
    assert all(law.__doc__ for law in LAWS)
    assert set(TABLES.values()) - set(KEYS) == {OpenOrder}
