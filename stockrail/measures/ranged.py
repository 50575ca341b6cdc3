"""A number that solves leave open by their gaps: what the plans found give, and the range that the bounds prove."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.model.tree import Array


@dataclass(frozen=True)
class Ranged:
    """A number and the range that is proven for it.

    Attributes
    ----------
    value : from the plans found; NaN where one of them is missing. Negative values stay negative.
    least, most : the number of the best plans there are is between them; infinite where nothing is proven.
    """

    value: float
    least: float
    most: float

    @staticmethod
    def exactly(value: float) -> "Ranged":
        """A number without a gap."""
        return Ranged(value, value, value)

    @staticmethod
    def unknown() -> "Ranged":
        """Nothing is known of the number."""
        return Ranged(np.nan, -np.inf, np.inf)

    @staticmethod
    def optimum(objective: float, bound: float) -> "Ranged":
        """The best objective there is, of which a solve found a plan and a bound; an objective of -inf is no plan."""
        return Ranged(objective if np.isfinite(objective) else np.nan, objective, bound)

    @staticmethod
    def mean(numbers: Sequence["Ranged"], weight: Array) -> "Ranged":
        """Weighted sum of numbers; `weight` is at least 0."""
        return Ranged(
            float(sum(w * number.value for w, number in zip(weight, numbers, strict=True))),
            float(sum(w * number.least for w, number in zip(weight, numbers, strict=True))),
            float(sum(w * number.most for w, number in zip(weight, numbers, strict=True))),
        )

    def less(self, other: "Ranged") -> "Ranged":
        """The difference to another number."""
        return Ranged(self.value - other.value, self.least - other.most, self.most - other.least)

    @property
    def is_sign_known(self) -> bool:
        """Whether the range proves on which side of 0 the number is."""
        return self.least > 0.0 or self.most < 0.0
