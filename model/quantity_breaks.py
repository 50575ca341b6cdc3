"""Quantity breaks as tiers of whole lots (docs/formulation.md, section 2, `saving`).

Within a tier the saving of an order is linear in its lots, so that the lot recursion can minimise over each tier at once.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Instance
from stockrail.model.schema import QuantityBreak
from stockrail.model.tree import Array, IntArray

NO_LAST_LOT = np.iinfo(np.int64).max // 4
"""Last lot of a tier without an end."""

ROUNDING_LOTS = 1e-9
"""Lots that an order may be short of a break by rounding."""


@dataclass(frozen=True)
class Tiers:
    """The tiers of every item, [items, tiers] each; `count` [items] says how many it has, 0 where no order saves anything.

    An order of `first` to `last` lots, both included, saves `fixed + slope * lots`, in money at cost factor 1, freight and
    duty included. Tiers follow one another from 1 lot on and have no gaps.
    """

    count: IntArray
    first: IntArray
    last: IntArray
    fixed: Array
    slope: Array

    @staticmethod
    def of(instance: Instance) -> "Tiers":
        """Tiers of an instance; an item without breaks has one, which saves nothing."""
        breaks: dict[int, list[QuantityBreak]] = {}
        for row in instance.quantity_breaks:
            breaks.setdefault(instance.item_index[row.item], []).append(row)
        landed_rate = 1.0 + instance.supplier_column("freight_rate") + instance.supplier_column("duty_rate")
        of_item = [
            _tiers_of(breaks.get(i, []), item.unit_cost, item.lot_size, float(landed_rate[i]))
            for i, item in enumerate(instance.items)
        ]
        most = max((len(tiers) for tiers in of_item), default=1)
        shape = (len(of_item), most)
        first, last = np.full(shape, NO_LAST_LOT), np.full(shape, NO_LAST_LOT)
        fixed, slope = np.zeros(shape), np.zeros(shape)
        for i, tiers in enumerate(of_item):
            for p, tier in enumerate(tiers):
                first[i, p], fixed[i, p], slope[i, p] = tier
                if p:
                    last[i, p - 1] = first[i, p] - 1
        has_saving = ((fixed != 0.0) | (slope != 0.0)).any(axis=1)
        count = np.where(has_saving, [len(tiers) for tiers in of_item], 0)
        return Tiers(count, first, last, fixed, slope)

    def saving(self, lots: Array) -> Array:
        """What orders of `lots` [items, nodes] save [items, nodes]; 0 where nothing is ordered."""
        saved = np.zeros(lots.shape)
        members = np.flatnonzero(self.count)
        for p in range(self.first.shape[1]):
            first, last, fixed, slope = (
                table[members, p, None] for table in (self.first, self.last, self.fixed, self.slope)
            )
            is_here = (lots[members] >= first) & (lots[members] <= last)
            saved[members] += np.where(is_here, fixed + slope * lots[members], 0.0)
        return saved


@nb.njit(nogil=True, cache=True)
def saving_of(
    lots: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    fixed: NDArray[np.float64],
    slope: NDArray[np.float64],
) -> float:
    """What one order of `lots` lots saves with the tiers of one item [tiers]."""
    for p in range(len(first)):
        if first[p] <= lots <= last[p]:
            return float(fixed[p] + slope[p] * lots)
    return 0.0


def _tiers_of(
    breaks: list[QuantityBreak], unit_cost: float, lot_size: float, landed_rate: float
) -> list[tuple[int, float, float]]:
    """First lot, fixed part and slope per lot of each tier of one item."""
    tiers = [(1, 0.0, 0.0)]
    fixed, slope, cost_before = 0.0, 0.0, unit_cost
    for row in sorted(breaks, key=lambda row: row.from_units):
        if row.applies_to == "all units":
            slope = landed_rate * (unit_cost - row.unit_cost) * lot_size
        else:
            fixed -= landed_rate * (cost_before - row.unit_cost) * row.from_units
            slope += landed_rate * (cost_before - row.unit_cost) * lot_size
            cost_before = row.unit_cost
        first = max(1, int(np.ceil(row.from_units / lot_size - ROUNDING_LOTS)))
        if tiers[-1][0] == first:
            tiers.pop()  # no whole number of lots lies between the two breaks
        tiers.append((first, fixed, slope))
    return tiers
