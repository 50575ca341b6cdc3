"""The compiled lot recursion: the best cumulative lots of one item on the tree, for any linear form.

State of node n is the number of free cumulative lots K (those that no override fixes). On a grid of step g over K

    V[n](K') = min( W[n](K'),  min over K in [K' + q, K' + Q] of order[n](K - K') + W[n](K) ),
    W[n](K)  = cost[n](K) + sum over children c of V[c](K),

with minimum and maximum order q and Q. `cost[n]` collects every piece of the form that depends on K[n]: linear terms, and
multiples of ``backlog_of`` and ``in_full_of`` of ``base + lot_size * K`` of the nodes whose latest arrived order was placed
at n. `order[n]` is the cost of an order itself, linear in its lots within each tier: of quantity breaks, and below and
above what was announced.

Two modes share the code. *Restricted*: K takes grid values only, the answer is a plan. *Relaxed*: K lies in buckets
[j g, j g + g - 1], each node's cost is a lower bound over its bucket, and an order inside a bucket costs no more than the
cheapest that fits, so the answer is a lower bound for all whole lots. With g = 1 both are the same and exact.

Numba's cache looks at the text of this file only, so that `COMPILED_FROM` has to change when the functions compiled into it do.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.loss import backlog_of, in_full_of
from stockrail.model.order_changes import tiers_of_change
from stockrail.model.quantity_breaks import NO_LAST_LOT, saving_of
from stockrail.solvers.recursion_orders import (
    NO_CEILING,
    NO_FLOOR,
    add_stay_or_order,
    band_levels,
    best_level,
    stay_or_order,
    stay_or_order_by_tier,
    steps_of,
)
from stockrail.solvers.recursion_pieces import (
    add_backlog,
    add_backlogs,
    add_in_full,
    add_outside,
    bucket_bounds,
)

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

COMPILED_FROM = "d20abaac"
"""Digest of the other files with functions used here; tests/solvers/test_recursion_kernel.py says what it should be."""

FOUND_AGAIN = -1
"""In place of a node's choices by level, where the one of the plan is found again."""

AGED, AGED_OLDER, BEYOND_COVER = 2, 3, 4
"""Kinds of convex pieces after `backlog` and `opening_backlog`: positive parts of net inventory, max(0, x) = x + backlog."""


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
    forward_demand: F8,
    tier_count: I8,
    tier_first: I8,
    tier_last: I8,
    tier_fixed: F8,
    tier_slope: F8,
    period: I8,
    announced: F8,
    backlog: F8,
    opening_backlog: F8,
    aged: F8,
    aged_older: F8,
    beyond_cover: F8,
    in_full: F8,
    cumulative_lots: F8,
    is_order: F8,
    saving: F8,
    order_change: F8,
    constant: F8,
    grid: I8,
    centre: NDArray[np.int32],
    radius: int,
    is_relaxed: bool,
    unit_value: F8,
    need: F8,
    room: F8,
    room_penalty: F8,
    floor_lots: I8,
    ceiling_lots: I8,
    value: F8,
    plan: NDArray[np.int32],
) -> None:
    """Minimise the form for each member; write its value and, where restricted, its cumulative lots (all of them).

    With radius >= 0 the levels of each node are the 2 * radius + 1 grid steps around `centre` (free lots). Where `room`
    is [items, nodes] rather than empty, stock on hand worth less than `need` or more than `room` at a node costs
    `room_penalty` [nodes] per unit of money; for the restricted mode only. Where `floor_lots` and `ceiling_lots` are
    [items, nodes] rather than empty, they are the band of `stay_or_order` in cumulative lots, those that are fixed included.
    """
    has_band = floor_lots.shape[1] == len(parent)
    has_room = room.shape[1] == len(parent) and not is_relaxed
    nodes = len(parent)
    widest = 1
    for i in members:
        widest = max(widest, lots_limit[i] // grid[i] + 1)
    if radius >= 0:
        widest = min(widest, 2 * radius + 1)
    cost = np.empty((nodes + 1, widest))  # the last row comes before the root
    convex = np.empty((nodes if is_relaxed else 1, widest + 3))
    concave = np.empty((nodes if is_relaxed else 1, widest + 3))
    choice = np.empty((nodes, widest), np.int32)
    result, least = np.empty(widest), np.empty(widest)
    tilted, tier_result, tier_choice = np.empty(widest), np.empty(widest), np.empty(widest, np.int32)
    queue = np.empty(widest + 1, np.int64)
    most_tiers = 2 * tier_first.shape[1]
    merged_first, merged_last = np.empty(most_tiers, np.int64), np.empty(most_tiers, np.int64)
    merged_fixed, merged_slope = np.empty(most_tiers), np.empty(most_tiers)
    low = np.zeros(nodes, np.int64)
    top = np.zeros(nodes, np.int64)
    index = np.zeros(nodes, np.int64)
    for i in members:
        g, lot, lane = grid[i], lot_size[i], item_lane[i]
        tiers = tier_count[i]
        first, last, fixed, slope = tier_first[i], tier_last[i], tier_fixed[i], tier_slope[i]
        step = lot * g
        bucketed = is_relaxed and g > 1
        for n in range(nodes):
            low[n] = max(0, centre[i, n] - radius * g) if radius >= 0 else 0
            levels = (lots_limit[i] - low[n]) // g + 1
            top[n] = min(levels, 2 * radius + 1) - 1 if radius >= 0 else levels - 1
        points = widest if not bucketed else top[0] + 4
        if bucketed:
            cost[:, :] = 0.0
            convex[:, :points] = 0.0
            concave[:, :points] = 0.0
        total = constant[i]
        for n in range(nodes):
            total += cumulative_lots[i, n] * fixed_cumulative[i, n]
            fixed_lots = fixed_cumulative[i, n] - (fixed_cumulative[i, parent[n]] if n > 0 else 0)
            if fixed_lots > 0:
                total += is_order[i, n]
                if tiers > 0:
                    total += saving[i, n] * saving_of(fixed_lots, first, last, fixed, slope)
            if order_change[i, n] != 0.0:
                # What a free order changes is counted from here: an order that was announced and is none.
                total += order_change[i, n] * abs(lot * fixed_lots - announced[i, period[n]])
            per_lot = cumulative_lots[i, n]
            if bucketed:
                for j in range(points):
                    convex[n, j] += per_lot * (j - 1) * g
            else:
                for j in range(top[n] + 1):
                    cost[n, j] = per_lot * (low[n] + j * g)
        for m in range(nodes):
            first_kind = 0
            n = arrived[lane, m]
            if n >= 0 and not bucketed:
                base = base_stock[i, m] + lot * (fixed_cumulative[i, n] + low[n])
                add_backlogs(
                    cost, n, top[n] + 1, backlog[i, m], base, opening_backlog[i, m], base + demand[i, m], step,
                    sigma[i, m],
                )  # fmt: skip
                first_kind = 2
            for kind in range(first_kind, 5):
                at, shift, noise, coefficient = m, 0.0, sigma[i, m], backlog[i, m]
                if kind == 1:
                    shift, coefficient = demand[i, m], opening_backlog[i, m]
                elif kind == BEYOND_COVER:
                    coefficient = beyond_cover[i, m]
                    if coefficient == 0.0:
                        continue
                    shift = -forward_demand[i, m]
                elif kind >= AGED:
                    coefficient = aged[i, m] if kind == AGED else aged_older[i, m]
                    if shelf_life[i] < 0 or coefficient == 0.0:
                        continue
                    at = ancestor[shelf_life[i] + kind - AGED, m]
                    if at < 0:
                        continue
                    shift, noise = cumulative_demand[i, at] - cumulative_demand[i, m], 0.0
                n = arrived[lane, at]
                base = base_stock[i, at] + shift
                if n >= 0:
                    base += lot * fixed_cumulative[i, n]
                if kind >= AGED:
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
                    add_backlog(cost, n, top[n] + 1, coefficient, base + lot * low[n], step, noise)
                elif coefficient > 0.0:
                    add_backlog(convex, n, points, coefficient, base - step, step, noise)
                else:
                    add_backlog(concave, n, points, coefficient, base - step, step, noise)
            coefficient = in_full[i, m]
            if coefficient != 0.0:
                n = arrived[lane, m]
                if n < 0:
                    total += coefficient * in_full_of(base_stock[i, m], sigma[i, m])
                    continue
                base = base_stock[i, m] + lot * (fixed_cumulative[i, n] + low[n])
                if bucketed and coefficient < 0.0:
                    base += step - lot  # it grows with K, so a bucket's last lot is its best
                add_in_full(cost[n], top[n] + 1, coefficient, base, step, sigma[i, m])
        if has_room:
            for m in range(nodes):
                n = arrived[lane, m]
                if n >= 0 and room_penalty[m] > 0.0:
                    base = base_stock[i, m] + lot * (fixed_cumulative[i, n] + low[n])
                    add_outside(
                        cost[n], top[n] + 1, base, step, sigma[i, m], unit_value[i], need[i, m], room[i, m],
                        room_penalty[m],
                    )  # fmt: skip
        if bucketed:
            for n in range(nodes):
                bucket_bounds(convex, concave, n, top[n] + 1, g, cost)
        minimum = minimum_lots[i]
        maximum = maximum_lots[i] if maximum_lots[i] >= 0 else NO_LAST_LOT
        fewest, most = steps_of(minimum, maximum, g, bucketed)
        is_plain = not has_band and radius < 0
        can_hide = bucketed and minimum <= min(maximum, g - 1)  # staying in a bucket may hide an order
        floor, ceiling = NO_FLOOR, NO_CEILING
        smallest, largest, last_with_room = 0, 0, 0
        cost[nodes, 0] = 0.0
        for n in range(nodes - 1, -1, -1):
            up = parent[n] if n > 0 else nodes
            parent_top = top[up] if n > 0 else 0
            shift_levels = (low[n] - (low[up] if n > 0 else 0)) // g
            if has_band:
                given = fixed_cumulative[i, n] + low[n]
                floor, ceiling, smallest, largest, last_with_room = band_levels(
                    floor_lots[i, n] - given, ceiling_lots[i, n] - given, lots_limit[i] - low[n], minimum, maximum,
                    g, bucketed,
                )  # fmt: skip
            if order_change[i, n] != 0.0 and is_allowed[i, n]:
                merged = tiers_of_change(
                    saving[i, n], tiers, first, last, fixed, slope, order_change[i, n] * lot,
                    announced[i, period[n]] / lot, merged_first, merged_last, merged_fixed, merged_slope,
                )  # fmt: skip
                stay_or_order_by_tier(
                    cost[n], top[n], parent_top, shift_levels, g, bucketed, minimum, maximum, is_order[i, n], 1.0,
                    merged, merged_first, merged_last, merged_fixed, merged_slope, floor, ceiling, smallest, largest,
                    last_with_room, tilted, queue, tier_result, tier_choice, result, choice[n],
                )  # fmt: skip
            elif tiers > 0 and is_allowed[i, n] and saving[i, n] != 0.0:
                stay_or_order_by_tier(
                    cost[n], top[n], parent_top, shift_levels, g, bucketed, minimum, maximum, is_order[i, n],
                    saving[i, n], tiers, first, last, fixed, slope, floor, ceiling, smallest, largest, last_with_room,
                    tilted, queue, tier_result, tier_choice, result, choice[n],
                )  # fmt: skip
            else:
                stay_cost = min(0.0, is_order[i, n]) if can_hide and is_allowed[i, n] else 0.0
                if is_plain:
                    add_stay_or_order(
                        cost, n, up, top[n], parent_top, fewest, most, is_order[i, n], stay_cost, is_allowed[i, n],
                        least, tilted,
                    )  # fmt: skip
                    choice[n, 0] = FOUND_AGAIN
                    continue
                stay_or_order(
                    cost[n], top[n], parent_top, shift_levels, fewest, most, is_order[i, n], stay_cost,
                    is_allowed[i, n], floor, ceiling, smallest, largest, last_with_room, queue, result, choice[n],
                )  # fmt: skip
            for j in range(parent_top + 1):
                cost[up, j] += result[j]
        value[i] = total + cost[nodes, 0]
        if not is_relaxed:
            for n in range(nodes):
                here = index[parent[n]] if n > 0 else 0
                if choice[n, 0] == FOUND_AGAIN:
                    index[n] = best_level(
                        cost, n, top[n], here, fewest, most, is_order[i, n], 0.0, is_allowed[i, n]
                    )
                else:
                    index[n] = choice[n, here]
                plan[i, n] = fixed_cumulative[i, n] + low[n] + index[n] * g
