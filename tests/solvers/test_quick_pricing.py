"""Quick prices: by hand at kinks, against the full search of the range, and the same with the same seed."""

import math
from functools import cache

import pytest

from stockrail.generation import generate
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.limit_moves import LimitKey, moved
from stockrail.solvers.price import SAME, PriceRange, PriceStatus
from stockrail.solvers.price_ranges import price_ranges
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.value_function import ValueFunction
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

OPTIONS = SolveOptions(time_limit=60.0, gap=0.003)

ONE_ORDER: Changes = {
    "demand": (10, 10),
    "suppliers": {"order_interval_periods": 2},
    "segments": {"lost_share": 1.0},
}
"""Two periods of demand 10, one order in period 0, what is short is lost: stock of up to 10 units, worth 6 each, is left
after period 0, and each unit of it earns 4 in period 1. So a unit of limit earns 4/6 up to 60, and nothing from there on."""


def prices_of(instance: Instance, *, is_quick: bool = True) -> tuple[list[PriceRange], int]:
    """Price ranges, and how many plans were asked for."""
    with open_session(tables_of(instance), OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        known = len(session.pool.plans)
        found = price_ranges(
            session, session.guardrails, OPTIONS, by_period=False, time_limit=60.0, is_quick=is_quick
        )
        return found, len(session.pool.plans) - known


def by_hand(upper: float, **changes: object) -> PriceRange:
    ((price,), _) = prices_of(make_instance(guardrails={"upper": upper}, **{**ONE_ORDER, **changes}))
    assert price.is_quick
    return price


def test_price_by_hand() -> None:
    """4/6 both ways; nothing disturbs the price between 0 and 60, so the range ends with the steps."""
    price = by_hand(27)
    assert [price.price_up, price.price_down] == pytest.approx([4 / 6, 4 / 6], rel=1e-6)
    assert not price.is_kink
    # The objective is 4 * 14.5 = 58 and known to 1e-9 of it, so the shortest step shows an effect: 0.25% of 27.
    assert [price.range_from, price.range_to] == pytest.approx([27 - 0.0675, 27 + 0.0675])


@pytest.mark.parametrize("upper", [27, 55, 60])
def test_range_is_inside_of_the_full_one(upper: float) -> None:
    """Steps that cross no kink promise less than the full search, which ends at 20% or at 60."""
    quick = by_hand(upper)
    ((full,), _) = prices_of(make_instance(guardrails={"upper": upper}, **ONE_ORDER), is_quick=False)
    assert full.range_from <= quick.range_from < upper < quick.range_to <= full.range_to
    assert [quick.price_up, quick.price_down] == pytest.approx([full.price_up, full.price_down], abs=1e-4)


def test_step_over_a_kink_is_an_average() -> None:
    """From 59.9 the step up is 0.25%, 0.14975, of which 0.1 earn 4/6 and the rest nothing: 0.445 on average, no single price."""
    price = by_hand(59.9)
    assert price.range_to == pytest.approx(59.9 * 1.0025)
    assert price.price_up == pytest.approx(4 / 6 * 0.1 / (0.0025 * 59.9), rel=1e-4)
    assert price.price_down == pytest.approx(4 / 6, rel=1e-6)
    assert price.is_kink


def test_kink_by_hand() -> None:
    """At 60 one more unit earns nothing, for ever; one less costs 4/6."""
    price = by_hand(60)
    assert price.price_up == pytest.approx(0.0, abs=price.resolution)
    assert price.price_down == pytest.approx(4 / 6, rel=1e-6)
    assert price.is_kink
    assert price.range_to == math.inf


def test_slack_limit_has_no_price() -> None:
    """Of a limit of 90, 60 are used."""
    price = by_hand(90)
    assert price.status is PriceStatus.SLACK
    assert price.range_from == pytest.approx(60.0)
    assert price.range_to == math.inf


def test_limit_that_cannot_be_tighter() -> None:
    """Stock of 10 units, worth 60, is there whatever is ordered."""
    price = by_hand(60, demand=(0, 0), items={"opening_stock_units": 10})
    assert price.price_down == math.inf
    assert price.range_from == pytest.approx(60.0)


@cache
def instance() -> Instance:
    return generate(70, 8, (2, 2), seed=5, guardrail_share=0.9)


@cache
def quick_prices() -> tuple[dict[str, PriceRange], int]:
    found, rounds = prices_of(instance())
    return {price.guardrail: price for price in found}, rounds


@cache
def full_prices() -> tuple[dict[str, PriceRange], int]:
    found, rounds = prices_of(instance(), is_quick=False)
    return {price.guardrail: price for price in found}, rounds


def test_quick_is_the_full_price_where_the_step_stays_inside_of_its_range() -> None:
    """On 70 items the two agree within what a price promises and what the quick one may be off, at a fraction of the rounds."""
    (quick, few), (full, many) = quick_prices(), full_prices()
    compared = 0
    for name, price in quick.items():
        other = full[name]
        if price.status is not PriceStatus.SOLVED or other.status is not PriceStatus.SOLVED:
            continue
        for mine, its, inside in (
            (price.price_up, other.price_up, price.range_to <= other.range_to),
            (price.price_down, other.price_down, price.range_from >= other.range_from),
        ):
            if inside and math.isfinite(its):
                assert mine == pytest.approx(its, rel=SAME, abs=0.1 * price.resolution)
                compared += 1
        assert price.price_down >= price.price_up - 0.2 * price.resolution  # concave
    assert compared >= 2
    assert few < 0.5 * many


def test_moves_within_the_range_are_worth_the_price() -> None:
    """Half a step either way is worth half a step's price: between the two averages, since the value is concave."""
    price = quick_prices()[0]["inventory-cap"]
    assert price.status is PriceStatus.SOLVED
    with open_session(tables_of(instance()), OPTIONS) as session:
        stated = session.guardrails
        values = ValueFunction(session, stated, OPTIONS, deadline=math.inf, is_cancelled=lambda: False)
        at = {limit: values.at(_at(stated, price, limit)).value for limit in (*_halfway(price), price.limit)}
    for limit in _halfway(price):
        average = (at[limit] - at[price.limit]) / (limit - price.limit)
        # What is at most ten times too small to be resolved is what values may be off.
        assert price.price_up - 0.2 * price.resolution <= average <= price.price_down + 0.2 * price.resolution


def _halfway(price: PriceRange) -> tuple[float, float]:
    return (price.limit + price.range_from) / 2, (price.limit + price.range_to) / 2


def _at(stated: Guardrails, price: PriceRange, limit: float) -> Guardrails:
    return moved(stated, LimitKey(price.guardrail, price.side), limit - price.limit)


def test_same_seed_same_prices() -> None:
    """Rounds end the search and no clock, so a second run gives the very same numbers."""
    again, rounds = prices_of(instance())
    assert rounds == quick_prices()[1]
    assert {price.guardrail: price for price in again} == quick_prices()[0]
