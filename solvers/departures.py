"""Patterns of a segment: an option, and the items that depart from it to one of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.model.stock import Stock
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.option_plans import OptionPlans

OPTIONS_OF_SEGMENT = 8
"""Options of a segment that are tried with departures: the best at the prices known."""

FEES = 41
"""Fees for departing that are tried for the bound."""

FACTORS = (0.5, 1.0, 2.0)
"""Of a fee: patterns with more and with fewer departures than it asks for."""


@dataclass(frozen=True)
class Pattern:
    """A segment's option with the items that depart from it.

    Attributes
    ----------
    segment, option : places in the instance and in `OptionPlans.options`.
    departing, options : int [departures], items and the option of each.
    cost, usage : of the segment's items; [rows].
    """

    segment: int
    option: int
    departing: IntArray
    options: IntArray
    cost: float
    usage: Array

    @staticmethod
    def plain(plans: OptionPlans, segment: int, option: int) -> "Pattern":
        """Nobody departs."""
        members = plans.guardrails.tables.instance.item_segment == segment
        nobody = np.zeros(0, dtype=np.int64)
        cost = float(plans.costs[option, members].sum())
        return Pattern(int(segment), int(option), nobody, nobody, cost, plans.usage[option, segment])


def departing(
    plans: OptionPlans,
    valued: Array,
    is_offered: BoolArray,
    fees: Sequence[float],
    most: int,
    each: Callable[[Callable[[Stock], Array]], list[Array]],
) -> list[Pattern]:
    """Patterns in which items depart that gain more than a fee.

    Parameters
    ----------
    valued : cost and priced use of each item under each option [options, items], infinite where it is not offered.
    is_offered : bool [segments, options].
    most : items that may depart in all.
    each : makes something of the stock under each option's plan.
    """
    segment_of = plans.guardrails.tables.instance.item_segment
    best = valued.argmin(axis=0)
    least = valued.min(axis=0)
    chosen: list[tuple[int, int, IntArray]] = []
    for segment in np.flatnonzero(is_offered.any(axis=1)).tolist():
        members = np.flatnonzero(segment_of == segment)
        for fee in sorted({factor * fee for fee in fees for factor in FACTORS}):
            paid = np.minimum(valued[:, members], least[members] + fee).sum(axis=1)
            paid[~is_offered[segment]] = np.inf
            for option in np.argsort(paid, kind="stable")[:OPTIONS_OF_SEGMENT]:
                if not is_offered[segment, option]:
                    continue
                gain = valued[option, members] - least[members]
                order = np.argsort(-gain, kind="stable")[:most]
                items = np.sort(members[order[gain[order] > fee]])
                if len(items):
                    chosen.append((segment, int(option), items))
    if not chosen:
        return []
    union = np.unique(np.concatenate([items for _, _, items in chosen]))
    rows = np.arange(len(plans.guardrails))

    def use(stock: Stock) -> Array:
        return np.asarray(plans.guardrails.item_usage(plans.guardrails.metric_values(stock), rows)[union])

    usage = np.array(each(use))
    patterns = []
    for segment, option, items in chosen:
        at, own = np.searchsorted(union, items), best[items]
        patterns.append(
            Pattern(
                segment,
                option,
                items,
                own,
                float(plans.costs[option, segment_of == segment].sum())
                + float((plans.costs[own, items] - plans.costs[option, items]).sum()),
                plans.usage[option, segment] + (usage[own, at] - usage[option, at]).sum(axis=0),
            )
        )
    return patterns


def by_segment_at(fee: float, valued: Array, segment: IntArray, is_offered: BoolArray) -> Array:
    """Value of each option for each segment [options, segments] where an item may depart to its own best option for a fee.

    `segment` [items] is the place of each item's; infinite where the segment's menu has the option not, 0 without items.
    """
    segments = len(is_offered)
    paid = np.minimum(valued, valued.min(axis=0) + fee)
    total = np.array([np.bincount(segment, weights=row, minlength=segments) for row in paid])
    total[~is_offered.T & (np.bincount(segment, minlength=segments) > 0)] = np.inf
    return total


def best_fee(valued: Array, segment: IntArray, is_offered: BoolArray, most: int) -> tuple[float, float]:
    """The fee for departing with the best bound, and that bound: what no choice costs less than, use at prices included.

    Each item has its segment's option or, for the fee, its own best one, and the fees of the `most` items that may depart are
    given back. That is the relaxation of how many may depart, so that any fee gives a bound.
    """
    gain = valued - valued.min(axis=0)
    fees = np.quantile(gain[np.isfinite(gain)], np.linspace(0.0, 1.0, FEES)) if gain.size else np.zeros(1)
    bounds = [
        (float(by_segment_at(fee, valued, segment, is_offered).min(axis=0).sum()) - fee * most, float(fee))
        for fee in np.unique(fees)
    ]
    least, fee = max(bounds)
    return fee, least
