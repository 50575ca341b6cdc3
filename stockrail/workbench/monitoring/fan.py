"""The fan: what a plan held possible for the demand of each item and period, and where in it lies what came.

Demand of a period is a mixture: a node of the tree with its probability, and around its demand a normal forecast error
(docs/formulation.md, section 4).
"""

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import BoolArray
from stockrail.model.tree import ScenarioTree
from stockrail.workbench.monitoring.observed import Observed

TAIL = 0.05
"""Probability below and above the fan, as of the fan in a plan's report."""

ROUNDING = 1e-9
HALVINGS = 60


@dataclass(frozen=True)
class Fan:
    """What a plan held possible.

    Attributes
    ----------
    items : names.
    tree : its demand by node.
    sigma : [items, periods], standard deviation of the forecast error, units.
    """

    items: tuple[str, ...]
    tree: ScenarioTree = field(repr=False)
    sigma: Array = field(repr=False)

    @staticmethod
    def of(instance: Instance) -> "Fan":
        """The fan of an instance: its tree and its forecast errors."""
        return Fan(tuple(row.item for row in instance.items), build_tree(instance), instance.sigma)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.tree.periods

    def mean(self) -> Array:
        """Expected demand [items, periods], units: the plan's own forecast."""
        return np.stack([demand @ probability for demand, probability in self._by_period()], axis=1)

    def deviation(self) -> Array:
        """Standard deviation of demand [items, periods], units: of scenarios and forecast error together."""
        spread = [
            np.maximum(demand**2 @ probability - (demand @ probability) ** 2, 0.0)
            for demand, probability in self._by_period()
        ]
        return np.sqrt(np.stack(spread, axis=1) + self.sigma**2)

    def mean_error_size(self) -> Array:
        """Mean size of the difference of demand from its expectation [items, periods], units: the error counted on."""
        sizes = []
        for period, (demand, probability) in enumerate(self._by_period()):
            sigma = self.sigma[:, period, None]
            safe = np.where(sigma > 0, sigma, 1.0)
            error = demand - (demand @ probability)[:, None]
            z = error / safe
            folded = safe * math.sqrt(2.0 / math.pi) * np.exp(-0.5 * z**2) + error * (2.0 * ndtr(z) - 1.0)
            sizes.append(np.where(sigma > 0, folded, np.abs(error)) @ probability)
        return np.stack(sizes, axis=1)

    def quantile(self, level: float, periods: int | None = None) -> Array:
        """Demand that is not exceeded with a probability [items, periods], units, at least 0.

        Parameters
        ----------
        level : probability, between 0 and 1.
        periods : how many, from the first one on; None for all.
        """
        if not 0 < level < 1:
            raise ValueError("Expected a level between 0 and 1.")
        wanted = self._by_period()[:periods]
        found = np.empty((len(self.items), len(wanted)))
        for period, (demand, probability) in enumerate(wanted):
            sigma = self.sigma[:, period]
            low = demand.min(axis=1) - 8 * sigma
            high = demand.max(axis=1) + 8 * sigma
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                is_enough = _at_most(demand, probability, sigma, middle) >= level
                low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
            found[:, period] = high
        return np.maximum(found, 0.0)

    def at_most(self, units: Array) -> Array:
        """Probability of a demand of no more than this [items, periods up to some]; NaN where it is NaN."""
        return self._tail(units, 1.0)

    def at_least(self, units: Array) -> Array:
        """Probability of a demand of no less than this [items, periods up to some]; NaN where it is NaN."""
        return self._tail(units, -1.0)

    def _tail(self, units: Array, sign: float) -> Array:
        columns = [
            _at_most(sign * demand, probability, self.sigma[:, period], sign * units[:, period])
            for period, (demand, probability) in enumerate(self._by_period()[: units.shape[1]])
        ]
        return np.stack(columns, axis=1) if columns else np.empty((len(self.items), 0))

    def _by_period(self) -> list[tuple[Array, Array]]:
        """Demand [items, nodes] and probability [nodes] of each period."""
        nodes = [np.flatnonzero(self.tree.period == period) for period in range(self.periods)]
        return [(self.tree.demand[:, here], self.tree.probability[here]) for here in nodes]


@dataclass(frozen=True)
class Position:
    """Where in the fan lies what came. Arrays are [items, periods with actuals], NaN where demand is not known.

    Attributes
    ----------
    low, high : probability that the plan gave to a demand this low or lower, and this high or higher.
    position : 0 for the lowest demand held possible, 0.5 for the median, 1 for the highest.
    is_outside : whether `low` or `high` is below `tail`.
    tail : probability below the fan, and above it.
    """

    low: Array = field(repr=False)
    high: Array = field(repr=False)
    is_outside: BoolArray = field(repr=False)
    tail: float

    @property
    def position(self) -> Array:
        """Between 0 and 1."""
        return (self.low + 1.0 - self.high) / 2.0

    @property
    def is_above(self) -> BoolArray:
        """Whether more came than the fan reaches."""
        return self.is_outside & (self.high < self.low)

    @property
    def known(self) -> int:
        """Number of demands that are known."""
        return int(np.isfinite(self.low).sum())

    @property
    def expected_outside(self) -> float:
        """How many would leave a fan that is right: twice the tail of those that are known."""
        return 2 * self.tail * self.known


def position(fan: Fan, observed: Observed, tail: float = TAIL) -> Position:
    """Where in a fan lies the demand that came.

    Parameters
    ----------
    tail : probability below the fan, and above it; between 0 and 0.5.
    """
    if not 0 < tail < 0.5:
        raise ValueError("Expected a tail between 0 and 0.5.")
    units = observed.demand_units
    low, high = fan.at_most(units), fan.at_least(units)
    return Position(low, high, (low < tail) | (high < tail), tail)


def _at_most(demand: Array, probability: Array, sigma: Array, units: Array) -> Array:
    """P(demand + error <= units) [items], error normal with a standard deviation; of one period."""
    distance = units[:, None] - demand
    slack = ROUNDING * np.maximum(1.0, np.abs(demand))
    spread = np.where(sigma > 0, sigma, 1.0)[:, None]
    is_below = np.where(np.isnan(distance), np.nan, distance >= -slack)
    share = np.where(sigma[:, None] > 0, ndtr(distance / spread), is_below)
    return np.asarray(share @ probability)
