"""Costs of orders in the lot recursion: the best of staying and of ordering, within windows of grid levels.

Part of the compiled core, see `stockrail.solvers.recursion_kernel`. What an order costs beyond the cost of the level it leads to is
linear in its lots within a tier of its quantity breaks, so that each tier is one window minimum of a tilted function.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

NO_FLOOR, NO_CEILING = -(1 << 40), 1 << 40
"""Levels that bind nothing."""

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]


@nb.njit(nogil=True, cache=True)
def steps_of(least: int, most: int, grid: int, is_bucketed: bool) -> tuple[int, int]:
    """Fewest and most grid steps of orders of `least` to `most` lots; with buckets all that such an order may take."""
    if is_bucketed:
        # An order of s steps has (s - 1) * grid + 1 to (s + 1) * grid - 1 lots.
        return max(1, least // grid), (most - 1) // grid + 1
    return -(-least // grid), most // grid


@nb.njit(nogil=True, cache=True)
def band_levels(
    floor: int, ceiling: int, limit: int, minimum: int, maximum: int, grid: int, is_bucketed: bool
) -> tuple[int, int, int, int, int]:
    """Floor, ceiling, smallest and largest order and last level with room of `stay_or_order`, from lots above level 0.

    With buckets nothing is excluded that some lots of the buckets allow.
    """
    if is_bucketed:
        # The largest order is as much as may be asked for; where it fits into a bucket, staying there may hide it.
        return (
            NO_FLOOR if maximum < grid else floor // grid,
            ceiling // grid,
            (minimum - 1) // grid + 1,
            maximum // grid,
            (limit - minimum - grid + 1) // grid,
        )
    return -(-floor // grid), ceiling // grid, -(-minimum // grid), maximum // grid, (limit - minimum) // grid


@nb.njit(nogil=True, cache=True)
def add_stay_or_order(
    cost: F8,
    node: int,
    parent: int,
    top: int,
    parent_top: int,
    fewest: int,
    most: int,
    order_cost: float,
    stay_cost: float,
    can_order: bool,
    least: F8,
    scratch: F8,
) -> None:
    """Add what `stay_or_order` gives for a node to the row of its parent, where no band binds and both have the same levels.

    No branch depends on a cost. The level that is best is found again by `best_level` at the one state that the plan is in: to
    keep it for every state costs more than all the rest.
    """
    with_room = 0
    if can_order and fewest <= min(most, top):
        with_room = min(parent_top, top - fewest) + 1
        if most < top:
            _window_least(cost, node, fewest, top, most - fewest + 1, least, scratch)
            for level in range(with_room):
                order, stay = order_cost + least[level], cost[node, level] + stay_cost
                cost[parent, level] += min(stay, order)
        else:
            low = np.inf
            for level in range(with_room + fewest, top + 1):
                low = min(low, cost[node, level])
            further = np.uint64(fewest)  # of a signed index it would be asked whether it counts from the end
            for back in range(with_room):
                here = np.uint64(with_room - 1 - back)
                ordered = cost[node, here + further]
                low = min(low, ordered)
                order, stay = order_cost + low, cost[node, here] + stay_cost
                cost[parent, here] += min(stay, order)
    for level in range(with_room, parent_top + 1):
        cost[parent, level] += cost[node, level] + stay_cost


@nb.njit(nogil=True, cache=True)
def _window_least(cost: F8, node: int, first: int, top: int, width: int, least: F8, scratch: F8) -> None:
    """least[k] = the least of cost[node] on `width` levels from first + k on, as far as `top`.

    Minima of blocks of `width` from both of their ends, of which two make each window (van Herk, Pattern Recognition Letters 13,
    1992).
    """
    count = top + 1 - first
    start = np.uint64(first)
    for begin in range(0, count, width):
        end = min(begin + width, count)
        low = np.inf
        for k in range(begin, end):
            here = cost[node, start + np.uint64(k)]
            low = min(low, here)
            scratch[k] = low
        low = np.inf
        for back in range(end - begin):
            at = np.uint64(end - 1 - back)
            here = cost[node, start + at]
            low = min(low, here)
            least[at] = low
    for k in range((count - 1) // width * width):
        other = scratch[min(k + width, count) - 1]
        least[k] = min(least[k], other)


@nb.njit(nogil=True, cache=True)
def best_level(
    cost: F8,
    node: int,
    top: int,
    here: int,
    fewest: int,
    most: int,
    order_cost: float,
    stay_cost: float,
    can_order: bool,
) -> int:
    """The level that `add_stay_or_order` takes from level `here`: the lowest of the best."""
    if not can_order:
        return here
    end = min(top, here + most) + 1
    least = _least(cost, node, here + fewest, end)
    if order_cost + least < cost[node, here] + stay_cost:
        for level in range(here + fewest, end):
            if cost[node, level] == least:
                return level
    return here


@nb.njit(nogil=True, cache=True, fastmath={"nnan", "nsz"})
def _least(cost: F8, node: int, first: int, end: int) -> float:
    """The least of cost[node, first:end]. No cost is undefined, and saying so lets several be compared at once."""
    least = np.inf
    for level in range(first, end):
        least = min(least, cost[node, level])
    return least


@nb.njit(nogil=True, cache=True)
def stay_or_order(
    after: F8,
    top: int,
    parent_top: int,
    shift: int,
    fewest: int,
    most: int,
    order_cost: float,
    stay_cost: float,
    can_order: bool,
    floor: int,
    ceiling: int,
    smallest: int,
    largest: int,
    last_with_room: int,
    queue: I8,
    out: F8,
    choice: I4,
) -> None:
    """V of one node by the parent's level 0..parent_top: stay, or order `fewest` to `most` grid steps at one cost.

    `after` is W by level 0..top; the parent's level j is level j - shift here, with shift >= 0. `choice` is the level that is best. A window
    minimum with a monotone queue, so that the cost is linear in levels with and without a maximum.

    In a band (docs/formulation.md, section 10) the node must reach `floor`, or as far as an order of `largest` steps does, and
    an order leads to at most `ceiling`, or as far as one of `smallest` steps does. Beyond `last_with_room` nothing can be ordered.
    """
    # From the parent's level 0, which may be below level 0 here, an order leads up to most - shift.
    has_maximum = most - shift < top or ceiling < top
    head, tail = 0, 0  # the queue holds levels of increasing cost, queue[head] the best in the window
    entered = top + 1  # the lowest level that has entered the window from above
    for level in range(parent_top, -1, -1):
        here = level - shift
        best, chosen = np.inf, 0
        if here >= 0 and (here >= min(floor, top) or here > last_with_room):
            best, chosen = after[here] + stay_cost, here
        if can_order:
            required = min(floor, here + largest, top)
            lowest = max(0, here + fewest, required)
            while entered > lowest:
                entered -= 1
                while tail > head and after[queue[tail - 1]] >= after[entered]:
                    tail -= 1
                queue[tail] = entered
                tail += 1
            if has_maximum:
                highest = min(here + most, max(ceiling, here + smallest, required))
                while tail > head and queue[head] > highest:
                    head += 1
            if tail > head and order_cost + after[queue[head]] < best:
                best, chosen = order_cost + after[queue[head]], queue[head]
        out[level] = best
        choice[level] = chosen


@nb.njit(nogil=True, cache=True)
def stay_or_order_by_tier(
    after: F8,
    top: int,
    parent_top: int,
    shift: int,
    grid: int,
    is_bucketed: bool,
    minimum: int,
    maximum: int,
    order_cost: float,
    saving: float,
    tiers: int,
    first: I8,
    last: I8,
    fixed: F8,
    slope: F8,
    floor: int,
    ceiling: int,
    smallest: int,
    largest: int,
    last_with_room: int,
    tilted: F8,
    queue: I8,
    tier_out: F8,
    tier_choice: I4,
    out: F8,
    choice: I4,
) -> None:
    """The same where an order of `minimum` to `maximum` lots costs `order_cost` plus `saving` times what breaks save on it.

    The tiers are those of one item (`stockrail.model.quantity_breaks`); `tilted`, `queue`, `tier_out` and `tier_choice` are
    scratch. With buckets an order has the number of lots between the two buckets that makes it cheapest in its tier.
    """
    stay_cost = 0.0
    if is_bucketed:
        stay_cost = _hidden_order(
            grid, minimum, maximum, order_cost, saving, tiers, first, last, fixed, slope
        )
    stay_or_order(
        after, top, parent_top, shift, 1, 0, 0.0, stay_cost, False, floor, ceiling, smallest, largest, last_with_room,
        queue, out, choice,
    )  # fmt: skip
    for p in range(tiers):
        least, most = max(minimum, first[p]), min(maximum, last[p])
        if least > most:
            continue
        fewest_steps, most_steps = steps_of(least, most, grid, is_bucketed)
        per_lot = saving * slope[p]
        cost = order_cost + saving * fixed[p]
        if is_bucketed:
            cost -= abs(per_lot) * (grid - 1)
        for level in range(top + 1):
            tilted[level] = after[level] + per_lot * grid * level
        stay_or_order(
            tilted, top, parent_top, shift, fewest_steps, most_steps, cost, np.inf, True, floor, ceiling, smallest,
            largest, last_with_room, queue, tier_out, tier_choice,
        )  # fmt: skip
        for level in range(parent_top + 1):
            total = tier_out[level] - per_lot * grid * (level - shift)
            if total < out[level]:
                out[level] = total
                choice[level] = tier_choice[level]


@nb.njit(nogil=True, cache=True)
def _hidden_order(
    grid: int,
    minimum: int,
    maximum: int,
    order_cost: float,
    saving: float,
    tiers: int,
    first: I8,
    last: I8,
    fixed: F8,
    slope: F8,
) -> float:
    """The least that staying in a bucket may cost: an order of fewer lots than the bucket has can be hidden there."""
    least_cost = 0.0
    for p in range(tiers):
        least, most = max(minimum, first[p]), min(maximum, last[p], grid - 1)
        if least <= most:
            smallest, largest = fixed[p] + slope[p] * least, fixed[p] + slope[p] * most
            least_cost = min(least_cost, order_cost + min(saving * smallest, saving * largest))
    return least_cost
