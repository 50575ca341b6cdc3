"""Reading instances, and what is said of those that cannot be read."""

import datetime as dt
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.reader import load
from stockrail.model.scenarios import build_tree
from stockrail.model.schema_settings import TreeSpecification
from stockrail.model.writer import write
from tests.model.instance_folder import add_tables, edit, problems_of, set_cell, write_folder

READY = [file.parent for file in sorted(Path(__file__).parents[2].glob("instances/*/instance.yaml"))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A valid instance with two items, a guardrail and a specified tree."""
    return write_folder(tmp_path / "instance")


def test_identifiers_and_blanks_stay_what_they_are(folder: Path) -> None:
    """00123 is no number, a blank maximum is none, a blank text is empty."""
    instance = load(folder)
    assert [row.item for row in instance.items] == ["00123", "B"]
    assert [row.maximum_order_units for row in instance.items] == [40, None]
    assert instance.guardrails[0].scope_value == ""
    assert instance.mean_demand.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert instance.source == folder


def test_defaults_fill_blank_cells_and_absent_columns(folder: Path) -> None:
    """A column with a documented default may be blank or absent."""
    rows = "node,parent,period,probability,demand_factor,price_factor\n"
    rows += "a,,0,1,1,\nb,a,1,1,1,\nc,b,2,1,1,2\n"
    (folder / "scenarios.csv").write_text(rows)
    (folder / "scenario_suppliers.csv").write_text("node,supplier,delay_periods\nb,V,1\n")
    settings = yaml.safe_load((folder / "instance.yaml").read_text())
    del settings["discount_rate_per_year"]
    (folder / "instance.yaml").write_text(yaml.safe_dump({**settings, "tree": "table"}))
    instance = load(folder)
    assert [row.price_factor for row in instance.scenarios] == [1, 1, 2]
    assert instance.scenario_suppliers[0].cost_factor == 1
    assert instance.settings.discount_rate_per_year == 0


def test_instances_from_before_a_column_read_with_its_default(folder: Path) -> None:
    """Columns and settings that older files do not have take their defaults, and the new tables are empty."""
    later = {
        "items": ["warehouse", "space_per_unit"],
        "suppliers": ["overtime_premium_per_unit", "deposit_share"],
        "guardrails": ["alpha", "measured"],
    }
    for table, columns in later.items():
        frame = pd.read_csv(folder / f"{table}.csv", dtype=str)
        frame.drop(columns=columns).to_csv(folder / f"{table}.csv", index=False)
    settings = yaml.safe_load((folder / "instance.yaml").read_text())
    del settings["tree"]["warehouse_events"]
    for name in ("forward_cover_days", "fiscal_year_start_month", "margin_cvar_weight", "margin_cvar_alpha"):
        del settings[name]
    (folder / "instance.yaml").write_text(yaml.safe_dump(settings))
    instance = load(folder)
    assert [(row.warehouse, row.space_per_unit) for row in instance.items] == [("", 1), ("", 1)]
    assert [(row.overtime_premium_per_unit, row.deposit_share) for row in instance.suppliers] == [(None, 0)]
    assert [(row.alpha, row.measured) for row in instance.guardrails] == [(None, "each period")]
    assert (instance.settings.forward_cover_days, instance.settings.fiscal_year_start_month) == (90, 1)
    assert (instance.settings.margin_cvar_weight, instance.settings.margin_cvar_alpha) == (0, 0.9)
    assert isinstance(instance.settings.tree, TreeSpecification)
    assert instance.settings.tree.warehouse_events == ()
    assert (instance.warehouses, instance.quantity_breaks, instance.funded_builds) == ((), (), ())


def test_tables_that_may_be_absent(folder: Path) -> None:
    """Warehouses, breaks, limits and builds are read from files that people write."""
    add_tables(folder)
    instance = load(folder)
    assert [row.warehouse for row in instance.items] == ["", "H"]
    assert [vars(row) for row in instance.warehouses] == [
        {"warehouse": "H", "capacity_space": 40.5, "overflow_premium_per_period": None}
    ]
    assert [(row.from_units, row.unit_cost) for row in instance.quantity_breaks] == [(10, 5), (20, 4.5)]
    assert [(row.guardrail, row.lower, row.upper) for row in instance.guardrail_limits] == [
        ("G", None, 120),
        ("warehouse:H", None, 0),
    ]
    assert [(row.exit_date, row.reason) for row in instance.funded_builds] == [(dt.date(2026, 7, 1), "")]


def test_values_and_laws_of_those_tables_come_at_once(folder: Path) -> None:
    """Each mistake is named with file, row, column and value, in the order of the tables and then of the laws."""
    add_tables(folder)
    set_cell(folder, "warehouses", 2, "capacity_space", "-1")
    set_cell(folder, "quantity_breaks", 3, "unit_cost", "5.5")
    set_cell(folder, "quantity_breaks", 3, "applies_to", "all units")
    set_cell(folder, "guardrail_limits", 2, "period", "3")
    set_cell(folder, "funded_builds", 2, "exit_date", "July")
    assert problems_of(folder) == [
        Problem("warehouses.csv", 2, "capacity_space", "-1", "a number >= 0"),
        Problem("funded_builds.csv", 2, "exit_date", "July", "a date such as 2027-01-04"),
        Problem("guardrail_limits.csv", 2, "period", "3", "a period of the horizon, 0 to 2"),
        Problem(
            "quantity_breaks.csv",
            3,
            "applies_to",
            "all units",
            "incremental, as in row 2, the first of the item",
        ),
        Problem("quantity_breaks.csv", 3, "unit_cost", "5.5", "a number < 5, the unit_cost from 10 units on"),
    ]


@pytest.mark.parametrize(
    ("table", "column", "value", "allowed"),
    [
        ("items", "lot_size", "0", "a number > 0"),
        ("items", "unit_cost", "-1", "a number >= 0"),
        ("items", "unit_cost", "1,5", "a number >= 0"),
        ("items", "unit_cost", "nan", "a number >= 0"),
        ("items", "unit_cost", "inf", "a number >= 0"),
        ("items", "expedite_share", "1.1", "a number >= 0 and <= 1"),
        ("items", "lead_time_periods", "1.5", "a whole number >= 0"),
        ("items", "maximum_order_units", "many", "a number > 0, or blank"),
        ("items", "shelf_life_periods", "0", "a whole number >= 1, or blank"),
        ("items", "segment", "x" * 121, "text of at most 120 characters"),
        ("items", "currency", "euro", "text of the form ^[A-Z]{3}$"),
        ("suppliers", "ownership", "payment", "one of: receipt, shipment"),
        ("demand", "period", "-1", "a whole number >= 0"),
        ("items", "space_per_unit", "0", "a number > 0"),
        ("suppliers", "overtime_premium_per_unit", "-1", "a number >= 0, or blank"),
        ("suppliers", "deposit_share", "1.1", "a number >= 0 and <= 1"),
        ("guardrails", "holds", "always", "one of: every scenario, expected, cvar, chance"),
        ("guardrails", "alpha", "1", "a number >= 0 and < 1, or blank"),
        ("guardrails", "alpha", "95%", "a number >= 0 and < 1, or blank"),
        ("guardrails", "measured", "monthly", "one of: each period, quarter ends, average, total"),
    ],
)
def test_values_out_of_range(folder: Path, table: str, column: str, value: str, allowed: str) -> None:
    """Each kind of value says what it allows."""
    set_cell(folder, table, 2, column, value)
    assert problems_of(folder) == [Problem(f"{table}.csv", 2, column, value, allowed)]


@pytest.mark.parametrize("blank", ["", "  "])
def test_blank_in_a_required_column(folder: Path, blank: str) -> None:
    """Missing is not zero."""
    set_cell(folder, "demand", 4, "mean_units", blank)
    assert problems_of(folder) == [Problem("demand.csv", 4, "mean_units", None, "a number >= 0")]


def test_missing_and_unknown_columns(folder: Path) -> None:
    """A misspelt column is unknown, and the one it should have been is missing: once, not in each row."""
    edit(folder / "demand.csv", "mean_units", "units")
    assert problems_of(folder) == [
        Problem("demand.csv", 1, "units", "units", "one of the columns: item, period, mean_units"),
        Problem("demand.csv", None, "mean_units", None, "a column of a number >= 0"),
    ]


def test_column_given_twice(folder: Path) -> None:
    """Of two columns with one name, none is guessed."""
    (folder / "open_orders.csv").write_text("item,due_period,units,units\nB,1,1,2\n")
    assert problems_of(folder) == [Problem("open_orders.csv", 1, "units", "units", "each column once")]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "period_length_days: 365",
            "period_length_days: 0",
            (4, "period_length_days", "0", "a whole number >= 1 and <= 366"),
        ),
        ("opening_cash: 0.0", "opening_cash:", (12, "opening_cash", None, "a number")),
        ("opening_cash: 0.0", "opening_cash: yes", (12, "opening_cash", "yes", "a number")),
        (
            "forward_cover_days: 90.0",
            "forward_cover_days: 0",
            (17, "forward_cover_days", "0", "a number > 0 and <= 3650"),
        ),
        (
            "change_price_share_of_cost: 0.0",
            "change_price_share_of_cost: -0.1",
            (18, "change_price_share_of_cost", "-0.1", "a number >= 0"),
        ),
        (
            "fiscal_year_start_month: 1",
            "fiscal_year_start_month: April",
            (19, "fiscal_year_start_month", "April", "a whole number >= 1 and <= 12"),
        ),
        (
            "margin_cvar_weight: 0.0",
            "margin_cvar_weight: 1.5",
            (20, "margin_cvar_weight", "1.5", "a number >= 0 and <= 1"),
        ),
        (
            "margin_cvar_alpha: 0.9",
            "margin_cvar_alpha: 1",
            (21, "margin_cvar_alpha", "1", "a number >= 0 and < 1"),
        ),
        (
            "  warehouse_events: []",
            "  warehouse_events: [{period: 1, branch: 0, warehouse: H, duration_periods: 1}]",
            (36, "tree.warehouse_events.0.capacity_factor", None, "a number >= 0"),
        ),
        ("currency: EUR", "currency: 5", (2, "currency", "5", "text of the form ^[A-Z]{3}$")),
        ("start: 2024-01-01", "start: soon", (3, "start", "soon", "a date such as 2027-01-04")),
        (
            "    width: 3",
            "    width: 1",
            (25, "tree.branchings.0.width", "1", "a whole number >= 2 and <= 50"),
        ),
        ("    width: 3\n", "", (24, "tree.branchings.0.width", None, "a whole number >= 2 and <= 50")),
        (
            "    volatility: 0.2",
            "    volatile: 0.2\n    volatility: 0.2",
            (27, "tree.market.volatile", "0.2", "one of the settings: volatility, persistence"),
        ),
        ("name: test", "name: test\nname: again", (2, "name", "name", "each setting once")),
        ("name: test", "name: [", (3, None, "did not find expected ',' or ']'", "valid YAML")),
    ],
)
def test_settings(folder: Path, old: str, new: str, problem: tuple[int, str, str, str]) -> None:
    """Settings are named with dots and by the line they stand in, or that of the group they are missing from."""
    edit(folder / "instance.yaml", old, new)
    found = problems_of(folder)[0]
    assert (found.file, found.row, found.column, found.allowed) == (
        "instance.yaml",
        problem[0],
        problem[1],
        problem[3],
    )
    if problem[1] is not None:
        assert found.value == problem[2]


def test_settings_missing_and_tree_misnamed(folder: Path) -> None:
    """A missing setting stands in no line; a tree is a specification or the word table."""
    settings = yaml.safe_load((folder / "instance.yaml").read_text())
    del settings["periods"]
    (folder / "instance.yaml").write_text(yaml.safe_dump({**settings, "tree": "tables"}))
    assert problems_of(folder) == [
        Problem("instance.yaml", None, "periods", None, "a whole number >= 1 and <= 520"),
        Problem("instance.yaml", 21, "tree", "tables", "the word table or a specification"),
    ]


def test_settings_that_are_no_settings(folder: Path) -> None:
    """A text is not a list of settings."""
    (folder / "instance.yaml").write_text("hello")
    assert problems_of(folder) == [
        Problem("instance.yaml", 1, None, "hello", "lines of the form name: value")
    ]


def test_errors_of_all_files_come_at_once(folder: Path) -> None:
    """Values, columns, settings, and laws between the tables that are valid: one list."""
    edit(folder / "instance.yaml", "receivable_days: 0.0", "receivable_days: -1")
    set_cell(folder, "items", 2, "lot_size", "0")
    set_cell(folder, "items", 3, "unit_price", "")
    set_cell(folder, "suppliers", 2, "ownership", "never")
    set_cell(folder, "demand", 3, "period", "0")
    set_cell(folder, "guardrails", 2, "metric", "stock")
    assert [(p.file, p.row, p.column) for p in problems_of(folder)] == [
        ("instance.yaml", 11, "receivable_days"),
        ("items.csv", 2, "lot_size"),
        ("items.csv", 3, "unit_price"),
        ("suppliers.csv", 2, "ownership"),
        ("demand.csv", 3, "item, period"),
        ("guardrails.csv", 2, "metric"),
    ]


def test_message_lists_every_problem(folder: Path) -> None:
    """The text of the error is readable as it is."""
    set_cell(folder, "items", 2, "lot_size", "0")
    set_cell(folder, "items", 3, "unit_price", "")
    with pytest.raises(InstanceError) as error:
        load(folder)
    assert str(error.value).splitlines() == [
        "2 problems in the instance:",
        "  items.csv, row 2, column lot_size: found '0'; allowed: a number > 0",
        "  items.csv, row 3, column unit_price: blank; allowed: a number >= 0",
    ]


def test_large_instance_reads_fast(tmp_path: Path) -> None:
    """Two thousand items with 26 periods each take seconds at most."""
    write(generate(2000, 26, (3, 3), seed=1), tmp_path)
    begin = time.perf_counter()
    assert isinstance(load(tmp_path), Instance)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("path", READY, ids=lambda path: str(path.name))
def test_ready_instances_read(path: Path) -> None:
    """The instances of the repository are valid, whatever columns and tables the format has got since."""
    instance = load(path)
    assert len(build_tree(instance)) >= instance.settings.periods


def test_three_items() -> None:
    """The instance that is solved by hand reads as its README says: fan demand 10 and 20, or 30 and 10."""
    instance = load(Path(__file__).parents[2] / "instances" / "three-items")
    assert build_tree(instance).demand.tolist() == [[10] * 5, [10, 10, 30, 20, 10], [10] * 5]
    assert [row.upper for row in instance.guardrails] == [500]
