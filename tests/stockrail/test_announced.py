"""Orders of an earlier plan as announced orders: which periods they are of, what is rounded, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from stockrail.announced import Announced, AnnouncedError
from stockrail.model.instance import Instance
from tests.builders import make_instance

ORDERS = (
    "item,period,node,probability,units\n"
    "A,0,now,1,8\n"
    "A,1,high,0.25,8\n"
    "A,2,high1,0.25,20\n"
    "A,2,low1,0.75,8\n"
    "A,3,low2,0.2,8\n"
    "gone,1,high,0.5,3\n"
)


def folder_of(path: Path, orders: str = ORDERS, **changes: Any) -> Path:
    """Write what `Announced.read` looks at: a plan of five yearly periods from 2023 on."""
    plan = {"start": "2023-01-01", "periods": 5, "period_length_days": 365, **changes}
    (path / "plan.json").write_text(json.dumps(plan))
    (path / "orders.csv").write_text(orders)
    return path


def told(announced: Announced) -> list[tuple[str, int, float]]:
    """Rows of the announced orders."""
    return [(row.item, row.period, row.units) for row in announced.instance.announced_orders]


@pytest.fixture
def instance() -> Instance:
    """Two items in lots of 4 and of 1, six periods from 2024 on: one after the plan of `folder_of` began."""
    return make_instance(demand=[(1,) * 6, (1,) * 6], items={"lot_size": 4})


def test_orders_move_and_are_rounded_to_lots(tmp_path: Path, instance: Instance) -> None:
    """Expected 2, 11 and 1.6 units of A in periods 1 to 3 are 0.5, 2.75 and 0.4 lots of 4: 4, 12 and 0 units one period earlier.

    B has no order, which is announced as none. The plan knew four of the six periods, so no more count.
    """
    announced = Announced.read(folder_of(tmp_path), instance)
    assert told(announced) == [("A", 0, 4), ("A", 1, 12), ("B", 0, 0)]
    assert announced.periods == 4
    assert announced.instance.settings.change_price_periods == 4
    assert announced.table.to_dict("list")["units"] == [4, 12, 0]
    assert announced.unknown_items == ("gone",)
    assert "of 1 item are left out" in announced.notes[0]


def test_fewer_periods_stay_fewer(tmp_path: Path, instance: Instance) -> None:
    """A setting of 2 periods holds where the plan knew four; announced orders of the instance are replaced."""
    other = make_instance(
        demand=[(1,) * 6] * 2,
        settings={"change_price_periods": 2},
        announced_orders={"period": 5, "units": 9},
    )
    announced = Announced.read(folder_of(tmp_path), other)
    assert announced.instance.settings.change_price_periods == 2
    # In lots of one unit 2, 11 and 1.6 are 2, 11 and 2.
    assert told(announced) == [("A", 0, 2), ("A", 1, 11), ("A", 2, 2), ("B", 0, 0)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"period_length_days": 7}, "are 7 days long, those of the instance 365"),
        ({"start": "2023-01-02"}, "starts a whole number of periods before it"),
        ({"start": "2025-01-01"}, "starts a whole number of periods before it"),
        ({"periods": 1}, "does not end before it"),
        ({"start": "soon"}, "cannot be read"),
    ],
)
def test_plans_of_other_periods_are_refused(
    tmp_path: Path, instance: Instance, changes: dict[str, Any], message: str
) -> None:
    """The message says what does not fit, and which plan to name instead."""
    with pytest.raises(AnnouncedError, match=message):
        Announced.read(folder_of(tmp_path, **changes), instance)


@pytest.mark.parametrize("orders", ["item,period\nA,0\n", "item,period,probability,units\nA,0,1,many\n", ""])
def test_broken_orders_are_refused(tmp_path: Path, instance: Instance, orders: str) -> None:
    """A column that is missing, a word for a number, an empty file."""
    with pytest.raises(AnnouncedError, match="Make it again"):
        Announced.read(folder_of(tmp_path, orders), instance)


def test_a_folder_without_a_plan_is_refused(tmp_path: Path, instance: Instance) -> None:
    """It says which files are missing."""
    with pytest.raises(AnnouncedError, match=r"has no plan\.json or no orders\.csv"):
        Announced.read(tmp_path, instance)
