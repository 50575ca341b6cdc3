"""What suppliers did: lead times against the plan's, deliveries on time, units short and over.

What arrived on one day from orders of one day is one shipment: its lines say nothing independent of how long it took.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.workbench.monitoring.observed import Observed

Drift = Literal["longer", "shorter", "as planned", "too few"]


@dataclass(frozen=True)
class SupplierPerformance:
    """Receipts of a supplier, up to the last period with actuals.

    Attributes
    ----------
    receipts, dated, shipments : rows, those of them with the day of their order, and the shipments that these make.
    on_time : share of dated receipts in the period that is `lead_time_periods` after that of their order, or earlier; None
        without any.
    days_late : mean days after the end of that period, of those that came later; None where none did.
    planned_days, observed_days : mean lead time of shipments, as the plan expects it (delays of its scenarios with their
        probability), and as it was.
    drift_days, low, high : mean difference with its confidence interval; None where there are fewer than two shipments.
    dated_money, late_money : value of dated receipts at landed cost, and of those of them that came later.
    due_money : value of what would have arrived by the plan on the demand that came; None where that is not known.
    short_money, over_money : what of it is missing, and what came beyond it, added up over items.
    """

    supplier: str
    receipts: int
    dated: int
    shipments: int
    on_time: float | None
    days_late: float | None
    planned_days: float | None
    observed_days: float | None
    drift_days: float | None
    low: float | None
    high: float | None
    dated_money: float
    late_money: float
    due_money: float | None
    short_money: float | None
    over_money: float | None

    def drift(self, tolerance_days: float, least_shipments: int) -> Drift:
        """Whether the mean lead time is another one: by more than a tolerance, and with the confidence that it was computed for.

        Parameters
        ----------
        least_shipments : below which nothing is said; two at least.
        """
        if self.drift_days is None or self.low is None or self.high is None:
            return "too few"
        if self.shipments < max(2, least_shipments):
            return "too few"
        if self.drift_days > tolerance_days and self.low > 0:
            return "longer"
        return "shorter" if self.drift_days < -tolerance_days and self.high < 0 else "as planned"


def performance(
    instance: Instance,
    tree: ScenarioTree,
    observed: Observed,
    planned_units: Array | None,
    confidence: float = 0.95,
) -> list[SupplierPerformance]:
    """Each supplier with receipts, or with something due, in the order of the instance.

    Parameters
    ----------
    planned_units : [items, n_periods], what would have arrived by the plan on the demand that came; NaN for items of which that is not
        known, None where it is not known at all.
    confidence : of the interval around the drift.
    """
    rows = _lines(instance, tree, observed)
    found = []
    for k, supplier in enumerate(instance.suppliers):
        here = rows[rows["supplier"] == supplier.supplier]
        due = _due(instance, observed, planned_units, instance.item_supplier == k)
        if len(here) or due[0]:
            found.append(_of_supplier(supplier.supplier, here, due, confidence))
    return found


def _lines(instance: Instance, tree: ScenarioTree, observed: Observed) -> pd.DataFrame:
    """Receipts of items of the instance from its start on, with planned days and how late they came."""
    settings = instance.settings
    length, start = settings.period_length_days, pd.Timestamp(settings.start)
    rows = observed.receipts[observed.receipts["item"].isin(list(instance.item_index))]
    rows = rows[rows["date"] >= start].copy()
    item = np.asarray(rows["item"].map(instance.item_index), dtype=np.int64)
    ordered = np.asarray((rows["ordered_on"] - start).dt.days // length, dtype=np.float64)
    lead: Array = instance.item_column("lead_time_periods")[item]
    rows["planned_days"] = (lead + _delay(instance, tree, item, ordered)) * length
    rows["days"] = (rows["date"] - rows["ordered_on"]).dt.days
    due_end = (ordered + lead + 1) * length - 1
    rows["late_days"] = np.maximum((rows["date"] - start).dt.days - due_end, 0.0)
    rows["money_at_cost"] = rows["units"] * _unit_value(instance)[item]
    return rows


def _delay(instance: Instance, tree: ScenarioTree, item: IntArray, ordered: Array) -> Array:
    """Expected delay of an order placed in a period [rows], periods; none before the start or beyond the horizon."""
    expected = np.zeros((len(instance.suppliers), tree.periods + 1))
    for period in range(tree.periods):
        nodes = np.flatnonzero(tree.period == period)
        expected[:, period] = tree.delay_periods[:, nodes] @ tree.probability[nodes]
    is_here = np.isfinite(ordered) & (ordered >= 0) & (ordered < tree.periods)
    column = np.where(is_here, ordered, tree.periods).astype(np.int64)
    return np.asarray(expected[instance.item_supplier[item], column])


def _due(
    instance: Instance, observed: Observed, planned_units: Array | None, members: Array
) -> tuple[float | None, float | None, float | None]:
    """Money due, short and over, up to the last period with receipts."""
    if planned_units is None or not members.any():
        return None, None, None
    came, planned = observed.receipt_units[members], planned_units[members]
    is_known = np.isfinite(came) & np.isfinite(planned)
    if not is_known.any():
        return None, None, None
    value = _unit_value(instance)[members]
    planned_total = np.where(is_known, planned, 0.0).sum(axis=1)
    difference = np.where(is_known, came - planned, 0.0).sum(axis=1)
    return (
        float(value @ planned_total),
        float(value @ np.maximum(-difference, 0.0)),
        float(value @ np.maximum(difference, 0.0)),
    )


def _unit_value(instance: Instance) -> Array:
    landed = instance.landed_rate
    return np.asarray(instance.item_column("unit_cost") * landed)


def _of_supplier(
    name: str, rows: pd.DataFrame, due: tuple[float | None, float | None, float | None], confidence: float
) -> SupplierPerformance:
    dated = rows[rows["ordered_on"].notna()]
    late = dated.loc[dated["late_days"] > 0, "late_days"]
    shipments = dated.groupby(["ordered_on", "date"])[["days", "planned_days"]].mean()
    drift = (shipments["days"] - shipments["planned_days"]).to_numpy(dtype=np.float64)
    n = len(drift)
    mean = low = high = None
    if n >= 2:
        mean = float(drift.mean())
        half = float(student.ppf((1 + confidence) / 2, n - 1)) * float(drift.std(ddof=1)) / math.sqrt(n)
        low, high = mean - half, mean + half
    return SupplierPerformance(
        supplier=name,
        receipts=len(rows),
        dated=len(dated),
        shipments=n,
        on_time=float((dated["late_days"] <= 0).mean()) if len(dated) else None,
        days_late=float(late.mean()) if len(late) else None,
        planned_days=float(shipments["planned_days"].mean()) if n else None,
        observed_days=float(shipments["days"].mean()) if n else None,
        drift_days=mean,
        low=low,
        high=high,
        dated_money=float(dated["money_at_cost"].sum()),
        late_money=float(dated.loc[dated["late_days"] > 0, "money_at_cost"].sum()),
        due_money=due[0],
        short_money=due[1],
        over_money=due[2],
    )
