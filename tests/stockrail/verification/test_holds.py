"""Tails and chances: values derived by hand, and the textbook's other definitions of the same numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockrail.model.instance import Array
from stockrail.verification.holds import exceeded_at_most, hold, is_released, tail_mean

VALUES, WEIGHTS = np.array([0.0, 4.0, 8.0]), np.array([0.5, 0.3, 0.2])

distributions = st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 9)), min_size=1, max_size=8).map(
    lambda pairs: (
        np.array([float(v) for v, _ in pairs]),
        np.array([w for _, w in pairs]) / sum(w for _, w in pairs),
    )
)


@pytest.mark.parametrize(
    ("share", "mean"),
    [(1.0, 2.8), (0.4, 6.0), (0.2, 8.0), (0.1, 8.0)],  # 0.4: half 8, half 4
)
def test_tail_mean(share: float, mean: float) -> None:
    """Mean of the largest share of 0, 4 and 8 with probabilities 1/2, 3/10 and 1/5."""
    assert tail_mean(VALUES, WEIGHTS, share) == pytest.approx(mean)


@given(distribution=distributions, share=st.floats(0.05, 1))
def test_tail_mean_is_the_least_of_rockafellar_and_uryasev(
    distribution: tuple[Array, Array], share: float
) -> None:
    """CVaR is the least over t of `t + E[max(0, value - t)] / share`, reached at one of the values."""
    values, weights = distribution
    least = min(t + weights @ np.maximum(0, values - t) / share for t in values)
    assert tail_mean(values, weights, share) == pytest.approx(least, abs=1e-8)


@pytest.mark.parametrize(("alpha", "x"), [(0.0, 8), (0.19, 8), (0.2, 4), (0.49, 4), (0.5, 0), (0.9, 0)])
def test_value_exceeded_at_most(alpha: float, x: float) -> None:
    """8 is exceeded never, 4 with a probability of 1/5, 0 with 1/2."""
    assert exceeded_at_most(VALUES, WEIGHTS, alpha) == x


@given(distribution=distributions, alpha=st.floats(0, 0.99))
def test_value_exceeded_at_most_is_the_smallest(distribution: tuple[Array, Array], alpha: float) -> None:
    """It is exceeded with at most alpha, and no smaller value of the distribution is."""
    values, weights = distribution
    allowed = [x for x in values if weights[values > x].sum() <= alpha + 1e-9]
    assert exceeded_at_most(values, weights, alpha) == min(allowed)


def test_largest_violations_are_released_first_as_far_as_they_fit() -> None:
    """With 20% to give, the largest violation at 30% stays, the next two at 10% each go, and none is left for the last."""
    violations, weights = np.array([1.0, 5.0, 0.0, 4.0, 2.0]), np.array([0.1, 0.3, 0.4, 0.1, 0.1])
    assert is_released(violations, weights, 0.2).tolist() == [False, False, False, True, True]


def test_of_equal_violations_the_first_node_is_released() -> None:
    """Of 60 and 60, but for rounding, the first goes although the other one would fit, too: then 0.1 is left."""
    weights = np.array([0.3, 0.2, 0.5])
    for rounding in (0.0, 1e-9, -1e-9):
        released = is_released(np.array([60.0, 60.0 + rounding, -5.0]), weights, 0.4)
        assert released.tolist() == [True, False, False]


def test_nothing_is_released_without_a_violation() -> None:
    """Nodes that keep the limit use nothing of alpha."""
    assert not is_released(np.array([-1.0, 0.0]), np.array([0.5, 0.5]), 0.9).any()


@pytest.mark.parametrize(
    ("sign", "numerator", "value"),
    [
        (1.0, 1.0, np.inf),  # something over nothing breaks an upper limit endlessly
        (1.0, 0.0, 2.0),  # nothing over nothing keeps it; 2 is the larger of the ratios left
        (-1.0, 1.0, 1.0),  # either keeps a lower limit; 1 is the smaller of the ratios left
        (-1.0, 0.0, 1.0),
    ],
)
def test_chance_counts_nodes_without_a_denominator(sign: float, numerator: float, value: float) -> None:
    """Ratios 2 and 1 with probabilities 0.3 each, and a node of 0.4 whose denominator is 0; nothing may be let off."""
    amount, base, weight = (
        np.array([2.0, 1.0, numerator]),
        np.array([1.0, 1.0, 0.0]),
        np.array([0.3, 0.3, 0.4]),
    )
    assert hold("chance", 0.0, sign, amount, base, weight, np.full(3, 1.5))[0] == value


def test_chance_lets_nodes_without_a_denominator_off_first() -> None:
    """With 0.4 to give away the endless node goes, and the largest ratio is what counts; with 0.7 that goes, too."""
    amount, base, weight = np.array([2.0, 1.0, 1.0]), np.array([1.0, 1.0, 0.0]), np.array([0.3, 0.3, 0.4])
    values = [hold("chance", alpha, 1.0, amount, base, weight, np.full(3, 1.5))[0] for alpha in (0.4, 0.7)]
    assert values == [2.0, 1.0]
