"""`apply` makes the instance of a what-if, or says what is wrong with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.instance import Instance
from stockrail.model.overlay import apply
from stockrail.model.problems import InstanceError
from stockrail.model.what_if import WhatIf
from tests.builders import make_instance


def _what_if(*changes: dict[str, Any]) -> WhatIf:
    return WhatIf.model_validate({"name": "w", "changes": changes})


def _instance() -> Instance:
    """Items A and B in segments S and T, three periods, a limit of 100 on inventory value."""
    return make_instance(
        demand=[(10, 20, 30), (1, 2, 3)],
        items=[{"segment": "S"}, {"segment": "T", "lead_time_periods": 1}],
        segments=[{"segment": "S"}, {"segment": "T"}],
        guardrails={"upper": 100},
    )


def _problem(*changes: dict[str, Any]) -> str:
    with pytest.raises(InstanceError) as caught:
        apply(_instance(), _what_if(*changes))
    return str(caught.value)


def test_no_changes_are_the_baseline() -> None:
    """The instance itself, so that nothing is computed twice."""
    baseline = _instance()
    assert apply(baseline, _what_if()) is baseline


def test_demand_by_a_column_of_items_and_a_span_of_periods() -> None:
    """Demand of segment S in periods 1 to 2 doubles: 20 and 30 become 40 and 60; the rest stays."""
    change = {
        "table": "demand", "column": "mean_units", "multiply": 2,
        "where": {"segment": "S", "period": {"first": 1, "last": 2}},
    }  # fmt: skip
    assert apply(_instance(), _what_if(change)).mean_demand.tolist() == [[10, 40, 60], [1, 2, 3]]


def test_changes_come_one_after_the_other() -> None:
    """Lead time 1 plus 1 becomes 2, then is set back to 0 where it is 2."""
    add = {
        "table": "items",
        "where": {"item": ["B", "A"], "lead_time_periods": 1},
        "column": "lead_time_periods",
        "add": 1,
    }
    back = {"table": "items", "where": {"lead_time_periods": 2}, "column": "lead_time_periods", "set": 0}
    assert [row.lead_time_periods for row in apply(_instance(), _what_if(add)).items] == [0, 2]
    assert [row.lead_time_periods for row in apply(_instance(), _what_if(add, back)).items] == [0, 0]


def test_settings_and_lists_below_them() -> None:
    """A dotted name reaches into the tree; rows are appended to its lists."""
    instance = apply(
        _instance(),
        _what_if(
            {"table": "settings", "column": "cost_of_capital_rate_per_year", "add": 0.15},
            {"table": "settings", "column": "tree.branchings", "add_rows": [{"period": 1, "width": 2}]},
            {"table": "settings", "column": "tree.market.volatility", "set": 0.1},
        ),
    )
    assert instance.settings.cost_of_capital_rate_per_year == 0.15
    assert not isinstance(instance.settings.tree, str)
    assert [row.width for row in instance.settings.tree.branchings] == [2]
    assert instance.settings.tree.market.volatility == 0.1


def test_rows_come_and_go() -> None:
    """A guardrail goes, an override comes."""
    instance = apply(
        _instance(),
        _what_if(
            {"table": "guardrails", "where": {"guardrail": "G"}, "remove": True},
            {"table": "order_overrides", "add_rows": [{"item": "A", "period": 0, "lots": 3}]},
        ),
    )
    assert instance.guardrails == ()
    assert [(row.item, row.lots) for row in instance.order_overrides] == [("A", 3)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"table": "guardrails", "where": {"guardrail": "H"}, "column": "upper", "multiply": 0.9},
            "what-if w, change 1, column where guardrail: found 'H'; allowed: what at least one row of guardrails has; there is: G",
        ),
        (
            {"table": "guardrails", "where": {"name": "G"}, "column": "upper", "multiply": 0.9},
            "column where name: found 'name'; allowed: one of the columns: guardrail, metric",
        ),
        (
            {"table": "guardrails", "column": "lower", "multiply": 0.9},
            "column lower: found 'blank'; allowed: a number to multiply",
        ),
        (
            {"table": "items", "column": "unit_price", "add": -11},
            "column unit_price: found '-1.0'; allowed: a number >= 0 (in 2 rows, this is the first)",
        ),
        ({"table": "items", "column": "price", "set": 1}, "column price: found 'price'; allowed: one of the columns"),
        (
            {"table": "demand", "where": {"item": "A"}, "remove": True},
            "column table: found 'demand'; allowed: set, multiply or add",
        ),
        (
            {"table": "settings", "column": "periods", "set": 2},
            "column periods: found 'periods'; allowed: another setting",
        ),
        ({"table": "settings", "column": "tree.sede", "set": 2}, "allowed: a setting of instance.yaml"),
        (
            {"table": "settings", "column": "terminal_stock_share", "set": 2},
            "column terminal_stock_share: found '2'; allowed: a number >= 0 and <= 1",
        ),
        (
            {"table": "order_overrides", "add_rows": [{"item": "A", "period": 0, "lots": -1}]},
            "column lots: found '-1'; allowed: a whole number >= 0",
        ),
        (
            {"table": "order_overrides", "add_rows": [{"item": "C", "period": 0, "lots": 1}]},
            "after its changes: order_overrides.csv, column item: found 'C'; allowed: a name in the table items",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named(change: dict[str, Any], expected: str) -> None:
    """Each mistake is told with the what-if, the change, column, value and what is allowed."""
    assert expected in _problem(change)


def test_all_mistakes_at_once() -> None:
    """Two changes with a mistake each are two problems."""
    wrong = {"table": "items", "column": "price", "set": 1}
    assert _problem(wrong, {"table": "guardrails", "where": {"guardrail": "H"}, "remove": True}).startswith(
        "2 problems"
    )


@given(st.floats(0.1, 10).map(lambda factor: round(factor, 3)))
def test_a_factor_and_its_inverse_are_nothing(factor: float) -> None:
    """Multiplying demand by a factor and by its inverse gives the demand of the baseline back."""
    there = {"table": "demand", "column": "mean_units", "multiply": factor}
    back = {**there, "multiply": 1 / factor}
    changed = apply(_instance(), _what_if(there, back)).mean_demand
    assert changed == pytest.approx(_instance().mean_demand, rel=1e-8)
