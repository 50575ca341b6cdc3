"""A plan on the demand that came, hand-solved, and what must hold for any plan and any demand."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Array, Instance
from stockrail.simulation.paths import from_history
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import PlannedOrders
from stockrail.simulation.world import World
from stockrail.workbench.scorecard.revalue import revalue
from tests.builders import make_instance, path_of_nodes
from tests.stockrail.workbench.scorecard.cases import ordered


@dataclass(frozen=True)
class Came:
    """Demand that came."""

    items: tuple[str, ...]
    demand_units: Array


def came(instance: Instance, *rows: list[float]) -> Came:
    """Demand of each item by period."""
    return Came(tuple(row.item for row in instance.items), np.array(rows, dtype=np.float64))


def path(demand: tuple[float, ...], **changes: object) -> Instance:
    """One item on one path of nodes n0, n1, ..."""
    return make_instance(demand=demand, scenarios=path_of_nodes(len(demand)), **changes)  # type: ignore[arg-type]


def test_the_plan_makes_up_for_demand_that_it_did_not_foresee() -> None:
    """10 a period planned in lots of 10, one period of lead time, 10 on hand; 15, 5 and 10 come.

    Period 0: 10 are served of 15, 5 wait. The plan orders 1 lot, and 5 more than expected is half a lot: 1.5 lots are rounded to 2.
    Period 1: 20 arrive, 5 go to who waited, 5 to the 5 that come, 10 are left. By now 20 came as expected: of the plan's 2 lots
    both are ordered already, so none is. Period 2: the 10 are sold.
    """
    instance = path((10, 10, 10), items={"lot_size": 10, "lead_time_periods": 1, "opening_stock_units": 10})
    result = revalue(instance, ordered(instance, [1, 1, 0]), came(instance, [15, 5, 10]))
    assert result.short.tolist() == [[5, 0, 0]]
    assert result.waiting.tolist() == [[5, 0, 0]]
    assert result.served.tolist() == [[10, 10, 10]]
    assert result.on_hand.tolist() == [[0, 10, 0]]
    assert result.ordered.tolist() == [[20, 0, 0]]
    assert result.received.tolist() == [[0, 20, 0]]
    assert result.parts["revenue"].tolist() == [[100, 100, 100]]  # at 10 a unit
    assert result.metric("inventory_value").tolist() == [0, 60, 0]  # at 6 a unit


def test_a_period_that_has_not_come_changes_nothing_before_it() -> None:
    """The first two of three periods are the same whether the third is known or not."""
    instance = path((10, 10, 10), items={"lead_time_periods": 1, "opening_stock_units": 10})
    plan = ordered(instance, [10, 10, 0])
    whole = revalue(instance, plan, came(instance, [12, 9, 40]))
    part = revalue(instance, plan, came(instance, [12, 9]))
    assert part.n_periods == 2
    for name in ("short", "on_hand", "ordered", "served"):
        assert getattr(whole, name)[:, :2].tolist() == getattr(part, name).tolist(), name


def test_unknown_demand_is_not_none() -> None:
    """An item whose demand is missing in a period is not re-valued: it goes on as planned, and says so."""
    instance = path((10, 10), items={"opening_stock_units": 20})
    result = revalue(instance, ordered(instance, [0, 0]), came(instance, [np.nan, 12]))
    assert result.is_known.tolist() == [False]
    assert result.demand.tolist() == [[10, 12]]


def test_overtime_by_period() -> None:
    """12 units of a supplier who makes 10, at 3 a unit beyond: 6 in period 0; 8 in period 1 are within."""
    instance = path((12, 8), suppliers={"capacity_units_per_period": 10, "overtime_premium_per_unit": 3})
    result = revalue(instance, ordered(instance, [12, 8]), came(instance, [12, 8]))
    assert result.overtime.tolist() == [6, 0]


def test_other_items_are_refused() -> None:
    """Demand of other items, or of none of the plan's periods, is no demand to re-value on."""
    instance = path((10, 10))
    with pytest.raises(ValueError, match="in their order"):
        revalue(instance, ordered(instance, [1, 1]), Came(("other",), np.ones((1, 2))))
    with pytest.raises(ValueError, match="at least one period"):
        revalue(instance, ordered(instance, [1, 1]), came(instance, []))


@settings(deadline=None, max_examples=30)
@given(
    planned=st.lists(st.integers(0, 30), min_size=4, max_size=4),
    error=st.lists(st.integers(0, 30), min_size=4, max_size=4),
    orders=st.lists(st.integers(0, 30), min_size=4, max_size=4),
    lead_time=st.integers(0, 2),
    shares=st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([0.0, 0.4])),
)
def test_units_balance(
    planned: list[int], error: list[int], orders: list[int], lead_time: int, shares: tuple[float, float]
) -> None:
    """Stock is opening stock, plus what came in, less what was served; and demand that came as planned is served by the orders as planned."""
    instance = path(
        tuple(planned),
        items={
            "lead_time_periods": lead_time,
            "opening_stock_units": 15,
            "expedite_share": shares[1],
            "expedite_premium": 1,
        },
        segments={"lost_share": shares[0], "churn_cost_share_of_price": 0.5},
    )
    lots = [n if t + lead_time < 4 else 0 for t, n in enumerate(orders)]
    result = revalue(instance, ordered(instance, lots), came(instance, [float(d) for d in error]))
    before = np.concatenate([[15.0], result.on_hand[0, :-1]])
    assert result.on_hand[0] == pytest.approx(
        before + result.received[0] + result.expedited[0] - result.served[0]
    )
    waiting_before = np.concatenate([[0.0], result.waiting[0, :-1]])
    late = result.served[0] - (result.demand[0] - result.short[0]) - result.expedited[0]
    newly_waiting = result.short[0] - result.expedited[0] - result.lost[0]
    assert result.waiting[0] == pytest.approx(waiting_before - late + newly_waiting)
    as_planned = revalue(instance, ordered(instance, lots), came(instance, [float(d) for d in planned]))
    fixed = simulate(
        World.of(instance), from_history(instance, as_planned.demand), PlannedOrders(np.array([lots]))
    )
    if (
        not shares[0] and not shares[1]
    ):  # else the plan has units to make up for that nobody waits for any more
        assert as_planned.outcome.orders.tolist() == fixed.orders.tolist()
