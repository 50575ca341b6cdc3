"""Changes of many rows out of a form, and new rows."""

from dataclasses import replace
from typing import Any

import pytest

from stockrail.model import WhatIf, apply, load
from stockrail.model.problems import InstanceError
from stockrail.workbench.scenario_editing.bulk_changes import Action, Condition, bulk_change, new_row
from tests.stockrail.workbench.folders import THREE_ITEMS

INSTANCE = load(THREE_ITEMS)


def change(
    table: str, column: str, action: Action, value: str, *conditions: tuple[str, str]
) -> dict[str, Any]:
    """The change of a form."""
    return bulk_change(INSTANCE, table, column, action, value, [Condition(*one) for one in conditions])


def test_multiply_where_items_are_of_a_group() -> None:
    """Kettle and filter are kitchen: 10 in periods 1 and 2 become 11."""
    made = change(
        "demand",
        "mean_units",
        "multiply",
        "1.1",
        ("product_group", "kitchen"),
        ("period", "1 to 2"),
        ("", ""),
    )
    assert made == {
        "table": "demand",
        "where": {"product_group": "kitchen", "period": {"first": 1, "last": 2}},
        "column": "mean_units",
        "multiply": 1.1,
    }
    after = apply(INSTANCE, WhatIf.model_validate({"name": "x", "changes": [made]}))
    assert after.mean_demand.tolist() == [[10, 11, 11], [10, 20, 15], [10, 11, 11]]


def test_lists_and_names_with_commas() -> None:
    """Several values have commas between, unless a row has the whole text; whole numbers stay so."""
    assert change("items", "unit_cost", "add", "-1", ("item", "kettle, fan"))["where"] == {
        "item": ["kettle", "fan"]
    }
    assert change("demand", "mean_units", "set", "0", ("period", "0, 2"))["where"] == {"period": [0, 2]}
    rows = tuple(row.model_copy(update={"description": "red, large"}) for row in INSTANCE.items)
    made = bulk_change(
        replace(INSTANCE, items=rows),
        "items",
        "unit_cost",
        "add",
        "1",
        [Condition("description", "red, large")],
    )
    assert made["where"] == {"description": "red, large"}


def test_set_is_read_as_the_column_is() -> None:
    """A name stays text; a blank is what the column says."""
    assert change("items", "supplier", "set", "works")["set"] == "works"
    assert change("items", "maximum_order_units", "set", "")["set"] is None


def test_remove_needs_a_condition() -> None:
    """Else a table would be gone at a slip."""
    assert change("guardrails", "", "remove", "", ("guardrail", "inventory-cap")) == {
        "table": "guardrails",
        "where": {"guardrail": "inventory-cap"},
        "remove": True,
    }
    with pytest.raises(InstanceError, match="which rows are removed"):
        change("guardrails", "", "remove", "")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (("demand", "mean_units", "multiply", "much"), "a number"),
        (("demand", "mean_units", "multiply", ""), "a number"),
        (("demand", "nothing", "multiply", "2"), "one of the columns: item, period, mean_units"),
        (("demand", "mean_units", "multiply", "2", ("colour", "red")), "a column of demand or of its items"),
        (("demand", "mean_units", "multiply", "2", ("period", "soon")), "a range such as 8 to 12"),
        (("demand", "mean_units", "multiply", "2", ("", "A")), "a column for this condition"),
        (("demand", "mean_units", "multiply", "2", ("item", ", ,")), "several with commas between"),
        (("items", "unit_cost", "set", "dear"), "a number >= 0"),
    ],
)
def test_what_is_refused(form: Any, words: str) -> None:
    """With what would be right."""
    with pytest.raises(InstanceError, match=words):
        change(*form)


def test_all_mistakes_at_once() -> None:
    """Of a form: the condition and the number."""
    with pytest.raises(InstanceError) as caught:
        change("demand", "mean_units", "multiply", "much", ("colour", "red"))
    assert len(caught.value.problems) == 2


def test_new_row() -> None:
    """Blank cells are what the format fills in; every cell that is missing or wrong is told."""
    made = new_row("warehouses", {"warehouse": "hall", "capacity_space": "1,000"})
    assert made == {"table": "warehouses", "add_rows": [{"warehouse": "hall", "capacity_space": 1000.0}]}
    with pytest.raises(InstanceError) as caught:
        new_row("warehouses", {"capacity_space": "wide"})
    assert [one.column for one in caught.value.problems] == ["warehouse", "capacity_space"]


def test_settings_have_no_rows() -> None:
    """They are edited one by one; what is no table is none."""
    for table in ("settings", "nothing"):
        with pytest.raises(InstanceError, match="edited one by one"):
            change(table, "opening_cash", "multiply", "2")
        with pytest.raises(InstanceError, match="edited one by one"):
            new_row(table, {})
