"""Forecast error and bias: the demand that came against the plan's own forecast, by item, by segment and of all items."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray
from stockrail.workbench.governance.schema_monitoring import Level
from stockrail.workbench.monitoring.fan import Fan
from stockrail.workbench.monitoring.observed import Observed

ROUNDING = 1e-9


@dataclass(frozen=True)
class ForecastError:
    """Error of a forecast in the periods whose demand is known. An error is actual less forecast: above 0, more came.

    Units are those of the item; of a segment and of all items everything is in money, at the items' prices.

    Attributes
    ----------
    periods : with known demand.
    forecast, actual : sums.
    wape : sum of the sizes of the items' errors over the sum of actual; None where nothing came.
    counted_on : the same as the plan itself expects it, over the forecast; None where nothing was forecast.
    bias : sum of errors over the sum of the forecast; None where nothing was forecast.
    tracking_signal : sum of the errors of the periods over their mean size; 0 without any error.
    chance : probability that the plan gave to a bias so large in this direction: its own scenarios have markets that stay up.
    money : bias in money, at the items' prices.
    """

    level: Level
    name: str
    periods: int
    forecast: float
    actual: float
    wape: float | None
    counted_on: float | None
    bias: float | None
    tracking_signal: float
    chance: float
    money: float

    @property
    def ratio(self) -> float | None:
        """Error against the error that the plan counts on; None where it counts on none or nothing came."""
        if self.wape is None or not self.counted_on:
            return None
        return self.wape / self.counted_on


def forecast_errors(instance: Instance, fan: Fan, observed: Observed) -> list[ForecastError]:
    """All items first, then segments, then items, in the order of the instance; those without known demand are left out."""
    n = observed.n_periods
    found: list[ForecastError] = []
    if not n:
        return found
    forecast, size, actual = fan.mean()[:, :n], fan.mean_error_size()[:, :n], observed.demand_units
    total = Totals.of(fan, actual)
    price = instance.item_column("unit_price")
    everything = np.ones(len(instance.items), dtype=bool)
    groups: list[tuple[Level, str, BoolArray]] = [("all", "", everything)]
    groups += [
        ("segment", row.segment, instance.item_segment == k) for k, row in enumerate(instance.segments)
    ]
    for level, name, members in groups:
        weight = np.where(members, price, 0.0)[members]
        chance = total.chance(members, weight)
        found += _of(level, name, forecast[members], size[members], actual[members], weight, weight, chance)
    one = np.ones(1)
    for i, row in enumerate(instance.items):
        here = slice(i, i + 1)
        if np.isfinite(actual[i]).any():
            chance = total.chance(here, one)
            found += _of("item", row.item, forecast[here], size[here], actual[here], one, price[here], chance)
    return found


@dataclass(frozen=True)
class Totals:
    """Demand of the known periods added up, as it came and on each scenario.

    Attributes
    ----------
    by_scenario : [items, nodes of the last period], units.
    probability : of these nodes.
    variance : [items], of the forecast error of the known periods, units squared.
    actual : [items], units.
    """

    by_scenario: Array
    probability: Array
    variance: Array
    actual: Array

    @staticmethod
    def of(fan: Fan, actual: Array) -> "Totals":
        """Add up.

        Parameters
        ----------
        actual : [items, n_periods], NaN where it is not known.
        """
        tree, n = fan.tree, actual.shape[1]
        is_known = np.isfinite(actual)
        nodes = np.flatnonzero(tree.period < n)  # parents come first
        total = tree.demand[:, nodes] * is_known[:, tree.period[nodes]]
        for node in nodes[1:]:
            total[:, node] += total[:, tree.parent[node]]
        last = np.flatnonzero(tree.period == n - 1)
        return Totals(
            total[:, last],
            tree.probability[last],
            np.where(is_known, fan.sigma[:, :n] ** 2, 0.0).sum(axis=1),
            np.where(is_known, actual, 0.0).sum(axis=1),
        )

    def chance(self, members: BoolArray | slice, weight: Array) -> float:
        """Probability of a weighted total as far from its expectation as what came, or farther, in the same direction."""
        scenarios = weight @ self.by_scenario[members]
        came = float(weight @ self.actual[members])
        deviation = float(np.sqrt(weight**2 @ self.variance[members]))
        side = 1.0 if came >= float(scenarios @ self.probability) else -1.0
        beyond = side * (scenarios - came)
        slack = ROUNDING * max(1.0, abs(came))
        share = ndtr(beyond / deviation) if deviation > 0 else (beyond >= -slack).astype(float)
        return float(share @ self.probability)


def _of(
    level: Level,
    name: str,
    forecast: Array,
    size: Array,
    actual: Array,
    weight: Array,
    price: Array,
    chance: float,
) -> Iterator[ForecastError]:
    is_known = np.isfinite(actual)
    periods = is_known.any(axis=0)
    if not periods.any():
        return
    forecast, size, actual = (np.where(is_known, values, 0.0) for values in (forecast, size, actual))
    error = actual - forecast
    error[np.abs(error) <= ROUNDING * forecast] = 0.0
    by_period = (weight @ error)[periods]
    total_forecast, total = float((weight @ forecast).sum()), float((weight @ actual).sum())
    mean_size = float(np.abs(by_period).mean())
    yield ForecastError(
        level=level,
        name=name,
        periods=int(periods.sum()),
        forecast=total_forecast,
        actual=total,
        wape=float((weight @ np.abs(error)).sum()) / total if total > 0 else None,
        counted_on=float((weight @ size).sum()) / total_forecast if total_forecast > 0 else None,
        bias=float(by_period.sum()) / total_forecast if total_forecast > 0 else None,
        tracking_signal=float(by_period.sum()) / mean_size if mean_size > 0 else 0.0,
        chance=chance,
        money=float((price @ error).sum()),
    )
