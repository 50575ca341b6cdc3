"""Which prices of rows are allowed: the laws of tails, of overtime spend and of relaxations."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import tail_mean
from stockrail.model.tree import Array
from stockrail.solvers.price_laws import (
    PriceLaw,
    first_prices,
    largest_prices,
    price_laws,
    price_of_relaxation,
    relaxation_keys,
)
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

FORK: tuple[Changes, ...] = (
    {"node": "now", "period": 0, "probability": 1},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.25},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.75},
)
"""One period that is certain, then two nodes."""


def rows_of(*guardrails: Changes, **changes: Any) -> Guardrails:
    """Rows over the fork; guardrails hold in its last period only."""
    rails = [{"upper": 50, "first_period": 1, **row} for row in guardrails]
    return Guardrails.build(
        tables_of(make_instance(demand=(5, 5), scenarios=FORK, guardrails=rails, **changes))
    )


def most_priced(law: PriceLaw, use: Array) -> float:
    """The most that a use of the law's rows costs at prices which keep the law."""
    levels = len(law.most)
    matrix = np.hstack([law.by_row.toarray(), law.by_level.toarray()])
    finite_upper, finite_lower = np.isfinite(law.upper), np.isfinite(law.lower)
    solution = linprog(
        -np.concatenate([use, np.zeros(levels)]),
        A_ub=np.vstack([matrix[finite_upper], -matrix[finite_lower]]),
        b_ub=np.concatenate([law.upper[finite_upper], -law.lower[finite_lower]]),
        bounds=[(0, None)] * len(use) + list(zip(law.least, law.most, strict=True)),
    )
    assert solution.fun is not None
    return -float(solution.fun)


def keeps(law: PriceLaw, prices: list[float], level: float | None = None) -> bool:
    """Whether prices of the law's rows, with a level where it has one, keep the law."""
    value = law.by_row @ np.array(prices)
    if level is not None:
        assert law.least[0] <= level <= law.most[0]
        value = value + law.by_level @ np.array([level])
    return bool((value >= law.lower - 1e-12).all() and (value <= law.upper + 1e-12).all())


def test_tail_at_alpha_0_allows_the_expectation_only() -> None:
    """At level 8 the nodes of 0.25 and 0.75 have 2 and 6, and nothing else adds up to 8 with no more than that each."""
    guardrails = rows_of({"holds": "cvar", "alpha": 0.0})
    (law,) = price_laws(guardrails, np.full(2, 10.0))
    assert keeps(law, [2, 6], 8)
    assert not keeps(law, [3, 5], 8)
    assert not keeps(law, [2, 5], 8)  # they add up to 7
    # With use 4 and 12 the mean is 10, at the largest level of 10.
    assert most_priced(law, np.array([4.0, 12.0])) == pytest.approx(10 * (0.25 * 4 + 0.75 * 12))


def test_tail_near_alpha_1_allows_any_node() -> None:
    """Either node may carry all of the price of the limit: the worst counts, as in every scenario."""
    guardrails = rows_of({"holds": "cvar", "alpha": 0.9})
    (law,) = price_laws(guardrails, np.full(2, 10.0))
    assert keeps(law, [8, 0], 8)
    assert keeps(law, [0, 8], 8)
    assert keeps(law, [5, 3], 8)
    assert not keeps(law, [8, 8], 8)
    assert most_priced(law, np.array([4.0, 12.0])) == pytest.approx(10 * 12)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.25, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("use", [(4.0, 12.0), (12.0, 4.0), (-3.0, 5.0)])
def test_tail_prices_are_the_dual_of_the_tail_mean(alpha: float, use: tuple[float, float]) -> None:
    """The dearest prices that keep the law cost the tail mean at the largest level, and nothing where it is below 0."""
    guardrails = rows_of({"holds": "cvar", "alpha": alpha})
    (law,) = price_laws(guardrails, np.full(2, 10.0))
    mean = tail_mean(np.array(use), np.array([0.25, 0.75]), alpha)
    assert most_priced(law, np.array(use)) == pytest.approx(10 * max(mean, 0.0), abs=1e-9)


def test_largest_price_of_a_node_in_a_tail() -> None:
    """At alpha = 0.5: 0.25 / 0.5 of the level for `high`, and all of it (not 0.75 / 0.5) for `low`."""
    guardrails = rows_of({"holds": "cvar", "alpha": 0.5})
    np.testing.assert_allclose(largest_prices(guardrails, np.full(2, 10.0)), [5, 10])


def test_rows_that_hold_alone_have_no_law() -> None:
    """Every scenario and expectation: the price of each is bounded by itself."""
    guardrails = rows_of({"guardrail": "each"}, {"guardrail": "mean", "holds": "expected"})
    assert price_laws(guardrails, np.full(3, 10.0)) == []
    np.testing.assert_allclose(largest_prices(guardrails, np.array([1.0, 2.0, 3.0])), [1, 2, 3])
    np.testing.assert_allclose(first_prices(guardrails), 0)


def test_margin_tail_has_a_sum_that_is_given() -> None:
    """With weight 0.4 on CVaR 50% the leaves' prices add up to 0.4, `high` at most 0.4 * 0.25 / 0.5 = 0.2."""
    guardrails = rows_of(settings={"margin_cvar_weight": 0.4, "margin_cvar_alpha": 0.5})
    (law,) = price_laws(guardrails, guardrails.soft_prices)
    assert law.least.tolist() == law.most.tolist() == [0.4]
    assert keeps(law, [0.2, 0.2], 0.4)
    assert keeps(law, [0.0, 0.4], 0.4)
    assert not keeps(law, [0.3, 0.1], 0.4)
    assert not keeps(law, [0.0, 0.0], 0.4)
    start = first_prices(guardrails)
    np.testing.assert_allclose(start, [0.1, 0.3])  # the expectation
    assert keeps(law, start.tolist(), 0.4)


def overtime_rows(upper: float) -> Guardrails:
    """A soft capacity of 3 at a premium of 2, one row a node, and a limit on what overtime costs in period 1."""
    return rows_of(
        {"metric": "overtime_spend", "upper": upper},
        suppliers={"capacity_units_per_period": 3, "overtime_premium_per_unit": 2},
    )


def test_limit_on_overtime_makes_capacity_dearer() -> None:
    """A unit beyond the capacity costs 2 and uses 2 of the limit on spend: at a price of p its price may be 2 + 2 p."""
    guardrails = overtime_rows(10)
    penalties = np.where(guardrails.is_soft, guardrails.soft_prices, 5.0)
    (law,) = price_laws(guardrails, penalties)
    # Rows 0 and 1: spend at `high` and `low`; 2 to 4: capacity at `now`, `high` and `low`, of which `now` is free of limits.
    np.testing.assert_array_equal(law.rows, [3, 4, 0, 1])
    high, low = 2 * 0.25, 2 * 0.75  # premiums in expectation
    assert keeps(law, [high, low, 0, 0])
    assert not keeps(law, [high + 0.1, low, 0, 0])
    assert keeps(law, [high + 2 * 0.3, low, 0.3, 0])
    assert not keeps(law, [high + 2 * 0.3, low, 0, 0.3])  # the limit at the other node
    np.testing.assert_allclose(largest_prices(guardrails, penalties), [5, 5, 2, high + 2 * 5, low + 2 * 5])


def test_relaxation_is_shared_by_its_rows() -> None:
    """The rows of a side and period give way by one number, so their prices add up to at most its weight."""
    guardrails = rows_of({"first_period": 0, "lower": 10})
    keys = relaxation_keys(guardrails)
    # Upper rows 0 to 2 at `now`, `high` and `low`, then lower rows 3 to 5.
    assert {key: rows.tolist() for key, rows in keys.items()} == {
        ("G", "upper", 0): [0],
        ("G", "upper", 1): [1, 2],
        ("G", "lower", 0): [3],
        ("G", "lower", 1): [4, 5],
    }
    law = price_of_relaxation(keys["G", "upper", 1], 1.5)
    assert keeps(law, [0.5, 1.0])
    assert not keeps(law, [1.0, 1.0])
    # The cheapest relaxation is the largest violation, whichever node has it.
    assert most_priced(law, np.array([4.0, 7.0])) == pytest.approx(1.5 * 7)


def test_soft_guardrails_are_not_relaxed() -> None:
    """Only hard rows give way."""
    assert relaxation_keys(rows_of({"soft_price": 3})) == {}
