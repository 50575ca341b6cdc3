"""Levels that a rule orders by: textbook safety stock, and levels that weigh cost (docs/formulation.md, section 16).

All are levels of the inventory position after the period's demand: on hand and on order less what is owed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from stockrail.evaluation.demand_facts import DemandFacts
from stockrail.model.schema_settings import SegmentationRules
from stockrail.model.segmentation import class_of, share_before
from stockrail.model.tree import Array

CLASS_LEVELS = {"A": 0.98, "B": 0.95, "C": 0.90}
"""Cycle service levels by class of revenue that textbooks and ERP handbooks start from."""

ONE_LEVEL = 0.95
"""Cycle service level of all items, where there is only one."""

LEAST_RATIO = 1e-9
"""Critical ratios are kept this far from 0 and 1, where the normal quantile has no end."""


@dataclass(frozen=True)
class Levels:
    """What a rule aims at.

    Attributes
    ----------
    reorder_point : [items, nodes], units: an order is placed where the position is at or below it.
    order_up_to : [items, nodes], units: an order brings the position up to it.
    lot_units : [items] or None, units: the order is a multiple of this in place of what is missing to `order_up_to`.
    """

    reorder_point: Array
    order_up_to: Array
    lot_units: Array | None = None


def economic_lot(facts: DemandFacts, charge: float = 1.0) -> Array:
    """Economic order quantity in whole lots, at least the minimum and at most the maximum order [items], units.

    Parameters
    ----------
    charge : factor on the holding cost, above 0.
    """
    tables = facts.tables
    order_cost = tables.instance.item_column("order_cost")
    holding = charge * facts.holding
    # Where holding is free a lot lasts the horizon: nothing else limits it.
    horizon = facts.mean_demand * tables.tree.periods
    squared = np.divide(
        2.0 * facts.mean_demand * order_cost, holding, out=np.full_like(horizon, np.inf), where=holding > 0
    )
    return in_lots(facts, np.minimum(np.sqrt(squared), horizon))


def in_lots(facts: DemandFacts, units: Array) -> Array:
    """Units rounded to whole lots, within minimum and maximum order [items]."""
    tables = facts.tables
    lots = np.maximum(np.rint(units / tables.lot_size), tables.minimum_lots)
    most = np.where(tables.maximum_lots < 0, np.inf, tables.maximum_lots)
    return np.asarray(np.minimum(lots, np.maximum(most, 1.0)) * tables.lot_size)


def class_factors(facts: DemandFacts) -> Array:
    """Safety factor of each item by its class of revenue [items]."""
    tables = facts.tables
    rules = tables.instance.settings.segmentation or SegmentationRules()
    shares = share_before((tables.price * tables.demand) @ tables.tree.probability)
    classes = [class_of(rules, "abc", float(share)) for share in shares]
    return np.asarray(norm.ppf([CLASS_LEVELS[name] for name in classes]), dtype=np.float64)


def one_factor(facts: DemandFacts) -> Array:
    """The same safety factor for every item [items]."""
    return np.full(len(facts.mean_demand), float(norm.ppf(ONE_LEVEL)))


def textbook_levels(facts: DemandFacts, safety_factor: Array, scale: float) -> Levels:
    """Reorder point `mean + z * sigma * sqrt(L + R)` and economic lots.

    Parameters
    ----------
    safety_factor : z [items].
    scale : from 1 on z is multiplied by `scale - 1`, so that 2 is as stated; below 1 there is no safety stock, and economic lots and what
        is ordered for the lead time are multiplied by it.
    """
    span = np.sqrt(facts.lead_time_periods + facts.review_periods)
    safety = max(scale - 1.0, 0.0) * safety_factor * facts.sd_units * span
    less = min(scale, 1.0)
    lot = economic_lot(facts)
    if less < 1.0:
        lot = in_lots(facts, less * lot)
    reorder_point = less * facts.protection_mean + safety[:, None]
    return Levels(reorder_point, reorder_point + lot[:, None], lot)


def critical_ratio(facts: DemandFacts, charge: float = 1.0) -> Array:
    """Newsvendor's critical ratio `underage / (underage + holding over a review interval)` [items].

    Parameters
    ----------
    charge : factor on the holding cost, above 0; the price of capital that a budget puts on every unit of stock.
    """
    overage = charge * facts.holding * facts.review_periods
    return _ratio(facts.underage, overage)


def newsvendor_levels(facts: DemandFacts, scale: float) -> Levels:
    """Base stock at the quantile of the protection periods' demand that the critical ratio names; `1 / scale` charges holding."""
    base_stock = _quantile(facts, critical_ratio(facts, 1.0 / scale))
    return Levels(base_stock, base_stock)


def min_max_levels(facts: DemandFacts, scale: float) -> Levels:
    """(s, S): S - s is the economic lot Q, s at the ratio `underage / (underage + holding * Q / mean demand)`.

    A unit more of s is held all cycle, Q over mean demand periods long, and saves a shortage once a cycle. `1 / scale` charges
    holding in both, as a budget of capital does.
    """
    lot = economic_lot(facts, 1.0 / scale)
    cycle = np.divide(lot, facts.mean_demand, out=np.ones_like(lot), where=facts.mean_demand > 0)
    overage = facts.holding / scale * np.maximum(cycle, facts.review_periods)
    reorder_point = _quantile(facts, _ratio(facts.underage, overage))
    return Levels(reorder_point, reorder_point + lot[:, None])


def _ratio(underage: Array, overage: Array) -> Array:
    """Share of shortage in the cost of being wrong; 1 where neither costs anything is no reason to hold stock, so 0."""
    total = underage + overage
    return np.asarray(np.divide(underage, total, out=np.zeros_like(total), where=total > 0))


def _quantile(facts: DemandFacts, ratio: Array) -> Array:
    """Quantile of the protection periods' demand, normal, at least 0 [items, nodes]."""
    factor = norm.ppf(np.clip(ratio, LEAST_RATIO, 1.0 - LEAST_RATIO))
    return np.asarray(np.maximum(facts.protection_mean + factor[:, None] * facts.protection_sd, 0.0))
