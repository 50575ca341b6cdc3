"""A control variate: what the demand of sample paths is worth, so that a lucky sample is not taken for a good plan."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.trees.paths import SamplePaths


@dataclass(frozen=True)
class ControlledMean:
    """A mean over paths, with what chance leaves of it.

    Attributes
    ----------
    value : the mean margin where demand is worth what is expected, money.
    variance : of `value`, money squared.
    path_variance : of the margin of one more path, what its demand is worth taken out.
    """

    value: float
    variance: float
    path_variance: float


def controlled(margins: Array, worth: Array, expected: float) -> ControlledMean:
    """Mean margin of paths, with what their demand is worth as a control variate.

    A sample whose demand is worth more than expected earns more by chance; the regression of margins on worth takes that out.
    Margins grow less and less with demand, which biases a straight line, so value and variance are those of the jackknife: what leaving
    out each path in turn would change, in closed form by its residual and leverage (MacKinnon and White 1985, HC3).
    """
    count = len(margins)
    centred = worth - worth.mean()
    spread = float(centred @ centred)
    direction = centred / spread if spread > 0 else np.zeros(count)
    slope = float(direction @ margins)
    left = margins - margins.mean() - slope * centred
    weight = 1.0 / count - (worth.mean() - expected) * direction
    leverage = 1.0 / count + centred * direction
    # A path that alone decides the line has a residual of 0 whatever it is, so it says nothing of the error.
    own = np.divide(left, 1.0 - leverage, out=np.zeros(count), where=leverage < 1.0 - 1e-9)
    return ControlledMean(
        value=float(weight @ margins + (count - 1) / count * (weight @ own)),
        variance=float(weight**2 @ own**2),
        path_variance=float(left @ left) / max(count - 2, 1),
    )


def _unit_margin(instance: Instance) -> Array:
    """Price less landed cost by item, the discount of each period aside [items]."""
    rate = instance.landed_rate
    return np.asarray(instance.item_column("unit_price") - rate * instance.item_column("unit_cost"))


def demand_worth(instance: Instance, paths: SamplePaths) -> Array:
    """What the demand of each path is worth [paths]."""
    return np.asarray(np.einsum("pit,i->p", paths.demand, _unit_margin(instance), optimize=True))


def expected_worth(instance: Instance, mean: Array) -> float:
    """What expected demand [items, periods] is worth."""
    return float(mean.sum(axis=1) @ _unit_margin(instance))
