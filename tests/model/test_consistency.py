"""Laws between rows and tables: each has one instance that breaks it, and the problem that is reported."""

from typing import Any

import pytest

from stockrail.model.consistency import KEYS, LAWS, inconsistencies, inconsistencies_of
from stockrail.model.draft import Draft
from stockrail.model.instance import Instance
from stockrail.model.metrics import metric_names
from stockrail.model.problems import Problem
from stockrail.model.schema import TABLES, Branching, OpenOrder, SupplierEvent, TreeSpecification
from tests.builders import make_instance, path_of_nodes


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
    ],
)
def test_unique_keys(rows: dict[str, Any], problem: tuple[str, int, str, str, str]) -> None:
    """A key stands in one row; the later ones are reported with the line of the first."""
    assert Problem(*problem) in inconsistencies_of(make_instance(**rows))


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
        (
            {"open_orders": {"item": "X", "due_period": 0, "units": 1}},
            "open_orders.csv",
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
        (
            {"guardrails": {"upper": 1, "scope": "segment", "scope_value": "X"}},
            "guardrails.csv",
            "scope_value",
            "a value of the column segment in the table items",
        ),
        (
            {"guardrails": {"upper": 1, "scope": "item", "scope_value": "X"}},
            "guardrails.csv",
            "scope_value",
            "a value of the column item in the table items",
        ),
    ],
)
def test_known_references(rows: dict[str, Any], file: str, column: str, allowed: str) -> None:
    """A name that no table defines is reported where it is used."""
    assert only_problem(make_instance(**rows)) == Problem(file, 2, column, "X", allowed)


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
            {"guardrails": {"upper": 1, "last_period": 3}},
            ("guardrails.csv", 2, "last_period", "3", "a period of the horizon, 0 to 2"),
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


@pytest.mark.parametrize(
    ("guardrail", "column", "value", "allowed"),
    [
        ({}, "upper", None, "a number here or in lower"),
        ({"lower": 2, "upper": 1}, "lower", "2", "a number <= upper, 1"),
        (
            {"upper": 1, "first_period": 2, "last_period": 1},
            "first_period",
            "2",
            "a period <= last_period, 1",
        ),
        ({"upper": 1, "metric": "stock"}, "metric", "stock", f"one of: {', '.join(metric_names())}"),
        (
            {"upper": 1, "guardrail": "capacity:V"},
            "guardrail",
            "capacity:V",
            "a name that does not begin with capacity:, as the guardrails of suppliers do",
        ),
        ({"upper": 1, "scope_value": "A"}, "scope_value", "A", "blank, as the scope is all"),
        (
            {"upper": 1, "scope": "supplier"},
            "scope_value",
            None,
            "a value of the column supplier in the table items",
        ),
    ],
)
def test_guardrails(guardrail: dict[str, Any], column: str, value: str | None, allowed: str) -> None:
    """A guardrail has a metric, a limit that can be met, periods in order and items in scope."""
    instance = make_instance(guardrails=guardrail)
    assert only_problem(instance) == Problem("guardrails.csv", 2, column, value, allowed)


@pytest.mark.parametrize("metric", metric_names())
def test_every_metric_may_be_limited(metric: str) -> None:
    """Names of metrics are those of the registry."""
    assert inconsistencies_of(make_instance(guardrails={"metric": metric, "upper": 1})) == []


def test_laws_wait_for_valid_tables() -> None:
    """A table that could not be read makes no law complain, whatever is missing."""
    for name in TABLES:
        draft = Draft.of(make_instance(scenarios=path_of_nodes(3), guardrails={"upper": 1}))
        del draft.rows[name]
        assert inconsistencies(draft) == []
    draft.settings = None
    assert inconsistencies(draft) == []


def test_every_law_says_what_it_is() -> None:
    """The laws are documented, and every table with a key has it checked."""
    assert all(law.__doc__ for law in LAWS)
    assert set(TABLES.values()) - set(KEYS) == {OpenOrder}
