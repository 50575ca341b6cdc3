"""Demand that came since a calibration, against what that counted on (docs/calibration.md)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.problems import Problem
from stockrail.model.scenarios import build_tree
from stockrail.trees.history import Sale
from stockrail.trees.tables import read_table, refuse

CERTAINTY = 2.0
"""Standard deviations that a bias must exceed, so that luck is not taken for one."""


@dataclass(frozen=True)
class Actuals:
    """Demand by item and period of the last calibration.

    Attributes
    ----------
    units : [items, periods]; NaN where there is no row for the item in the period: missing is not zero.
    """

    units: Array


@dataclass(frozen=True)
class Outcome:
    """Actual demand against forecast, of an item or a segment, in the periods with actuals in their order.

    Attributes
    ----------
    items : names of those with actuals.
    error, forecast, deviation : [periods], actual less forecast, forecast, and the standard deviation counted on, in units; of a
        segment the sum over items in money at `unit_price`.
    """

    name: str
    items: tuple[str, ...]
    is_segment: bool
    error: Array
    forecast: Array
    deviation: Array

    @property
    def error_ratio(self) -> float:
        """Size of the errors over the size counted on; infinite where none was and there is one."""
        expected, came = float(np.sum(self.deviation**2)), float(np.sum(self.error**2))
        if expected > 0:
            return float(np.sqrt(came / expected))
        return float("inf") if came > 0 else 0.0

    def bias_share(self, periods: int) -> float:
        """Bias in the last periods as a share of forecast."""
        forecast = float(self.forecast[-periods:].sum())
        return float(self.error[-periods:].sum()) / forecast if forecast > 0 else 0.0

    def is_sustained(self, share: float, periods: int) -> bool:
        """Whether errors of the last periods have one sign, are large enough together, and more than luck."""
        last = self.error[-periods:]
        if len(last) < periods or not (np.all(last > 0) or np.all(last < 0)):
            return False
        noise = float(np.sqrt(np.sum(self.deviation[-periods:] ** 2)))
        return abs(self.bias_share(periods)) >= share and abs(float(last.sum())) > CERTAINTY * noise


def read_actuals(path: Path, before: Instance) -> Actuals:
    """Read demand that came: columns item, date, units; rows of other items, or outside of the horizon, are left unread.

    Raises
    ------
    InstanceError
        With every problem of the file, and where no row is of use.
    """
    table = read_table(path, Sale)
    units = np.full(before.mean_demand.shape, np.nan)
    for _, row in table.each():
        period = before.period_of(row.date)
        if row.item in before.item_index and 0 <= period < before.settings.periods:
            place = before.item_index[row.item], period
            units[place] = row.units + (0.0 if np.isnan(units[place]) else units[place])
    if np.isnan(units).all():
        allowed = f"rows of items of the last calibration, dated from {before.settings.start} on"
        refuse([Problem(table.file, None, "item and date", None, allowed)])
    return Actuals(units)


def outcomes(before: Instance, actuals: Actuals) -> list[Outcome]:
    """Segments first, then items, those without any actuals left out."""
    tree = build_tree(before)
    by_period = np.zeros((tree.periods, len(tree)))
    by_period[tree.period, np.arange(len(tree))] = tree.probability
    forecast = tree.demand @ by_period.T
    spread = np.maximum(tree.demand**2 @ by_period.T - forecast**2, 0.0)
    deviation = np.sqrt(spread + before.sigma**2)
    error = actuals.units - forecast
    is_known = ~np.isnan(error)
    price = before.item_column("unit_price")[:, None]
    found = []
    for place, segment in enumerate(before.segments):
        members = before.item_segment == place
        known = is_known & members[:, None]
        periods = known.any(axis=0)
        if not periods.any():
            continue

        def total(values: Array, known: Array = known, periods: Array = periods) -> Array:
            return np.asarray(np.where(known, values * price, 0.0).sum(axis=0)[periods])

        # What the tree branches on, items have in common; the rest is their own.
        common = total(np.sqrt(spread))
        own = np.sqrt(np.where(known, (before.sigma * price) ** 2, 0.0).sum(axis=0)[periods])
        found.append(
            Outcome(
                f"segment {segment.segment}",
                tuple(before.items[i].item for i in np.flatnonzero(known.any(axis=1))),
                True,
                total(np.nan_to_num(error)),
                total(forecast),
                np.asarray(np.sqrt(common**2 + own**2)),
            )
        )
    for i, row in enumerate(before.items):
        periods = is_known[i]
        if periods.any():
            found.append(
                Outcome(
                    row.item,
                    (row.item,),
                    False,
                    error[i, periods],
                    forecast[i, periods],
                    deviation[i, periods],
                )
            )
    return found
