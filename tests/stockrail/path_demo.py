"""Sample paths that are so plain that a tree can be worked out by hand."""

import numpy as np

from stockrail.model.instance import Instance
from stockrail.trees.disruptions import Disruption
from stockrail.trees.paths import SamplePaths
from tests.builders import make_instance

LATE = Disruption(
    disruption="V late", supplier="V", probability=0.5, period=2, duration_periods=1, delay_periods=1
)


def two_futures(count: int = 40, noise: float = 0.0) -> SamplePaths:
    """One item, three periods: half of the paths have demand 10, 20, 20, the others 10, 4, 4; errors of `noise` both ways."""
    demand = np.where(np.arange(count)[:, None] % 2, [10.0, 20.0, 20.0], [10.0, 4.0, 4.0])
    sign = np.where(np.arange(count) // 2 % 2, 1.0, -1.0)
    return SamplePaths.of((demand + noise * sign[:, None])[:, None, :])


def plain_instance() -> Instance:
    """One item, whose orders arrive at once."""
    return make_instance(demand=(10, 12, 12), items={"order_cost": 1}, suppliers={"payment_days": 0})
