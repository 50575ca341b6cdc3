"""Costs of one order, with and without quantity breaks, against every number of lots."""

import numpy as np
import pytest

from stockrail.model.quantity_breaks import NO_LAST_LOT, saving_of
from stockrail.solvers.recursion_orders import (
    NO_CEILING,
    NO_FLOOR,
    band_levels,
    stay_or_order,
    stay_or_order_by_tier,
    steps_of,
)

LEVELS = 7
SHIFT = 1
"""Level 0 here is the parent's level 1."""

FREE = (NO_FLOOR, NO_CEILING, 0, 0, 0)
"""Floor, ceiling, smallest and largest order and last level with room, where there is no band."""


class Order:
    """A random order rule with breaks: two or three tiers, a minimum, perhaps a maximum, costs of either sign."""

    def __init__(self, rng: np.random.Generator, grid: int) -> None:
        tiers = int(rng.integers(1, 4))
        self.first = np.concatenate([[1], 1 + np.cumsum(rng.integers(1, 2 * grid + 2, size=tiers - 1))])
        self.last = np.append(self.first[1:] - 1, NO_LAST_LOT)
        # Savings grow with lots within tiers and from one to the next, as quantity breaks make them.
        self.slope = np.concatenate([[0.0], np.sort(rng.uniform(0.1, 2.0, size=tiers - 1))])
        self.fixed = np.zeros(tiers)
        for p in range(1, tiers):
            before = self.fixed[p - 1] + self.slope[p - 1] * self.last[p - 1]
            self.fixed[p] = before + rng.uniform(0.0, 2.0) - self.slope[p] * self.last[p - 1]
        self.minimum = int(rng.integers(1, 2 * grid + 1))
        self.maximum = self.minimum + int(rng.integers(0, 3 * grid)) if rng.random() < 0.5 else NO_LAST_LOT
        self.order_cost = float(rng.normal())
        self.saving = float(rng.normal())
        self.floor, self.ceiling = NO_FLOOR, NO_CEILING

    def with_band(self, rng: np.random.Generator, grid: int) -> "Order":
        """The same in a random band, in lots above level 0."""
        self.floor = int(rng.integers(-grid, LEVELS * grid))
        self.ceiling = self.floor + int(rng.integers(0, 2 * grid + 1))
        return self

    def cost(self, lots: int) -> float:
        """Cost of an order of some lots; infinite where the rule forbids it."""
        if not self.minimum <= lots <= self.maximum:
            return np.inf
        saved = saving_of(lots, self.first, self.last, self.fixed, self.slope)
        return self.order_cost + self.saving * saved

    def by_tier(self, after: np.ndarray, grid: int, *, is_bucketed: bool) -> tuple[np.ndarray, np.ndarray]:
        """The compiled answer for parents at levels 0 to LEVELS - 1: cost and the level that is best."""
        out, choice = np.empty(LEVELS), np.empty(LEVELS, np.int32)
        band = FREE
        if self.floor != NO_FLOOR:
            limit = LEVELS * grid - 1 if is_bucketed else (LEVELS - 1) * grid
            band = band_levels(self.floor, self.ceiling, limit, self.minimum, self.maximum, grid, is_bucketed)
        stay_or_order_by_tier(
            after, LEVELS - 1, LEVELS - 1, SHIFT, grid, is_bucketed, self.minimum, self.maximum, self.order_cost,
            self.saving, len(self.first), self.first, self.last, self.fixed, self.slope, *band, np.empty(LEVELS),
            np.empty(LEVELS + 1, np.int64), np.empty(LEVELS), np.empty(LEVELS, np.int32), out, choice,
        )  # fmt: skip
        return out, choice

    def by_lots(self, after: np.ndarray, grid: int, *, is_bucketed: bool) -> np.ndarray:
        """The least cost by the parent's level over all lots that lead from it, or from its bucket, to any level."""
        inside = range(grid) if is_bucketed else range(1)
        best = np.full(LEVELS, np.inf)
        for level in range(LEVELS):
            for to in range(LEVELS):
                before, last = (level - SHIFT) * grid, (LEVELS - 1) * grid + len(inside) - 1
                costs = [
                    0.0 if start == end else self.cost(end - start)
                    for start in range(before, before + len(inside))
                    for end in range(to * grid, to * grid + len(inside))
                    if start <= end and self.is_in_band(start, end, last)
                ]
                best[level] = min([best[level], *(after[to] + cost for cost in costs)])
        return best

    def is_in_band(self, before: int, after: int, limit: int) -> bool:
        """The laws of docs/formulation.md, section 10, lot by lot."""
        if after == before:
            return before >= self.floor or before + self.minimum > limit
        required = min(self.floor, before + self.maximum, limit)
        return required <= after <= max(self.ceiling, before + self.minimum)


@pytest.mark.parametrize("grid", [1, 2, 4])
def test_on_grid_points_tiers_are_exact(grid: int) -> None:
    """The least over all numbers of grid steps, and the level it leads to, is the least cost of any tier's window."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        order, after = Order(rng, grid), rng.normal(size=LEVELS)
        out, choice = order.by_tier(after, grid, is_bucketed=False)
        np.testing.assert_allclose(out, order.by_lots(after, grid, is_bucketed=False), atol=1e-12)
        for level in np.flatnonzero(np.isfinite(out)):
            lots = int(choice[level] + SHIFT - level) * grid
            cost = 0.0 if lots == 0 else order.cost(lots)
            assert out[level] == pytest.approx(after[choice[level]] + cost)


@pytest.mark.parametrize("shift", [0, 2, 9])
def test_a_window_elsewhere_keeps_the_rule(shift: int) -> None:
    """The parent's levels may begin far below those here: the least over every order of `fewest` to `most` steps."""
    bound = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        after = rng.normal(size=LEVELS)
        fewest = int(rng.integers(1, 4))
        most = fewest + int(rng.integers(0, 12))
        out, choice = np.empty(LEVELS), np.empty(LEVELS, np.int32)
        stay_or_order(
            after, LEVELS - 1, LEVELS - 1, shift, fewest, most, 0.5, 0.0, True, *FREE, np.empty(LEVELS + 1, np.int64),
            out, choice,
        )  # fmt: skip
        for level in range(LEVELS):
            here = level - shift
            costs = [
                after[to] + (0.0 if to == here else 0.5)
                for to in range(LEVELS)
                if to == here or fewest <= to - here <= most
            ]
            assert out[level] == min(costs, default=np.inf)
            bound += any(to - here > most for to in range(LEVELS))
    assert bound > 50  # the rule binds, also where it allows more steps than there are levels here


def test_in_a_band_lots_are_exact() -> None:
    """With one lot a level, the least over all orders that keep floor and ceiling."""
    forbidden = 0
    for seed in range(500):
        rng = np.random.default_rng(seed)
        order, after = Order(rng, 1), rng.normal(size=LEVELS)
        free, _ = order.by_tier(after, 1, is_bucketed=False)
        out, choice = order.with_band(rng, 1).by_tier(after, 1, is_bucketed=False)
        np.testing.assert_allclose(out, order.by_lots(after, 1, is_bucketed=False), atol=1e-12)
        for level in np.flatnonzero(np.isfinite(out)):
            assert order.is_in_band(int(level) - SHIFT, int(choice[level]), LEVELS - 1)
        forbidden += int((out > free).any())
    assert forbidden > 200  # the bands are no formality


@pytest.mark.parametrize("grid", [2, 3, 8])
def test_in_a_band_buckets_are_a_bound(grid: int) -> None:
    """Never dearer than the cheapest order from some lots of a bucket to some lots of another that keeps the band."""
    for seed in range(300):
        rng = np.random.default_rng(seed)
        order, after = Order(rng, grid).with_band(rng, grid), rng.normal(size=LEVELS)
        out, _ = order.by_tier(after, grid, is_bucketed=True)
        assert (out <= order.by_lots(after, grid, is_bucketed=True) + 1e-12).all()


@pytest.mark.parametrize("grid", [2, 3, 8])
def test_between_buckets_tiers_are_a_bound(grid: int) -> None:
    """Never dearer than the cheapest order from one bucket to another or inside one, and mostly exactly that.

    It is below where the cheapest number of lots for the steps lies outside of the tier.
    """
    distance = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        order, after = Order(rng, grid), rng.normal(size=LEVELS)
        out, _ = order.by_tier(after, grid, is_bucketed=True)
        best = order.by_lots(after, grid, is_bucketed=True)
        assert (out <= best + 1e-12).all()
        is_there = np.isfinite(best)
        distance += (best - out)[is_there].tolist()
    assert np.mean(np.array(distance) < 1e-9) > 0.5


@pytest.mark.parametrize("is_bucketed", [False, True])
def test_without_breaks_it_is_one_window(is_bucketed: bool) -> None:
    """An item whose only tier saves nothing costs the same with tiers and in the one window that items without breaks have."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        grid = 4
        order, after = Order(rng, grid), rng.normal(size=LEVELS)
        order.first, order.last = np.array([1]), np.array([NO_LAST_LOT])
        order.fixed = order.slope = np.zeros(1)
        fewest, most = steps_of(order.minimum, order.maximum, grid, is_bucketed)
        can_hide = is_bucketed and order.minimum < grid
        stay_cost = min(0.0, order.order_cost) if can_hide else 0.0
        out, choice = np.empty(LEVELS), np.empty(LEVELS, np.int32)
        stay_or_order(
            after, LEVELS - 1, LEVELS - 1, SHIFT, fewest, most, order.order_cost, stay_cost, True,
            *FREE, np.empty(LEVELS + 1, np.int64), out, choice,
        )  # fmt: skip
        expected, expected_choice = order.by_tier(after, grid, is_bucketed=is_bucketed)
        np.testing.assert_allclose(out, expected)
        np.testing.assert_array_equal(choice, expected_choice)
        np.testing.assert_allclose(out, order.by_lots(after, grid, is_bucketed=is_bucketed))


@pytest.mark.parametrize(
    ("least", "most", "on_points", "between_buckets"),
    [
        (1, 3, (1, 0), (1, 1)),
        (4, 4, (1, 1), (1, 1)),
        (5, 9, (2, 2), (1, 3)),
    ],
)
def test_steps_of_lots(
    least: int, most: int, on_points: tuple[int, int], between_buckets: tuple[int, int]
) -> None:
    """With 4 lots a step no whole step has 1 to 3 lots, but such an order fits from one bucket to the next.

    4 lots are one step wherever in its bucket an order begins; 5 from lot 0 are one as well, and 9 from lot 3 are three.
    """
    assert steps_of(least, most, 4, False) == on_points
    assert steps_of(least, most, 4, True) == between_buckets
