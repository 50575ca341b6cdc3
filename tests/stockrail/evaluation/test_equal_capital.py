"""The search for the multiplier with equal capital."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.evaluation.equal_capital import MOST_TRIES, TOLERANCE, scale_to


@given(target=st.floats(10.0, 1e6), power=st.floats(0.2, 2.0))
def test_reaches_what_can_be_reached(target: float, power: float) -> None:
    """Capital 1000 * scale ** power: the multiplier is (target / 1000) ** (1 / power), where it is within its ends."""
    scale = (target / 1000.0) ** (1.0 / power)
    found = scale_to(lambda x: 1000.0 * x**power, target, 1.0)
    assert found.tries <= MOST_TRIES
    if 0.01 <= scale <= 1000.0:
        assert found.is_reached
        assert found.scale == pytest.approx(scale, rel=2 * TOLERANCE / power + 1e-6)
        assert found.capital == 1000.0 * found.scale**power


def test_says_so_where_capital_cannot_be_used() -> None:
    """A rule that never ties up more than 900 does not reach 1,000; the nearest it gets is said."""
    found = scale_to(lambda x: 900.0 * (1 - math.exp(-x)), 1000.0, 1.0)
    assert not found.is_reached
    assert found.capital == pytest.approx(900.0, rel=1e-6)


def test_says_so_where_capital_cannot_be_that_low() -> None:
    """Opening stock ties up 500 whatever is ordered."""
    found = scale_to(lambda x: 500.0 + x, 400.0, 2.0)
    assert not found.is_reached
    assert found.capital == pytest.approx(500.0, abs=0.1)


def test_a_jump_gives_its_nearer_side() -> None:
    """Capital jumps from 80 to 110 at a multiplier of 3: 100 lies in between, and 110 is nearer."""
    found = scale_to(lambda x: 110.0 if x >= 3.0 else 80.0, 100.0, 1.0)
    assert not found.is_reached
    assert found.capital == 110.0


def test_nothing_to_reach_is_refused() -> None:
    """No capital at all is no basis of comparison."""
    with pytest.raises(ValueError, match="above 0"):
        scale_to(lambda x: x, 0.0, 1.0)
