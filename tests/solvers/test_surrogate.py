"""Rows that can be judged one by one in place of tails: their limits, what violations cost, and how that grows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.surrogate import FIRST_PRESSURE, LAST_PRESSURE, OVERTIME_GROWTH, Surrogate
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

LEAVES: tuple[Changes, ...] = (
    {"node": "now", "period": 0, "probability": 1},
    *(
        {"node": name, "parent": "now", "period": 1, "probability": share}
        for name, share in (("a", 0.5), ("b", 0.3), ("c", 0.2))
    ),
)
TAIL: Changes = {"holds": "cvar", "alpha": 0.5}
MOST = np.full(3, 10.0)


def rows_of(*guardrails: Changes, **changes: Any) -> Guardrails:
    """Rows at the three leaves, limits of 100 unless a guardrail says otherwise."""
    rails = [{"upper": 100, "first_period": 1, **row} for row in guardrails]
    return Guardrails.build(
        tables_of(make_instance(demand=(5, 5), scenarios=LEAVES, guardrails=rails, **changes))
    )


def surrogate_of(guardrails: Guardrails, usage: Array, prices: Array, most: Array = MOST) -> Surrogate:
    """A surrogate that starts from the prices alone."""
    return Surrogate(guardrails, guardrails.limits, usage, prices, most, least=0.0, growth=3.0)


def test_rows_that_hold_alone_stay_as_they_are() -> None:
    """The limit is the row's, a violation costs thrice the price at first and thrice that after a round that leaves one."""
    guardrails = rows_of({})
    prices = np.array([0.0, 2.0, 5.0])
    surrogate = surrogate_of(guardrails, np.array([90.0, 110.0, 100.0]), prices)
    np.testing.assert_allclose(surrogate.limits, 100)
    np.testing.assert_allclose(surrogate.costs, FIRST_PRESSURE * prices)
    assert surrogate.is_exact.all()
    surrogate.tighten(np.array([0.0, 10.0, 0.0]))
    np.testing.assert_allclose(surrogate.costs, 3 * FIRST_PRESSURE * prices)
    surrogate.tighten(np.zeros(3))
    np.testing.assert_allclose(surrogate.costs, 3 * FIRST_PRESSURE * prices)


def test_costs_end_at_the_last_pressure() -> None:
    """However many rounds leave a violation."""
    surrogate = surrogate_of(rows_of({}), np.full(3, 110.0), np.ones(3))
    for _ in range(50):
        surrogate.tighten(np.array([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(surrogate.costs, LAST_PRESSURE * MOST)


def test_a_tail_gets_its_start_as_limit() -> None:
    """Nodes a, b and c with 0.5, 0.3 and 0.2 use 40, 130 and 80.

    The worst half is b and c, from 80 on, 20 below the limit of 100: so each node gets 80. Prices of 1, 3 and 2 add up to
    6, and thrice that is spread by probability / (1 - 0.5).
    """
    surrogate = surrogate_of(rows_of(TAIL), np.array([40.0, 130.0, 80.0]), np.array([1.0, 3.0, 2.0]))
    np.testing.assert_allclose(surrogate.limits, 80)
    np.testing.assert_allclose(surrogate.costs, 18 * np.array([1.0, 0.6, 0.4]))
    assert not surrogate.is_exact.any()


def test_a_tail_beyond_the_limit_starts_at_the_limit() -> None:
    """Where even the tail's least value is beyond the limit, no plan like that keeps it: the limit itself is the aim."""
    surrogate = surrogate_of(rows_of(TAIL), np.array([40.0, 130.0, 110.0]), np.array([1.0, 3.0, 2.0]))
    np.testing.assert_allclose(surrogate.limits, 100)


@given(
    st.lists(st.floats(0, 200), min_size=3, max_size=3), st.lists(st.floats(0, 200), min_size=3, max_size=3)
)
def test_keeping_the_surrogate_keeps_the_tail(mix: list[float], plan: list[float]) -> None:
    """With d what a plan uses beyond the start s of the mix's tail, its tail mean is at most s + E[d] / (1 - alpha).

    So a plan for which that is within the limit keeps the law, whatever it is: the surrogate never flatters.
    """
    guardrails = rows_of(TAIL)
    surrogate = surrogate_of(guardrails, np.array(mix), np.ones(3))
    used = np.array(plan)
    start = float(surrogate.limits[0])
    bound = start + float(np.array([0.5, 0.3, 0.2]) @ np.maximum(used - start, 0.0)) / 0.5
    over = guardrails.assess(used)
    assert over.sum() <= max(bound - 100.0, 0.0) + 1e-6


def test_a_tail_is_broken_where_it_is_in_the_tail() -> None:
    """The law's violation stands on the group's first row; broken are the nodes at or beyond the start, here b and c."""
    guardrails = rows_of(TAIL)
    usage = np.array([40.0, 130.0, 80.0])
    surrogate = surrogate_of(guardrails, usage, np.ones(3))
    over = guardrails.assess(usage)
    np.testing.assert_allclose(over, [10, 0, 0])  # (0.3 * 130 + 0.2 * 80) / 0.5 = 110
    assert surrogate.broken(over, usage).tolist() == [False, True, True]
    assert not surrogate.broken(np.zeros(3), usage).any()


def test_a_broken_tail_grows_dearer_as_one() -> None:
    """One growth for all nodes of the tail, so that they stay a reweighting of the scenarios."""
    surrogate = surrogate_of(rows_of(TAIL), np.array([40.0, 130.0, 80.0]), np.ones(3))
    before = surrogate.costs.copy()
    surrogate.tighten(np.array([10.0, 0.0, 0.0]))
    ratio = surrogate.costs / before
    assert ratio[0] > 1
    np.testing.assert_allclose(ratio, ratio[0])


def test_soft_rows_cost_their_price() -> None:
    """It says what a violation costs, from the first round to the last."""
    guardrails = rows_of({"soft_price": 4})
    most = guardrails.soft_prices
    surrogate = surrogate_of(guardrails, np.full(3, 110.0), np.zeros(3), most)
    np.testing.assert_allclose(surrogate.costs, 4 * np.array([0.5, 0.3, 0.2]))
    surrogate.tighten(np.full(3, 10.0))
    np.testing.assert_allclose(surrogate.costs, most)
    assert not surrogate.is_exact.any()


def test_margin_tail_costs_its_weight() -> None:
    """Weight 0.4 on CVaR 50%: a margin below the tail's start costs 0.4 * probability / 0.5, however the limit stands."""
    guardrails = rows_of(settings={"margin_cvar_weight": 0.4, "margin_cvar_alpha": 0.5})
    usage = np.array([-10.0, -4.0, 6.0])  # minus the margins of a, b and c
    surrogate = surrogate_of(guardrails, usage, np.zeros(3), guardrails.soft_prices)
    np.testing.assert_allclose(surrogate.limits, -4)  # the worst half is c and b, not clamped at 0
    np.testing.assert_allclose(surrogate.costs, 0.4 * np.array([1.0, 0.6, 0.4]))


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_limit_on_overtime_makes_capacities_dearer(is_broken: bool) -> None:
    """Spend rows 0 to 2 at the leaves, then capacity rows 3 to 6 from the root on, at a premium of 2.

    A price of 1.5 on spend at c (probability 0.2) puts 2 * 1.5 on the capacity there, above the premium of 2 * 0.2. While
    the limit is broken the capacities that it counts grow dearer, and only the one of the root does not.
    """
    guardrails = rows_of(
        {"metric": "overtime_spend"},
        suppliers={"capacity_units_per_period": 3, "overtime_premium_per_unit": 2},
    )
    most = np.where(guardrails.is_soft, guardrails.soft_prices, 10.0)
    prices = np.array([0.0, 0.0, 1.5, 0.0, 0.0, 0.0, 0.0])
    surrogate = surrogate_of(guardrails, np.zeros(7), prices, most)
    capacity = np.array([2.0, 1.0, 0.6, 0.4 + 3.0])
    np.testing.assert_allclose(surrogate.costs[3:], capacity)
    over = np.zeros(7)
    over[2] = 5.0 * is_broken
    surrogate.tighten(over)
    growth = np.array([1.0, OVERTIME_GROWTH, OVERTIME_GROWTH, OVERTIME_GROWTH]) if is_broken else np.ones(4)
    np.testing.assert_allclose(surrogate.costs[3:], growth * capacity)
