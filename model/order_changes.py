"""Orders already announced to suppliers, and the price of changing them (docs/formulation.md, section 2, `announced`).

What a change costs depends on the lots of one order only, and is linear in them below and above what was announced. So an order
that may change has at most one tier more than its quantity breaks give it, and the lot recursion stays exact.
"""

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from stockrail.model.instance import Instance
from stockrail.model.quantity_breaks import NO_LAST_LOT
from stockrail.model.tree import Array

ROUNDING_LOTS = 1e-9
"""Lots that an announced order may be short of a whole number by rounding."""


@dataclass(frozen=True)
class OrderChanges:
    """What was announced, and what a unit of change costs.

    Attributes
    ----------
    announced : units announced [items, periods], 0 where no order was.
    price : money per unit changed [items, periods]; 0 from `change_price_periods` on, and for items that `announced_orders`
        does not name: nothing was said of them.
    is_named : [items], whether the table names the item.
    periods : how many periods count.
    """

    announced: Array
    price: Array
    is_named: NDArray[np.bool_]
    periods: int

    @staticmethod
    def of(instance: Instance) -> "OrderChanges":
        """Read the table `announced_orders` and the settings of the price."""
        settings = instance.settings
        items, periods = instance.mean_demand.shape
        announced = np.zeros((items, periods))
        is_named = np.zeros(items, dtype=bool)
        for row in instance.announced_orders:
            i = instance.item_index[row.item]
            announced[i, row.period] = row.units
            is_named[i] = True
        counted = periods
        if settings.change_price_periods is not None:
            counted = min(periods, settings.change_price_periods)
        counts = np.arange(periods) < counted
        per_unit = settings.change_price_share_of_cost * instance.item_column("unit_cost") * is_named
        return OrderChanges(announced, per_unit[:, None] * counts, is_named, counted)


@nb.njit(nogil=True, cache=True)
def tiers_of_change(
    saving: float,
    tiers: int,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    fixed: NDArray[np.float64],
    slope: NDArray[np.float64],
    price: float,
    announced_lots: float,
    merged_first: NDArray[np.int64],
    merged_last: NDArray[np.int64],
    merged_fixed: NDArray[np.float64],
    merged_slope: NDArray[np.float64],
) -> int:
    """Split the `tiers` of one item where an order reaches what was announced; returns how many there are now.

    In a merged tier an order of x lots costs `fixed + slope * x` more than no order: `saving` times what breaks save on it, and
    `price * (|x - announced_lots| - announced_lots)`. `price` is money per lot. Without breaks (`tiers` 0) one tier is split.
    """
    kink = int(np.floor(announced_lots + ROUNDING_LOTS))
    count = 0
    for p in range(max(tiers, 1)):
        least, most, base, per_lot = 1, NO_LAST_LOT, 0.0, 0.0
        if tiers > 0:
            least, most, base, per_lot = first[p], last[p], saving * fixed[p], saving * slope[p]
        if least <= kink:
            merged_first[count], merged_last[count] = least, min(most, kink)
            merged_fixed[count], merged_slope[count] = base, per_lot - price
            count += 1
        if most > kink:
            merged_first[count], merged_last[count] = max(least, kink + 1), most
            merged_fixed[count], merged_slope[count] = base - 2.0 * price * announced_lots, per_lot + price
            count += 1
    return count
