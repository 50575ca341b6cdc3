"""Whether suppliers deliver later, or earlier, than the last calibration counted on (docs/calibration.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.calibration.actuals import CERTAINTY
from stockrail.calibration.finding import ROUNDING, Finding, Thresholds, listed, ranked, revenue_of
from stockrail.formats import amount, percent
from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import IntArray
from stockrail.trees.deliveries import Delivery, delay_distributions
from stockrail.trees.tables import refuse


@dataclass(frozen=True)
class Lateness:
    """Deliveries of one supplier that were promised for the time since the last calibration began.

    Attributes
    ----------
    deliveries : those that count.
    period : [deliveries], the period of the last calibration in which the promised day is, 0 or more.
    shift : [deliveries], days late, less the days that the calibration counted on in the mean; negative where earlier.
    """

    supplier: str
    deliveries: tuple[Delivery, ...]
    period: IntArray
    shift: Array

    def last(self, periods: int) -> Array:
        """Shifts of the deliveries in the last so many periods that have any, days; empty where there are fewer periods."""
        found = np.unique(self.period)
        return self.shift[self.period >= found[-periods]] if len(found) >= periods else np.zeros(0)

    def is_sustained(self, days: float, periods: int) -> bool:
        """Whether the shift has one sign in each of the last periods, is large enough in the mean, and more than luck."""
        shift = self.last(periods)
        if not len(shift):
            return False
        means = np.array([self.shift[self.period == t].mean() for t in np.unique(self.period)[-periods:]])
        mean = float(shift.mean())
        error = float(shift.std(ddof=1) / np.sqrt(len(shift))) if len(shift) > 1 else 0.0
        has_one_sign = bool(np.all(means > 0) or np.all(means < 0))
        return has_one_sign and abs(mean) >= days - ROUNDING and abs(mean) > CERTAINTY * error


def lateness(before: Instance, deliveries: Sequence[Delivery], file: str = "deliveries") -> list[Lateness]:
    """Deliveries by supplier, in the order of `suppliers`; those of others, or promised for earlier days, are left out.

    Parameters
    ----------
    before : the instance of the last calibration. It counted on the delays of its scenarios: their mean over nodes, by probability,
        and over periods.
    file : what a message calls the deliveries.

    Raises
    ------
    InstanceError
        No delivery is of use.
    """
    tree = build_tree(before)
    days = before.settings.period_length_days
    counted_on = tree.delay_periods @ tree.probability / tree.periods * days
    found = []
    for place, row in enumerate(before.suppliers):
        own = tuple(
            one for one in deliveries if one.supplier == row.supplier and before.period_of(one.promised) >= 0
        )
        if own:
            late = np.array([(one.delivered - one.promised).days for one in own], dtype=np.float64)
            period = np.array([before.period_of(one.promised) for one in own], dtype=np.int64)
            found.append(Lateness(row.supplier, own, period, late - counted_on[place]))
    if not found:
        allowed = f"rows of suppliers of the last calibration, promised for {before.settings.start} or later"
        refuse([Problem(file, None, "supplier and promised", None, allowed)])
    return found


def delay_findings(
    before: Instance, now: Instance, found: Sequence[Lateness], thresholds: Thresholds
) -> Iterator[Finding]:
    """Suppliers whose lateness has shifted for good, with the items that the present instance buys from them."""
    revenue, names = revenue_of(now), [row.item for row in now.items]
    for row in found:
        concerned = np.array([item.supplier == row.supplier for item in now.items], dtype=bool)
        if not concerned.any() or not row.is_sustained(thresholds.delivery_days, thresholds.delivery_periods):
            continue
        items, share = ranked(names, revenue, concerned)
        if share < thresholds.revenue_share:
            continue
        mean = float(row.last(thresholds.delivery_periods).mean())
        (distribution,) = delay_distributions(row.deliveries, before.settings.period_length_days)
        count = distribution.deliveries
        yield Finding(
            "delivery",
            items,
            share,
            f"{row.supplier} delivers {amount(abs(mean), 1)} days {'later' if mean > 0 else 'earlier'} than the calibration counted "
            f"on, in each of the last {thresholds.delivery_periods} periods with deliveries (threshold "
            f"{thresholds.delivery_days:g} days); of {count} {'delivery' if count == 1 else 'deliveries'} since, "
            f"{percent(distribution.late_share, 0)} were late by a period or more. Items: {listed(items)}.",
        )


def unjudged(before: Instance, found: Sequence[Lateness], thresholds: Thresholds) -> tuple[str, ...]:
    """Suppliers of the last calibration with deliveries in too few periods, or none, to judge."""
    judged = {row.supplier for row in found if len(row.last(thresholds.delivery_periods))}
    return tuple(row.supplier for row in before.suppliers if row.supplier not in judged)
