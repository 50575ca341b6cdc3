"""How far prices may move: one radius that follows the model, and a factor of its own for each row."""

import numpy as np
import pytest

from stockrail.solvers.trust_region import LARGEST_RADIUS, SMALLEST_RADIUS, TrustRegion

UNIT = np.array([1.0, 10.0, 100.0])
NOTHING = np.zeros(3)


def test_reach_is_radius_times_unit() -> None:
    """Rows of different size move by the same radius in their own units."""
    np.testing.assert_allclose(TrustRegion(UNIT, 0.5).reach, [0.5, 5, 50])


@pytest.mark.parametrize(
    ("gained", "factor"),
    [
        (60.0, 2.0),  # more than half of the 100 hoped for
        (50.0, 1.0),  # not more
        (10.0, 1.0),
        (9.0, 0.5),  # less than a tenth
        (-20.0, 0.5),
    ],
)
def test_radius_follows_how_right_the_model_was(gained: float, factor: float) -> None:
    """Twice as far, as far, or half as far, for all rows."""
    region = TrustRegion(UNIT, 0.5)
    region.learn(100.0, gained, NOTHING, NOTHING)
    np.testing.assert_allclose(region.reach, 0.5 * factor * UNIT)


def test_a_row_goes_further_where_the_answer_still_asks_for_it() -> None:
    """The first price rose and is still exceeded (1.5 times), the second rose and now has room (0.6), the third stayed."""
    region = TrustRegion(UNIT, 0.5)
    region.learn(100.0, 30.0, np.array([0.2, 0.2, 0.0]), np.array([7.0, -7.0, 7.0]))
    np.testing.assert_allclose(region.reach, [0.5 * 1.5, 5 * 0.6, 50])


def test_a_row_whose_price_falls_learns_alike() -> None:
    """The first price fell and there is still room (1.5 times), the second fell and is exceeded (0.6)."""
    region = TrustRegion(UNIT, 0.5)
    region.learn(100.0, 30.0, np.array([-0.2, -0.2, 0.0]), np.array([-7.0, 7.0, 0.0]))
    np.testing.assert_allclose(region.reach, [0.5 * 1.5, 5 * 0.6, 50])


def test_rows_that_are_let_go_do_not_learn() -> None:
    """Their excess is minus infinity and their price never moves."""
    region = TrustRegion(UNIT, 0.5)
    region.learn(100.0, 30.0, NOTHING, np.full(3, -np.inf))
    np.testing.assert_allclose(region.reach, 0.5 * UNIT)


def test_regions_do_not_share_what_they_learn() -> None:
    """Each search begins anew, and the units given stay as they are."""
    unit = UNIT.copy()
    first, second = TrustRegion(unit, 0.5), TrustRegion(unit, 0.5)
    first.learn(100.0, 60.0, np.ones(3), np.ones(3))
    np.testing.assert_allclose(second.reach, 0.5 * UNIT)
    np.testing.assert_allclose(unit, UNIT)


def test_radius_has_ends() -> None:
    """However often the model is right or wrong."""
    wide, narrow = TrustRegion(np.ones(1)), TrustRegion(np.ones(1))
    for _ in range(100):
        wide.learn(1.0, 1.0, np.zeros(1), np.zeros(1))
        narrow.learn(1.0, 0.0, np.zeros(1), np.zeros(1))
    assert wide.reach == LARGEST_RADIUS
    assert narrow.reach == SMALLEST_RADIUS
