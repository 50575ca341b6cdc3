"""Scenario trees from a table and from a specification."""

import numpy as np
import pytest

from stockrail.model.scenarios import build_tree, shock_points
from stockrail.model.schema_settings import (
    Branching,
    Factor,
    SupplierEvent,
    TreeSpecification,
    WarehouseEvent,
)
from tests.builders import make_instance, path_of_nodes

FACTOR = Factor(volatility=0.3, persistence=0.5)
STILL = Factor(volatility=0, persistence=1)


def test_without_branching_demand_is_the_mean() -> None:
    """A tree that branches nowhere is one path with the mean demand, volatile or not."""
    tree = TreeSpecification(market=FACTOR, item=FACTOR)
    built = build_tree(make_instance(demand=(5, 7, 9), settings={"tree": tree}))
    assert built.parent.tolist() == [-1, 0, 1]
    assert built.demand.tolist() == [[5, 7, 9]]


def test_nodes_are_in_breadth_first_order() -> None:
    """Each branching multiplies the nodes of the period before; names say period and number."""
    tree = TreeSpecification(branchings=(Branching(period=1, width=2), Branching(period=3, width=3)))
    built = build_tree(make_instance(demand=(1, 1, 1, 1), settings={"tree": tree}))
    assert built.parent.tolist() == [-1, 0, 0, 1, 2, 3, 3, 3, 4, 4, 4]
    assert built.period.tolist() == [0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3]
    assert built.probability.tolist() == pytest.approx([1] + [1 / 2] * 4 + [1 / 6] * 6)
    assert built.names[0] == "t0-s0"
    assert built.names[-1] == "t3-s5"


@pytest.mark.parametrize("width", [2, 3, 5, 50])
def test_shock_points_have_mean_0_and_variance_1(width: int) -> None:
    """The volatility of a factor is the standard deviation of its shocks, whatever the width."""
    points = shock_points(width)
    assert points.mean() == pytest.approx(0, abs=1e-12)
    assert np.mean(points**2) == pytest.approx(1, rel=1e-12)
    assert (np.diff(points) > 0).all()


def test_market_shock_by_hand() -> None:
    """Two branches have the points -1 and 1; demand is scaled so that its mean stays 10."""
    # exp(-0.3) and exp(0.3) have the mean cosh(0.3); a period later half of the shock is left: exp(-0.15), exp(0.15).
    tree = TreeSpecification(branchings=(Branching(period=1, width=2),), market=FACTOR)
    built = build_tree(make_instance(demand=(10, 10, 10), settings={"tree": tree}))
    first, later = np.exp(0.3) / np.cosh(0.3), np.exp(0.15) / np.cosh(0.15)
    assert built.demand[0] == pytest.approx([10, 20 - 10 * first, 10 * first, 20 - 10 * later, 10 * later])


def test_expected_demand_is_the_mean_of_each_period() -> None:
    """Shocks of all layers cancel out in expectation."""
    tree = TreeSpecification(
        branchings=(Branching(period=1, width=3), Branching(period=2, width=4)),
        market=FACTOR,
        product_group=FACTOR,
        item=FACTOR,
    )
    mean = [[5, 7, 0, 9], [1, 2, 3, 4]]
    built = build_tree(make_instance(demand=mean, settings={"tree": tree}))
    for period in range(4):
        nodes = built.period == period
        expected = built.demand[:, nodes] @ built.probability[nodes]
        assert expected == pytest.approx(np.array(mean)[:, period], rel=1e-12)


def test_product_group_moves_its_items_together() -> None:
    """Items of one group have the same factor, items of two groups need not."""
    tree = TreeSpecification(branchings=(Branching(period=1, width=50),), product_group=FACTOR, seed=1)
    items = [{"item": "A"}, {"item": "B"}, {"item": "C", "product_group": "Q"}]
    built = build_tree(make_instance(demand=[[1, 1]] * 3, items=items, settings={"tree": tree}))
    assert np.array_equal(built.demand[0], built.demand[1])
    assert not np.array_equal(built.demand[0], built.demand[2])
    assert np.sort(built.demand[0]) == pytest.approx(np.sort(built.demand[2]))


def test_same_seed_same_tree() -> None:
    """The seed decides the permutations of item shocks, and nothing else does."""

    def demand(seed: int) -> tuple[float, ...]:
        tree = TreeSpecification(branchings=(Branching(period=1, width=20),), item=FACTOR, seed=seed)
        return tuple(build_tree(make_instance(demand=(1, 1), settings={"tree": tree})).demand[0])

    assert demand(1) == demand(1)
    assert demand(1) != demand(2)


def test_event_hits_its_branch_and_descendants_while_it_lasts() -> None:
    """A disruption of two periods on branch 1 ends before the last period."""
    # Nodes: 0 | 1 2 | 3 4 5 6 | 7 8 9 10; branch 1 of period 1 is node 2, its children are 5 and 6.
    event = SupplierEvent(
        period=1, branch=1, supplier="V", duration_periods=2, delay_periods=1, cost_factor=1.5
    )
    tree = TreeSpecification(
        branchings=(Branching(period=1, width=2), Branching(period=2, width=2)), events=(event,)
    )
    built = build_tree(make_instance(demand=(1, 1, 1, 1), settings={"tree": tree}))
    assert np.flatnonzero(built.delay_periods[0]).tolist() == [2, 5, 6]
    assert built.cost_factor[0, [1, 2, 5, 9]].tolist() == [1, 1.5, 1.5, 1]


def test_event_of_a_later_branching_hits_that_branch_below_every_parent() -> None:
    """Branch 0 of the second branching is there below each node of the first."""
    event = SupplierEvent(period=2, branch=0, supplier="V", duration_periods=1, capacity_factor=0.5)
    tree = TreeSpecification(
        branchings=(Branching(period=1, width=2), Branching(period=2, width=2)), events=(event,)
    )
    built = build_tree(make_instance(demand=(1, 1, 1), settings={"tree": tree}))
    assert built.capacity_factor[0].tolist() == [1, 1, 1, 0.5, 1, 0.5, 1]


def test_room_in_warehouses_of_a_specified_tree() -> None:
    """An event of a warehouse hits its branch and descendants while it lasts; where two meet, factors multiply."""
    # Nodes: 0 | 1 2 | 3 4 5 6 | 7 8 9 10; branch 1 of period 1 is node 2 with 5, 6 and then 9, 10 below it; branch 0 of
    # period 2 is 3 and 5, with 7 and 9 below. The first event ends before period 3, the second begins in period 2.
    events = [
        WarehouseEvent(period=1, branch=1, warehouse="H", duration_periods=2, capacity_factor=0.5),
        WarehouseEvent(period=2, branch=0, warehouse="H", duration_periods=9, capacity_factor=0.8),
        WarehouseEvent(period=2, branch=1, warehouse="I", duration_periods=1, capacity_factor=0),
    ]
    tree = TreeSpecification(
        branchings=(Branching(period=1, width=2), Branching(period=2, width=2)),
        warehouse_events=tuple(events),
    )
    warehouses = [{"warehouse": name, "capacity_space": 9} for name in "HIJ"]
    built = build_tree(make_instance(demand=(1, 1, 1, 1), settings={"tree": tree}, warehouses=warehouses))
    assert built.warehouse_factor.tolist() == [
        [1, 1, 0.5, 0.8, 1, 0.5 * 0.8, 0.5, 0.8, 1, 0.8, 1],
        [1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1],
        [1] * 11,
    ]


def test_room_in_warehouses_of_a_given_tree() -> None:
    """A node that the table does not list has all of the room; rows of nodes may come in any order."""
    scenarios = [
        {"node": "up", "parent": "now", "period": 1, "probability": 0.25},
        {"node": "now", "period": 0, "probability": 1},
        {"node": "down", "parent": "now", "period": 1, "probability": 0.75},
    ]
    instance = make_instance(
        demand=(1, 1),
        scenarios=scenarios,
        warehouses=[{"warehouse": name, "capacity_space": 9} for name in "HI"],
        scenario_warehouses=[
            {"node": "down", "warehouse": "I", "capacity_factor": 0.25},
            {"node": "up", "warehouse": "H", "capacity_factor": 1.5},
        ],
    )
    built = build_tree(instance)
    assert built.names == ("now", "up", "down")
    assert built.warehouse_factor.tolist() == [[1, 1.5, 1], [1, 1, 0.25]]


def test_without_warehouses_there_is_no_room_to_limit() -> None:
    """The factors have one row for each warehouse, so none."""
    assert build_tree(make_instance(demand=(1, 2))).warehouse_factor.shape == (0, 2)
    assert build_tree(make_instance(demand=(1, 2), scenarios=path_of_nodes(2))).warehouse_factor.shape == (
        0,
        2,
    )


def test_tree_from_table_in_any_order() -> None:
    """Rows are sorted by period; demand is mean times factor unless it is given; suppliers are normal unless stated."""
    scenarios = [
        {"node": "up", "parent": "now", "period": 1, "probability": 0.25, "demand_factor": 2},
        {"node": "now", "period": 0, "probability": 1},
        {"node": "down", "parent": "now", "period": 1, "probability": 0.75, "price_factor": 0.9},
    ]
    instance = make_instance(
        demand=[[10, 20], [1, 2]],
        scenarios=scenarios,
        scenario_demand=[{"node": "up", "item": "B", "units": 7}],
        scenario_suppliers=[{"node": "down", "delay_periods": 1}],
    )
    built = build_tree(instance)
    assert built.names == ("now", "up", "down")
    assert built.parent.tolist() == [-1, 0, 0]
    assert built.demand.tolist() == [[10, 40, 20], [1, 7, 2]]
    assert built.price_factor.tolist() == [1, 1, 0.9]
    assert built.delay_periods.tolist() == [[0, 0, 1]]
    assert built.cost_factor.tolist() == [[1, 1, 1]]


def test_table_with_one_path() -> None:
    """A path in the table is the same tree as a specification without branchings."""
    table = build_tree(make_instance(demand=(1, 2), scenarios=path_of_nodes(2)))
    assert table.demand.tolist() == build_tree(make_instance(demand=(1, 2))).demand.tolist()
