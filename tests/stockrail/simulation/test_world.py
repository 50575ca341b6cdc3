"""What the simulator reads from an instance, against the engine's tables, which are computed by other code."""

import numpy as np
import pytest

from stockrail.simulation.breaks import Breaks
from stockrail.simulation.world import ALL, World
from tests.builders import make_instance
from tests.random_instances import random_instance, tables_of


@pytest.mark.parametrize("seed", range(12))
def test_parameters_are_those_of_the_tables(seed: int) -> None:
    """Every parameter of section 2, of instances with every feature."""
    instance = random_instance(np.random.default_rng(seed), items=4, has_capacity=True)
    world, tables = World.of(instance), tables_of(instance)
    path = tables.tree.path(int(tables.tree.leaves[0]))
    for name, expected in (
        ("unit_value", tables.unit_value),
        ("expedited_share", tables.expedited_share),
        ("lost_fraction", tables.lost_fraction),
        ("waiting_share", tables.waiting_share),
        ("minimum_lots", tables.minimum_lots),
        ("maximum_lots", tables.maximum_lots),
        ("shelf_life", tables.shelf_life),
        ("holding_rate", tables.holding_rate),
        ("cash_holding_rate", tables.cash_holding_rate),
        ("deposit_share", tables.deposit_share),
        ("discount", tables.discount[path]),
        ("protection_sigma", tables.sigma[:, path]),
        ("scheduled", tables.scheduled_received[:, path]),
        ("fixed_lots", tables.fixed_lots[:, path]),
    ):
        assert getattr(world, name) == pytest.approx(expected), name
    lots = np.arange(12)[:, None] * np.ones(4)
    saved = Breaks(instance).saving(lots * world.lot_size) * world.landed_rate
    assert saved == pytest.approx(tables.tiers.saving(lots.T).T, abs=1e-9)


def test_incremental_breaks() -> None:
    """The 2 units beyond 4 cost 9 instead of 10; of 10 units 4 cost 9 and 2 cost 7: 4 * 1 + 2 * 3 saved."""
    instance = make_instance(
        items={"unit_cost": 10},
        quantity_breaks=[
            {"from_units": 8, "unit_cost": 7, "applies_to": "incremental"},
            {"from_units": 4, "unit_cost": 9, "applies_to": "incremental"},
        ],
    )
    saved = Breaks(instance).saving(np.array([[0.0], [4.0], [6.0], [10.0]]))
    assert saved[:, 0].tolist() == pytest.approx([0, 0, 2, 10])


def test_scopes_are_those_that_something_limits() -> None:
    """All items come first, each scope once; a supplier without a capacity is none."""
    instance = make_instance(
        demand=((1, 1), (1, 1)),
        items=({"product_group": "P", "supplier": "V"}, {"product_group": "Q", "supplier": "W"}),
        suppliers=({"supplier": "V"}, {"supplier": "W", "capacity_units_per_period": 5}),
        guardrails=(
            {"guardrail": "a", "scope": "product_group", "scope_value": "Q", "upper": 1},
            {"guardrail": "b", "scope": "product_group", "scope_value": "Q", "lower": 0},
            {"guardrail": "c", "upper": 1},
        ),
    )
    world = World.of(instance)
    assert world.scopes == (ALL, ("product_group", "Q"), ("supplier", "W"))
    assert world.scope_items.tolist() == [[1, 1], [0, 1], [0, 1]]


def test_more_periods_than_the_instance_has() -> None:
    """Beyond the horizon the calendar goes on and demand is expected to stay; open and fixed orders end."""
    instance = make_instance(
        demand=(3, 5),
        suppliers={"order_interval_periods": 2},
        open_orders={"due_period": 1, "units": 7},
    )
    world = World.of(instance, 5)
    assert world.is_calendar[0].tolist() == [True, False, True, False, True]
    assert world.mean_demand[0].tolist() == [3, 5, 5, 5, 5]
    assert world.scheduled[0].tolist() == [0, 7, 0, 0, 0]
    assert World.of(instance, 1).scheduled[0].tolist() == [0]
