"""Prices of limits: by hand, against finite differences, and what they promise about kinks and ranges."""

import math
from dataclasses import replace

import numpy as np
import pytest

from stockrail.generation import generate
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.limit_moves import LimitKey, moved
from stockrail.solvers.price import PriceRange, PriceStatus
from stockrail.solvers.price_ranges import price_ranges
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.value_function import ValueFunction
from tests.builders import Changes, make_instance, path_of_nodes
from tests.random_instances import tables_of

OPTIONS = SolveOptions(time_limit=60.0, gap=0.0)

ONE_ORDER: Changes = {"suppliers": {"order_interval_periods": 2}, "segments": {"lost_share": 1.0}}
"""Two periods of demand 10, one order in period 0, what is short is lost: stock of up to 10 units, worth 6 each, is left
after period 0, and each unit of it earns 4 in period 1."""


def priced(by_period: bool = False, **columns: object) -> list[PriceRange]:
    tables = tables_of(make_instance(**{"demand": (10, 10), **columns}))  # type: ignore[arg-type]
    with open_session(tables, OPTIONS) as session:
        solve_in(session, session.guardrails, OPTIONS)
        return price_ranges(session, session.guardrails, OPTIONS, by_period=by_period, time_limit=60.0)


def test_price_by_hand() -> None:
    """A unit of limit is 1/6 unit of stock that earns 4, and 20% to both sides of 27 that stays so, between 0 and 60."""
    (price,) = priced(guardrails={"upper": 27}, **ONE_ORDER)
    assert price.status is PriceStatus.SOLVED
    assert [price.price_up, price.price_down] == pytest.approx([4 / 6, 4 / 6], abs=price.resolution)
    assert not price.is_kink
    assert [price.limit, price.range_from, price.range_to] == pytest.approx([27, 0.8 * 27, 1.2 * 27])


def test_price_ends_where_demand_is_covered() -> None:
    """From a limit of 55 the price 4/6 holds up to 60, stock of 10 units, which no step hits; then more earns nothing."""
    (price,) = priced(guardrails={"upper": 55}, **ONE_ORDER)
    assert price.price_up == pytest.approx(4 / 6, abs=price.resolution)
    assert price.range_to == pytest.approx(60.0, rel=1e-4)
    assert price.range_from == pytest.approx(0.8 * 55)


def test_kink_by_hand() -> None:
    """At 60 demand is just covered: one more unit earns nothing, for ever; one less costs 4/6."""
    (price,) = priced(guardrails={"upper": 60}, **ONE_ORDER)
    assert price.is_kink
    assert price.price_up == pytest.approx(0.0, abs=price.resolution)
    assert price.price_down == pytest.approx(4 / 6, abs=price.resolution)
    assert price.range_to == math.inf
    assert price.range_from == pytest.approx(0.8 * 60)


def test_slack_guardrail_has_no_price() -> None:
    """Of a limit of 90, 60 are used: the price is 0 from there on."""
    (price,) = priced(guardrails={"upper": 90}, **ONE_ORDER)
    assert price.status is PriceStatus.SLACK
    assert (price.price_up, price.price_down) == (0.0, 0.0)
    assert price.range_from == pytest.approx(60.0)
    assert price.range_to == math.inf


def test_price_belongs_to_the_period_that_binds() -> None:
    """Stock is left after period 0 only, so the price of all periods together is the price of period 0."""
    whole, first, second = priced(by_period=True, guardrails={"upper": 27}, **ONE_ORDER)
    assert [whole.period, first.period, second.period] == [None, 0, 1]
    assert first.price_up == pytest.approx(whole.price_up, abs=whole.resolution)
    assert second.status is PriceStatus.SLACK
    # After period 1 nothing is left of what 4.5 units of stock and an order of 10 had been.
    assert second.range_from == pytest.approx(0.0, abs=1e-6)


def test_limit_that_cannot_be_tighter() -> None:
    """Stock of 10 units, worth 60, is there whatever is ordered: below 60 no plan holds, above it nothing is earned."""
    (price,) = priced(demand=(0, 0), items={"opening_stock_units": 10}, guardrails={"upper": 60})
    assert price.price_down == math.inf
    assert price.range_from == pytest.approx(60.0)
    assert price.is_kink


def test_price_of_a_violated_soft_guardrail() -> None:
    """Stock of 60 over a limit of 40 costs 0.1 per unit of violation in period 1: times 1 / 1.25 of discount.

    The price holds to both sides as far as steps go, 20%.
    """
    (price,) = priced(
        demand=(0, 0),
        settings={"discount_rate_per_year": 0.25},
        items={"opening_stock_units": 10},
        guardrails={"upper": 40, "soft_price": 0.1, "first_period": 1},
    )
    assert [price.price_up, price.price_down] == pytest.approx([0.08, 0.08], abs=price.resolution)
    assert [price.range_from, price.range_to] == pytest.approx([32.0, 48.0])


def test_soft_price_of_a_scenario_counts_with_its_probability() -> None:
    """In the scenario with probability 0.25 nothing is sold of 10 units: 60 of stock over 40, at 0.1 each.

    In the other one 10 units are sold, and a limit of 40 is far from binding.
    """
    (price,) = priced(
        demand=(0, 10),
        items={"opening_stock_units": 10},
        guardrails={"upper": 40, "soft_price": 0.1, "first_period": 1},
        scenarios=[
            {"node": "root", "period": 0, "probability": 1},
            {"node": "sells", "parent": "root", "period": 1, "probability": 0.75},
            {"node": "waits", "parent": "root", "period": 1, "probability": 0.25, "demand_factor": 0},
        ],
    )
    assert [price.price_up, price.price_down] == pytest.approx([0.025, 0.025], abs=price.resolution)


def test_price_of_a_lower_limit_is_negative() -> None:
    """Purchases of at least 90 in period 1, where demand is 12, make 3 units wait at 1 each: a unit of limit costs 1/6.

    It holds down to 72, where nobody waits, 20% away, and up to 20% the other way.
    """
    (price,) = priced(
        demand=(15, 12),
        guardrails={"metric": "purchases", "lower": 90, "first_period": 1},
        segments={"backorder_cost_share_of_price_per_period": 0.1},
    )
    assert [price.price_up, price.price_down] == pytest.approx([-1 / 6, -1 / 6], abs=price.resolution)
    assert [price.range_from, price.range_to] == pytest.approx([72.0, 108.0])


def test_price_of_a_capacity_is_by_stated_unit() -> None:
    """Half the capacity is there in period 0, the only one with orders: a stated unit is half a unit that earns 4."""
    (price,) = priced(
        demand=(10,),
        suppliers={"capacity_units_per_period": 8},
        segments={"lost_share": 1.0},
        scenarios=path_of_nodes(1),
        scenario_suppliers=[{"node": "n0", "capacity_factor": 0.5}],
    )
    assert (price.guardrail, price.side) == ("capacity:V", "upper")
    assert price.price_up == pytest.approx(2.0, abs=price.resolution)


def test_nothing_is_claimed_when_time_is_up() -> None:
    """Without time every side is there and says that it was not computed."""
    tables = tables_of(make_instance(demand=(10, 10), guardrails={"upper": 27}, **ONE_ORDER))
    with open_session(tables, OPTIONS) as session:
        (price,) = price_ranges(session, session.guardrails, OPTIONS, by_period=False, time_limit=0.0)
    assert price.status is PriceStatus.OPEN
    assert math.isnan(price.price_up)
    assert math.isnan(price.price_down)
    assert not price.is_kink


def test_cancelled_prices_keep_what_is_done() -> None:
    """Two items with a limit each; told to stop when the second limit comes, the first is there and the second is not."""
    guardrails = [
        {"guardrail": "G", "upper": 27, "scope": "item", "scope_value": "A"},
        {"guardrail": "H", "upper": 21, "scope": "item", "scope_value": "B"},
    ]
    tables = tables_of(make_instance(demand=((10, 10), (10, 10)), guardrails=guardrails, **ONE_ORDER))
    asked: list[LimitKey] = []
    with open_session(tables, OPTIONS) as session:
        found = price_ranges(
            session,
            session.guardrails,
            OPTIONS,
            by_period=False,
            time_limit=60.0,
            on_progress=lambda done, total, key: asked.append(key),
            is_cancelled=lambda: len(asked) > 1,
        )
    done = {price.guardrail: price.status for price in found}
    assert len(asked) == 2
    assert done[asked[0].guardrail] is PriceStatus.SOLVED
    assert done[asked[1].guardrail] is PriceStatus.OPEN


def test_price_is_the_finite_difference() -> None:
    """On 70 items, differences over twice the reported range's steps agree with the price inside of the range."""
    instance = generate(70, 8, (2, 2), seed=5, guardrail_share=0.9)
    tables = Tables.build(instance, build_tree(instance))
    options = replace(OPTIONS, gap=0.003)
    key = LimitKey("inventory-cap", "upper")
    with open_session(tables, options) as session:
        stated = session.guardrails
        (price,) = (
            price
            for price in price_ranges(session, stated, options, by_period=False, time_limit=60.0)
            if price.guardrail == key.guardrail
        )
    assert price.status is PriceStatus.SOLVED
    assert price.price_up > 10 * price.resolution
    # A new session, so that nothing of the first is used.
    with open_session(tables, options) as session:
        values = ValueFunction(session, stated, options, deadline=math.inf, is_cancelled=lambda: False)

        def at(limit: float) -> float:
            return values.at(moved(stated, key, limit - price.limit)).value

        above = (at(price.range_to) - at(price.limit)) / (price.range_to - price.limit)
        below = (at(price.limit) - at(price.range_from)) / (price.limit - price.range_from)
        step = 0.25 * min(price.range_to - price.limit, price.limit - price.range_from)
        around = (at(price.limit + 2 * step) - at(price.limit)) / (2 * step)
    assert above == pytest.approx(price.price_up, rel=0.1, abs=price.resolution)
    assert below == pytest.approx(price.price_down, rel=0.1, abs=price.resolution)
    assert around == pytest.approx(price.price_up, rel=0.1, abs=price.resolution)
    assert price.price_down >= price.price_up - price.resolution  # concave
    assert np.isfinite([price.range_from, price.range_to]).all()
