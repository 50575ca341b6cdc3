"""Prices from one step up and one step down, no more precise than that takes: what a plan can afford to show."""

import math

from stockrail.solvers.limit_moves import LimitKey
from stockrail.solvers.limit_pricing import Direction, LimitPricing

ROUGH = 2e-6
"""Relative error at which the value under the limits as they are is known well enough."""

VISIBLE = 25.0
"""A step is long enough when its effect, by the multiplier, is this many times the error of the value it starts from."""

SHORTEST, LONGEST = 0.0025, 0.1
"""Shortest and longest step, as shares of the limit."""

SHORTER, MOST_SHORTER = 5.0, 2
"""Factor by which a step shrinks where no plan holds at its end, and how often."""


def is_rough(value: float, error: float) -> bool:
    """Whether a value is known well enough to start from."""
    return error <= ROUGH * max(abs(value), 1.0)


class QuickPricing(LimitPricing):
    """Prices as averages over one step each way.

    The value is a concave function of a limit. So the average price of any smaller move lies between the averages over the two
    steps, and where these are the same within a tenth, it is a price for all moves in between: the range that is given. How
    much further it holds is not asked.
    """

    is_quick = True

    def explore(self, key: LimitKey, direction: float) -> Direction:
        """Move the limit one step, long enough for its effect to be seen and otherwise short."""
        distance = self._step(key)
        for _ in range(1 + MOST_SHORTER):
            point = self.at(key, direction, distance, self._is_seen)
            if point is not None:
                price, resolution = self.price_to(point, direction)
                is_over = self.is_over(key, direction, point, price, resolution)
                return Direction(price, math.inf if is_over else distance, resolution)
            distance /= SHORTER
        return self.cannot_move(key)

    def _step(self, key: LimitKey) -> float:
        size = self.size(key)
        longest, worth = LONGEST * size, self.worth(key)
        if worth == 0.0:
            return longest
        return min(max(VISIBLE * self._base.error / worth, SHORTEST) * size, longest)

    def _is_seen(self, value: float, error: float) -> bool:
        """Whether the error is as small as the start's or a small share of the effect."""
        return is_rough(value, error) or error <= abs(value - self._base.value) / VISIBLE
