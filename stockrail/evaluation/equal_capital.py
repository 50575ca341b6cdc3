"""Every baseline at the same working capital: what is measured, and the multiplier that reaches it (docs/formulation.md, section 16)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

TOLERANCE = 0.01
"""Share of the capital aimed at that a baseline may be off by and still count as equal."""

CLOSE = 0.003
"""Share at which the search for the multiplier stops."""

MOST_TRIES = 24
"""Simulations of the training paths for one baseline."""

LARGEST_STEP = 4.0
"""Factor by which the multiplier moves at most while capital is only above, or only below, what is aimed at."""

LEAST_SCALE, MOST_SCALE = 1e-3, 1e4
"""Multipliers beyond this change nothing any more."""


@dataclass(frozen=True)
class Scaled:
    """What the search for equal capital found.

    Attributes
    ----------
    scale : the multiplier.
    capital : what the baseline uses with it on the training paths, money.
    target : what was aimed at, money.
    tries : simulations that it took.
    """

    scale: float
    capital: float
    target: float
    tries: int

    @property
    def is_reached(self) -> bool:
        """Whether capital is equal within the tolerance."""
        return abs(self.capital - self.target) <= TOLERANCE * abs(self.target)


def scale_to(
    capital_of: Callable[[float], float], target: float, start: float, *, tolerance: float = CLOSE
) -> Scaled:
    """Find the multiplier with which a baseline uses the capital aimed at, by bisection of its logarithm.

    Capital in whole lots moves in jumps, so that the target may lie in one; then the nearest multiplier seen is the answer,
    and `Scaled.is_reached` says whether that is near enough.

    Parameters
    ----------
    capital_of : capital for a multiplier, rising with it; on training paths, never on those of the test.
    target : money, above 0.
    start : the multiplier with which the baseline is as stated.

    Raises
    ------
    ValueError
        The target is not above 0.
    """
    if not target > 0:
        raise ValueError(f"The capital to reach is {target}: it must be above 0.")
    seen: dict[float, float] = {}

    def ask(scale: float) -> float:
        seen[scale] = capital_of(scale)
        return seen[scale]

    def is_near(capital: float) -> bool:
        return abs(capital - target) <= tolerance * target

    low, high = 0.0, math.inf  # multipliers with too little, with too much
    scale, step = start, 1.0
    while len(seen) < MOST_TRIES:
        capital = ask(scale)
        if is_near(capital):
            break
        if capital < target:
            low = max(low, scale)
        else:
            high = min(high, scale)
        if low > 0.0 and math.isfinite(high):
            scale = math.sqrt(low * high)
            if high / low < 1.0 + 1e-6:
                break  # the target lies in a jump
            continue
        # Far off, steps grow; capital per multiplier is not known before.
        step = min(step * 1.6, LARGEST_STEP)
        scale = scale * step if capital < target else scale / step
        if not LEAST_SCALE <= scale <= MOST_SCALE:
            break
    best = min(seen, key=lambda known: abs(seen[known] - target))
    return Scaled(best, seen[best], target, len(seen))
