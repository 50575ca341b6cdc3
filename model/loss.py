"""The standard normal loss function and the expected backlog it gives, compiled.

``G(z) = pdf(z) - z * (1 - cdf(z))`` is evaluated by cubic Hermite interpolation of exact values and slopes on a grid
of step 1/256: the error is below 1e-12, and one evaluation costs a few nanoseconds instead of an `exp` and an `erfc`.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Z_LIMIT = 8.0
"""Beyond this many standard deviations the loss is 0 (right) or -z (left) to 1e-16."""

_STEPS_PER_UNIT = 256
_Z = np.linspace(-Z_LIMIT, Z_LIMIT, int(2 * Z_LIMIT * _STEPS_PER_UNIT) + 1)
_LOSS = norm.pdf(_Z) - _Z * norm.sf(_Z)
_SLOPE = -norm.sf(_Z) / _STEPS_PER_UNIT  # per grid step


@nb.njit(nogil=True, cache=True, inline="always")
def backlog_of(net_inventory: float, sigma: float) -> float:
    """Expected units owed at net inventory `net_inventory` with forecast error `sigma`, both in units."""
    if net_inventory >= Z_LIMIT * sigma:
        return 0.0
    if net_inventory <= -Z_LIMIT * sigma:
        return -net_inventory
    position = (net_inventory / sigma + Z_LIMIT) * _STEPS_PER_UNIT
    k = int(position)
    t = position - k
    left, right = _LOSS[k], _LOSS[k + 1]
    slope_left, slope_right = _SLOPE[k], _SLOPE[k + 1]
    curve = (left - right) * 2.0 + slope_left + slope_right
    bend = (right - left) * 3.0 - 2.0 * slope_left - slope_right
    return float(sigma * (left + t * (slope_left + t * (bend + t * curve))))


@nb.njit(nogil=True, cache=True)
def backlog_array(net_inventory: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Elementwise `backlog_of` of two arrays of one shape."""
    out = np.empty_like(net_inventory)
    flat_out, flat_net, flat_sigma = out.ravel(), net_inventory.ravel(), sigma.ravel()
    for k in range(flat_out.size):
        flat_out[k] = backlog_of(flat_net[k], flat_sigma[k])
    return out
