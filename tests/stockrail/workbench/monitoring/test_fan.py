"""The fan of a plan, and where in it demand lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import foldnorm, norm

from stockrail.workbench.monitoring.fan import Fan, position
from tests.stockrail.workbench.monitoring.cases import FORK, seen_by_week, weekly

FORKED = weekly(demand=(10, 10), scenarios=FORK)
NOISY = weekly(demand=(10, 10), sigma=(2, 2), scenarios=FORK)


def test_moments_of_a_fork() -> None:
    """5 or 15: mean 10, deviation 5, mean size of the error 5. With an error of 2 beside: deviation sqrt(25 + 4)."""
    fan = Fan.of(FORKED)
    np.testing.assert_allclose(fan.mean(), [[10, 10]])
    np.testing.assert_allclose(fan.deviation(), [[0, 5]])
    np.testing.assert_allclose(fan.mean_error_size(), [[0, 5]])
    noisy = Fan.of(NOISY)
    np.testing.assert_allclose(noisy.deviation(), [[2, 29**0.5]])
    # In the first period E|N(0, 2)| = 2 sqrt(2 / pi); in the second |N(-5, 2)|, for which SciPy's folded normal is asked.
    np.testing.assert_allclose(
        noisy.mean_error_size(), [[2 * (2 / np.pi) ** 0.5, foldnorm.mean(5 / 2, scale=2)]]
    )


def test_quantiles_of_a_fork() -> None:
    """Without error: up to 50% it is 5, above it 15. With one: half of the mixture is below 10, by symmetry."""
    fan = Fan.of(FORKED)
    np.testing.assert_allclose(
        [fan.quantile(level)[0, 1] for level in (0.05, 0.5, 0.51, 0.95)], [5, 5, 15, 15]
    )
    assert Fan.of(NOISY).quantile(0.5)[0, 1] == pytest.approx(10)
    # The 95% quantile is all but that of the upper branch, at its 90%: the lower one lies 5 deviations below.
    assert Fan.of(NOISY).quantile(0.95)[0, 1] == pytest.approx(15 + 2 * norm.ppf(0.9), abs=1e-4)
    assert fan.quantile(0.5, periods=1).shape == (1, 1)
    for level in (0.0, 1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            fan.quantile(level)


@settings(max_examples=50, deadline=None)
@given(level=st.floats(0.001, 0.999), sigma=st.floats(0.1, 3), factor=st.floats(1, 3))
def test_a_quantile_has_its_probability(level: float, sigma: float, factor: float) -> None:
    """Where demand is continuous and above 0, P(demand <= quantile) is the level."""
    fork = [*FORK[:2], {**FORK[2], "demand_factor": factor}]
    fan = Fan.of(weekly(demand=(100, 100), sigma=(sigma, sigma), scenarios=fork))
    assert fan.at_most(fan.quantile(level)) == pytest.approx(np.full((1, 2), level), abs=1e-9)


def test_positions() -> None:
    """Of 5 or 15: 4 is below all, 5 has P(<=) 0.5, 10 lies in the middle, 16 is above all, and unknown is nowhere."""
    expected = {
        4: (0, 1, True),
        5: (0.5, 1, False),
        10: (0.5, 0.5, False),
        15: (1, 0.5, False),
        16: (1, 0, True),
    }
    for units, (low, high, is_outside) in expected.items():
        where = position(Fan.of(FORKED), seen_by_week(FORKED, {"A": [10, units]}))
        assert (where.low[0, 1], where.high[0, 1], where.is_outside[0, 1]) == (low, high, is_outside), units
        assert where.is_above[0, 1] == (units == 16)
        assert where.position[0, 1] == (low + 1 - high) / 2
    unknown = position(Fan.of(FORKED), seen_by_week(FORKED, {"A": [10, None]}))
    two = position(Fan.of(FORKED), seen_by_week(FORKED, {"A": [None, 10]}))
    assert (unknown.known, two.known, np.isnan(two.position[0, 0]), two.is_outside[0, 0]) == (
        1,
        1,
        True,
        False,
    )


def test_what_leaves_a_fan_that_is_right() -> None:
    """Of N(10, 2) the fan from 5% to 95% ends at 10 +- 3.29; a tail of 10% draws it closer, and twice as many leave it."""
    for units, is_outside in ((13.2, False), (13.3, True), (6.8, False), (6.7, True)):
        where = position(Fan.of(NOISY), seen_by_week(NOISY, {"A": [units]}))
        assert where.is_outside[0, 0] == is_outside
        assert where.expected_outside == pytest.approx(0.1)
    assert position(Fan.of(NOISY), seen_by_week(NOISY, {"A": [12.6]}), tail=0.1).is_outside[0, 0]
    with pytest.raises(ValueError, match="tail"):
        position(Fan.of(NOISY), seen_by_week(NOISY, {"A": [1]}), tail=0.5)
