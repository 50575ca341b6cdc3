"""The parts of the expected margin as sums of terms (docs/formulation.md, section 5)."""

import numpy as np

from stockrail.model.tables import Tables
from stockrail.model.terms import Term

MONEY_PARTS: dict[str, int] = {
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
"""The parts of the expected margin and their sign in it."""


def part_terms(tables: Tables, part: str) -> list[Term]:
    """The terms of one part of the margin, as a positive amount per item and node."""
    at_leaf = (tables.tree.period == tables.tree.periods - 1).astype(np.float64)
    value, premium = tables.unit_value[:, None], tables.expedite_premium[:, None]
    everywhere = np.ones_like(tables.demand)
    match part:
        case "revenue":
            return [Term("served", tables.price)]
        case "landed_cost":
            return [
                Term("received_value", everywhere),
                Term("netted", -tables.landed_cost),
                Term("expedited", tables.landed_cost),
            ]
        case "order_cost":
            return [Term("is_order", tables.order_cost)]
        case "holding":
            return [Term("on_hand", tables.holding_rate * value * everywhere)]
        case "expedite":
            return [Term("expedited", premium * everywhere)]
        case "stockout":
            return [
                Term("lost", tables.churn_cost[:, None] * tables.price),
                Term("waiting", tables.backorder_cost[:, None] * tables.price),
            ]
        case "write_off":
            return [Term("newly_aged", tables.write_off_share[:, None] * value * everywhere)]
        case "change":
            return [Term("order_change", tables.order_changes.price[:, tables.tree.period])]
        case "terminal_value":
            share = tables.instance.settings.terminal_stock_share
            return [
                Term("on_hand", share * value * at_leaf),
                Term("waiting", (tables.price - tables.landed_cost - premium) * at_leaf),
            ]
    raise KeyError(part)


def margin_terms(tables: Tables) -> list[Term]:
    """The terms of the margin per item and node: its parts with their signs, undiscounted."""
    return [
        term.scaled(float(sign)) for part, sign in MONEY_PARTS.items() for term in part_terms(tables, part)
    ]
