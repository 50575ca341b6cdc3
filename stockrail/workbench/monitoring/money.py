"""Spend and stock against what the plan had expected of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.model.tables import BoolArray
from stockrail.workbench.monitoring.observed import Observed

PURCHASES, INVENTORY = "purchases", "inventory_value"
LOW, HIGH = "p05", "p95"


@dataclass(frozen=True)
class SpendAgainstPlan:
    """What was booked on an account, against the plan, in the periods whose bookings are known.

    Attributes
    ----------
    plan : expected by the plan; None where plans know nothing of the account.
    """

    account: str
    periods: int
    actual: float
    plan: float | None

    @property
    def difference(self) -> float | None:
        """Above 0: more was spent."""
        return None if self.plan is None else self.actual - self.plan

    @property
    def share(self) -> float | None:
        """Difference over plan; infinite where nothing was planned and something was spent."""
        return None if self.difference is None or self.plan is None else _share(self.difference, self.plan)


@dataclass(frozen=True)
class StockAgainstPlan:
    """Value of stock at the end of a period, against the plan.

    Attributes
    ----------
    segment : empty for all items.
    items, unknown : items whose stock is known, which alone are added up, and others.
    low, high : of the plan's own fan; None where that cannot be compared.
    """

    segment: str
    period: int
    items: int
    unknown: int
    actual: float
    plan: float
    low: float | None = None
    high: float | None = None

    @property
    def difference(self) -> float:
        """Above 0: more is in stock."""
        return self.actual - self.plan

    @property
    def share(self) -> float:
        """Difference over plan; infinite where no stock was planned and there is some."""
        return _share(self.difference, self.plan)


def spend_against_plan(
    observed: Observed, planned: Mapping[str, Array], projection: pd.DataFrame
) -> list[SpendAgainstPlan]:
    """Each account on which something was booked.

    Parameters
    ----------
    planned : account to expected money [periods].
    projection : projection.csv of the plan, for what it buys.
    """
    purchases = projection[projection["metric"] == PURCHASES].set_index("period")["mean"]
    found = []
    for account, money in sorted(observed.spend.items()):
        is_known = np.isfinite(money)
        expected: Array | None = None
        if account == PURCHASES and len(purchases):
            expected = purchases.reindex(range(observed.n_periods)).to_numpy(dtype=np.float64)
        elif account in planned:
            expected = planned[account][: observed.n_periods]
        plan = None if expected is None else float(expected[is_known].sum())
        if plan is not None and not np.isfinite(plan):
            plan = None
        found.append(SpendAgainstPlan(account, int(is_known.sum()), float(money[is_known].sum()), plan))
    return found


def stock_against_plan(
    instance: Instance, observed: Observed, planned: Array, unit_value: Array, projection: pd.DataFrame
) -> list[StockAgainstPlan]:
    """All items in each period whose stock is known, then each segment in the last of them.

    Parameters
    ----------
    planned : [items, periods], expected value of stock.
    unit_value : [items], standard value, for stock that was counted without its money.
    """
    n = observed.n_periods
    actual = np.where(
        np.isnan(observed.stock_money), unit_value[:, None] * observed.stock_units, observed.stock_money
    )
    periods = [period for period in range(n) if np.isfinite(actual[:, period]).any()]
    if not periods:
        return []
    everything = np.ones(len(instance.items), dtype=bool)
    fan = projection[projection["metric"] == INVENTORY].set_index("period")
    # What is owned from shipment on is in the projection and in no count.
    has_fan = all(row.ownership == "receipt" for row in instance.suppliers) and {LOW, HIGH} <= set(
        fan.columns
    )
    low, high = (fan[name].to_dict() if name in fan else {} for name in (LOW, HIGH))
    found = []
    for period in periods:
        row = _stock("", period, everything, actual, planned)
        is_whole = has_fan and not row.unknown and period in fan.index
        ends = (float(low[period]), float(high[period])) if is_whole else (None, None)
        found.append(StockAgainstPlan("", period, row.items, row.unknown, row.actual, row.plan, *ends))
    for k, segment in enumerate(instance.segments):
        members = instance.item_segment == k
        if np.isfinite(actual[members, periods[-1]]).any():
            found.append(_stock(segment.segment, periods[-1], members, actual, planned))
    return found


def _stock(segment: str, period: int, members: BoolArray, actual: Array, planned: Array) -> StockAgainstPlan:
    is_known = members & np.isfinite(actual[:, period])
    known = int(is_known.sum())
    return StockAgainstPlan(
        segment,
        period,
        known,
        int(members.sum()) - known,
        float(actual[is_known, period].sum()),
        float(planned[is_known, period].sum()),
    )


def _share(difference: float, plan: float) -> float:
    if plan > 0:
        return difference / plan
    return 0.0 if abs(difference) < 0.005 else float("inf") * (1 if difference > 0 else -1)
