"""The order rules of docs/formulation.md, section 3, on simulated orders: repaired where a policy breaks them, and counted."""

from dataclasses import dataclass, field

import numpy as np

from stockrail.model.tree import IntArray
from stockrail.simulation.world import BoolArray, World


@dataclass
class Repairs:
    """Orders that a policy wanted and the rules did not let it have.

    Attributes
    ----------
    raised : below the smallest order, and raised to it.
    dropped : below half of the smallest order, and not placed.
    lowered : above the largest order, and cut to it.
    refused : where the calendar or the horizon allow none, or another order is fixed.
    """

    raised: int = 0
    dropped: int = 0
    lowered: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.raised + self.dropped + self.lowered + self.refused


@dataclass
class OrderRules:
    """The rules of a world, and what they had to repair so far."""

    world: World
    repairs: Repairs = field(default_factory=Repairs)

    def is_allowed(self, period: int, delay_periods: IntArray) -> BoolArray:
        """Where a policy is free to order [paths, items]: calendar, nothing fixed, arrival within the horizon.

        Parameters
        ----------
        delay_periods : int [paths, suppliers], of orders placed now.
        """
        world = self.world
        is_open = world.is_calendar[:, period] & ~world.is_fixed[:, period]
        latest = world.periods - 1 - period - world.lead_time_periods
        if not delay_periods.any():
            return np.asarray(np.broadcast_to(is_open & (latest >= 0), (len(delay_periods), world.items)))
        return np.asarray(is_open & (delay_periods[:, world.supplier] <= latest))

    def enforce(self, wanted: IntArray, is_allowed: BoolArray, period: int) -> IntArray:
        """Lots that are ordered [paths, items], for those that a policy wants.

        Raises
        ------
        ValueError
            A policy wants a negative number of lots, or not one number for each path and item.
        """
        world = self.world
        if wanted.shape != is_allowed.shape or not np.issubdtype(wanted.dtype, np.integer):
            raise ValueError(
                f"Expected whole lots {list(is_allowed.shape)} of a policy, got {wanted.dtype} {list(wanted.shape)}."
            )
        if (wanted < 0).any():
            raise ValueError("A policy wants a negative number of lots; orders cannot be taken back.")
        minimum, maximum = world.minimum_lots, world.maximum_lots
        is_fixed = np.broadcast_to(world.is_fixed[:, period], wanted.shape)
        fixed = world.fixed_lots[:, period]
        is_free = is_allowed & (wanted > 0)
        is_tiny = is_free & (2 * wanted < minimum)
        is_small = is_free & (wanted < minimum) & ~is_tiny
        is_large = is_free & (maximum >= 0) & (wanted > maximum)
        self.repairs.dropped += int(is_tiny.sum())
        self.repairs.raised += int(is_small.sum())
        self.repairs.lowered += int(is_large.sum())
        # Where an order is fixed, wanting that one or none is no quarrel with it.
        self.repairs.refused += int(((wanted > 0) & ~is_allowed & ~(is_fixed & (wanted == fixed))).sum())
        lots = np.where(is_free & ~is_tiny, wanted, 0)
        lots = np.where(is_small, minimum, lots)
        lots = np.where(is_large, maximum, lots)
        return np.asarray(np.where(is_fixed, fixed, lots))
