"""The interpolated normal loss function against scipy's density and survival function."""

import numpy as np
import pytest
from scipy.stats import norm

from stockrail.model.loss import Z_LIMIT, backlog_array, backlog_of


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
