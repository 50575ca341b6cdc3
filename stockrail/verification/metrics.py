"""The checker's metrics and ratios of one node, from what its simulation has counted there.

Part of the independent checker: docs/formulation.md, section 6, is its only source. All vectors are over items.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from stockrail.model.instance import Array
from stockrail.verification.facts import Facts, expected_backlog
from stockrail.verification.state import Moment, State

PARTS = {
    "revenue": 1,
    "landed_cost": -1,
    "order_cost": -1,
    "holding": -1,
    "expedite": -1,
    "stockout": -1,
    "write_off": -1,
    "change": -1,
    "terminal_value": 1,
}
"""The parts of the items' margin and their signs."""

RATIOS = ("days_of_supply", "fill_rate", "on_time_in_full", "turns", "cash_conversion_cycle")
"""Metrics that are a numerator over a denominator."""

METRICS = (
    "inventory_value",
    "purchases",
    "open_commitments",
    "ordered_units",
    "served_units",
    "receivables",
    "payables",
    "working_capital",
    "cash",
    "expedite_spend",
    "write_offs",
    "margin",
    "excess_exposure",
    "storage_space",
    *RATIOS,
)
"""What a guardrail may limit, except for `overtime_spend`, which belongs to no item; of a ratio the numerator."""

ROUNDING = 1e-9
"""Units below zero, relative to the units that moved, that are rounding and no backlog."""


def metrics_of(facts: Facts, now: State, here: Moment) -> dict[str, Array]:
    """Every metric of `METRICS`, of a ratio its numerator."""
    receivables = _unpaid(facts.unpaid_by_customers, now.revenues)
    owed_for_goods = _unpaid(facts.unpaid_to_suppliers, now.landed_costs)
    payables = (1.0 - facts.deposit_share) * owed_for_goods - facts.deposit_share * here.in_transit_value
    inventory_value = _inventory_value(facts, now, here)
    beyond = now.net - here.forward_demand
    beyond_cover = beyond + expected_backlog(beyond, here.sigma)
    return {
        "inventory_value": inventory_value,
        "purchases": here.ordered_value,
        "open_commitments": here.in_transit_value,
        "ordered_units": here.ordered,
        "served_units": here.served,
        "receivables": receivables,
        "payables": payables,
        "working_capital": inventory_value + receivables - payables,
        "cash": now.cash_flow - receivables + payables,
        "expedite_spend": here.money["expedite"],
        "write_offs": here.money["write_off"],
        "margin": margin_of(here.money),
        "excess_exposure": facts.unit_value * (beyond_cover + here.aged),
        "storage_space": facts.space_per_unit * now.on_hand,
        "days_of_supply": facts.unit_value * now.on_hand,
        "fill_rate": here.demand - here.short,
        "on_time_in_full": here.demand * _in_full(facts, now, here),
        "turns": facts.unit_value * here.served * facts.periods_per_year,
        "cash_conversion_cycle": inventory_value
        + _unpaid(facts.unpaid_by_customers, now.costs_of_sales)
        - payables,
    }


def denominators_of(facts: Facts, now: State, here: Moment) -> dict[str, Array]:
    """The denominator of every ratio of `RATIOS`."""
    return {
        "days_of_supply": facts.unit_value * here.forward_demand / facts.settings.forward_cover_days,
        "fill_rate": here.demand,
        "on_time_in_full": here.demand,
        "turns": _inventory_value(facts, now, here),
        "cash_conversion_cycle": facts.unit_value * here.served / facts.settings.period_length_days,
    }


def margin_of(money: dict[str, Array]) -> Array:
    """The parts of the margin with their signs."""
    return np.asarray(np.sum([sign * money[part] for part, sign in PARTS.items()], axis=0))


def _inventory_value(facts: Facts, now: State, here: Moment) -> Array:
    return np.asarray(facts.unit_value * (now.on_hand + facts.owned_at_shipment * here.in_transit))


def _in_full(facts: Facts, now: State, here: Moment) -> Array:
    """Probability that nothing is owed at the end of the period."""
    is_noisy = here.sigma > 0
    moved = 1.0 + facts.opening_stock + now.ordered + now.demanded
    certain = (now.net >= -ROUNDING * moved).astype(np.float64)
    return np.asarray(np.where(is_noisy, norm.cdf(now.net / np.where(is_noisy, here.sigma, 1.0)), certain))


def _unpaid(weights: Array, history: Sequence[Array]) -> Array:
    """Money of the periods so far, newest first, as far as it is unpaid; `weights` are [periods] or [periods, items]."""
    unpaid = np.zeros_like(history[0])
    for weight, money in zip(weights, history, strict=False):
        if not np.any(weight):
            break  # what is older is paid too
        unpaid += weight * money
    return unpaid
