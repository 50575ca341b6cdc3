"""Stock that the demand ahead needs, beyond which it is excess."""

import math
from dataclasses import dataclass, field

import numpy as np

from stockrail.model.instance import Array, Instance


@dataclass(frozen=True)
class Cover:
    """What stock may cover.

    Attributes
    ----------
    days : of demand ahead.
    units : demand that the plan expects in so many days after each period [items, periods].
    before : units that were beyond that when the plan began [items]; a miss of an earlier plan.
    """

    days: float
    units: Array = field(repr=False)
    before: Array = field(repr=False)

    @property
    def limit(self) -> Array:
        """Stock at the end of each period from which on it is excess [items, periods], units."""
        return np.asarray(self.units + self.before[:, None])

    @staticmethod
    def of(instance: Instance, expected_demand: Array, days: float | None) -> "Cover":
        """Add up expected demand [items, periods]; after the last period its demand goes on.

        Parameters
        ----------
        days : None for the `forward_cover_days` of the instance.
        """
        covered = instance.settings.forward_cover_days if days is None else days
        periods = expected_demand.shape[1]
        ahead = covered / instance.settings.period_length_days
        longest = math.ceil(ahead)
        goes_on = np.repeat(expected_demand[:, -1:], longest, axis=1)
        more = np.concatenate([expected_demand, goes_on], axis=1)
        weight = np.clip(ahead - np.arange(longest), 0.0, 1.0)
        window = np.stack([more[:, t : t + longest] @ weight for t in range(periods + 1)], axis=1)
        opening = instance.item_column("opening_stock_units")
        return Cover(covered, window[:, 1:], np.maximum(opening - window[:, 0], 0.0))
