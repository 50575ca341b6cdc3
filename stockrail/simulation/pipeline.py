"""Orders under way: each arrives at its own time, so that a later one may overtake an earlier one."""

from copy import copy
from typing import cast

import numpy as np

from stockrail.model.instance import Array
from stockrail.model.tree import IntArray
from stockrail.simulation.world import World


class Pipeline:
    """What is ordered or scheduled and has not arrived, on all paths.

    Attributes
    ----------
    units, value : [paths, items], all that is under way; value as it was ordered, scheduled units at their standard value.
    """

    def __init__(self, world: World, paths: int, longest_periods: int) -> None:
        self._world = world
        shape = (longest_periods + 1, paths, world.items)
        # Place t % length holds what arrives at the start of period t.
        self._units, self._value = np.zeros(shape), np.zeros(shape)
        scheduled = world.scheduled.sum(axis=1)
        self.units = np.tile(scheduled, (paths, 1))
        self.value = np.tile(scheduled * world.unit_value, (paths, 1))

    def place(self, period: int, units: Array, value: Array, arrives_in: IntArray) -> None:
        """Add the orders of a period; `arrives_in` are the periods until they arrive. All [paths, items]."""
        path, item = np.nonzero(units)
        place = (period + arrives_in[path, item]) % len(self._units)
        self._units[place, path, item] += units[path, item]
        self._value[place, path, item] += value[path, item]
        self.units += units
        self.value += value

    def arriving(self, period: int) -> Array:
        """Units that arrive at the start of a period, of what is under way now [paths, items]."""
        return cast(Array, self._units[period % len(self._units)] + self._world.scheduled[:, period])

    def receive(self, period: int) -> tuple[Array, Array]:
        """Take what arrives in a period, the orders placed in it included; units and value [paths, items]."""
        scheduled = self._world.scheduled[:, period]
        place = period % len(self._units)
        units = self._units[place] + scheduled
        value = self._value[place] + scheduled * self._world.unit_value
        self._units[place], self._value[place] = 0.0, 0.0
        self.units -= units
        self.value -= value
        return units, value

    def due(self, period: int) -> tuple[Array, Array]:
        """Units and value by the periods until they arrive, up to the horizon [periods from now, paths, items]."""
        left = self._world.periods - period
        scheduled = self._world.scheduled[:, period:].T[:, None, :]
        units = np.tile(scheduled, (1, self._units.shape[1], 1))
        value = units * self._world.unit_value
        for ahead in range(min(left, len(self._units))):
            place = (period + ahead) % len(self._units)
            units[ahead] += self._units[place]
            value[ahead] += self._value[place]
        return units, value

    def only(self, path: int) -> "Pipeline":
        """What is under way on one path; to look at, not to place orders in."""
        one = slice(path, path + 1)
        part = copy(self)
        part._units, part._value = self._units[:, one], self._value[:, one]
        part.units, part.value = self.units[one], self.value[one]
        return part
