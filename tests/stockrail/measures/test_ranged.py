"""Numbers with ranges: whatever the true numbers are, results are within their ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.measures.ranged import Ranged

AMOUNT = st.floats(-1e6, 1e6)


@st.composite
def ranged(draw: st.DrawFn) -> tuple[Ranged, float]:
    """A solve's optimum, and a true one between plan and bound."""
    low, truth, high = sorted(draw(st.tuples(AMOUNT, AMOUNT, AMOUNT)))
    return Ranged.optimum(low, high), truth


@given(ranged(), ranged(), st.floats(0, 1))
def test_true_numbers_are_within(one: tuple[Ranged, float], two: tuple[Ranged, float], share: float) -> None:
    """Differences and weighted sums of true optima are within the ranges of those."""
    difference = one[0].less(two[0])
    assert difference.least - 1e-6 <= one[1] - two[1] <= difference.most + 1e-6
    mean = Ranged.mean([one[0], two[0]], np.array([share, 1 - share]))
    truth = share * one[1] + (1 - share) * two[1]
    assert mean.least - 1e-6 <= truth <= mean.most + 1e-6


def test_difference_by_hand() -> None:
    """A plan of 100 with a bound of 104 less one of 98 with a bound of 99: 2, between 1 and 6, so the sign is known."""
    found = Ranged.optimum(100.0, 104.0).less(Ranged.optimum(98.0, 99.0))
    assert found == Ranged(2.0, 1.0, 6.0)


def test_no_plan_is_no_value() -> None:
    """Without a plan there is no value, and nothing below the bound is ruled out."""
    found = Ranged.optimum(-np.inf, 5.0)
    assert np.isnan(found.value)
    assert (found.least, found.most) == (-np.inf, 5.0)
    difference = Ranged.optimum(7.0, 8.0).less(found)
    assert difference.least == pytest.approx(2.0)
    assert difference.most == np.inf
