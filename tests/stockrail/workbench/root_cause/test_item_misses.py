"""Items that ran out, and items of which more is in stock than the demand ahead needs."""

import math

import pytest

from stockrail.workbench.governance.schema_root_cause import RootCauseRules
from stockrail.workbench.root_cause.item_misses import excesses, stockouts
from tests.stockrail.workbench.root_cause.cases import case, day, three_items, with_item


def test_a_stockout_is_what_was_not_served() -> None:
    """10 of 25 kettles are 40%, less than 95%: 15 are missing, each would have earned 20 - 10; 19 of 20 fans are 95%, which is kept."""
    [miss] = stockouts(
        case(demand={"kettle": [10, 25], "fan": [10, 20]}, served={"kettle": [10, 10], "fan": [10, 19]})
    )
    assert (miss.item, miss.segment, miss.subject, miss.period) == ("kettle", "steady", "item kettle", 1)
    assert (miss.units, miss.money) == (15, 150)
    assert miss.date == day(2) - (day(1) - day(0)) / 73  # the last day of period 1 is the one before period 2


def test_periods_in_a_row_are_one_miss() -> None:
    """Short by 5 in period 0 and by 2 in period 1, in order in period 2: one miss of 7 units that began in period 0."""
    [miss] = stockouts(case(demand={"kettle": [10, 10, 10]}, served={"kettle": [5, 8, 10]}))
    assert (miss.period, miss.units, miss.evidence["periods"]) == (0, 7, 2)
    assert miss.evidence["last_date"] == "2027-05-29"
    apart = stockouts(case(demand={"kettle": [10, 10, 10]}, served={"kettle": [5, 10, 5]}))
    assert [(one.period, one.units) for one in apart] == [(0, 5), (2, 5)]


def test_without_what_was_served_an_empty_stock_tells() -> None:
    """Nothing left of an item that was asked for is a miss whose size is not known; with stock left, or no demand, there is none."""
    [miss] = stockouts(
        case(
            demand={"kettle": [10], "fan": [10], "filter": [0]},
            stock={"kettle": [0], "fan": [1], "filter": [0]},
        )
    )
    assert (miss.item, miss.units, miss.money) == ("kettle", None, None)


def test_small_stockouts_are_left_out() -> None:
    """15 kettles are EUR 150: a threshold of 150 keeps them, one of 150.01 does not."""
    happened = {"demand": {"kettle": [10, 25]}, "served": {"kettle": [10, 10]}}
    for least, count in ((150.0, 1), (150.01, 0)):
        rules = RootCauseRules(least_stockout_money=least)
        assert len(list(stockouts(case(**happened, rules=rules)))) == count  # type: ignore[arg-type]


def test_an_excess_is_what_is_beyond_the_demand_ahead() -> None:
    """90 days are 90/73 periods: filters need 10 + 17/73 * 10 = 12.33 for them; 30 in stock are 17.67 too many, at EUR 5."""
    [miss] = excesses(case(demand={"filter": [10]}, stock={"filter": [30]}))
    cover = 10 + 17 / 73 * 10
    assert (miss.item, miss.period) == ("filter", 0)
    assert miss.units == pytest.approx(30 - cover)
    assert miss.money == pytest.approx(5 * (30 - cover))


def test_cover_looks_at_what_the_plan_expects() -> None:
    """After period 0 come 20 fans in period 1 and 17/73 of the 15 of period 2; after the last period its 15 go on."""
    at_limit = [20 + 17 / 73 * 15, 15 + 17 / 73 * 15, 15 + 17 / 73 * 15]
    beyond = [units + 1 for units in at_limit]
    demand = {"fan": [10.0, 20.0, 15.0]}
    assert list(excesses(case(demand=demand, stock={"fan": at_limit}))) == []
    [miss] = excesses(case(demand=demand, stock={"fan": beyond}))
    assert miss.units == pytest.approx(1)
    assert miss.evidence["periods"] == 3


def test_days_of_cover_may_be_agreed() -> None:
    """With 36.5 days 5 filters are enough: 10 at the beginning were 5 too many, and 30 are 20 more."""
    rules = RootCauseRules(most_cover_days=36.5)
    [miss] = excesses(case(demand={"filter": [10]}, stock={"filter": [30]}, rules=rules))
    assert miss.units == pytest.approx(20)
    none = RootCauseRules(most_cover_days=36.5, least_excess_money=100.01)
    assert list(excesses(case(demand={"filter": [10]}, stock={"filter": [30]}, rules=none))) == []


def test_what_was_there_before_the_plan_is_not_its_miss() -> None:
    """50 filters in the opening stock are 37.67 too many already: 50 after the first period are no new miss, 55 are one of 5."""
    instance = with_item(three_items(), "filter", opening_stock_units=50.0)
    assert list(excesses(case(demand={"filter": [10]}, stock={"filter": [50]}, instance=instance))) == []
    [miss] = excesses(case(demand={"filter": [10]}, stock={"filter": [55]}, instance=instance))
    assert miss.units == pytest.approx(5)
    assert miss.evidence["units_before_the_plan"] == pytest.approx(50 - (10 + 17 / 73 * 10))


def test_what_is_not_known_is_no_miss() -> None:
    """No count of stock and nothing of what was served: nothing is found, and nothing is taken for zero."""
    made = case(demand={"kettle": [10]})
    assert math.isnan(made.observed.stock_units[0, 0])
    assert list(stockouts(made)) == list(excesses(made)) == []
