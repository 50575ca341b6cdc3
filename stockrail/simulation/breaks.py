"""What quantity breaks save on orders of many paths (docs/formulation.md, section 2, `saving`)."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import QuantityBreak

ROUNDING_UNITS = 1e-9
"""Units that an order may be short of a break by rounding."""


@dataclass(frozen=True)
class ItemBreaks:
    """The breaks of one item, from the smallest on, behind a first one at no units that has the plain cost.

    Attributes
    ----------
    from_units, unit_cost : [breaks + 1], units and money per unit, without freight and duty.
    is_incremental : whether a break is for the units beyond it only.
    """

    from_units: Array
    unit_cost: Array
    is_incremental: bool

    def saving(self, units: Array) -> Array:
        """What orders of so many units cost less than without breaks, without freight and duty, money."""
        tier = np.searchsorted(self.from_units, units + ROUNDING_UNITS, side="right") - 1
        if not self.is_incremental:
            return np.asarray((self.unit_cost[0] - self.unit_cost[tier]) * units)
        # What the brackets below a tier cost in full.
        width = np.diff(self.from_units)
        below = np.concatenate([[0.0], np.cumsum(width * self.unit_cost[:-1])])
        cost = below[tier] + self.unit_cost[tier] * (units - self.from_units[tier])
        return np.asarray(self.unit_cost[0] * units - cost)


class Breaks:
    """The breaks of all items that have any."""

    def __init__(self, instance: Instance) -> None:
        rows: dict[int, list[QuantityBreak]] = {}
        for row in instance.quantity_breaks:
            rows.setdefault(instance.item_index[row.item], []).append(row)
        self._of_item = {i: _breaks(instance.items[i].unit_cost, of_item) for i, of_item in rows.items()}

    def saving(self, units: Array) -> Array:
        """What orders [paths, items], in units, save at cost factor 1, without freight and duty [paths, items], money."""
        saved = np.zeros_like(units)
        for i, breaks in self._of_item.items():
            saved[:, i] = breaks.saving(units[:, i])
        return saved

    def __bool__(self) -> bool:
        return bool(self._of_item)


def _breaks(unit_cost: float, rows: list[QuantityBreak]) -> ItemBreaks:
    ordered = sorted(rows, key=lambda row: row.from_units)
    return ItemBreaks(
        np.array([0.0, *(row.from_units for row in ordered)]),
        np.array([unit_cost, *(row.unit_cost for row in ordered)]),
        ordered[0].applies_to == "incremental",
    )
