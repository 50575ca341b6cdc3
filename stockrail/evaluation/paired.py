"""Paired differences on common random numbers, with the interval that chance leaves (docs/formulation.md, section 16)."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from stockrail.model.instance import Array

CONFIDENCE = 0.95
"""Share of repeated evaluations whose interval would contain the true difference."""

FEW = 30
"""With fewer pairs Student's interval leans on differences being normal, so that of the bootstrap counts as well."""

RESAMPLES = 4000


@dataclass(frozen=True)
class PairedDifference:
    """Mean of paired differences, one less the other.

    Attributes
    ----------
    mean : in the unit of what is compared.
    lower, upper : ends of the interval; NaN where there is only one pair, about which chance says nothing.
    pairs : number of pairs.
    """

    mean: float
    lower: float
    upper: float
    pairs: int

    @property
    def is_positive(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.lower > 0

    @property
    def is_negative(self) -> bool:
        """Whether the whole interval is below 0."""
        return self.upper < 0


def paired_difference(one: Array, other: Array, seed: int = 0) -> PairedDifference:
    """Compare what two policies did on the same paths [pairs]; pairs in which either is NaN say nothing and are left out.

    The interval is Student's for the mean of the differences. With fewer than `FEW` pairs it is the wider of that and the
    percentile bootstrap's, end by end.

    Raises
    ------
    ValueError
        The two have different lengths: they are not pairs.
    """
    if one.shape != other.shape:
        raise ValueError(f"{one.shape} and {other.shape} are not pairs: both must be of the same paths.")
    difference = np.asarray(one - other, dtype=np.float64)
    difference = difference[~np.isnan(difference)]
    count = len(difference)
    if count < 2:
        mean = float(difference[0]) if count else math.nan
        return PairedDifference(mean, math.nan, math.nan, count)
    mean = float(difference.mean())
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, count - 1) * difference.std(ddof=1) / math.sqrt(count))
    lower, upper = mean - half, mean + half
    if count < FEW and half > 0:
        ends = bootstrap(difference, seed)
        lower, upper = min(lower, ends[0]), max(upper, ends[1])
    return PairedDifference(mean, lower, upper, count)


def bootstrap(values: Array, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean; `values` [count] must not all be the same."""
    interval = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng([seed, 16]),
    ).confidence_interval
    return float(interval.low), float(interval.high)
