"""Instances survive being written and read."""

import datetime as dt
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.reader import load
from stockrail.model.schema import OPTIONAL_TABLES, TABLES
from stockrail.model.schema_settings import Branching, Calibration, TreeSpecification, WarehouseEvent
from stockrail.model.writer import write
from tests.builders import make_instance, path_of_nodes


def assert_equal(one: Instance, other: Instance) -> None:
    """Compare field by field; arrays have to be equal to the last bit."""
    for field in fields(Instance):
        if field.compare:
            left, right = getattr(one, field.name), getattr(other, field.name)
            is_equal = np.array_equal(left, right) if isinstance(left, np.ndarray) else left == right
            assert is_equal, field.name


FULL = make_instance(
    demand=[[0.1 + 0.2, 1e-9, 1e22], [1 / 3, 2, 3]],
    sigma=2**0.5,
    items=[
        {
            "item": "00123",
            "description": 'a "quoted", text; ü',
            "shelf_life_periods": 3,
            "maximum_order_units": 2.5,
            "warehouse": "007",
            "space_per_unit": 0.1 + 0.2,
        },
        {"item": "NA", "description": "two\nlines"},
    ],
    suppliers={"capacity_units_per_period": 5, "overtime_premium_per_unit": 1 / 3, "deposit_share": 0.3},
    warehouses=[
        {"warehouse": "007", "capacity_space": 1e-9, "overflow_premium_per_period": 0},
        {"warehouse": "none", "capacity_space": 0},
    ],
    quantity_breaks=[
        {"item": "NA", "from_units": 1 / 3, "unit_cost": 5.5, "applies_to": "incremental"},
        {"item": "NA", "from_units": 1e22, "unit_cost": 0, "applies_to": "incremental"},
    ],
    guardrails=[
        {"guardrail": "one", "upper": -1.5, "soft_price": 0.1},
        {"guardrail": "two", "lower": 0, "holds": "cvar", "alpha": 0.95, "measured": "average"},
        {"guardrail": "three", "upper": 9, "holds": "chance", "alpha": 0, "measured": "quarter ends"},
    ],
    guardrail_limits=[
        {"guardrail": "one", "period": 0, "lower": -2.5},
        {"guardrail": "warehouse:007", "period": 2, "upper": 0},
    ],
    funded_builds=[
        {
            "build": "NA",
            "guardrail": "one",
            "scope": "item",
            "scope_value": "NA",
            "amount": 1 / 3,
            "first_period": 0,
            "last_period": 1,
            "exit_date": dt.date(2026, 12, 31),
            "reason": "promotion, agreed",
            "owner": "finance",
        }
    ],
    policy_options=[
        {"option": "lean", "safety_factor": -1 / 3, "cover_periods": 1.5},
        {"option": "lean", "segment": "S", "safety_factor": 2, "cover_periods": 0, "review_periods": 3},
    ],
    current_targets={"item": "NA", "safety_stock_units": 1e-9, "cover_periods": 260, "review_periods": 2},
    open_orders=[{"item": "NA", "due_period": 1, "units": 4}] * 2,
    order_overrides={"item": "NA", "period": 2, "lots": 0, "reason": "agreed"},
    announced_orders=[{"item": "NA", "period": 1, "units": 0}, {"item": "NA", "period": 2, "units": 1 / 3}],
    customers=[{"customer": "007", "segment": "key", "is_strategic": "yes", "end_date": dt.date(2027, 1, 1)}],
    customer_shares=[{"customer": "007", "item": "NA", "demand_share": 1 / 3}],
    allocation_rules=[
        {"customer": "007", "item": "NA", "committed_share": 1 / 3, "message": "on Monday, at last"},
        {"customer_segment": "key", "item_segment": "S", "priority": 2},
    ],
    scenarios=path_of_nodes(3),
    scenario_demand=[{"node": "n1", "item": "NA", "units": 7}],
    scenario_suppliers=[{"node": "n0", "delay_periods": 1}],
    scenario_warehouses=[{"node": "n2", "warehouse": "none", "capacity_factor": 0.1}],
    settings={
        "forward_cover_days": 45.5,
        "fiscal_year_start_month": 4,
        "change_price_share_of_cost": 1 / 3,
        "change_price_periods": 2,
        "margin_cvar_weight": 0.25,
        "margin_cvar_alpha": 0,
        "calibration": Calibration(most_departures=3),
    },
)

EVENTFUL = make_instance(
    warehouses={"capacity_space": 4},
    settings={
        "tree": TreeSpecification(
            branchings=(Branching(period=1, width=2),),
            warehouse_events=(
                WarehouseEvent(period=1, branch=1, warehouse="H", duration_periods=2, capacity_factor=0.5),
            ),
        )
    },
)


@pytest.mark.parametrize(
    "instance",
    [FULL, EVENTFUL, make_instance(), generate(7, 5, (2, 3), seed=1)],
    ids=["every table", "events of warehouses", "fewest tables", "generated"],
)
def test_load_reads_what_write_wrote(instance: Instance, tmp_path: Path) -> None:
    """Identifiers, blanks, and every digit of a number come back."""
    write(instance, tmp_path / "new" / "folder")
    assert_equal(load(tmp_path / "new" / "folder"), instance)


def test_every_table_is_written(tmp_path: Path) -> None:
    """The instance with every table is what it says, so that no table is forgotten above."""
    write(FULL, tmp_path)
    assert {path.stem for path in tmp_path.glob("*.csv")} == set(TABLES)


def test_write_replaces_an_earlier_instance(tmp_path: Path) -> None:
    """A table that the instance does not have is gone afterwards."""
    write(FULL, tmp_path)
    write(make_instance(), tmp_path)
    assert {path.stem for path in tmp_path.glob("*.csv")} == set(TABLES) - OPTIONAL_TABLES
    assert_equal(load(tmp_path), make_instance())


def test_numbers_read_well(tmp_path: Path) -> None:
    """Whole numbers have no decimals, blanks are empty."""
    write(make_instance(items={"lot_size": 12}), tmp_path)
    line = (tmp_path / "items.csv").read_text().splitlines()[1]
    assert line == "A,,S,P,V,EUR,10,6,0,12,0,,0,0,0,0,,0,,1,,no,,"
