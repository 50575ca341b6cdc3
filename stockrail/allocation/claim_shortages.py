"""Expected shortages of items, shared among those who ask for them."""

from dataclasses import dataclass

import numpy as np

from stockrail.allocation.claims import PlanClaims
from stockrail.allocation.expected import ItemShortages
from stockrail.model.tree import Array, IntArray


@dataclass(frozen=True)
class ClaimShortages:
    """What each claim on the items of a group is expected not to get. Arrays are [claims], or [claims, periods] from `left` on.

    Attributes
    ----------
    place, item : place among all claims; place of its item in the group.
    left, below : units not given at once; those of them that were promised.
    money, below_money : what these cost.
    broken : probability that not all that was promised is given; NaN where nothing was.
    """

    place: IntArray
    item: IntArray
    left: Array
    below: Array
    money: Array
    below_money: Array
    broken: Array

    @staticmethod
    def of(claims: PlanClaims, members: IntArray, found: ItemShortages) -> "ClaimShortages":
        """Those of the claims on the items in some places, given what is short of each item.

        Parameters
        ----------
        members : places in the instance, one after the other.
        """
        place = claims.of_items(members)
        item = claims.item[place] - members[0]
        promised, rest = (claims.committed_step[place], item), (claims.rest_step[place], item)
        of_promised, of_rest = claims.committed_part[place, None], claims.rest_part[place, None]
        below = of_promised * found.step_left[promised]
        below_money = of_promised * found.step_money[promised]
        has_promise = (claims.committed_share[place] > 0)[:, None]
        return ClaimShortages(
            place=place,
            item=item,
            left=below + of_rest * found.step_left[rest],
            below=below,
            money=below_money + of_rest * found.step_money[rest],
            below_money=below_money,
            broken=np.where(has_promise, found.step_probability[promised], np.nan),
        )
