"""A control variate by hand."""

import numpy as np
import pytest

from stockrail.trees.control_variate import controlled, demand_worth, expected_worth
from stockrail.trees.paths import SamplePaths
from tests.builders import make_instance


def test_control_variate_by_hand() -> None:
    """Margins that are twice the demand's worth plus 1: expected worth 10 gives 21, and nothing is left to chance."""
    worth = np.array([4.0, 8.0, 9.0])
    found = controlled(2 * worth + 1, worth, 10.0)
    assert found.value == pytest.approx(21)
    assert found.variance == pytest.approx(0, abs=1e-9)
    assert found.path_variance == pytest.approx(0, abs=1e-9)


def test_control_that_never_moves() -> None:
    """Margins 1, 2, 3: the mean is 2. Residuals -1, 0, 1 have leverage 1/3, so over 1 - 1/3 they are -1.5, 0, 1.5, and their
    squares by (1/3)^2 add up to 0.5. One more path has a variance of (1 + 1) / (3 - 2).
    """
    found = controlled(np.array([1.0, 2.0, 3.0]), np.ones(3), 5.0)
    assert (found.value, found.variance, found.path_variance) == pytest.approx((2, 0.5, 2))


def test_value_and_variance_are_those_of_the_jackknife() -> None:
    """Two methods: the closed form is what leaving out each path in turn gives."""
    random = np.random.default_rng(8)
    worth = random.lognormal(3, 0.5, 40)
    margins = 30 * np.sqrt(worth) + random.normal(0, 5, 40)
    expected = 25.0

    def at_expected(kept: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
        slope, start = np.polyfit(worth[kept], margins[kept], 1)
        return float(start + slope * expected)

    everything = at_expected(np.ones(40, dtype=bool))
    without = np.array([at_expected(np.arange(40) != k) for k in range(40)])
    found = controlled(margins, worth, expected)
    assert found.value == pytest.approx(40 * everything - 39 * without.mean())
    assert found.variance == pytest.approx(((without - everything) ** 2).sum())


def test_worth_of_demand() -> None:
    """A unit sells at 10 and costs 6 plus a fifth for freight: 2.8. Paths of 3 and 5 units are worth 8.4 and 14."""
    instance = make_instance(demand=(2, 2), suppliers={"freight_rate": 0.2})
    paths = SamplePaths.of(np.array([[[1.0, 2.0]], [[5.0, 0.0]]]))
    assert demand_worth(instance, paths) == pytest.approx([8.4, 14])
    assert expected_worth(instance, paths.demand.mean(axis=0)) == pytest.approx(11.2)
