"""Instances survive being written and read."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from stockrail.model.generator import generate
from stockrail.model.instance import Instance
from stockrail.model.reader import load
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
        },
        {"item": "NA", "description": "two\nlines"},
    ],
    guardrails=[{"guardrail": "one", "upper": -1.5, "soft_price": 0.1}, {"guardrail": "two", "lower": 0}],
    open_orders=[{"item": "NA", "due_period": 1, "units": 4}] * 2,
    order_overrides={"item": "NA", "period": 2, "lots": 0, "reason": "agreed"},
    scenarios=path_of_nodes(3),
    scenario_demand=[{"node": "n1", "item": "NA", "units": 7}],
    scenario_suppliers=[{"node": "n0", "delay_periods": 1}],
)


@pytest.mark.parametrize(
    "instance",
    [FULL, make_instance(), generate(7, 5, (2, 3), seed=1)],
    ids=["every table", "fewest tables", "generated"],
)
def test_load_reads_what_write_wrote(instance: Instance, tmp_path: Path) -> None:
    """Identifiers, blanks, and every digit of a number come back."""
    write(instance, tmp_path / "new" / "folder")
    assert_equal(load(tmp_path / "new" / "folder"), instance)


def test_write_replaces_an_earlier_instance(tmp_path: Path) -> None:
    """A table that the instance does not have is gone afterwards."""
    write(FULL, tmp_path)
    write(make_instance(), tmp_path)
    assert not (tmp_path / "guardrails.csv").exists()
    assert_equal(load(tmp_path), make_instance())


def test_numbers_read_well(tmp_path: Path) -> None:
    """Whole numbers have no decimals, blanks are empty."""
    write(make_instance(items={"lot_size": 12}), tmp_path)
    line = (tmp_path / "items.csv").read_text().splitlines()[1]
    assert line == "A,,S,P,V,EUR,10,6,0,12,0,,0,0,0,0,,0"
