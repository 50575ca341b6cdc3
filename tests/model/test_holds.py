"""Tails, quantiles and releases over the nodes of one period."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from stockrail.model.holds import exceeded_quantile, released, tail_mean, tail_start, tail_weights
from stockrail.model.tree import Array
from stockrail.verification.holds import is_released

VALUES = np.array([10.0, 40.0, 20.0, 30.0])
PROBABILITY = np.array([0.4, 0.1, 0.3, 0.2])

TWO_ALIKE = np.array([5.0, 5.0, 1.0])
HALVES = np.array([0.25, 0.25, 0.5])


@st.composite
def distributions(draw: st.DrawFn) -> tuple[Array, Array]:
    """Values with ties, and probabilities that add up to 1."""
    size = draw(st.integers(1, 7))
    values = draw(st.lists(st.integers(-20, 20), min_size=size, max_size=size))
    weights = draw(st.lists(st.integers(1, 9), min_size=size, max_size=size))
    return np.array(values, dtype=np.float64), np.array(weights) / sum(weights)


ALPHAS = st.integers(0, 19).map(lambda k: k / 20)


@pytest.mark.parametrize(
    ("alpha", "mean", "start"),
    [
        (0.0, 20.0, 10.0),  # 0.4 * 10 + 0.1 * 40 + 0.3 * 20 + 0.2 * 30
        (0.5, 28.0, 20.0),  # of the worst half, 0.1 have 40, 0.2 have 30 and 0.2 have 20: (4 + 6 + 4) / 0.5
        (0.7, 100 / 3, 30.0),  # (0.1 * 40 + 0.2 * 30) / 0.3: the tail ends with a whole node
        (0.9, 40.0, 40.0),  # the worst node exactly
        (0.99, 40.0, 40.0),  # a part of it
    ],
)
def test_tail_by_hand(alpha: float, mean: float, start: float) -> None:
    """The mean of the largest share of values, and the value with which it starts."""
    assert tail_mean(VALUES, PROBABILITY, alpha) == pytest.approx(mean)
    assert tail_start(VALUES, PROBABILITY, alpha) == start


def test_weights_of_a_tail_that_cuts_a_node() -> None:
    """The worst half has 0.1 of 40, 0.2 of 30 and only 0.2 of the 0.3 of 20; over 0.5 that is 0.2, 0.4 and 0.4."""
    np.testing.assert_allclose(tail_weights(VALUES, PROBABILITY, 0.5), [0.0, 0.2, 0.4, 0.4])


def test_of_equal_values_the_first_is_in_the_tail() -> None:
    """A tail of a quarter holds one of two equal values; which one changes nothing of its mean."""
    np.testing.assert_allclose(tail_weights(TWO_ALIKE, HALVES, 0.75), [1, 0, 0])
    assert tail_mean(TWO_ALIKE, HALVES, 0.75) == 5


@given(distributions(), ALPHAS)
def test_weights_are_a_reweighting(distribution: tuple[Array, Array], alpha: float) -> None:
    """They add up to 1 and none is more than probability / (1 - alpha): what the prices of a tail must satisfy."""
    values, probability = distribution
    weights = tail_weights(values, probability, alpha)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert (weights <= probability / (1 - alpha) + 1e-12).all()


@given(distributions(), ALPHAS)
def test_tail_mean_is_the_largest_over_reweightings(distribution: tuple[Array, Array], alpha: float) -> None:
    """CVaR is the most that any such reweighting gives, by linear programming."""
    values, probability = distribution
    share = probability / (1 - alpha)
    program = linprog(
        -values, A_eq=np.ones((1, len(values))), b_eq=[1.0], bounds=[(0.0, most) for most in share]
    )
    assert program.fun is not None
    assert tail_mean(values, probability, alpha) == pytest.approx(-program.fun, abs=1e-9)


@given(distributions(), ALPHAS)
def test_tail_mean_is_start_and_mean_excess(distribution: tuple[Array, Array], alpha: float) -> None:
    """By Rockafellar and Uryasev CVaR is the least of x + E[max(0, value - x)] / (1 - alpha), and `tail_start` attains it."""
    values, probability = distribution

    def at(x: float) -> float:
        return x + float(probability @ np.maximum(values - x, 0.0)) / (1 - alpha)

    mean = tail_mean(values, probability, alpha)
    assert at(tail_start(values, probability, alpha)) == pytest.approx(mean, abs=1e-9)
    assert min(map(at, values.tolist())) == pytest.approx(mean, abs=1e-9)


@given(distributions(), ALPHAS, ALPHAS)
def test_tail_mean_rises_with_alpha(
    distribution: tuple[Array, Array], alpha: float, other_alpha: float
) -> None:
    """It lies between the mean and the largest value, and a smaller tail has a larger mean."""
    values, probability = distribution
    wide, narrow = (
        tail_mean(values, probability, level) for level in (min(alpha, other_alpha), max(alpha, other_alpha))
    )
    assert float(probability @ values) - 1e-9 <= wide <= narrow + 1e-9
    assert narrow <= values.max() + 1e-9


@pytest.mark.parametrize(
    ("over", "alpha", "free"),
    [
        ([3, 9, 5, 0], 0.1, [False, True, False, False]),  # the worst has 0.1
        ([3, 9, 5, 0], 0.35, [False, True, False, False]),  # 0.1 + 0.3 is too much, and so is 0.1 + 0.4
        ([3, 9, 5, 0], 0.4, [False, True, True, False]),  # 0.1 + 0.3 fit exactly
        ([3, 9, 5, 0], 0.5, [False, True, True, False]),  # the next has 0.4 and no longer fits
        (
            [3, 9, 5, 8],
            0.45,
            [False, True, False, True],
        ),  # 0.1 + 0.2; 0.3 does not fit behind them, nor does 0.4
        ([3, 9, 0, 8], 0.7, [True, True, False, True]),  # all that is broken: nothing else is released
        ([3, 9, 5, 0], 0.0, [False, False, False, False]),
    ],
)
def test_released_by_hand(over: list[float], alpha: float, free: list[bool]) -> None:
    """The largest violations first, as far as they fit into alpha; nodes have 0.4, 0.1, 0.3 and 0.2."""
    assert released(np.array(over, dtype=np.float64), PROBABILITY, alpha).tolist() == free


def test_of_equal_violations_the_first_is_released() -> None:
    """Two nodes of 0.25 are 5 over; one fits into 0.3."""
    assert released(TWO_ALIKE, HALVES, 0.3).tolist() == [True, False, False]


def test_released_skips_what_does_not_fit() -> None:
    """The worst node has 0.4 and does not fit into 0.35, the next has 0.3 and does."""
    over = np.array([9.0, 0.0, 5.0, 0.0])
    assert released(over, PROBABILITY, 0.35).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("alpha", "limit"),
    [
        (0.0, 40.0),  # nothing may be above
        (0.05, 40.0),  # 40 has 0.1
        (0.1, 30.0),  # exactly the 0.1 of 40 is above 30
        (0.2, 30.0),
        (0.3, 20.0),  # 0.1 + 0.2
        (0.6, 10.0),  # 0.1 + 0.2 + 0.3
        (0.99, 10.0),
    ],
)
def test_exceeded_quantile_by_hand(alpha: float, limit: float) -> None:
    """The smallest limit that is exceeded with a probability of at most alpha."""
    assert exceeded_quantile(VALUES, PROBABILITY, alpha) == limit


def test_exceeded_quantile_with_ties() -> None:
    """Two nodes of 0.25 have 5: a limit below 5 is exceeded with 0.5, however they are ordered."""
    assert exceeded_quantile(TWO_ALIKE, HALVES, 0.25) == 5
    assert exceeded_quantile(TWO_ALIKE, HALVES, 0.49) == 5
    assert exceeded_quantile(TWO_ALIKE, HALVES, 0.5) == 1


@given(distributions(), ALPHAS)
def test_exceeded_quantile_is_the_smallest_limit(distribution: tuple[Array, Array], alpha: float) -> None:
    """It is exceeded with at most alpha, and the next smaller value with more."""
    values, probability = distribution
    limit = exceeded_quantile(values, probability, alpha)
    assert probability[values > limit].sum() <= alpha + 1e-8
    for smaller in values[values < limit]:
        assert probability[values > smaller].sum() > alpha - 1e-8


@given(distributions(), ALPHAS)
def test_what_the_quantile_keeps_needs_no_more_release(
    distribution: tuple[Array, Array], alpha: float
) -> None:
    """Under the quantile as limit every violation is released: both say the same of a chance guardrail."""
    values, probability = distribution
    over = np.maximum(values - exceeded_quantile(values, probability, alpha), 0.0)
    assert (over[~released(over, probability, alpha)] == 0).all()


@pytest.mark.parametrize(
    ("probability", "is_free"),
    [
        ([0.3, 0.2, 0.5], [True, False, False]),  # 0.1 is left, too little for 0.2
        ([0.2, 0.3, 0.5], [True, False, False]),  # 0.2 is left, too little for 0.3
        ([0.5, 0.2, 0.3], [False, True, False]),  # the first does not fit, and is passed over
    ],
)
def test_of_equal_violations_the_first_node_is_released(
    probability: list[float], is_free: list[bool]
) -> None:
    """60, 60 and 1 with a chance of 0.4: the order of the tree decides between equal ones, not what rounding adds to one."""
    for rounding in (0.0, 1e-9, -1e-9):
        over = np.array([60.0, 60.0 + rounding, 1.0])
        assert released(over, np.array(probability), 0.4).tolist() == is_free


def test_a_chain_of_nearly_equal_violations_starts_anew() -> None:
    """With 1e-6 of 100 for a difference that counts: 100 and 99.99995 are equal, 99.99985 is less than both, whatever its place."""
    over = np.array([99.99985, 99.99995, 100.0])
    assert released(over, np.array([0.2, 0.2, 0.2]), 0.2).tolist() == [False, True, False]
    assert released(over, np.array([0.2, 0.2, 0.2]), 0.4).tolist() == [False, True, True]


@given(distributions(), ALPHAS)
def test_the_checker_releases_the_same_nodes(distribution: tuple[Array, Array], alpha: float) -> None:
    """The model and the independent checker read the same rule, ties and all."""
    values, weights = distribution
    np.testing.assert_array_equal(
        released(np.maximum(values, 0.0), weights, alpha), is_released(values, weights, alpha)
    )
