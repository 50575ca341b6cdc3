"""What happened of the metrics that guardrails limit, as far as actuals say."""

import numpy as np

from stockrail.model.guardrail_blocks import GuardrailBlock
from stockrail.model.instance import Array
from stockrail.model.tables import BoolArray
from stockrail.workbench.root_cause.case import EXPEDITING, Case


def actual_amount(case: Case, block: GuardrailBlock) -> tuple[Array, Array | None] | str:
    """What happened of a guardrail's metric [periods], and of a ratio its denominator; or why it cannot be said.

    Periods of which something is missing are NaN.
    """
    observed, items = case.observed, block.items
    match block.metric:
        case "inventory_value":
            is_shipped = is_owned_under_way(case) & items
            if is_shipped.any() and block.side == "lower":
                return "goods under way count in it, and actuals do not say how much is under way"
            worth = observed.stock_units * case.unit_value[:, None]
            value = np.where(np.isnan(observed.stock_money), worth, observed.stock_money)
            return value[items].sum(axis=0) + _under_way(case, is_shipped), None
        case "storage_space":
            space = case.instance.item_column("space_per_unit")[:, None] * observed.stock_units
            return space[items].sum(axis=0), None
        case "fill_rate":
            return observed.served_units[items].sum(axis=0), observed.demand_units[items].sum(axis=0)
        case "expedite_spend" if block.scope == "all" and not block.is_outside:
            if not any(name in observed.spend for name in EXPEDITING):
                return f"actuals have no spend of the accounts {' and '.join(EXPEDITING)}"
            return case.expediting, None
        case "purchases" | "write_offs" | "overtime_spend" if block.scope == "all" and not block.is_outside:
            account = {"write_offs": "write_off", "overtime_spend": "overtime"}.get(
                block.metric, block.metric
            )
            if account not in observed.spend:
                return f"actuals have no spend of the account {account}"
            return observed.spend[account], None
        case "expedite_spend" | "purchases" | "write_offs" | "overtime_spend":
            return "spend is known of all items together only"
    return f"actuals say nothing of {block.metric}"


def is_owned_under_way(case: Case) -> BoolArray:
    """Items that are owned from shipment on [items]."""
    ownership = [row.ownership for row in case.instance.suppliers]
    return np.array([ownership[place] == "shipment" for place in case.instance.item_supplier])


def _under_way(case: Case, items: BoolArray) -> Array:
    """Value of what some items had under way at the end of each period, as far as receipts tell [periods]: at least so much."""
    receipts, periods = case.receipts, np.arange(case.observed.n_periods)
    at = receipts.at(np.flatnonzero(items))
    at = at[receipts.is_dated[at]]
    ordered, arrived = receipts.ordered_period[at, None], receipts.arrived_period[at, None]
    is_there = (ordered <= periods) & (arrived > periods)
    return np.asarray((receipts.units[at] * case.unit_value[receipts.item[at]]) @ is_there)
