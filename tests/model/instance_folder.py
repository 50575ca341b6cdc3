"""A small instance in a folder, and the ways in which tests change its files."""

import csv
from pathlib import Path

import pytest

from stockrail.model.problems import InstanceError, Problem
from stockrail.model.reader import load
from stockrail.model.schema_settings import Branching, Factor, TreeSpecification
from stockrail.model.writer import write
from tests.builders import Changes, make_instance

TREE = TreeSpecification(
    branchings=(Branching(period=1, width=3),), market=Factor(volatility=0.2, persistence=1)
)


def write_folder(path: Path) -> Path:
    """Write a valid instance with two items, a guardrail and a specified tree."""
    items: list[Changes] = [{"item": "00123", "maximum_order_units": 40}, {"item": "B"}]
    instance = make_instance(
        demand=[[1, 2, 3], [4, 5, 6]], items=items, guardrails={"upper": 100}, settings={"tree": TREE}
    )
    write(instance, path)
    return path


def problems_of(path: Path) -> list[Problem]:
    """Load what cannot be loaded."""
    with pytest.raises(InstanceError) as error:
        load(path)
    return list(error.value.problems)


def set_cell(folder: Path, table: str, line: int, column: str, value: str) -> None:
    """Change one cell of a CSV file; lines count as in a spreadsheet."""
    path = folder / f"{table}.csv"
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    rows[line - 1][rows[0].index(column)] = value
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)


def add_tables(folder: Path) -> None:
    """Add a warehouse, breaks, limits and a build to the instance in `folder`."""
    set_cell(folder, "items", 3, "warehouse", "H")
    tables = {
        "warehouses": "warehouse,capacity_space,overflow_premium_per_period\nH,40.5,\n",
        "quantity_breaks": "item,from_units,unit_cost,applies_to\nB,10,5,incremental\nB,20,4.5,incremental\n",
        "guardrail_limits": "guardrail,period,lower,upper\nG,1,,120\nwarehouse:H,2,,0\n",
        "funded_builds": "build,guardrail,scope,scope_value,amount,first_period,last_period,exit_date\n"
        "promotion,G,item,00123,30,0,1,2026-07-01\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text)


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that has to be there once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
