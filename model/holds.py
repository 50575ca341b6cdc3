"""Ways to hold: tails and quantiles of amounts over the nodes of one period (docs/formulation.md, section 7).

Everything is stated for upper limits, where large values are bad; callers negate amounts for lower limits.
"""

import numpy as np

from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array

PROBABILITY_TOLERANCE = 1e-9
"""Sums of probabilities that differ by less are equal."""

SAME_VIOLATION = 1e-6
"""Share of the largest violation of a period by which two may differ and still be equal."""


def tail_mean(values: Array, probability: Array, alpha: float) -> float:
    """CVaR: the mean of the largest `1 - alpha` share of values; `probability` adds up to 1."""
    return float(tail_weights(values, probability, alpha) @ values)


def tail_weights(values: Array, probability: Array, alpha: float) -> Array:
    """Share of each value in the tail: `CVaR = tail_weights @ values`; they add up to 1 and favour large values."""
    order = np.argsort(-values, kind="stable")
    mass = np.cumsum(probability[order])
    before = mass - probability[order]
    tail = min(1.0 - alpha, mass[-1])
    weights = np.zeros_like(values)
    weights[order] = np.clip(tail - before, 0.0, probability[order]) / tail
    return weights


def tail_start(values: Array, probability: Array, alpha: float) -> float:
    """Value at risk: the smallest value in the tail of probability `1 - alpha`."""
    return float(values[tail_weights(values, probability, alpha) > 0].min())


def released(
    over: Array, probability: Array, alpha: float, *, same_violation: float = SAME_VIOLATION
) -> BoolArray:
    """Nodes whose violation `over` is forgiven: the largest first, as far as their probabilities fit into `alpha`.

    Of equal ones the first node comes first: those that are below the largest one left by no more than `same_violation` times
    the largest of all.
    """
    free = np.zeros(len(over), dtype=bool)
    left = alpha + PROBABILITY_TOLERANCE
    for node in _worst_first(over, same_violation * float(over.max(initial=0.0))):
        if over[node] > 0.0 and probability[node] <= left:
            left -= probability[node]
            free[node] = True
    return free


def _worst_first(over: Array, tolerance: float) -> list[int]:
    """Nodes by violation; those within the tolerance of the first of them stay in the order of the tree."""
    order: list[int] = []
    equal: list[int] = []
    for node in np.argsort(-over, kind="stable").tolist():
        if equal and over[node] < over[equal[0]] - tolerance:
            order += sorted(equal)
            equal = []
        equal.append(node)
    return order + sorted(equal)


def exceeded_quantile(values: Array, probability: Array, alpha: float) -> float:
    """The smallest limit x with `P(value > x) <= alpha`."""
    order = np.argsort(-values, kind="stable")
    above = np.cumsum(probability[order])  # P(value >= this one), ties apart
    position = int(np.searchsorted(above, alpha + PROBABILITY_TOLERANCE, side="right"))
    return float(values[order[min(position, len(values) - 1)]])
