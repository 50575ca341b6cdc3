"""What a baseline says of each item: its value, what it is expected to sell, and what an order of it should cost."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import QuantityBreak


@dataclass(frozen=True)
class Standard:
    """Numbers of a baseline by item. Arrays are [items]."""

    instance: Instance
    _breaks: dict[str, list[QuantityBreak]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        breaks: dict[str, list[QuantityBreak]] = {}
        for row in sorted(self.instance.quantity_breaks, key=lambda one: one.from_units):
            breaks.setdefault(row.item, []).append(row)
        object.__setattr__(self, "_breaks", breaks)

    @cached_property
    def unit_value(self) -> Array:
        """Unit cost with freight and duty, money per unit."""
        return np.asarray(self.instance.item_column("unit_cost") * self.instance.landed_rate)

    @cached_property
    def demand(self) -> Array:
        """Mean demand over the horizon, units."""
        return np.asarray(self.instance.mean_demand.sum(axis=1))

    @cached_property
    def demand_per_period(self) -> Array:
        """Mean demand of a period, units."""
        return self.demand / self.instance.settings.periods

    @cached_property
    def purchases_per_day(self) -> Array:
        """Landed cost of the mean demand of a day, money."""
        return self.unit_value * self.demand_per_period / self.instance.settings.period_length_days

    def of_supplier(self, values: Array, supplier: str) -> float:
        """Sum over the items of a supplier."""
        return float(values[self.instance.item_supplier == self.instance.supplier_index[supplier]].sum())

    def purchase_cost(self, item: str, units: float) -> float:
        """What an order should cost before freight and duty: unit cost, less what quantity breaks save."""
        unit_cost = self.instance.items[self.instance.item_index[item]].unit_cost
        reached = [one for one in self._breaks.get(item, ()) if one.from_units <= units]
        if not reached:
            return unit_cost * units
        if reached[0].applies_to == "all units":
            return reached[-1].unit_cost * units
        cost, before = unit_cost * units, unit_cost
        for one in reached:
            cost -= (before - one.unit_cost) * (units - one.from_units)
            before = one.unit_cost
        return cost
