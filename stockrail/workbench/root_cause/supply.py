"""What suppliers did, held against what the plan had assumed: how long, how much, at what cost."""

from typing import Any

import numpy as np

from stockrail.workbench.root_cause.case import Case
from stockrail.workbench.root_cause.classification import Finding, Place
from stockrail.workbench.root_cause.miss import FoundMiss

Judged = tuple[Finding, dict[str, Any]]
"""Where it lies, and the numbers that show it."""


def lead_time_finding(case: Case, miss: FoundMiss) -> Judged:
    """Receipts that were due by the end of the miss's period and came after it; of too much stock, those that came too early.

    What was on order when the plan began was due when `open_orders` says, everything else its lead time after the order. Inside the fan is a delay that some scenario has. Receipts without the day of their order say nothing.
    """
    receipts = case.receipts
    at = receipts.at(miss.members)
    at = at[receipts.is_dated[at]]
    if not len(at):
        return Finding(Place.UNKNOWN), {"why": "no receipt of it says when it was ordered"}
    arrived, due = receipts.arrived_period[at], receipts.due_period[at]
    late_days = receipts.arrived_day[at] - receipts.expected_day[at]
    if miss.supply_direction < 0:
        is_it = (due <= miss.period) & (arrived > miss.period) & (late_days > case.rules.late_days)
    else:
        is_it = (arrived <= miss.period) & (due > miss.period) & (-late_days > case.rules.late_days)
    evidence: dict[str, Any] = {"receipts": len(at)}
    if not is_it.any():
        return Finding(Place.AS_ASSUMED, 0.0), evidence
    which = at[is_it]
    units, item = receipts.units[which], receipts.item[which]
    most = case.tree.delay_periods.max(axis=1)[case.instance.item_supplier[item]]
    is_inside = miss.supply_direction < 0 and bool(((arrived - due)[is_it] <= most).all())
    days, assumed_days = (
        np.average(until[which] - receipts.ordered_day[which], weights=units)
        for until in (receipts.arrived_day, receipts.expected_day)
    )
    evidence |= {
        "units": float(units.sum()),
        "days": float(days),
        "assumed_days": float(assumed_days),
        "most_delay_periods": int(most.max()),
    }
    money = float(units @ case.unit_value[item])
    return Finding(Place.INSIDE if is_inside else Place.OUTSIDE, money), evidence


def quantity_finding(case: Case, miss: FoundMiss, late_money: float) -> Judged:
    """Less received up to the miss's period than the plan would have received, without what came late.

    Inside the fan is a share that some scenario's capacity of the supplier has. What was ordered beside the plan is not known:
    less than planned may also have been ordered. More than planned is no supplier's doing.

    Parameters
    ----------
    late_money : value of what came late, which is not counted twice.
    """
    revalued = case.revalued
    if revalued is None or not case.is_demand_known(miss.members, miss.period):
        return Finding(Place.UNKNOWN), {"why": "the plan cannot be followed without the demand that came"}
    upto = slice(0, miss.period + 1)
    came = case.observed.receipt_units[miss.members, upto]
    if np.isnan(came).any():
        return Finding(Place.UNKNOWN), {"why": "receipts are not known for each of the periods"}
    value = case.unit_value[miss.members]
    planned, received = revalued.received[miss.members, upto].sum(axis=1), came.sum(axis=1)
    evidence = {
        "planned_units": float(planned.sum()),
        "received_units": float(received.sum()),
        "planned_money": float(planned @ value),
        "received_money": float(received @ value),
    }
    missing = float((planned - received) @ value) - late_money
    is_short = missing > case.rules.quantity_tolerance * float(planned @ value) + 1e-9
    if miss.supply_direction >= 0 or not is_short:
        return Finding(Place.AS_ASSUMED, 0.0), evidence
    suppliers = np.unique(case.instance.item_supplier[miss.members])
    nodes = case.tree.period <= miss.period
    least = float(case.tree.capacity_factor[suppliers][:, nodes].min())
    share = float(received @ value) / float(planned @ value)
    place = Place.INSIDE if least < 1.0 and share >= least else Place.OUTSIDE
    return Finding(place, missing), {**evidence, "least_capacity_factor": least}


def cost_finding(case: Case, miss: FoundMiss) -> Judged:
    """What receipts up to the miss's period cost, against what was assumed; of misses of money only.

    Freight and duty are on both sides or on none, as the money of receipts has them. Inside the fan is a cost factor that some scenario has.
    """
    if miss.kind != "breach" or miss.evidence["metric"] not in {"inventory_value", "purchases"}:
        return Finding(Place.AS_ASSUMED, 0.0), {}
    receipts = case.receipts
    at = receipts.at(miss.members)
    at = at[np.isfinite(receipts.money[at]) & (receipts.arrived_period[at] <= miss.period)]
    if not len(at):
        return Finding(Place.UNKNOWN), {"why": "no receipt says what it cost"}
    item = receipts.item[at]
    assumed = float(receipts.units[at] @ case.receipt_cost[item])
    paid = float(receipts.money[at].sum())
    most = float(case.tree.cost_factor[np.unique(case.instance.item_supplier[item])].max())
    evidence = {"paid": paid, "assumed": assumed, "most_cost_factor": most}
    if not assumed or miss.evidence["side"] != "upper" or paid <= (1 + case.rules.cost_tolerance) * assumed:
        return Finding(Place.AS_ASSUMED, 0.0), evidence
    is_inside = paid <= most * assumed * (1 + case.rules.cost_tolerance) and most > 1.0
    return Finding(Place.INSIDE if is_inside else Place.OUTSIDE, paid - assumed), evidence
