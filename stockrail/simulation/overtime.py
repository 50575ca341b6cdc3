"""Capacities of suppliers and warehouses on paths: their limits, and what is paid beyond soft ones (section 7)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.world import Scope, World


@dataclass(frozen=True)
class Capacity:
    """What a supplier or a warehouse can take.

    Attributes
    ----------
    name : as in reports, such as capacity:SUPPLIER.
    limit : [paths, periods], in the metric's unit.
    premium : money per unit beyond; None where there is no beyond.
    """

    name: str
    metric: str
    scope: Scope
    limit: Array
    premium: float | None


def capacities(world: World, paths: DemandPaths) -> Iterator[Capacity]:
    """All capacities of a world, on paths."""
    instance = world.instance
    for v, supplier in enumerate(instance.suppliers):
        if supplier.capacity_units_per_period is not None:
            yield Capacity(
                f"capacity:{supplier.supplier}",
                "ordered_units",
                ("supplier", supplier.supplier),
                _stated(world, f"capacity:{supplier.supplier}", supplier.capacity_units_per_period)
                * paths.capacity_factor[:, v],
                supplier.overtime_premium_per_unit,
            )
    for h, warehouse in enumerate(instance.warehouses):
        yield Capacity(
            f"warehouse:{warehouse.warehouse}",
            "storage_space",
            ("warehouse", warehouse.warehouse),
            _stated(world, f"warehouse:{warehouse.warehouse}", warehouse.capacity_space)
            * paths.warehouse_factor[:, h],
            warehouse.overflow_premium_per_period,
        )


def overtime(world: World, paths: DemandPaths, metrics: dict[str, Array]) -> Array:
    """What is paid for what is beyond soft capacities, discounted, of each path [paths]."""
    total = np.zeros(len(paths))
    for capacity in capacities(world, paths):
        if capacity.premium:
            used = metrics[capacity.metric][world.scopes.index(capacity.scope)]
            total += capacity.premium * (np.maximum(used - capacity.limit, 0.0) @ world.discount)
    return total


def _stated(world: World, name: str, limit: float) -> Array:
    """The limit of each period [periods], with those of `guardrail_limits`."""
    limits = np.full(world.periods, limit)
    for row in world.instance.guardrail_limits:
        if row.guardrail == name and row.upper is not None and row.period < world.periods:
            limits[row.period] = row.upper
    return limits
