"""Everything that actuals say of a plan in force: pure numbers, from the instance, the plan's files and what happened."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stockrail.model.dates import first_day
from stockrail.model.instance import Array, Instance
from stockrail.workbench.governance.plan_files import PlanFiles
from stockrail.workbench.monitoring.errors import ForecastError, forecast_errors
from stockrail.workbench.monitoring.fan import TAIL, Fan, Position, position
from stockrail.workbench.monitoring.money import (
    SpendAgainstPlan,
    StockAgainstPlan,
    spend_against_plan,
    stock_against_plan,
)
from stockrail.workbench.monitoring.observed import Observed
from stockrail.workbench.monitoring.suppliers import SupplierPerformance, performance
from stockrail.workbench.scorecard.expected_world import expected
from stockrail.workbench.scorecard.lines import Terms
from stockrail.workbench.scorecard.plan_lines import plan_lines
from stockrail.workbench.scorecard.revalue import revalue

OnStep = Callable[[str], None]


@dataclass(frozen=True)
class Seen:
    """What was seen of a plan in the periods with actuals.

    Attributes
    ----------
    forecast : [items, n_periods], what the plan expected, units.
    low, high : [items, n_periods], ends of the fan, units.
    """

    instance: Instance = field(repr=False)
    observed: Observed = field(repr=False)
    forecast: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    position: Position = field(repr=False)
    errors: tuple[ForecastError, ...] = field(repr=False)
    suppliers: tuple[SupplierPerformance, ...]
    spend: tuple[SpendAgainstPlan, ...]
    stock: tuple[StockAgainstPlan, ...] = field(repr=False)

    @staticmethod
    def of(
        instance: Instance,
        plan: PlanFiles,
        observed: Observed,
        *,
        tail: float = TAIL,
        confidence: float = 0.95,
        on_step: OnStep = lambda words: None,
    ) -> "Seen":
        """Hold actuals against a plan.

        Parameters
        ----------
        tail : probability below the fan, and above it.
        confidence : of the interval around lead times.
        on_step : called before each step that may take long.
        """
        n = observed.n_periods
        on_step("the fan")
        fan = Fan.of(instance)
        forecast = fan.mean()
        on_step("forecast errors")
        errors = forecast_errors(instance, fan, observed)
        on_step("the plan's own numbers")
        terms = Terms.of(
            instance,
            forecast,
            expected(fan.tree, fan.tree.price_factor),
            aged_days=float(instance.settings.period_length_days),
        )
        planned = plan_lines(instance, plan.orders, terms)
        on_step("the plan on the demand that came")
        due = _planned_receipts(instance, plan, observed)
        suppliers = performance(instance, fan.tree, observed, due, confidence)
        return Seen(
            instance=instance,
            observed=observed,
            forecast=forecast[:, :n],
            low=fan.quantile(tail, n),
            high=fan.quantile(1 - tail, n),
            position=position(fan, observed, tail),
            errors=tuple(errors),
            suppliers=tuple(suppliers),
            spend=tuple(spend_against_plan(observed, planned.spend, plan.projection)),
            stock=tuple(
                stock_against_plan(instance, observed, planned.stock_value, terms.unit_value, plan.projection)
            ),
        )

    @property
    def last_day(self) -> dt.date | None:
        """Last day of the last period with actuals; None without any."""
        n = self.observed.n_periods
        return first_day(self.instance.settings, n) - dt.timedelta(days=1) if n else None

    def demand_frame(self) -> pd.DataFrame:
        """Each known demand: item, segment, period, date (first day), units, expected, low, high, position, is_outside."""
        items, periods = np.nonzero(np.isfinite(self.observed.demand_units))
        rows = self.instance.items
        at = items, periods
        return pd.DataFrame(
            {
                "item": [rows[i].item for i in items],
                "segment": [rows[i].segment for i in items],
                "period": periods,
                "date": [first_day(self.instance.settings, int(period)) for period in periods],
                "units": self.observed.demand_units[at],
                "expected": self.forecast[at],
                "low": self.low[at],
                "high": self.high[at],
                "position": self.position.position[at],
                "is_outside": self.position.is_outside[at],
            }
        )


def _planned_receipts(instance: Instance, plan: PlanFiles, observed: Observed) -> Array | None:
    """What would have arrived by the plan on the demand that came [items, n_periods]; NaN for items whose demand is not known."""
    if not observed.n_periods or np.isnan(observed.demand_units).all():
        return None
    again = revalue(instance, plan, observed)
    received = again.received + again.expedited
    return np.where(again.is_known[:, None], received, np.nan)
