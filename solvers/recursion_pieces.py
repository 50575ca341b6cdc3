"""Pieces of a node's cost in the lot recursion: functions of stock on a grid of cumulative lots, and bounds over buckets.

Part of the compiled core, see `stockrail.solvers.recursion_kernel`. Rows are costs by grid level j; `base` is net inventory at
j = 0 and `step` the units between two levels.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.loss import STEPS_PER_UNIT, TAIL_CUBICS, TAIL_REACH, backlog_of, in_full_of

F8 = NDArray[np.float64]


@nb.njit(nogil=True, cache=True)
def add_backlog(
    table: F8, row: int, points: int, coefficient: float, base: float, step: float, sigma: float
) -> None:
    """Add coefficient * backlog_of(base + step * j; sigma) to table[row, j], j = 0..points-1.

    Here and in `add_backlogs` a table and a row's number, because a row of its own would be counted as in use, and no longer, each
    time: two atomic operations.
    """
    if coefficient == 0.0:
        return
    for j in range(points):
        net = base + step * j
        table[row, j] -= coefficient * min(0.0, net)
    if sigma > 0.0:
        per_unit = STEPS_PER_UNIT / sigma
        per_level = step * per_unit
        _add_tail(table, row, points, coefficient * sigma, base * per_unit, per_level, 1.0 / per_level)


@nb.njit(nogil=True, cache=True)
def add_backlogs(
    table: F8,
    row: int,
    points: int,
    first: float,
    first_base: float,
    second: float,
    second_base: float,
    step: float,
    sigma: float,
) -> None:
    """`add_backlog` of two coefficients and bases in one pass: a node's backlog and opening backlog."""
    for j in range(points):
        net, other_net = first_base + step * j, second_base + step * j
        table[row, j] -= first * min(0.0, net) + second * min(0.0, other_net)
    if sigma > 0.0:
        per_unit = STEPS_PER_UNIT / sigma
        per_level = step * per_unit
        levels = 1.0 / per_level
        _add_tail(table, row, points, first * sigma, first_base * per_unit, per_level, levels)
        _add_tail(table, row, points, second * sigma, second_base * per_unit, per_level, levels)


@nb.njit(nogil=True, cache=True, fastmath={"contract"})
def _add_tail(
    table: F8, row: int, points: int, scale: float, at: float, per_level: float, levels: float
) -> None:
    """Add scale * G(|z|), which is 0 but for a few standard deviations around z = 0.

    In steps of the interpolation z is `at` + `per_level` * j at level j; `levels` is 1 / `per_level`.
    """
    crossing, reach = -at * levels, TAIL_REACH * STEPS_PER_UNIT * levels
    if scale == 0.0 or crossing + reach < 0.0 or crossing - reach >= points:
        return
    start = max(0, int(crossing - reach + 1.0))
    at += per_level * start
    for j in range(start, min(points, int(crossing + reach + 1.0))):
        position = abs(at)
        at += per_level  # a sum from level to level also keeps the compiler from gathering cubics, which is slower
        k = np.uint64(position)  # a signed index would be asked whether it counts from the end
        t = position - k
        table[row, j] += scale * (
            TAIL_CUBICS[k, 0] + t * (TAIL_CUBICS[k, 1] + t * (TAIL_CUBICS[k, 2] + t * TAIL_CUBICS[k, 3]))
        )


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


@nb.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def bucket_bounds(convex: F8, concave: F8, row: int, buckets: int, grid: int, out: F8) -> None:
    """Lower bound over each bucket from grid values; index j + 1 of the inputs is the point at j * grid.

    A convex function lies above its secants outside of them, a concave one above its chord. The least of the two sums of
    lines over [0, grid - 1] is at an end or where the two secants cross.
    """
    last, per_lot = grid - 1.0, 1.0 / grid
    for j in range(buckets):
        left, right, chord_left = convex[row, j + 1], convex[row, j + 2], concave[row, j + 1]
        slope_left = (left - convex[row, j]) * per_lot
        slope_right = (convex[row, j + 3] - right) * per_lot
        slope = (concave[row, j + 2] - chord_left) * per_lot
        bend = slope_right - slope_left
        crossing = (left - right + slope_right * grid) / (bend if bend > 0.0 else 1.0)
        crossing = min(max(crossing, 0.0), last)
        at_left = left + chord_left
        at_last = max(left + slope_left * last, right - slope_right) + chord_left + slope * last
        at_crossing = left + (slope_left + slope) * crossing + chord_left
        out[row, j] += min(at_left, at_last, at_crossing)
