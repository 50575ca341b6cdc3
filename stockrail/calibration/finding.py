"""One reason to do a calibration again, and from which size on a shift is one (docs/calibration.md)."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray

ROUNDING = 1e-9
"""A shift that is at its threshold but for rounding is there."""

MOST_NAMED = 5
"""Items that a sentence names."""


@dataclass(frozen=True)
class Thresholds:
    """From which size on a shift calls for a review. All are at least 0.

    Attributes
    ----------
    bias_share : of actual demand less forecast, over forecast, where it has the same sign in each of the last `bias_periods`.
    error_ratio : size of actual errors over the size that the calibration counted on.
    error_share, demand_share, cost_share : change of `sigma_units`, of mean demand, of landed cost, price, holding rate and limits.
    promotion_ratio : forecast of a single period over what the last calibration had for it.
    lead_time_days : change of the planned lead time.
    delivery_days : mean delay of a supplier's deliveries beyond what the calibration counted on, or short of it, where it has the same
        sign in each of the last `delivery_periods` with deliveries.
    revenue_share : of all items' expected revenue, that the items concerned must make up together. A launch always counts.
    interval_days : from the start of one regular calibration to the next.
    """

    bias_share: float = 0.10
    bias_periods: int = 4
    error_ratio: float = 1.5
    error_share: float = 0.25
    demand_share: float = 0.20
    promotion_ratio: float = 1.5
    cost_share: float = 0.05
    lead_time_days: float = 7.0
    delivery_days: float = 7.0
    delivery_periods: int = 4
    revenue_share: float = 0.02
    interval_days: int = 91


@dataclass(frozen=True)
class Finding:
    """One reason for a review.

    Attributes
    ----------
    kind : "regular", "bias", "error", "demand", "promotion", "cost", "guardrail", "lead time", "delivery", "launch" or
        "periods".
    items : names of the items concerned, those with the most revenue first; empty where it concerns all.
    revenue_share : of them, of all items' expected revenue.
    sentence : what has changed, by how much, against which threshold.
    """

    kind: str
    items: tuple[str, ...]
    revenue_share: float
    sentence: str


def revenue_of(instance: Instance) -> Array:
    """Expected revenue over the horizon if all demand is served [items], money."""
    return np.asarray(instance.mean_demand.sum(axis=1) * instance.item_column("unit_price"))


def ranked(names: list[str], revenue: Array, concerned: BoolArray) -> tuple[tuple[str, ...], float]:
    """Names of the items concerned, the most revenue first, and their share of all revenue."""
    places = np.flatnonzero(concerned)
    places = places[np.argsort(-revenue[places], kind="stable")]
    total = float(revenue.sum())
    return tuple(names[i] for i in places), float(revenue[places].sum()) / total if total > 0 else 1.0


def listed(items: tuple[str, ...]) -> str:
    """The first names, and how many more there are."""
    more = len(items) - MOST_NAMED
    return ", ".join(items[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
