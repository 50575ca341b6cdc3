"""What the scorecard knows of one quarter: what happened, the plan of then, and that plan on the demand that came."""

import datetime as dt
import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stockrail.model.dates import first_day
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.simulation.world import BoolArray
from stockrail.workbench.scorecard.expected_world import expected, expected_demand
from stockrail.workbench.scorecard.happened import HasActuals, observed_lines, revalued_lines
from stockrail.workbench.scorecard.lines import Lines, Terms
from stockrail.workbench.scorecard.metric import View
from stockrail.workbench.scorecard.plan_lines import plan_lines
from stockrail.workbench.scorecard.quarter import Quarter
from stockrail.workbench.scorecard.revalue import HasOrders, revalue
from stockrail.workbench.scorecard.supply import Deliveries

AGED_DAYS = 60.0
"""Age from which stock counts as aged, unless somebody says otherwise."""


@dataclass(frozen=True)
class QuarterFacts:
    """One quarter.

    Attributes
    ----------
    first, last : periods of the instance that end in the quarter, from the first to the last one with demand that anybody told of.
    last_day : of the period `last`.
    plan, revalued : None where no plan is held against what happened.
    is_revalued : bool [items], whether demand is known in each period up to `last`.
    run_id : of the plan; None where there is none, or it is of no run.
    unknown_items : names in the actuals that the instance does not have; nothing here is about them.
    """

    instance: Instance
    terms: Terms
    first: int
    last: int
    actual: Lines
    deliveries: Deliveries
    plan: Lines | None = None
    revalued: Lines | None = None
    is_revalued: BoolArray | None = None
    run_id: int | None = None
    unknown_items: tuple[str, ...] = ()

    @staticmethod
    def of(
        instance: Instance,
        observed: HasActuals,
        quarter: Quarter,
        plan: HasOrders | None,
        *,
        aged_days: float = AGED_DAYS,
        run_id: int | None = None,
    ) -> "QuarterFacts | None":
        """What is known of a quarter; None where no demand of it is known.

        Parameters
        ----------
        instance : that of the plan; without a plan `without_plan` makes one.
        observed : from the first period of the instance on.

        Raises
        ------
        ValueError
            The plan is not one of the instance.
        """
        first, last = quarter.periods(instance.settings)
        first = max(first, 0)
        last = min(last, observed.demand_units.shape[1] - 1, instance.settings.periods - 1)
        told = np.flatnonzero(np.isfinite(observed.demand_units[:, first : last + 1]).any(axis=0)) + first
        if not len(told):
            return None
        first, last = int(told[0]), int(told[-1])
        if plan is None:
            unknown = np.full((len(instance.items), instance.settings.periods), np.nan)
            terms = Terms.of(instance, unknown, np.ones(instance.settings.periods), aged_days)
        else:
            tree = build_tree(instance)
            terms = Terms.of(instance, expected_demand(tree), expected(tree, tree.price_factor), aged_days)
        actual = observed_lines(instance, terms, observed, is_from_start=plan is not None)
        facts = QuarterFacts(
            instance,
            terms,
            first,
            last,
            actual,
            Deliveries.of(instance, terms.unit_value, observed.receipts, first, last),
            run_id=run_id,
            unknown_items=observed.unknown_items,
        )
        if plan is None:
            return facts
        again = revalue(instance, plan, observed)
        demand = again.is_known if again.n_periods == last + 1 else _known(observed, last)
        return replace(
            facts,
            plan=plan_lines(instance, plan.orders, terms),
            revalued=revalued_lines(instance, terms, again),
            is_revalued=demand,
        )

    @property
    def first_day(self) -> dt.date:
        """First day of the first period."""
        return first_day(self.instance.settings, self.first)

    @property
    def last_day(self) -> dt.date:
        """Last day of the last period."""
        return first_day(self.instance.settings, self.last + 1) - dt.timedelta(days=1)

    def view(self, lines: Lines, items: BoolArray) -> View:
        """Lines of some items, for metrics."""
        return View(
            lines,
            self.terms,
            items,
            self.first,
            self.last,
            self.instance.settings.period_length_days,
            self.instance.periods_per_year,
        )


def without_plan(instance: Instance, quarter: Quarter, aged_days: float = AGED_DAYS) -> Instance:
    """The instance with its periods moved so that the quarter is in it, and what metrics look back on before.

    Nothing was planned in it: it has prices, terms and lead times, and no forecast, orders or limits.
    """
    settings = instance.settings
    length = settings.period_length_days
    back_days = max(
        settings.receivable_days, float(instance.supplier_column("payment_days").max(initial=0.0)), aged_days
    )
    first, last = quarter.periods(settings)
    begin = first - math.ceil(back_days / length) - 1
    periods = max(last - begin + 1, 1)
    shape = (len(instance.items), periods)
    return replace(
        instance,
        settings=settings.model_copy(
            update={"start": first_day(settings, begin), "periods": periods, "frozen_periods": 0}
        ),
        mean_demand=np.zeros(shape),
        sigma=np.zeros(shape),
        open_orders=(),
        order_overrides=(),
        announced_orders=(),
        guardrails=(),
        guardrail_limits=(),
        funded_builds=(),
        scenarios=(),
        scenario_demand=(),
        scenario_suppliers=(),
        scenario_warehouses=(),
        source=None,
    )


def _known(observed: HasActuals, last: int) -> BoolArray:
    return np.asarray(np.isfinite(observed.demand_units[:, : last + 1]).all(axis=1))


def no_receipts() -> pd.DataFrame:
    """A table of receipts without any."""
    return pd.DataFrame(columns=["item", "supplier", "date", "units", "money", "ordered_on"])
