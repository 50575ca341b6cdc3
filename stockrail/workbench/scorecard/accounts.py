"""Accounts of spend, and what a plan means for each of them: the parts of its margin that are booked there."""

from collections.abc import Callable, Mapping

import numpy as np

from stockrail.model.instance import Array

EXPEDITE, FREIGHT, PREMIUM_FREIGHT, OVERTIME = "expedite", "freight", "premium_freight", "overtime"
WRITE_OFF, SCHEDULE_CHANGES, COST_TO_SERVE = "write_off", "schedule_changes", "cost_to_serve"

ACCOUNT_PARTS: Mapping[str, tuple[str, ...]] = {
    COST_TO_SERVE: ("order_cost", "holding"),
    FREIGHT: (),
    PREMIUM_FREIGHT: (),
    EXPEDITE: ("expedite",),
    OVERTIME: (),
    WRITE_OFF: ("write_off",),
    SCHEDULE_CHANGES: ("change",),
}
"""Parts of the margin that are booked on an account. Freight is a share of the landed cost, overtime belongs to no item, and no plan
has premium freight."""


def by_account(part: Callable[[str], Array], freight_share: Array) -> dict[str, Array]:
    """Money by account, but for overtime.

    Parameters
    ----------
    part : a part of the margin by its name [items, ...], undiscounted.
    freight_share : freight as a share of the landed cost, in a shape that goes with the parts.
    """
    landed_cost = part("landed_cost")
    money = {
        name: sum((part(one) for one in parts), np.zeros_like(landed_cost))
        for name, parts in ACCOUNT_PARTS.items()
        if name != OVERTIME
    }
    money[FREIGHT] = freight_share * landed_cost
    return money
