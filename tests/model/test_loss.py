"""The interpolated normal loss function and distribution against scipy's."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from stockrail.model.loss import Z_LIMIT, backlog_array, backlog_of, in_full_array, in_full_of


def exact_loss(z: np.ndarray) -> np.ndarray:
    """G(z) = pdf(z) - z * (1 - cdf(z))."""
    return np.asarray(norm.pdf(z) - z * norm.sf(z))


def test_backlog_is_exact_to_1e_11() -> None:
    """At 100,000 points off the grid, and beyond both ends of it, the error is below 1e-11 standard deviations."""
    z = np.random.default_rng(0).uniform(-1.2 * Z_LIMIT, 1.2 * Z_LIMIT, 100_000)
    np.testing.assert_allclose(backlog_array(z, np.ones_like(z)), exact_loss(z), rtol=0, atol=1e-11)


@pytest.mark.parametrize("sigma", [1e-3, 0.7, 1.0, 40.0, 1e5])
def test_backlog_scales_with_sigma(sigma: float) -> None:
    """backlog_of(x; s) = s * G(x / s), with an error that grows no faster than s."""
    z = np.linspace(-9.0, 9.0, 4001)
    backlog = backlog_array(sigma * z, np.full_like(z, sigma))
    np.testing.assert_allclose(backlog, sigma * exact_loss(z), rtol=0, atol=1e-11 * sigma)


def test_without_noise_it_is_the_negative_part() -> None:
    """max(0, -x) where s = 0, without a division by it."""
    assert backlog_of(-3.0, 0.0) == 3.0
    assert backlog_of(3.0, 0.0) == 0.0
    assert backlog_of(0.0, 0.0) == 0.0


def test_at_zero_it_is_the_density() -> None:
    """G(0) = 1 / sqrt(2 pi) = 0.398942...; twice that at s = 2."""
    assert backlog_of(0.0, 1.0) == pytest.approx(0.3989422804014327, abs=1e-12)
    assert backlog_of(0.0, 2.0) == pytest.approx(2 * 0.3989422804014327, abs=1e-12)


def test_ends_of_the_grid() -> None:
    """Beyond 8 standard deviations nothing is owed on the right and exactly -x on the left; G(8) is about 6e-17."""
    assert backlog_of(Z_LIMIT * 3.0, 3.0) == 0.0
    assert backlog_of(-Z_LIMIT * 3.0, 3.0) == Z_LIMIT * 3.0
    assert backlog_of(np.nextafter(Z_LIMIT, 0.0), 1.0) == pytest.approx(0.0, abs=1e-15)
    assert backlog_of(np.nextafter(-Z_LIMIT, 0.0), 1.0) == pytest.approx(Z_LIMIT, abs=1e-14)


def test_it_keeps_the_shape_of_its_argument() -> None:
    """Arrays of two dimensions go in and come out, element by element."""
    net = np.array([[-1.0, 0.0], [1.0, 2.0]])
    sigma = np.array([[0.0, 1.0], [2.0, 0.0]])
    zero, half = exact_loss(np.array([0.0, 0.5]))
    expected = np.array([[1.0, zero], [2 * half, 0.0]])
    np.testing.assert_allclose(backlog_array(net, sigma), expected, rtol=0, atol=1e-11)


def test_in_full_is_exact_to_1e_12() -> None:
    """At 100,000 points off the grid, and beyond both ends of it, the error of the distribution is below 1e-12."""
    z = np.random.default_rng(1).uniform(-1.2 * Z_LIMIT, 1.2 * Z_LIMIT, 100_000)
    np.testing.assert_allclose(in_full_array(z, np.ones_like(z)), norm.cdf(z), rtol=0, atol=1e-12)


def test_in_full_depends_on_standard_deviations_only() -> None:
    """cdf(1) = 0.841344746 at one standard deviation, whatever its size, and never falls."""
    assert in_full_of(40.0, 40.0) == pytest.approx(0.8413447460685429, abs=1e-12)
    assert in_full_of(0.0, 0.7) == pytest.approx(0.5, abs=1e-12)
    z = np.linspace(-9.0, 9.0, 5001)
    assert (np.diff(in_full_array(z, np.ones_like(z))) >= 0).all()


def test_in_full_without_noise_is_whether_anything_is_owed() -> None:
    """1 from 0 units on, where a billionth less is rounding; 0 below."""
    net = np.array([-1.0, -1e-6, -1e-10, 0.0, 3.0])
    assert in_full_array(net, np.zeros(5)).tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("function", [backlog_array, in_full_array])
def test_memory_order_does_not_matter(function: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """A transposed array, column by column in memory, gives what its copy row by row gives."""
    net = np.arange(6.0).reshape(2, 3).T - 2.0
    sigma = np.ones((3, 2))
    np.testing.assert_array_equal(function(net, sigma), function(np.ascontiguousarray(net), sigma))
