"""What one more and one less unit of a limit is worth, and how far that holds: finite differences of the value function.

A multiplier alone is not a price that anybody can act on: it says nothing about how far it holds, and at a kink any number
between the two slopes is a valid multiplier. So limits are moved up and down and solved again.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.limit_moves import LimitKey, moved, periods, room, sides, slope, tightest
from stockrail.solvers.price import SAME, PriceRange, PriceStatus
from stockrail.solvers.result import InfeasibleError, SolveOptions
from stockrail.solvers.session import Session
from stockrail.solvers.value_function import StoppedError, Value, ValueFunction

STEPS = (0.01, 0.02, 0.05, 0.10, 0.20)
"""Steps away from a limit, as shares of it."""

SMALLER, MOST_SMALLER = 5.0, 2
"""Factor by which the first step shrinks while the slope changes within it, and how often."""

MOST_REFINEMENTS = 2
"""Solves spent on finding where between two steps a price ends."""

RESOLVED = 10.0
"""An effect counts when it is this many times what values may be off."""

SMALL = 1e-6
"""Share of a guardrail's amounts below which a limit is 0."""

AT_LIMIT = 1e-3
"""Room below this share of a limit is none: then the price may begin right there."""


def price_ranges(
    session: Session,
    guardrails: Guardrails,
    options: SolveOptions,
    *,
    by_period: bool,
    time_limit: float,
    on_progress: Callable[[int, int, LimitKey], None] = lambda done, total, key: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[PriceRange]:
    """Price every side of every guardrail, and with `by_period` each single period of those that have a price.

    The most valuable limits come first when the time is short; what could not be computed says so. The session ends under
    `guardrails` again.

    Parameters
    ----------
    session : best one that has solved under `guardrails` already; all it knows is used, and what is found joins it.
    time_limit : seconds from now, the last move excepted.
    on_progress : called before each limit is priced with the number done, of all to do, and which comes.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails as they are.
    """
    deadline = time.perf_counter() + time_limit
    keys = sides(guardrails)
    try:
        values = ValueFunction(session, guardrails, options, deadline=deadline, is_cancelled=is_cancelled)
        base = values.at(guardrails)
    except StoppedError:
        return [_open(guardrails, key) for key in keys]
    stock = session.pool.stock(session.incumbents[-1] if session.incumbents else session.pool.plans[-1])
    pricing = _Pricing(values, guardrails, base, guardrails.per_stated_unit(stock))
    if by_period:
        for key in list(keys):
            several = periods(guardrails, key)
            if len(several) > 1:
                keys += [LimitKey(key.guardrail, key.side, period) for period in several]
    worth = {key: pricing.worth(key) for key in keys}
    found = {key: pricing.slack(key) for key in keys if pricing.is_slack(key)}
    todo = sorted(
        (key for key in keys if key not in found), key=lambda key: (key.period is not None, -worth[key])
    )
    for done, key in enumerate(todo):
        on_progress(done, len(todo), key)
        try:
            found[key] = pricing.solve(key)
        except StoppedError:
            break
    session.adopt(guardrails)
    return [found.get(key) or _open(guardrails, key) for key in keys]


def _open(guardrails: Guardrails, key: LimitKey) -> PriceRange:
    nan = float("nan")
    return _range(guardrails, key, nan, nan, nan, nan, nan, PriceStatus.OPEN)


def _range(
    guardrails: Guardrails,
    key: LimitKey,
    up: float,
    down: float,
    start: float,
    end: float,
    resolution: float,
    status: PriceStatus,
) -> PriceRange:
    limit = tightest(guardrails, key)
    return PriceRange(key.guardrail, key.side, key.period, limit, up, down, start, end, resolution, status)


@dataclass(frozen=True)
class _Direction:
    """What moving a limit one way showed: the price, how far it holds, and what could be resolved."""

    price: float
    reach: float
    resolution: float


@dataclass(frozen=True)
class _Point:
    """The function at a distance from the limit, with its slope along the way there."""

    distance: float
    value: float
    error: float
    slope: float


class _Pricing:
    def __init__(self, values: ValueFunction, guardrails: Guardrails, base: Value, per_unit: Array) -> None:
        self._values = values
        self._guardrails = guardrails
        self._base = base
        self._per_unit = per_unit

    def worth(self, key: LimitKey) -> float:
        """What a limit earns by its multiplier, as a share of itself: in which order limits are priced."""
        return abs(slope(self._guardrails, key, self._base.prices, self._per_unit)) * self._size(key)

    def is_slack(self, key: LimitKey) -> bool:
        """Whether a limit has no price and room."""
        room_left = room(self._guardrails, key, self._base.usage, self._per_unit)
        return self.worth(key) == 0.0 and room_left > AT_LIMIT * self._size(key)

    def slack(self, key: LimitKey) -> PriceRange:
        """No price, from the largest amount used to no limit at all."""
        limit = tightest(self._guardrails, key)
        left = room(self._guardrails, key, self._base.usage, self._per_unit)
        is_upper = key.side == "upper"
        start, end = (limit - left, math.inf) if is_upper else (-math.inf, limit + left)
        return _range(self._guardrails, key, 0.0, 0.0, start, end, 0.0, PriceStatus.SLACK)

    def solve(self, key: LimitKey) -> PriceRange:
        """The price of a limit that binds."""
        limit = tightest(self._guardrails, key)
        up, down = self._explore(key, 1.0), self._explore(key, -1.0)
        resolution = max(up.resolution, down.resolution)
        known = max(abs(up.price) - up.resolution, abs(down.price) - down.resolution)
        status = PriceStatus.SOLVED if known >= 0 else PriceStatus.UNRESOLVED
        return _range(
            self._guardrails,
            key,
            up.price,
            down.price,
            limit - down.reach,
            limit + up.reach,
            resolution,
            status,
        )

    def _size(self, key: LimitKey) -> float:
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

    def _explore(self, key: LimitKey, direction: float) -> _Direction:
        """Move the limit one way, first far enough to see an effect, then as far as the price holds."""
        steps = [step * self._size(key) for step in STEPS]
        here = _Point(0.0, self._base.value, self._base.error, 0.0)
        point, beyond = self._first(key, direction, steps)
        if point is None:
            # Not even the smallest step can be made: tighter than this no plan holds.
            return _Direction(direction * -math.inf if key.side == "lower" else math.inf, 0.0, 0.0)
        price = (point.value - here.value) / (direction * point.distance)
        resolution = RESOLVED * (point.error + here.error) / point.distance
        is_loosened = (key.side == "upper") == (direction > 0)
        if is_loosened and abs(price) <= resolution and point.slope == 0.0:
            return _Direction(price, math.inf, resolution)
        for step in steps:
            if beyond is not None or step <= point.distance:
                continue
            following = self._at(key, direction, step)
            if following is None or self._departs(price, point, following, direction):
                beyond = following
                break
            point = following
        if beyond is not None:
            point = self._refine(key, direction, price, here, point, beyond)
        return _Direction(price, point.distance, resolution)

    def _first(
        self, key: LimitKey, direction: float, steps: list[float]
    ) -> tuple[_Point | None, _Point | None]:
        """The first step: as small as the slope within it asks for, as large as an effect can be seen.

        Returns it, and a point beyond it where the slope is known to be another; None where no step can be made.
        """
        point, beyond = self._at(key, direction, steps[0]), None
        for _ in range(MOST_SMALLER):
            if point is not None:
                effect = abs(point.value - self._base.value)
                is_small = effect / SMALLER < RESOLVED * (point.error + self._base.error)
                secant = (point.value - self._base.value) / (direction * point.distance)
                if is_small or abs(point.slope - secant) <= SAME * abs(secant):
                    break
            distance = steps[0] if point is None and beyond is None else (point or beyond).distance  # type: ignore[union-attr]
            smaller = self._at(key, direction, distance / SMALLER)
            if smaller is None:
                break
            point, beyond = smaller, point
        if point is not None and beyond is None:
            for step in steps[1:]:
                effect = abs(point.value - self._base.value)
                if effect >= RESOLVED * (point.error + self._base.error) or point.slope == 0.0:
                    break
                larger = self._at(key, direction, step)
                if larger is None:
                    break
                point = larger
        return point, beyond

    def _departs(self, price: float, before: _Point, after: _Point, direction: float) -> bool:
        length = after.distance - before.distance
        segment = (after.value - before.value) / (direction * length)
        return abs(segment - price) > SAME * abs(price) + 2.0 * (before.error + after.error) / length

    def _refine(
        self, key: LimitKey, direction: float, price: float, here: _Point, within: _Point, beyond: _Point
    ) -> _Point:
        """The furthest point known to keep the price, between one that does and one that does not.

        A concave function lies below the line from here and below the line through the point beyond. Where it reaches
        their crossing, that is where the price ends; else the crossing itself tells more.
        """
        for _ in range(MOST_REFINEMENTS):
            turn = direction * (price - beyond.slope)
            if turn == 0.0:
                break
            distance = (beyond.value - direction * beyond.slope * beyond.distance - here.value) / turn
            if not 1.01 * within.distance < distance < 0.99 * beyond.distance:
                break
            point = self._at(key, direction, distance)
            if point is None:
                break
            off = abs(point.value - (here.value + direction * price * distance))
            if off <= 3.0 * (point.error + here.error + within.error * distance / within.distance):
                return point
            if abs(point.slope - price) <= SAME * abs(price):
                within = point
            else:
                beyond = point
        return within

    def _at(self, key: LimitKey, direction: float, distance: float) -> _Point | None:
        """The function some way from the limit; None where no plan holds there."""
        there = moved(self._guardrails, key, direction * distance)
        try:
            value = self._values.at(there)
        except InfeasibleError:
            return None
        along = slope(there, key, value.prices, self._per_unit)
        return _Point(distance, value.value, value.error, along)
