"""How far the price of each row may move from the best one known."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.tree import Array

FIRST_RADIUS = 0.0003
SMALLEST_RADIUS, LARGEST_RADIUS = 1e-8, 1e6

RIGHT, HARDLY_RIGHT = 0.5, 0.1
"""Shares of the gain that the model hoped for from which on it is trusted further, and below which less far."""

ONWARD, BACK = 1.5, 0.6
"""Change of a row's reach where the answer asks for a further step the same way, and where the step went too far."""


@dataclass
class TrustRegion:
    """The reach of each row's price: a radius for all, which follows how right the model was, times a factor of its own.

    Parameters
    ----------
    unit : [rows], steps of the prices that are comparable with one another.
    """

    unit: Array
    radius: float = FIRST_RADIUS
    is_misled: bool = False
    """Whether the model was hardly right last: then its small hopes tell of a small reach, not of prices near the best."""

    def __post_init__(self) -> None:
        self._factor = np.ones_like(self.unit)

    @property
    def reach(self) -> Array:
        """How far each price may move [rows]."""
        return np.asarray(self.radius * self._factor * self.unit)

    def learn(self, hoped: float, gained: float, moved: Array, excess: Array) -> None:
        """Adapt to what the model hoped to gain and what was gained, both in money, and row by row.

        `moved` [rows] is the step of the prices, `excess` [rows] what the answer at the new ones uses beyond the limits: the
        price of a row that is still exceeded was not yet high enough.
        """
        self.is_misled = gained < HARDLY_RIGHT * hoped
        if gained > RIGHT * hoped:
            self.radius = min(2.0 * self.radius, LARGEST_RADIUS)
        elif self.is_misled:
            self.radius = max(0.5 * self.radius, SMALLEST_RADIUS)
        agrees = np.sign(moved) * np.sign(excess)
        self._factor[agrees > 0] *= ONWARD
        self._factor[agrees < 0] *= BACK
