"""Stock by age: what is oldest is sold first, and what passes its shelf life is written down once."""

import numpy as np

from stockrail.model.instance import Array
from stockrail.simulation.world import World


class Ageing:
    """Stock of the items that can pass their shelf life within the horizon, on all paths.

    Stock is written down when its age passes the shelf life, and stays: it can still be sold, as in section 5 of the formulation.
    """

    def __init__(self, world: World, opening: Array) -> None:
        """Opening stock [paths, items] counts as received in period 0."""
        is_perishable = (world.shelf_life >= 0) & (world.shelf_life < world.periods)
        self._items = np.flatnonzero(is_perishable)
        self._shelf_life = world.shelf_life[self._items]
        ages = int(self._shelf_life.max(initial=0)) + 2
        # Age in periods comes first; the last place holds everything older.
        self._layers = np.zeros((ages, len(opening), len(self._items)))
        self._opening = opening[:, self._items].copy()

    def newly_aged(self, received: Array, taken: Array) -> Array:
        """A period passes: units that pass their shelf life in it and are still there at its end [paths, items].

        Parameters
        ----------
        received, taken : [paths, items], units received, and taken out of stock for customers.
        """
        aged = np.zeros_like(taken)
        if not len(self._items):
            return aged
        layers = self._layers
        oldest = layers[-1] + layers[-2]
        layers[1:] = layers[:-1].copy()
        layers[-1] = oldest
        layers[0] = received[:, self._items] + self._opening
        self._opening[:] = 0.0
        left = taken[:, self._items].copy()
        for layer in layers[::-1]:
            used = np.minimum(layer, left)
            layer -= used
            left -= used
        aged[:, self._items] = layers[self._shelf_life, :, np.arange(len(self._items))].T
        return aged
