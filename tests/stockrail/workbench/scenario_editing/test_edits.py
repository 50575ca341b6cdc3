"""Changes of a scenario as rules and cells: there and back, and made again on those of somebody else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model import WhatIf, apply, load
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits, both_changed, reapplied
from stockrail.workbench.scenario_editing.table_grid import GRID_TABLES, TableGrid
from tests.stockrail.workbench.folders import THREE_ITEMS

INSTANCE = load(THREE_ITEMS)

RULE: dict[str, Any] = {"table": "demand", "where": {"item": "fan"}, "column": "mean_units", "multiply": 2}
OTHER: dict[str, Any] = {"table": "items", "column": "unit_cost", "add": 1}
PRICE = CellPlace("items", ("kettle",), "unit_price")
COST = CellPlace("items", ("kettle",), "unit_cost")


def _places() -> list[CellPlace]:
    items = [
        CellPlace("items", (item,), name)
        for item in ("kettle", "fan", "filter")
        for name in ("unit_price", "unit_cost")
    ]
    demand = [CellPlace("demand", (item,), str(t)) for item in ("kettle", "fan", "filter") for t in range(3)]
    settings_ = [
        CellPlace("settings", ("opening_cash",), "value"),
        CellPlace("settings", ("receivable_days",), "value"),
    ]
    limits = [CellPlace("scenario_demand", (node, "fan"), "units") for node in ("cool", "hot")]
    return [*items, *demand, *settings_, *limits]


cells = st.dictionaries(st.sampled_from(_places()), st.sampled_from([1.0, 2.0, 3.5]), max_size=12)
rules = st.lists(st.sampled_from([RULE, OTHER]), unique_by=str, max_size=2).map(tuple)


@settings(deadline=None, max_examples=60)
@given(rules, cells)
def test_there_and_back(made_rules: tuple[dict[str, Any], ...], made_cells: dict[CellPlace, float]) -> None:
    """The changes of a scenario say the same as the edits, and give each edited cell its value, whatever the rules do."""
    edits = Edits(made_rules, made_cells)
    assert Edits.of(edits.overlay) == edits
    assert Edits.from_record(edits.record()) == edits
    after = apply(INSTANCE, WhatIf.model_validate({"name": "x", "changes": edits.overlay}))
    grids = {table: TableGrid.of(after, table) for table in {place.table for place in made_cells}}
    for place, value in made_cells.items():
        grid = grids[place.table]
        found = grid.rows[grid.keys.index(place.key)][grid.column_index[place.column]]
        assert float(str(found)) == value


def test_cells_of_equal_values_are_one_change() -> None:
    """Kettle and filter in periods 1 and 2: one change names them all."""
    made = {CellPlace("demand", (item,), str(t)): 5.0 for item in ("kettle", "filter") for t in (1, 2)}
    assert Edits(cells=made).overlay == [
        {
            "table": "demand",
            "where": {"item": ["kettle", "filter"], "period": [1, 2]},
            "column": "mean_units",
            "set": 5.0,
        }
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"table": "demand", "where": {"item": "fan"}, "column": "mean_units", "set": 5.0},
        {"table": "items", "where": {"segment": "steady"}, "column": "unit_price", "set": 5.0},
        {"table": "items", "column": "unit_price", "set": 5.0},
        {
            "table": "demand",
            "where": {"item": "fan", "period": {"first": 1, "last": 2}},
            "column": "mean_units",
            "set": 5.0,
        },
        {"table": "open_orders", "where": {"item": "fan", "due_period": 1}, "column": "units", "set": 5.0},
        {"table": "settings", "column": "tree.events", "set": []},
        RULE,
    ],
)
def test_what_is_no_cell_stays_a_rule(change: dict[str, Any]) -> None:
    """Rows that are not named by their whole keys, keys that several rows may have, lists, and other actions."""
    edits = Edits.of([change])
    assert (edits.rules, edits.cells) == ((change,), {})
    assert edits.overlay == [change]


def test_a_cell_before_a_rule_stays_where_it_is() -> None:
    """The rule multiplies what was set before it: taken out of its place it would be another scenario."""
    before = {"table": "items", "where": {"item": "kettle"}, "column": "unit_cost", "set": 5.0}
    assert Edits.of([before, OTHER]).overlay == [before, OTHER]


def test_later_cell_counts() -> None:
    """Two changes of one cell, as somebody may have written them."""
    first = {"table": "items", "where": {"item": ["kettle", "fan"]}, "column": "unit_price", "set": 5.0}
    second = {"table": "items", "where": {"item": "kettle"}, "column": "unit_price", "set": 6.0}
    assert Edits.of([first, second]).cells == {PRICE: 6.0, CellPlace("items", ("fan",), "unit_price"): 5.0}


def test_made_again_on_theirs() -> None:
    """I removed a rule, added one, set a cell, took one back; they added a rule and changed cells: both hold, of one cell mine."""
    removed = {"table": "items", "column": "unit_cost", "multiply": 2}
    before = Edits((RULE, removed), {COST: 9.0})
    mine = Edits((RULE, OTHER), {PRICE: 21.0})
    theirs_rule = {"table": "suppliers", "column": "freight_rate", "set": 0.1}
    theirs = Edits(
        (RULE, removed, theirs_rule), {COST: 9.0, PRICE: 22.0, CellPlace("items", ("fan",), "unit_cost"): 7.0}
    )
    made = reapplied(before, mine, theirs)
    assert made.rules == (RULE, theirs_rule, OTHER)
    assert made.cells == {PRICE: 21.0, CellPlace("items", ("fan",), "unit_cost"): 7.0}
    (both,) = both_changed(before, mine, theirs)
    assert (both.place, both.before, both.theirs, both.mine) == (PRICE, None, 22.0, 21.0)


@settings(deadline=None)
@given(rules, cells, rules, cells)
def test_made_again_on_nothing_new_is_mine(
    old_rules: Any, old_cells: Any, my_rules: Any, my_cells: Any
) -> None:
    """Where they have changed nothing I get my own edits; where I have changed nothing, theirs; nothing is in conflict."""
    before, mine = Edits(old_rules, old_cells), Edits(my_rules, my_cells)
    made = reapplied(before, mine, before)
    assert (set(map(str, made.rules)), made.cells) == (set(map(str, my_rules)), my_cells)
    assert reapplied(before, before, mine).cells == my_cells
    assert both_changed(before, mine, before) == []


def test_every_table_has_a_grid() -> None:
    """Each row has a name of its own, and each column that says which row it is cannot be edited."""
    for table in GRID_TABLES:
        grid = TableGrid.of(INSTANCE, table)
        assert len(set(grid.texts)) == len(grid.rows)
        assert all(len(row) == len(grid.columns) for row in grid.rows)
        assert any(column.locked for column in grid.columns)
    with pytest.raises(ValueError, match="no table"):
        TableGrid.of(INSTANCE, "nothing")
