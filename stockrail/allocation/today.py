"""A shortage that is there today: the units there are, shared among those who ask."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pandas as pd

from stockrail.allocation.asked import Asked
from stockrail.allocation.money import left_unit_cost_now
from stockrail.allocation.shares import Claim, allocate
from stockrail.allocation.terms import TermsBook
from stockrail.model.instance import Instance

COLUMNS = (
    "item", "customer", "customer_segment", "priority", "committed_share", "asked_units", "committed_units",
    "given_units", "left_units", "below_commitment_units", "money", "message",
)  # fmt: skip


class UnknownItemError(ValueError):
    """The instance has no such item; the message says so."""


@dataclass(frozen=True)
class ItemAllocation:
    """Who gets how much of one item.

    Attributes
    ----------
    available : whole units that there are.
    shares : one row for each that asks, in the order of priorities and then as they asked: `COLUMNS`. Units are whole. `money` is what
        the units left cost at list prices, as in the margin of a plan: lost, or one period late.
    """

    item: str
    available: int
    currency: str
    shares: pd.DataFrame = field(repr=False)

    @property
    def asked(self) -> int:
        """Units asked for, all together."""
        return int(self.shares["asked_units"].sum())

    @property
    def spare(self) -> int:
        """Units that nobody asked for."""
        return self.available - int(self.shares["given_units"].sum())

    def record(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "item": self.item,
            "available_units": self.available,
            "asked_units": self.asked,
            "spare_units": self.spare,
            "currency": self.currency,
            "shares": self.shares.to_dict("records"),
        }


def allocate_item(instance: Instance, item: str, available: int, asked: Iterable[Asked]) -> ItemAllocation:
    """Share the units that there are by the allocation rules of the instance.

    Parameters
    ----------
    available : whole units, at least 0.
    asked : one row for each customer or segment. A segment stands for those of its customers that have no row.

    Raises
    ------
    UnknownItemError
        The instance has no such item.
    ValueError
        Less than no units are available, or more was promised than asked for.
    """
    if item not in instance.item_index:
        raise UnknownItemError(f"There is no item {item} in {instance.settings.name}: see its table items.")
    book = TermsBook.of(instance)
    item_segment = instance.items[instance.item_index[item]].segment
    claims: list[Claim] = []
    records: list[dict[str, Any]] = []
    for row in asked:
        segment = row.segment or book.customer_segments.get(row.customer, "")
        terms = book.terms(row.customer, item, item_segment, segment)
        committed = row.committed_units
        if committed is None:
            committed = committed_units(row.asked_units, terms.committed_share)
        claims.append(Claim(f"{row.customer}\n{row.segment}", terms.priority, row.asked_units, committed))
        records.append(
            {
                "item": item,
                "customer": row.customer,
                "customer_segment": segment,
                "priority": terms.priority,
                "committed_share": terms.committed_share,
                "message": terms.message,
            }
        )
    cost = left_unit_cost_now(instance, item)
    for record, claim, given in zip(records, claims, allocate(available, claims), strict=True):
        record |= {
            "asked_units": claim.asked,
            "committed_units": claim.committed,
            "given_units": given,
            "left_units": claim.asked - given,
            "below_commitment_units": max(claim.committed - given, 0),
            "money": cost * (claim.asked - given),
        }
    table = pd.DataFrame(records, columns=list(COLUMNS)).sort_values(
        "priority", kind="stable", ignore_index=True
    )
    return ItemAllocation(item, available, instance.settings.currency, table)


def committed_units(asked: int, share: float) -> int:
    """Whole units of a promise: a share of what is asked for, rounded up, as 4.5 units of 5 promised are kept by 5.

    The share counts as it is written: 0.7 of 10 are 7, although the number that a computer keeps for 0.7 is a little less.

    Examples
    --------
    >>> committed_units(5, 0.9), committed_units(10, 0.7), committed_units(10, 1 / 3)
    (5, 7, 4)
    """
    return math.ceil(Fraction(repr(share)) * asked)
