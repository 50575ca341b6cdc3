"""What every way to price a limit needs: which limits bind, how much their steps are, and the value function at a step."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.limit_moves import LimitKey, moved, room, slope, tightest
from stockrail.solvers.price import PriceRange, PriceStatus
from stockrail.solvers.result import InfeasibleError
from stockrail.solvers.value_function import Enough, Value, ValueFunction

RESOLVED = 10.0
"""An effect counts when it is this many times what values may be off."""

SMALL = 1e-6
"""Share of a guardrail's amounts below which a limit is 0."""

AT_LIMIT = 1e-3
"""Room below this share of a limit is none: then the price may begin right there."""


@dataclass(frozen=True)
class Direction:
    """What moving a limit one way showed: the price, how far it holds, and what could be resolved."""

    price: float
    reach: float
    resolution: float


@dataclass(frozen=True)
class Point:
    """The function at a distance from the limit, with its slope along the way there."""

    distance: float
    value: float
    error: float
    slope: float


class LimitPricing(ABC):
    """Prices limits from the value under the limits as they are.

    Parameters
    ----------
    base : value under `guardrails`.
    per_unit : `per_stated_unit` of the guardrails [rows].
    """

    is_quick = False
    """Whether prices are measured by a single step each way."""

    def __init__(self, values: ValueFunction, guardrails: Guardrails, base: Value, per_unit: Array) -> None:
        self._values = values
        self._guardrails = guardrails
        self._base = base
        self._per_unit = per_unit

    @abstractmethod
    def explore(self, key: LimitKey, direction: float) -> Direction:
        """Move a limit one way: up at direction +1, down at -1."""

    def worth(self, key: LimitKey) -> float:
        """What a limit earns by its multiplier, as a share of itself: in which order limits are priced."""
        return abs(slope(self._guardrails, key, self._base.prices, self._per_unit)) * self.size(key)

    def is_slack(self, key: LimitKey) -> bool:
        """Whether a limit has no price and room."""
        room_left = room(self._guardrails, key, self._base.usage, self._per_unit)
        return self.worth(key) == 0.0 and room_left > AT_LIMIT * self.size(key)

    def slack(self, key: LimitKey) -> PriceRange:
        """No price, from the largest amount used to no limit at all."""
        limit = tightest(self._guardrails, key)
        left = room(self._guardrails, key, self._base.usage, self._per_unit)
        is_upper = key.side == "upper"
        start, end = (limit - left, math.inf) if is_upper else (-math.inf, limit + left)
        return self._range(key, Direction(0.0, end - limit, 0.0), Direction(0.0, limit - start, 0.0), "slack")

    def solve(self, key: LimitKey) -> PriceRange:
        """The price of a limit that binds."""
        up, down = self.explore(key, 1.0), self.explore(key, -1.0)
        known = max(abs(one.price) - max(up.resolution, down.resolution) for one in (up, down))
        return self._range(key, up, down, "solved" if known >= 0 else "below what can be resolved")

    def size(self, key: LimitKey) -> float:
        """The size of a limit, which steps are shares of; of a limit of 0, of what is used or of the amounts."""
        limit = tightest(self._guardrails, key)
        scale = max(
            float(block.scale.max()) for block in self._guardrails.blocks if block.name == key.guardrail
        )
        left = room(self._guardrails, key, self._base.usage, self._per_unit)
        for size in (abs(limit), abs(left)):
            if np.isfinite(size) and size > SMALL * scale:
                return size
        return scale

    def at(
        self, key: LimitKey, direction: float, distance: float, is_enough: Enough | None = None
    ) -> Point | None:
        """The function some way from the limit; None where no plan holds there."""
        there = moved(self._guardrails, key, direction * distance)
        try:
            value = self._values.at(there, is_enough)
        except InfeasibleError:
            return None
        along = slope(there, key, value.prices, self._per_unit)
        return Point(distance, value.value, value.error, along)

    def price_to(self, point: Point, direction: float) -> tuple[float, float]:
        """Slope from the limit to a point, and the smallest price that could be told from none there."""
        price = (point.value - self._base.value) / (direction * point.distance)
        return price, RESOLVED * (point.error + self._base.error) / point.distance

    def is_over(self, key: LimitKey, direction: float, point: Point, price: float, resolution: float) -> bool:
        """Whether a price is nothing, for good: nothing is earned up to the point, nor by a looser limit than that."""
        is_loosened = (key.side == "upper") == (direction > 0)
        return is_loosened and abs(price) <= resolution and point.slope == 0.0

    @staticmethod
    def cannot_move(key: LimitKey) -> Direction:
        """Not even the smallest step can be made: tighter than this no plan holds."""
        return Direction(-math.inf if key.side == "lower" else math.inf, 0.0, 0.0)

    def _range(self, key: LimitKey, up: Direction, down: Direction, status: str) -> PriceRange:
        limit = tightest(self._guardrails, key)
        return PriceRange(
            key.guardrail,
            key.side,
            key.period,
            limit,
            up.price,
            down.price,
            limit - down.reach,
            limit + up.reach,
            max(up.resolution, down.resolution),
            PriceStatus(status),
            self.is_quick,
        )
