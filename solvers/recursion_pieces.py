"""Pieces of a node's cost in the lot recursion: functions of stock on a grid of cumulative lots, and bounds over buckets.

Part of the compiled core, see `stockrail.solvers.recursion_kernel`. Rows are costs by grid level j; `base` is net inventory at
j = 0 and `step` the units between two levels.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.loss import LOSS_CUBICS, STEPS_PER_UNIT, Z_LIMIT, backlog_of, in_full_of

F8 = NDArray[np.float64]


@nb.njit(nogil=True, cache=True)
def add_piece(row: F8, points: int, coefficient: float, base: float, step: float, sigma: float) -> None:
    """Add coefficient * backlog_of(base + step * j; sigma) to row[j], j = 0..points-1; three ranges, one curved."""
    if coefficient == 0.0:
        return
    reach = Z_LIMIT * sigma
    linear_end = min(points, max(0, int(np.floor((-reach - base) / step)) + 1))
    curve_end = min(points, max(linear_end, int(np.ceil((reach - base) / step))))
    for j in range(linear_end):
        row[j] -= coefficient * (base + step * j)
    if curve_end == linear_end:
        return
    # As `backlog_of`, without asking at each point on which side of the curve it is.
    scaled = coefficient * sigma
    first = (base / sigma + Z_LIMIT) * STEPS_PER_UNIT
    per_level = step / sigma * STEPS_PER_UNIT
    last = len(LOSS_CUBICS) - 1
    for j in range(linear_end, curve_end):
        position = first + per_level * j
        k = min(max(int(position), 0), last)
        t = position - k
        cubic = LOSS_CUBICS[k]
        row[j] += scaled * (cubic[0] + t * (cubic[1] + t * (cubic[2] + t * cubic[3])))


@nb.njit(nogil=True, cache=True)
def add_in_full(row: F8, points: int, coefficient: float, base: float, step: float, sigma: float) -> None:
    """Add coefficient * in_full_of(base + step * j; sigma) to row[j], j = 0..points-1."""
    for j in range(points):
        row[j] += coefficient * in_full_of(base + step * j, sigma)


@nb.njit(nogil=True, cache=True)
def add_outside(
    row: F8,
    points: int,
    base: float,
    step: float,
    sigma: float,
    unit_value: float,
    need: float,
    room: float,
    penalty: float,
) -> None:
    """Add to row[j], j = 0..points-1, the penalty of stock on hand worth less than `need` or more than `room`."""
    for j in range(points - 1, -1, -1):
        net = base + step * j
        excess = unit_value * (net + backlog_of(net, sigma)) - room
        if excess <= 0.0:
            break  # stock grows with j
        row[j] += penalty * excess
    for j in range(points):
        net = base + step * j
        shortfall = need - unit_value * (net + backlog_of(net, sigma))
        if shortfall <= 0.0:
            break
        row[j] += penalty * shortfall


@nb.njit(nogil=True, cache=True)
def bucket_bounds(convex: F8, concave: F8, buckets: int, grid: int, out: F8) -> None:
    """Lower bound over each bucket from grid values; index j + 1 of the inputs is the point at j * grid.

    A convex function lies above its secants outside of them, a concave one above its chord. The least of the two sums of
    lines over [0, grid - 1] is at an end or where the two secants cross.
    """
    last = grid - 1.0
    for j in range(buckets):
        left, right = convex[j + 1], convex[j + 2]
        slope_left = (left - convex[j]) / grid
        slope_right = (convex[j + 3] - right) / grid
        slope = (concave[j + 2] - concave[j + 1]) / grid
        at_left = left + concave[j + 1]
        at_last = max(left + slope_left * last, right - slope_right) + concave[j + 1] + slope * last
        best = min(at_left, at_last)
        if slope_right > slope_left:
            crossing = (right - slope_right * grid - left) / (slope_left - slope_right)
            if 0.0 < crossing < last:
                best = min(best, left + (slope_left + slope) * crossing + concave[j + 1])
        out[j] += best
