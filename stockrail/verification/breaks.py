"""The checker's reading of quantity breaks: what an order costs, bracket by bracket, and so what it saves.

Part of the independent checker: docs/formulation.md, section 2, is its only source.
"""

from collections import defaultdict

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import QuantityBreak
from stockrail.verification.facts import Lots

ROUNDING_UNITS = 1e-9
"""Units that an order may be short of a break by rounding."""


class QuantityBreaks:
    """The quantity breaks of all items."""

    def __init__(self, instance: Instance) -> None:
        self.unit_cost = instance.item_column("unit_cost")
        self.landed_factor = (
            1.0 + instance.supplier_column("freight_rate") + instance.supplier_column("duty_rate")
        )
        found: dict[int, list[QuantityBreak]] = defaultdict(list)
        for row in instance.quantity_breaks:
            found[instance.item_index[row.item]].append(row)
        self.of_item = {i: sorted(rows, key=lambda row: row.from_units) for i, rows in found.items()}

    def saving(self, item: int, units: float) -> float:
        """What an order of `units` costs less than without breaks, landed, at cost factor 1, in money."""
        plain = float(self.unit_cost[item])
        rows = [row for row in self.of_item.get(item, ()) if row.from_units <= units + ROUNDING_UNITS]
        if not rows:
            return 0.0
        if rows[0].applies_to == "all units":
            cost = rows[-1].unit_cost * units
        else:
            # Brackets: what lies below the first break at the plain cost, what lies between two at the lower one's.
            starts = [0.0, *(row.from_units for row in rows)]
            ends = [*starts[1:], units]
            costs = [plain, *(row.unit_cost for row in rows)]
            cost = sum(price * (end - start) for price, start, end in zip(costs, starts, ends, strict=True))
        return float(self.landed_factor[item]) * (plain * units - cost)

    def savings(self, lots: Lots, lot_size: Array) -> Array:
        """What the orders of one node save, an array [items], at cost factor 1."""
        saved = np.zeros(len(lots))
        for item in self.of_item:
            if lots[item]:
                saved[item] = self.saving(item, float(lots[item] * lot_size[item]))
        return saved
