"""Paired differences against hand numbers and against scipy's own test."""

import numpy as np
import pytest
from scipy import stats

from stockrail.evaluation.paired import FEW, bootstrap, paired_difference


def test_hand_numbers() -> None:
    """Differences 1, 2, 3: mean 2, standard deviation 1, t(97.5%, 2) = 4.302653, half width 4.302653 / sqrt(3) = 2.484138.

    With three pairs the bootstrap's interval lies within [1, 3], so Student's, the wider, is the answer.
    """
    found = paired_difference(np.array([11.0, 22.0, 33.0]), np.array([10.0, 20.0, 30.0]))
    assert found.mean == pytest.approx(2.0)
    assert found.lower == pytest.approx(2.0 - 2.484138, abs=1e-6)
    assert found.upper == pytest.approx(2.0 + 2.484138, abs=1e-6)
    assert found.pairs == 3
    assert not found.is_positive and not found.is_negative


def test_many_pairs_are_those_of_the_paired_t_test() -> None:
    """With many pairs the interval is that of scipy's paired t test."""
    random = np.random.default_rng(7)
    one, other = random.normal(5.0, 2.0, 200), random.normal(4.0, 2.0, 200)
    expected = stats.ttest_rel(one, other).confidence_interval(0.95)
    found = paired_difference(one, other)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high))


def test_few_pairs_take_the_wider_end() -> None:
    """One large difference among few: the bootstrap knows that the mean cannot be far below 0, Student's does not; both ends are the outer ones."""
    difference = np.array([0.0] * 11 + [12.0])
    assert len(difference) < FEW
    student = stats.t.interval(0.95, 11, loc=1.0, scale=stats.sem(difference))
    low, high = bootstrap(difference)
    found = paired_difference(difference, np.zeros(12))
    assert found.lower == pytest.approx(min(student[0], low))
    assert found.upper == pytest.approx(max(student[1], high))
    assert low >= 0.0 > student[0]


def test_pairing_takes_out_what_paths_have_in_common() -> None:
    """Margins that differ wildly between paths but by exactly 3 between policies: the interval is 3 alone."""
    common = np.random.default_rng(1).normal(0.0, 1e6, 20)
    found = paired_difference(common + 3.0, common)
    assert (found.mean, found.lower, found.upper) == pytest.approx((3.0, 3.0, 3.0), abs=1e-6)


def test_one_pair_has_no_interval() -> None:
    """Chance cannot be judged from one path; NaN pairs do not count."""
    found = paired_difference(np.array([4.0, np.nan]), np.array([1.0, 2.0]))
    assert found.mean == 3.0 and found.pairs == 1
    assert np.isnan(found.lower) and np.isnan(found.upper)
    assert not found.is_positive and not found.is_negative


def test_what_is_not_paired_is_refused() -> None:
    """Three paths against two are no pairs."""
    with pytest.raises(ValueError, match="not pairs"):
        paired_difference(np.zeros(3), np.zeros(2))
