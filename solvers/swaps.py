"""Compiled local search over a choice of one candidate plan per item: best single swaps on cost + penalties."""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.tree import Array, IntArray

SWEEPS = 30


def improve(
    choice: IntArray,
    cost: Array,
    usage: NDArray[np.float32],
    limits: Array,
    penalties: Array,
    generator: np.random.Generator,
) -> IntArray:
    """Swap single items, in random order, until a sweep changes nothing.

    Parameters
    ----------
    choice : int [items], the candidate of each item to start from.
    cost : [candidates, items].
    usage : float32 [candidates, items, rows].
    limits, penalties : [rows]; a unit beyond the limit costs its penalty.
    """
    choice = choice.copy()
    for _ in range(SWEEPS):
        if not _sweep(generator.permutation(len(choice)), choice, cost, usage, limits, penalties):
            break
    return choice


@nb.njit(nogil=True, cache=True)
def _sweep(
    order: IntArray,
    choice: IntArray,
    cost: Array,
    usage: NDArray[np.float32],
    limits: Array,
    penalties: Array,
) -> int:
    """One pass of best swaps; `choice` changes in place, the number of changes is returned."""
    rows = len(limits)
    room = limits.copy()
    for i in range(len(choice)):
        for r in range(rows):
            room[r] -= usage[choice[i], i, r]
    changes = 0
    for i in order:
        for r in range(rows):
            room[r] += usage[choice[i], i, r]
        best, chosen = np.inf, choice[i]
        for position in range(cost.shape[0]):
            # The present choice comes first and keeps ties, so that a sweep without gain changes nothing.
            c = choice[i] if position == 0 else (position if position > choice[i] else position - 1)
            value = cost[c, i]
            for r in range(rows):
                over = usage[c, i, r] - room[r]
                if over > 0.0:
                    value += penalties[r] * over
                    if value >= best:
                        break
            if value < best:
                best, chosen = value, c
        if chosen != choice[i]:
            changes += 1
            choice[i] = chosen
        for r in range(rows):
            room[r] -= usage[chosen, i, r]
    return changes
