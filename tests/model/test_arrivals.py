"""When orders arrive: lead times, delays, no overtaking, and the sparse operators that follow from them."""

import numpy as np
import pytest

from stockrail.model.arrivals import Arrivals
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import random_instance, tables_of


def arrivals_of(instance: Instance) -> Arrivals:
    return Arrivals.build(instance, build_tree(instance))


def test_lead_time_without_delay() -> None:
    """With lead time 2 an order of period t arrives in t + 2; nothing has arrived before period 2."""
    arrivals = arrivals_of(make_instance(demand=(1, 1, 1, 1), items={"lead_time_periods": 2}))
    assert arrivals.arrival_period.tolist() == [[2, 3, 4, 5]]
    assert arrivals.arrived.tolist() == [[-1, -1, 0, 1]]


def test_lead_time_zero_arrives_at_once() -> None:
    """An order of the period itself is there before its demand."""
    arrivals = arrivals_of(make_instance(demand=(1, 1)))
    assert arrivals.arrival_period.tolist() == [[0, 1]]
    assert arrivals.arrived.tolist() == [[0, 1]]


def test_orders_never_overtake() -> None:
    """Lead time 1, a delay of 2 in period 1: its order arrives in 1 + 1 + 2 = 4, and that of period 2 waits for it.

    Period 2 would arrive in 3, so it comes in 4; period 3 comes in 4 as it is. All three arrive together.
    """
    arrivals = arrivals_of(
        make_instance(
            demand=(1,) * 6,
            items={"lead_time_periods": 1},
            scenarios=path_of_nodes(6),
            scenario_suppliers=[{"node": "n1", "delay_periods": 2}],
        )
    )
    assert arrivals.arrival_period.tolist() == [[1, 4, 4, 4, 5, 6]]
    assert arrivals.arrived.tolist() == [[-1, 0, 0, 0, 3, 4]]
    lots = np.array([[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]])
    assert arrivals.receipts(lots).tolist() == [[0, 1, 0, 0, 2 + 4 + 8, 16]]
    assert arrivals.stock(np.cumsum(lots, axis=1)).tolist() == [[0, 1, 1, 1, 15, 31]]


def test_delay_of_one_branch() -> None:
    """A delay at `low` moves the orders of that branch only.

    Lead time 0: at `low` (period 1) the order arrives in 1 + 1 = 2, so it is not there yet, but that of the root is.
    """
    nodes: list[Changes] = [
        {"node": "now", "period": 0, "probability": 1},
        {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
        {"node": "low", "parent": "now", "period": 1, "probability": 0.5},
        {"node": "high2", "parent": "high", "period": 2, "probability": 0.5},
        {"node": "low2", "parent": "low", "period": 2, "probability": 0.5},
    ]
    arrivals = arrivals_of(
        make_instance(
            demand=(1, 1, 1), scenarios=nodes, scenario_suppliers=[{"node": "low", "delay_periods": 1}]
        )
    )
    assert arrivals.arrival_period.tolist() == [[0, 1, 2, 2, 2]]
    assert arrivals.arrived.tolist() == [[0, 1, 0, 3, 4]]


def test_items_share_a_lane_by_supplier_and_lead_time() -> None:
    """Items A and D have supplier V and lead time 1; B differs in lead time and C in supplier."""
    arrivals = arrivals_of(
        make_instance(
            demand=((1, 1),) * 4,
            items=[
                {"lead_time_periods": 1},
                {"lead_time_periods": 0},
                {"lead_time_periods": 1, "supplier": "W"},
                {"lead_time_periods": 1},
            ],
            suppliers=[{}, {"supplier": "W"}],
        )
    )
    assert arrivals.item_lane.tolist() == [0, 1, 2, 0]
    assert arrivals.arrival_period.shape == (3, 2)


@pytest.mark.parametrize("seed", range(12))
def test_arrivals_follow_their_definition(seed: int) -> None:
    """docs/formulation.md, section 1, evaluated along the path of every node of a random instance."""
    tables = tables_of(random_instance(np.random.default_rng(seed), items=3, most_nodes=16))
    tree, arrivals = tables.tree, tables.arrivals
    for i, row in enumerate(tables.instance.items):
        delay = tree.delay_periods[tables.instance.item_supplier[i]]
        for node in range(len(tree)):
            path = tree.path(node)
            latest = max(tree.period[m] + row.lead_time_periods + delay[m] for m in path)
            assert arrivals.arrival_period[arrivals.item_lane[i], node] == latest
            arrived = [
                m for m in path if arrivals.arrival_period[arrivals.item_lane[i], m] <= tree.period[node]
            ]
            assert tables.arrived[i, node] == (arrived[-1] if arrived else -1)


@pytest.mark.parametrize("seed", range(12))
def test_operators_agree_with_each_other(seed: int) -> None:
    """Receipts are what is in stock now and was not at the parent; transposed operators are adjoint."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng, items=3, most_nodes=16))
    tree, arrivals = tables.tree, tables.arrivals
    lots = rng.integers(0, 5, size=tables.demand.shape).astype(np.float64)
    cumulative = lots.copy()
    for node in range(1, len(tree)):
        cumulative[:, node] += cumulative[:, tree.parent[node]]
    stock = arrivals.stock(cumulative)
    before = stock[:, tree.parent]
    before[:, 0] = 0.0
    np.testing.assert_array_equal(arrivals.receipts(lots), stock - before)
    weight = rng.normal(size=lots.shape)
    assert (weight * stock).sum() == pytest.approx((arrivals.stock_transposed(weight) * cumulative).sum())
    received = arrivals.receipts(lots)
    assert (weight * received).sum() == pytest.approx((arrivals.receipts_transposed(weight) * lots).sum())
