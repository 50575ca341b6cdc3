"""Lines by hand: what is old, what is beyond cover, what is unpaid, what is owed; and what nobody knows."""

import numpy as np
import pytest

from stockrail.model.instance import Array
from stockrail.workbench.scorecard.lines import Flows, Lines, Terms, lines_of, recent_sum, unpaid_sum
from tests.builders import make_instance

NAN = np.nan


def lines(
    *,
    demand: list[float],
    on_time: list[float] | None = None,
    on_hand: list[float],
    received: list[float],
    opening: float | None = 0,
    life: int | None = None,
    aged_days: float = 60,
) -> Lines:
    """One item at 10 and 6 a unit, 30 days a period; 40 days of forward cover at 30 a period: 30 and a third of 30."""
    periods = len(demand)
    instance = make_instance(
        demand=[30] * periods,
        settings={"period_length_days": 30, "forward_cover_days": 40},
        items={"shelf_life_periods": life},
    )

    def row(values: list[float]) -> Array:
        return np.array([values], dtype=np.float64)

    return lines_of(
        Terms.of(instance, row([30] * periods), np.ones(periods), aged_days),
        Flows(
            demand=row(demand),
            on_time=row(demand if on_time is None else on_time),
            on_hand=row(on_hand),
            stock_value=6 * row(on_hand),
            received=row(received),
            received_value=6 * row(received),
            opening=None if opening is None else np.array([opening]),
            spend={},
        ),
    )


def test_what_came_in_first_is_sold_first() -> None:
    """60 days are 2 periods. 100 are on hand before; of the 90 at the end of period 1 none came since: all are old. In period 2, 50 came: 70 are left, 20 of them old.

    At the end of period 0 nobody knows how old opening stock is.
    """
    made = lines(demand=[5, 5, 70], on_hand=[95, 90, 70], received=[0, 0, 50], opening=100)
    assert made.aged[0, 1:].tolist() == [90, 20]
    assert np.isnan(made.aged[0, 0])


def test_units_beyond_cover_and_past_their_life() -> None:
    """40 units are sold in 40 days: 55 on hand are 15 beyond, which are the youngest. Those of before period 1, past a life of 1 period,
    are the oldest: 55 less the 25 that came in period 1. Both are 45 of 55; of 50 and 50 there are no more than all.
    """
    made = lines(demand=[10, 10], on_hand=[40, 55], received=[0, 25], opening=50, life=1)
    assert made.excess.tolist() == [[0, 15 + 30]]
    both = lines(demand=[10, 10], on_hand=[90, 90], received=[0, 10], opening=100, life=1)
    assert both.excess.tolist() == [[50, 90]]  # 50 beyond and 80 past their life
    assert lines(demand=[10, 10], on_hand=[40, 55], received=[0, 25], opening=50).excess.tolist() == [[0, 15]]


def test_owed_until_the_item_can_deliver_again() -> None:
    """4 short in period 0, 3 more in period 1; in period 2, 5 are delivered on time, so that all others have been served before."""
    made = lines(demand=[4, 3, 6], on_time=[0, 0, 5], on_hand=[0, 0, 0], received=[0, 0, 12])
    assert made.owed.tolist() == [[4, 7, 1]]
    unknown = lines(demand=[4, 0, 0], on_time=[0, 0, 0], on_hand=[0, NAN, 2], received=[0, 0, 6])
    assert unknown.owed[0, 0] == 4
    assert np.isnan(unknown.owed[0, 1])
    assert unknown.owed[0, 2] == 0


def test_delivered_is_what_left_stock() -> None:
    """Stock before, plus what came, less stock after; without the stock before the first period that one is not known."""
    made = lines(demand=[9, 9], on_hand=[5, 2], received=[10, 5], opening=4)
    assert made.delivered.tolist() == [[9, 8]]
    assert made.revenue.tolist() == [[90, 80]]
    later = lines(demand=[9, 9], on_hand=[5, 2], received=[10, 5], opening=None)
    assert np.isnan(later.delivered[0, 0])
    assert later.delivered[0, 1] == 8


def test_unpaid_at_the_end_of_each_period() -> None:
    """Of 1.5 periods to pay this period's money is unpaid, and half of that before; without the one before nobody knows."""
    money, weight = np.array([[10.0, 20.0, 40.0]]), np.array([1.0, 0.5])
    assert unpaid_sum(money, weight, True).tolist() == [[10, 25, 50]]
    later = unpaid_sum(money, weight, False)
    assert np.isnan(later[0, 0])
    assert later[0, 1:].tolist() == [25, 50]
    assert unpaid_sum(money, np.array([0.0]), False).tolist() == [[0, 0, 0]]


def test_sums_of_the_last_periods() -> None:
    """Nothing is made up for periods that were not there."""
    made = recent_sum(np.array([[1.0, 2.0, 4.0]]), 2)
    assert np.isnan(made[0, 0])
    assert made[0, 1:].tolist() == [3, 6]
    assert np.isnan(recent_sum(np.array([[1.0]]), 5)).all()


def test_opening_balances_run_off() -> None:
    """600 owed by customers who pay in 60 days, 90 owed to suppliers who are paid in 45: after 30 days 300 and 30, after 60 nothing."""
    instance = make_instance(
        demand=[1, 1],
        settings={
            "period_length_days": 30,
            "receivable_days": 60,
            "opening_receivables": 600,
            "opening_payables": 90,
        },
        suppliers={"payment_days": 45},
    )
    assert Terms.of(instance, np.ones((1, 2)), np.ones(2), 60).constants == pytest.approx([300 - 30, 0])
