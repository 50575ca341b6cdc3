"""The compiled lot recursion: the best cumulative lots of one item on the tree, for any linear form.

State of node n is the number of free cumulative lots K (those that no override fixes). On a grid of step g over K

    V[n](K') = min( W[n](K'),  order_cost[n] + min over K in [K' + q, K' + Q] of W[n](K) ),
    W[n](K)  = cost[n](K) + sum over children c of V[c](K),

with minimum and maximum order q and Q. `cost[n]` collects every piece of the form that depends on K[n]: linear terms, and
multiples of ``backlog_of(base + lot_size * K)`` of the nodes whose latest arrived order was placed at n.

Two modes share the code. *Restricted*: K takes grid values only, the answer is a plan. *Relaxed*: K lies in buckets
[j g, j g + g - 1], each node's cost is a lower bound over its bucket, and moving inside a bucket is free, so the answer is
a lower bound for all whole lots. With g = 1 both are the same and exact.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.loss import Z_LIMIT, backlog_of

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@nb.njit(nogil=True, cache=True)
def _add_piece(row: F8, points: int, coefficient: float, base: float, step: float, sigma: float) -> None:
    """Add coefficient * backlog_of(base + step * j; sigma) to row[j], j = 0..points-1; three ranges, one curved."""
    if coefficient == 0.0:
        return
    reach = Z_LIMIT * sigma
    linear_end = min(points, max(0, int(np.floor((-reach - base) / step)) + 1))
    curve_end = min(points, max(linear_end, int(np.ceil((reach - base) / step))))
    for j in range(linear_end):
        row[j] -= coefficient * (base + step * j)
    for j in range(linear_end, curve_end):
        row[j] += coefficient * backlog_of(base + step * j, sigma)


@nb.njit(nogil=True, cache=True)
def _add_outside(
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
def _bucket_bounds(convex: F8, concave: F8, buckets: int, grid: int, out: F8) -> None:
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


@nb.njit(nogil=True, cache=True)
def _cost_of_orders(
    after: F8,
    top: int,
    parent_top: int,
    shift: int,
    fewest: int,
    most: int,
    order_cost: float,
    stay_cost: float,
    can_order: bool,
    queue: I8,
    out: F8,
    choice: NDArray[np.int32],
) -> None:
    """V of one node by the parent's level: stay, or order between `fewest` and `most` grid steps (-1: no maximum).

    A window minimum with a monotone queue, so that the cost is linear in levels with and without a maximum.
    """
    head, tail = 0, 0  # the queue holds levels of increasing cost, queue[head] the best in the window
    entered = top + 1  # the lowest level that has entered the window from above
    for level in range(parent_top, -1, -1):
        here = level - shift
        best, chosen = np.inf, 0
        if here >= 0:
            best, chosen = after[here] + stay_cost, here
        if can_order:
            lowest = max(0, here + fewest)
            while entered > lowest:
                entered -= 1
                while tail > head and after[queue[tail - 1]] >= after[entered]:
                    tail -= 1
                queue[tail] = entered
                tail += 1
            if most >= 0:
                while tail > head and queue[head] > here + most:
                    head += 1
            if tail > head and order_cost + after[queue[head]] < best:
                best, chosen = order_cost + after[queue[head]], queue[head]
        out[level] = best
        choice[level] = chosen


@nb.njit(nogil=True, cache=True)
def solve_items(
    members: I8,
    parent: I8,
    arrived: I8,
    item_lane: I8,
    ancestor: I8,
    shelf_life: I8,
    base_stock: F8,
    demand: F8,
    cumulative_demand: F8,
    sigma: F8,
    lot_size: F8,
    fixed_cumulative: I8,
    is_allowed: NDArray[np.bool_],
    minimum_lots: I8,
    maximum_lots: I8,
    lots_limit: I8,
    backlog: F8,
    opening_backlog: F8,
    aged: F8,
    aged_older: F8,
    cumulative_lots: F8,
    is_order: F8,
    constant: F8,
    grid: I8,
    centre: NDArray[np.int32],
    radius: int,
    is_relaxed: bool,
    unit_value: F8,
    need: F8,
    room: F8,
    room_penalty: F8,
    value: F8,
    plan: NDArray[np.int32],
) -> None:
    """Minimise the form for each member; write its value and, where restricted, its cumulative lots (all of them).

    With radius >= 0 the levels of each node are the 2 * radius + 1 grid steps around `centre` (free lots). Where `room`
    is [items, nodes] rather than empty, stock on hand worth less than `need` or more than `room` at a node costs
    `room_penalty` [nodes] per unit of money; for the restricted mode only.
    """
    has_room = room.shape[1] == len(parent) and not is_relaxed
    nodes = len(parent)
    widest = 1
    for i in members:
        widest = max(widest, lots_limit[i] // grid[i] + 1)
    if radius >= 0:
        widest = min(widest, 2 * radius + 1)
    cost = np.empty((nodes, widest))
    convex = np.empty((nodes if is_relaxed else 1, widest + 3))
    concave = np.empty((nodes if is_relaxed else 1, widest + 3))
    choice = np.empty((nodes, widest), np.int32)
    result = np.empty(widest)
    queue = np.empty(widest + 1, np.int64)
    low = np.zeros(nodes, np.int64)
    top = np.zeros(nodes, np.int64)
    index = np.zeros(nodes, np.int64)
    for i in members:
        g, lot, lane = grid[i], lot_size[i], item_lane[i]
        step = lot * g
        bucketed = is_relaxed and g > 1
        for n in range(nodes):
            low[n] = max(0, centre[i, n] - radius * g) if radius >= 0 else 0
            levels = (lots_limit[i] - low[n]) // g + 1
            top[n] = min(levels, 2 * radius + 1) - 1 if radius >= 0 else levels - 1
        points = widest if not bucketed else top[0] + 4
        cost[:, :] = 0.0
        if bucketed:
            convex[:, :points] = 0.0
            concave[:, :points] = 0.0
        total = constant[i]
        for n in range(nodes):
            total += cumulative_lots[i, n] * fixed_cumulative[i, n]
            if fixed_cumulative[i, n] > (fixed_cumulative[i, parent[n]] if n > 0 else 0):
                total += is_order[i, n]
            slope = cumulative_lots[i, n]
            if bucketed:
                for j in range(points):
                    convex[n, j] += slope * (j - 1) * g
            else:
                for j in range(top[n] + 1):
                    cost[n, j] += slope * (low[n] + j * g)
        for m in range(nodes):
            for kind in range(4):
                at, shift, noise, coefficient = m, 0.0, sigma[i, m], backlog[i, m]
                if kind == 1:
                    shift, coefficient = demand[i, m], opening_backlog[i, m]
                elif kind >= 2:
                    coefficient = aged[i, m] if kind == 2 else aged_older[i, m]
                    if shelf_life[i] < 0 or coefficient == 0.0:
                        continue
                    at = ancestor[shelf_life[i] + kind - 2, m]
                    if at < 0:
                        continue
                    shift, noise = cumulative_demand[i, at] - cumulative_demand[i, m], 0.0
                n = arrived[lane, at]
                base = base_stock[i, at] + shift
                if n >= 0:
                    base += lot * fixed_cumulative[i, n]
                if kind >= 2:  # max(0, x) = x + backlog_of(x; 0)
                    total += coefficient * base
                    if n >= 0:
                        if bucketed:
                            for j in range(points):
                                convex[n, j] += coefficient * step * (j - 1)
                        else:
                            for j in range(top[n] + 1):
                                cost[n, j] += coefficient * lot * (low[n] + j * g)
                if n < 0:
                    total += coefficient * backlog_of(base, noise)
                elif not bucketed:
                    _add_piece(cost[n], top[n] + 1, coefficient, base + lot * low[n], step, noise)
                elif coefficient > 0.0:
                    _add_piece(convex[n], points, coefficient, base - step, step, noise)
                else:
                    _add_piece(concave[n], points, coefficient, base - step, step, noise)
        if has_room:
            for m in range(nodes):
                n = arrived[lane, m]
                if n >= 0 and room_penalty[m] > 0.0:
                    base = base_stock[i, m] + lot * (fixed_cumulative[i, n] + low[n])
                    _add_outside(
                        cost[n], top[n] + 1, base, step, sigma[i, m], unit_value[i], need[i, m], room[i, m],
                        room_penalty[m],
                    )  # fmt: skip
        if bucketed:
            for n in range(nodes):
                _bucket_bounds(convex[n], concave[n], top[n] + 1, g, cost[n])
        fewest = max(1, minimum_lots[i] // g if bucketed else -(-minimum_lots[i] // g))
        most = -1
        if maximum_lots[i] >= 0:
            most = maximum_lots[i] // g + (1 if bucketed else 0)
        for n in range(nodes - 1, -1, -1):
            up = parent[n]
            parent_top = top[up] if n > 0 else 0
            shift_levels = (low[n] - (low[up] if n > 0 else 0)) // g
            stay_cost = min(0.0, is_order[i, n]) if bucketed and is_allowed[i, n] else 0.0
            _cost_of_orders(
                cost[n], top[n], parent_top, shift_levels, fewest, most, is_order[i, n], stay_cost,
                is_allowed[i, n], queue, result, choice[n],
            )  # fmt: skip
            if n > 0:
                for j in range(parent_top + 1):
                    cost[up, j] += result[j]
            else:
                value[i] = total + result[0]
        if not is_relaxed:
            for n in range(nodes):
                index[n] = choice[n, index[parent[n]] if n > 0 else 0]
                plan[i, n] = fixed_cumulative[i, n] + low[n] + index[n] * g
