"""What one more and one less unit of a limit is worth, and how far that holds: finite differences of the value function.

A multiplier alone is not a price that anybody can act on: it says nothing about how far it holds, and at a kink any number
between the two slopes is a valid multiplier. So limits are moved up and down and solved again.
"""

import time
from collections.abc import Callable

from stockrail.model.guardrails import Guardrails
from stockrail.solvers.limit_moves import LimitKey, periods, sides, tightest
from stockrail.solvers.limit_pricing import RESOLVED, Direction, LimitPricing, Point
from stockrail.solvers.price import SAME, PriceRange, PriceStatus
from stockrail.solvers.quick_pricing import QuickPricing, is_rough
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.session import Session
from stockrail.solvers.value_function import StoppedError, ValueFunction

STEPS = (0.01, 0.02, 0.05, 0.10, 0.20)
"""Steps away from a limit, as shares of it."""

SMALLER, MOST_SMALLER = 5.0, 2
"""Factor by which the first step shrinks while the slope changes within it, and how often."""

MOST_REFINEMENTS = 2
"""Solves spent on finding where between two steps a price ends."""


def price_ranges(
    session: Session,
    guardrails: Guardrails,
    options: SolveOptions,
    *,
    by_period: bool,
    time_limit: float,
    is_quick: bool = False,
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
    is_quick : whether one step up and one down has to do for each limit: see `QuickPricing` for what is known then.
    on_progress : called before each limit is priced with the number done, of all to do, and which comes.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails as they are.
    """
    deadline = time.perf_counter() + time_limit
    keys = sides(guardrails)
    try:
        is_enough = is_rough if is_quick else None
        values = ValueFunction(
            session,
            guardrails,
            options,
            deadline=deadline,
            is_cancelled=is_cancelled,
            is_enough=is_enough,
        )
        base = values.at(guardrails, is_enough)
    except StoppedError:
        return [_open(guardrails, key) for key in keys]
    stock = session.pool.stock(session.incumbents[-1] if session.incumbents else session.pool.plans[-1])
    method = QuickPricing if is_quick else _FullPricing
    pricing = method(values, guardrails, base, guardrails.per_stated_unit(stock))
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
    nan, limit = float("nan"), tightest(guardrails, key)
    return PriceRange(key.guardrail, key.side, key.period, limit, nan, nan, nan, nan, nan, PriceStatus.OPEN)


class _FullPricing(LimitPricing):
    """Prices with their whole range, at the precision of the value function."""

    def explore(self, key: LimitKey, direction: float) -> Direction:
        """Move the limit one way, first far enough to see an effect, then as far as the price holds."""
        steps = [step * self.size(key) for step in STEPS]
        here = Point(0.0, self._base.value, self._base.error, 0.0)
        point, beyond = self._first(key, direction, steps)
        if point is None:
            return self.cannot_move(key)
        price, resolution = self.price_to(point, direction)
        if self.is_over(key, direction, point, price, resolution):
            return Direction(price, float("inf"), resolution)
        for step in steps:
            if beyond is not None or step <= point.distance:
                continue
            following = self.at(key, direction, step)
            if following is None or self._departs(price, point, following, direction):
                beyond = following
                break
            point = following
        if beyond is not None:
            point = self._refine(key, direction, price, here, point, beyond)
        return Direction(price, point.distance, resolution)

    def _first(
        self, key: LimitKey, direction: float, steps: list[float]
    ) -> tuple[Point | None, Point | None]:
        """The first step: as small as the slope within it asks for, as large as an effect can be seen.

        Returns it, and a point beyond it where the slope is known to be another; None where no step can be made.
        """
        point, beyond = self.at(key, direction, steps[0]), None
        for _ in range(MOST_SMALLER):
            if point is not None:
                effect = abs(point.value - self._base.value)
                is_small = effect / SMALLER < RESOLVED * (point.error + self._base.error)
                secant = (point.value - self._base.value) / (direction * point.distance)
                if is_small or abs(point.slope - secant) <= SAME * abs(secant):
                    break
            distance = steps[0] if point is None and beyond is None else (point or beyond).distance  # type: ignore[union-attr]
            smaller = self.at(key, direction, distance / SMALLER)
            if smaller is None:
                break
            point, beyond = smaller, point
        if point is not None and beyond is None:
            for step in steps[1:]:
                effect = abs(point.value - self._base.value)
                if effect >= RESOLVED * (point.error + self._base.error) or point.slope == 0.0:
                    break
                larger = self.at(key, direction, step)
                if larger is None:
                    break
                point = larger
        return point, beyond

    def _departs(self, price: float, before: Point, after: Point, direction: float) -> bool:
        length = after.distance - before.distance
        segment = (after.value - before.value) / (direction * length)
        return abs(segment - price) > SAME * abs(price) + 2.0 * (before.error + after.error) / length

    def _refine(
        self, key: LimitKey, direction: float, price: float, here: Point, within: Point, beyond: Point
    ) -> Point:
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
            point = self.at(key, direction, distance)
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
