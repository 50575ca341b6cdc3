"""What a policy is, and the textbook ones: order up to a level, or at a reorder point; in whole lots, on the inventory position.

The position is that of `State.position`: this period's demand is known when orders are placed. So an order with lead time L has to last
for the demand of the L periods after this one; a textbook that orders before it sees demand says lead time L - 1 for the same.
"""

from typing import Protocol

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import IntArray
from stockrail.simulation.state import State

ROUNDING = 1e-9
"""Part of a lot that does not make another one."""


class Policy(Protocol):
    """Something that decides what to order. It is asked once in each period, the first one first."""

    def orders(self, state: State) -> IntArray:
        """Lots to order on each path, whole numbers of at least 0 [paths, items]."""
        ...


def lots_up_to(state: State, target: Array) -> IntArray:
    """Lots that take the position to at least `target` units, none where an order is not allowed [paths, items].

    Where lots are needed, at least a smallest and at most a largest order.
    """
    world = state.world
    wanted = np.ceil((target - state.position) / world.lot_size - ROUNDING).astype(np.int64)
    most = np.where(world.maximum_lots < 0, np.iinfo(np.int64).max, world.maximum_lots)
    lots = np.minimum(np.maximum(wanted, world.minimum_lots), most)
    return np.asarray(np.where(state.can_order & (wanted > 0), lots, 0))


class BaseStockPolicy:
    """Order up to a level in every period: units [items] or [items, periods]."""

    def __init__(self, levels: Array) -> None:
        self._levels = levels

    def orders(self, state: State) -> IntArray:
        """Lots that take the position to the level."""
        return lots_up_to(state, _at(self._levels, state.period))


class ReorderPointPolicy:
    """(s, S): where the position is at or below s, order up to S. Units [items] or [items, periods]."""

    def __init__(self, reorder_point: Array, order_up_to: Array) -> None:
        self._reorder_point, self._order_up_to = reorder_point, order_up_to

    def orders(self, state: State) -> IntArray:
        """Lots to S where s is reached."""
        is_time = state.position <= _at(self._reorder_point, state.period) + ROUNDING
        return np.asarray(np.where(is_time, lots_up_to(state, _at(self._order_up_to, state.period)), 0))


class ReorderLotPolicy:
    """(s, Q): where the position is at or below s, order Q units, and as many times Q as take it above s.

    s in units [items] or [items, periods]; Q in units [items], rounded up to whole lots.
    """

    def __init__(self, reorder_point: Array, order_units: Array) -> None:
        self._reorder_point, self._order_units = reorder_point, order_units

    def orders(self, state: State) -> IntArray:
        """Q, once or more often, where s is reached."""
        world = state.world
        lots = np.maximum(np.ceil(self._order_units / world.lot_size - ROUNDING), 1.0).astype(np.int64)
        missing = _at(self._reorder_point, state.period) - state.position
        times = np.floor(missing / (lots * world.lot_size) + ROUNDING).astype(np.int64) + 1
        most = np.where(world.maximum_lots < 0, np.iinfo(np.int64).max, world.maximum_lots)
        wanted = np.minimum(np.maximum(times * lots, world.minimum_lots), most)
        return np.asarray(np.where(state.can_order & (missing >= -ROUNDING), wanted, 0))


class PlannedOrders:
    """Orders that are decided beforehand, whatever happens: lots, int [items, periods] or [paths, items, periods]."""

    def __init__(self, lots: IntArray) -> None:
        self._lots = lots

    def orders(self, state: State) -> IntArray:
        """The planned lots; the order rules say where there can be none."""
        lots = self._lots[..., state.period]
        return np.array(np.broadcast_to(lots, (len(state), state.world.items)), dtype=np.int64)


def _at(values: Array, period: int) -> Array:
    """Values of a period [items], of those that are by item or by item and period."""
    return values if values.ndim == 1 else np.asarray(values[:, period])
