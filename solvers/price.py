"""The price of a limit as plain data: what one more and one less unit is worth, and how far that holds."""

import math
from dataclasses import dataclass
from enum import StrEnum

SAME = 0.1
"""Slopes that differ by less than this share are the same price."""


class PriceStatus(StrEnum):
    """What is known about a price."""

    SOLVED = "solved"
    SLACK = "slack"
    UNRESOLVED = "below what can be resolved"
    OPEN = "not computed"


@dataclass(frozen=True)
class PriceRange:
    """The price of one side of a guardrail, moved in all of its periods together or in one.

    Prices are the margin (the objective) that one unit of limit as stated adds: at least 0 for an upper limit, at most 0 for
    a lower one, up to what can be resolved.

    Attributes
    ----------
    period : None where all periods move together by the same amount.
    limit : where the side stands now, the tightest of its periods.
    price_up, price_down : what one more unit earns and what one less costs. NaN where not computed; infinite where the
        limit cannot be any tighter.
    range_from, range_to : limits between which the price holds within a tenth, each side its own price. A range that still
        held at the largest step tried ends there.
    resolution : smallest price that could be told from none.
    is_quick : whether each price comes from a single step. Then it is the average over that step, the range ends with the
        step though the price may hold further, and where the two prices differ, nothing says whether they do so at once.
    """

    guardrail: str
    side: str
    period: int | None
    limit: float
    price_up: float
    price_down: float
    range_from: float
    range_to: float
    resolution: float
    status: PriceStatus
    is_quick: bool = False

    @property
    def is_kink(self) -> bool:
        """Whether one more unit and one less are worth something else, so that no single number is the price."""
        larger = max(abs(self.price_up), abs(self.price_down))
        if math.isnan(larger) or self.status is not PriceStatus.SOLVED:
            return False
        # The steps of quick prices are so short that what can be resolved is no small share of a price.
        leeway = 0.0 if self.is_quick else self.resolution
        return math.isinf(larger) or abs(self.price_up - self.price_down) > SAME * larger + leeway
