"""The checker's ways to hold: expectation, tail and chance of an amount, or a ratio, over the nodes of one period.

Part of the independent checker: docs/formulation.md, section 7, is its only source. Weights are the probabilities of the
nodes. Large values are bad for tails and chances; `hold` turns the sign for lower limits.
"""

import numpy as np

from stockrail.model.instance import Array
from stockrail.verification.facts import Mask

SAME_PROBABILITY = 1e-9
"""What two sums of probabilities may differ by."""

SAME_VIOLATION = 1e-6
"""Share of a period's largest violation that two equal ones may differ by."""

ZERO_DENOMINATOR = 1e-9
"""A denominator no larger than this is 0 but for rounding: stock or sales of a billionth of a unit of money."""


def tail_mean(values: Array, weights: Array, share: float) -> float:
    """Mean of the largest `share` of the values, a value on the edge counting in part; `share` is above 0, at most 1."""
    left, total = share, 0.0
    for k in np.argsort(-values):
        taken = min(left, float(weights[k]))
        total += taken * float(values[k])
        left -= taken
        if left <= 0:
            break
    return total / (share - left)


def exceeded_at_most(values: Array, weights: Array, alpha: float) -> float:
    """The smallest x that the values exceed with a probability of at most alpha; NaN without values."""
    smallest, above = np.nan, 0.0
    for k in np.argsort(-values):
        smallest, above = float(values[k]), above + float(weights[k])
        if above > alpha + SAME_PROBABILITY:
            break
    return smallest


def is_released(violations: Array, weights: Array, alpha: float) -> Mask:
    """Which nodes a chance of alpha lets off: the largest violations first, of equal ones the first node, each that still fits."""
    released = np.zeros(len(violations), dtype=bool)
    left, waiting = alpha + SAME_PROBABILITY, violations > 0
    tolerance = SAME_VIOLATION * np.max(violations, initial=0.0)
    while waiting.any():
        equal = waiting & (violations >= violations[waiting].max() - tolerance)
        for k in np.flatnonzero(equal):
            if weights[k] <= left:
                released[k] = True
                left -= float(weights[k])
        waiting &= ~equal
    return released


def is_positive(base: Array) -> Mask:
    """Where a denominator is not 0."""
    return np.asarray(np.abs(base) > ZERO_DENOMINATOR)


def quotient(amount: Array, base: Array) -> Array:
    """Amount over denominator, NaN where that is 0."""
    return np.asarray(np.divide(amount, base, out=np.full(len(base), np.nan), where=is_positive(base)))


def hold(
    holds: str, alpha: float, sign: float, amount: Array, base: Array, weight: Array, level: Array
) -> tuple[float, float, float]:
    """Value, excess and violation of one period whose nodes are judged together.

    Parameters
    ----------
    holds : "expected", "cvar" or "chance".
    sign : +1 for an upper limit, -1 for a lower one.
    amount, base, weight, level : [nodes], numerator, denominator (1 where the metric is no ratio), probability, limit.

    Returns
    -------
    The value in the unit of the limit, NaN where denominators are 0; by how much the law is broken, in the unit of the
    numerator, negative where there is room; what a soft price is paid for, the same unit, in expectation.
    """
    over = sign * (amount - level * base)
    mean_base = float(weight @ base)
    if holds == "chance":
        value = np.nan
        if is_positive(base).any():
            value = sign * exceeded_at_most(_bad(sign, amount, base), weight, alpha)
        counts = ~is_released(over, weight, alpha)
        return value, exceeded_at_most(over, weight, alpha), float(weight @ (np.maximum(0.0, over) * counts))
    if holds == "cvar":
        excess = tail_mean(over, weight, 1.0 - alpha)
        value = float(level[0]) + sign * excess / mean_base if mean_base > ZERO_DENOMINATOR else np.nan
    else:
        excess = float(weight @ over)
        value = float(weight @ amount) / mean_base if mean_base > ZERO_DENOMINATOR else np.nan
    return value, excess, max(0.0, excess)


def _bad(sign: float, amount: Array, base: Array) -> Array:
    """Ratios with large ones bad; where the denominator is 0, endlessly bad or good, as the numerator has it."""
    bad = sign * quotient(amount, base)
    for k in np.flatnonzero(~is_positive(base)):
        bad[k] = np.inf if sign * amount[k] > ZERO_DENOMINATOR else -np.inf
    return bad
