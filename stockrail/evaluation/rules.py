"""What baselines do in a simulation: order by levels of the inventory position, follow the plan of a mean, or know the path."""

from dataclasses import dataclass

import numpy as np

from stockrail.evaluation.levels import Levels
from stockrail.model.tree import Array, IntArray
from stockrail.simulation.following import Follower
from stockrail.simulation.policies import lots_up_to
from stockrail.simulation.state import State

ROUNDING = 1e-9
"""Part of a lot that does not make another one, against the rounding of floating-point division."""


class LevelRule:
    """Orders where the position is at or below the reorder point: up to `order_up_to`, or economic lots.

    Parameters
    ----------
    levels : by node of a tree, or by period [items, periods] where paths are not followed through one.
    follower : says at which node a path is; None for levels by period.
    """

    def __init__(self, levels: Levels, follower: Follower | None) -> None:
        self._levels, self._follower = levels, follower

    def orders(self, state: State) -> IntArray:
        """Lots [paths, items]."""
        at = np.array([state.period]) if self._follower is None else self._follower.node(state)
        levels, lot_size = self._levels, state.world.lot_size
        reorder_point = levels.reorder_point[:, at].T
        missing = reorder_point - state.position
        if levels.lot_units is None:
            lots = lots_up_to(state, levels.order_up_to[:, at].T)
        else:
            # As many economic lots as bring the position above the reorder point.
            lot = np.maximum(np.rint(levels.lot_units / lot_size), 1.0) * lot_size
            times = np.floor(missing / lot + ROUNDING) + 1.0
            lots = lots_up_to(state, state.position + times * lot)
        return np.asarray(np.where(missing >= -ROUNDING, lots, 0))


@dataclass(frozen=True)
class FollowedPlan:
    """Follows the plan of one path on any path: up to the position that the plan has after its order, where the plan orders, and elsewhere as
    soon as that takes a smallest order and the noise of the protection interval.

    Attributes
    ----------
    position : [items, periods], units, the position after the period's demand and the plan's order.
    lots : int [items, periods], what the plan orders.
    first_period : period of the simulation in which the plan begins.
    """

    position: Array
    lots: IntArray
    first_period: int = 0

    @staticmethod
    def of(
        opening: Array, demand: Array, lots: IntArray, lot_size: Array, first_period: int = 0
    ) -> "FollowedPlan":
        """Follow orders [items, periods] that were made for a demand [items, periods].

        Parameters
        ----------
        opening : [items], units in stock and on open orders at the start.
        """
        position = opening[:, None] + np.cumsum(lot_size[:, None] * lots - demand, axis=1)
        return FollowedPlan(position, lots, first_period)

    def orders(self, state: State) -> IntArray:
        """Lots [paths, items]."""
        world, t = state.world, state.period - self.first_period
        wanted = np.rint((self.position[:, t] - state.position) / world.lot_size)
        is_large = (wanted >= world.minimum_lots) & (
            wanted * world.lot_size >= np.maximum(world.protection_sigma[:, state.period], world.lot_size)
        )
        lots = lots_up_to(state, state.position + wanted * world.lot_size)
        return np.asarray(np.where(((self.lots[:, t] > 0) & (wanted > 0)) | is_large, lots, 0))


@dataclass(frozen=True)
class KnownOrders:
    """Orders that were made with knowledge of the path.

    Attributes
    ----------
    lots : int [paths, items, periods].
    """

    lots: IntArray

    def orders(self, state: State) -> IntArray:
        """Lots [paths, items]."""
        return np.where(state.can_order, self.lots[:, :, state.period], 0)
