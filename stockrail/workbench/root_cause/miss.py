"""Something that was missed, as it is found: what, where, when, and by how much."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from stockrail.model.tree import IntArray

MissKind = Literal["stockout", "excess", "breach", "expedite_spike"]

Direction = Literal[-1, 0, 1]


@dataclass(frozen=True)
class FoundMiss:
    """A miss, before anybody asks why.

    Attributes
    ----------
    item, segment : names; blank where it is about several.
    subject : what it is about: the item, the guardrail with its side, or expediting.
    period, date : of the plan it is held against, and the period's last day.
    units, money : how much was missed; None where it cannot be said.
    members : places of the items that it is about.
    demand_direction, supply_direction : which demand and which receipts make such a miss: 1 more than assumed, -1 less, 0 neither.
    evidence : numbers that show it, plain data.
    """

    kind: MissKind
    item: str
    segment: str
    subject: str
    period: int
    date: dt.date
    units: float | None
    money: float | None
    members: IntArray = field(repr=False)
    demand_direction: Direction
    supply_direction: Direction
    evidence: Mapping[str, Any] = field(default_factory=dict)
