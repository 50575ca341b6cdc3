"""Drivers of stock: what each one changes, and that they can be switched off in any order."""

import datetime as dt
from itertools import permutations

import numpy as np
import pytest

from stockrail.inventory.drivers import DRIVERS, Driver, World, without_all
from stockrail.model.instance import Instance
from tests.builders import make_instance

BY_NAME: dict[str, Driver] = {driver.name: driver for driver in DRIVERS}

NODES = [
    {"node": "now", "period": 0, "probability": 1},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.5},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 1.5},
    {"node": "low, later", "parent": "low", "period": 2, "probability": 0.5, "demand_factor": 0.5},
    {"node": "high, later", "parent": "high", "period": 2, "probability": 0.5, "demand_factor": 1.5},
]


def everything() -> Instance:
    """An item with every driver of stock but bias, which is no part of an instance."""
    return make_instance(
        demand=(10, 20, 0),
        sigma=(3, 4, 0),
        items={
            "lot_size": 2.5, "minimum_order_units": 10, "lead_time_periods": 2, "opening_stock_units": 20,
            "end_date": dt.date(2025, 12, 1),
        },
        suppliers={"order_interval_periods": 2},
        order_overrides={"period": 0, "lots": 4},
        scenarios=NODES,
        scenario_suppliers=[{"node": "high", "delay_periods": 1}],
    )  # fmt: skip


WORLD = World.of(everything(), -0.1)


def without(name: str) -> World:
    """The world with one driver switched off."""
    return BY_NAME[name].without(WORLD)


def test_all_are_here() -> None:
    """The example has every driver; without all of them none is left."""
    assert all(driver.is_here(WORLD) for driver in DRIVERS)
    assert not any(driver.is_here(without_all(WORLD)) for driver in DRIVERS if driver.name != "life_cycle")


def test_nothing_is_here() -> None:
    """The default instance has none."""
    world = World.of(make_instance())
    assert not any(driver.is_here(world) for driver in DRIVERS)


def test_forecast_error() -> None:
    """Demand is 20 in period 1 whatever happens: the mean of 10 and 30; nothing is left of sigma."""
    world = without("forecast_error")
    assert world.tree.demand.tolist() == [[10, 20, 20, 0, 0]]
    assert not world.instance.sigma.any()


def test_forecast_bias() -> None:
    """Demand is 10 % below the forecast; without the bias that is the forecast."""
    assert WORLD.true_tables().demand[0, :3] == pytest.approx([9, 9, 27])
    assert WORLD.forecast_tables().demand[0, :3] == pytest.approx([10, 10, 30])
    world = without("forecast_bias")
    assert world.tree.demand[0, :3] == pytest.approx([9, 9, 27])
    assert world.true_tables().demand == pytest.approx(WORLD.true_tables().demand)


def test_supplies() -> None:
    """No delay anywhere; one period of lead time; every period is open."""
    assert WORLD.tree.delay_periods.any() and not without("lead_time_variability").tree.delay_periods.any()
    assert without("lead_time").instance.items[0].lead_time_periods == 1
    (supplier,) = without("order_calendar").instance.suppliers
    assert (supplier.order_interval_periods, supplier.order_offset_periods) == (1, 0)


def test_lots() -> None:
    """A lot of 2.5 becomes three of 0.8333, so that any number of old lots is possible; the fixed 4 lots become 12, still 10 units."""
    instance = without("lots").instance
    assert instance.items[0].lot_size == pytest.approx(2.5 / 3)
    assert instance.items[0].minimum_order_units == 0
    assert instance.order_overrides[0].lots == 12


def test_life_cycle() -> None:
    """30 units in three years become 10 a year; a node keeps its share of its period's demand, and the error its total variance."""
    world = without("life_cycle")
    assert world.tree.demand[0] == pytest.approx([10, 5, 15, 10, 10])
    assert world.expected_demand()[0] == pytest.approx([10, 10, 10])
    assert (world.instance.sigma**2).sum() == pytest.approx(3**2 + 4**2)


def test_any_order() -> None:
    """Any two drivers switched off one after the other give the same world, whichever comes first."""
    for first, second in permutations(DRIVERS, 2):
        one, other = second.without(first.without(WORLD)), first.without(second.without(WORLD))
        assert one.tree.demand == pytest.approx(other.tree.demand), (first.name, second.name)
        assert one.instance.sigma == pytest.approx(other.instance.sigma)
        assert one.instance.items == other.instance.items
        assert one.instance.suppliers == other.instance.suppliers
        assert one.bias_share.tolist() == other.bias_share.tolist()


def test_bias_must_be_possible() -> None:
    """Less than no demand, or a number too few, is refused."""
    with pytest.raises(ValueError, match="at least -1"):
        World.of(make_instance(), -1.5)
    with pytest.raises(ValueError):
        World.of(make_instance(demand=[(1, 1), (1, 1)]), np.array([0.1, 0.1, 0.1]))
