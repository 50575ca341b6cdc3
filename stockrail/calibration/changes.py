"""What changes against the present targets, item by item: the money it earns, where that comes from, and why (docs/calibration.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stockrail.calibration.targets import UNIT_DECIMALS, ItemTargets
from stockrail.formats import amount, units
from stockrail.model.guardrail_blocks import MARGIN_TAIL
from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.solvers.pool import cost_form

SOURCES = ("from_service", "from_goods", "from_holding", "from_order_cost", "from_guardrails")
"""Where the worth of a change comes from; they add up to it."""

SAME = 1e-9
"""Targets that differ by a smaller share are the same."""

ROUNDED = 0.501 * 10.0**-UNIT_DECIMALS
"""Units by which a target may differ from itself as it was written in `targets.csv`."""

LONG_LOT_PERIODS = 4.0
"""A lot that lasts this long covers most surprises by itself: few order cycles come near a shortage."""

LEAST_MONEY = 0.005
"""Less is not worth a word."""

MOST_NAMED = 2
"""Guardrails named as a reason."""


@dataclass(frozen=True)
class Worth:
    """What each item's plan is worth at the prices of guardrails.

    Attributes
    ----------
    total : [items], objective less priced use of guardrails.
    by_guardrail : [items] by name, minus the priced use; the tail of the margin, where the objective looks at it, under "worst
        scenarios".
    """

    total: Array
    by_guardrail: dict[str, Array]

    @staticmethod
    def of(targets: ItemTargets, guardrails: Guardrails, prices: Array) -> "Worth":
        """Value a plan at prices [rows], at least 0."""
        stock = targets.ledger.stock
        by_guardrail: dict[str, Array] = {}
        for block, where in guardrails.each():
            if prices[where].any():
                only = np.zeros(len(prices))
                only[where] = prices[where]
                name = "worst scenarios" if block.name == MARGIN_TAIL else block.name
                found = -guardrails.pull(only).value(stock)
                by_guardrail[name] = by_guardrail.get(name, np.zeros(len(found))) + found
        objective = -cost_form(targets.ledger.tables).value(stock)
        return Worth(objective + sum(by_guardrail.values(), np.zeros(len(objective))), by_guardrail)


def changes_table(
    now: ItemTargets,
    chosen: ItemTargets,
    guardrails: Guardrails,
    prices: Array,
    departs: BoolArray,
) -> pd.DataFrame:
    """One row per item: columns of `changes.csv`. Numbers are chosen less current.

    `margin_change` is the change of the item's own expected margin; over all items it adds up to the change of the items' margin.
    `worth_change` also counts what the item's use of guardrails is worth at their prices, and is the sum of `from_service` (units
    sold at price less standard value, shortage and expediting), `from_goods` (goods bought above or below standard value, written
    off, or left at the end below their cost), `from_holding`, `from_order_cost` and `from_guardrails`.
    """
    tables = chosen.ledger.tables
    items = tables.instance.items
    before, after = Worth.of(now, guardrails, prices), Worth.of(chosen, guardrails, prices)
    margin = chosen.ledger.item_margin - now.ledger.item_margin
    worth = after.total - before.total
    parts = {
        name: chosen.ledger.item_parts[name] - now.ledger.item_parts[name]
        for name in chosen.ledger.item_parts
    }
    service = _service(chosen) - _service(now)
    relief = {name: after.by_guardrail[name] - before.by_guardrail[name] for name in after.by_guardrail}
    table = pd.DataFrame(
        {
            "item": [row.item for row in items],
            "segment": [row.segment for row in items],
            "current_safety_stock_units": now.safety_stock,
            "safety_stock_units": chosen.safety_stock,
            "current_service_level": now.service_level,
            "service_level": chosen.service_level,
            "current_reorder_point_units": now.targets.reorder_point[:, 0],
            "reorder_point_units": chosen.targets.reorder_point[:, 0],
            "current_order_up_to_units": now.targets.order_up_to[:, 0],
            "order_up_to_units": chosen.targets.order_up_to[:, 0],
            "current_review_periods": now.policy.review_periods,
            "review_periods": chosen.policy.review_periods,
            "current_fill_rate": now.ledger.fill_rate,
            "fill_rate": chosen.ledger.fill_rate,
            "inventory_value_change": chosen.inventory_value - now.inventory_value,
            "margin_change": margin,
            "worth_change": worth,
            "from_service": service,
            "from_goods": margin + parts["holding"] + parts["order_cost"] - service,
            "from_holding": -parts["holding"],
            "from_order_cost": -parts["order_cost"],
            "from_guardrails": worth - margin,
        }
    )
    lot_periods = _lot_periods(chosen)
    members = np.bincount(tables.instance.item_segment)
    reasons = [
        _reason(
            row,
            tables.instance.settings.currency,
            bool(departs[i]),
            bool(members[tables.instance.item_segment[i]] == 1),
            lot_periods[i],
            {name: float(found[i]) for name, found in relief.items()},
        )
        for i, row in enumerate(table.to_dict("records"))
    ]
    return table.assign(reason=reasons)


def _service(targets: ItemTargets) -> Array:
    """What customers bring: units sold at price less standard value, those still waiting at the end, less shortage [items]."""
    ledger, tables = targets.ledger, targets.ledger.tables
    parts, share = ledger.item_parts, tables.instance.settings.terminal_stock_share
    at_end = tables.weight * (tables.tree.period == tables.tree.periods - 1)
    left = share * tables.unit_value * (ledger.line("on_hand") @ at_end)
    sold_at_value = tables.unit_value * (ledger.line("served") @ tables.weight)
    waiting = parts["terminal_value"] - left
    return np.asarray(
        parts["revenue"] - sold_at_value + waiting - parts["stockout"] - parts["expedite"], dtype=np.float64
    )


def _lot_periods(chosen: ItemTargets) -> Array:
    """Periods that the smallest order lasts [items], infinite without demand."""
    tables = chosen.ledger.tables
    demand = (tables.demand @ tables.tree.probability) / tables.tree.periods
    smallest = tables.lot_size * tables.minimum_lots
    return np.asarray(np.divide(smallest, demand, out=np.full(len(demand), np.inf), where=demand > 0))


def _reason(
    row: Mapping[Any, Any],
    currency: str,
    departs: bool,
    is_alone: bool,
    lot_periods: float,
    relief: Mapping[str, float],
) -> str:
    """What changes and why, in one or two sentences."""
    moves = _moves(row)
    if not moves:
        return "Nothing changes."
    said = "; ".join(moves) + "."
    said = said[:1].upper() + said[1:]
    if departs:
        said += " The item has an option of its own."
    return f"{said} {_why(row, currency, departs, is_alone, lot_periods, relief)}"


def _moves(row: Mapping[Any, Any]) -> list[str]:
    """Which numbers change, in which direction."""
    moves = []
    for name, label in (
        ("safety_stock_units", "safety stock"),
        ("order_up_to_units", "order-up-to"),
        ("review_periods", "review"),
    ):
        before, after = float(row[f"current_{name}"]), float(row[name])
        if abs(after - before) > max(SAME * max(abs(before), abs(after), 1.0), ROUNDED):
            unit = " periods" if label == "review" else ""
            moves.append(f"{label} {units(before)} to {units(after)}{unit}")
    return moves


def _why(
    row: Mapping[Any, Any],
    currency: str,
    departs: bool,
    is_alone: bool,
    lot_periods: float,
    relief: Mapping[str, float],
) -> str:
    """The largest source of what the change is worth; where it is a loss, that it is one."""

    def money(value: float) -> str:
        return f"{currency} {amount(value, 2 if abs(value) < 1000 else 0)}"

    worth = float(row["worth_change"])
    if worth < 0:
        if departs or is_alone:
            return f"This costs {money(-worth)} here: what the menu has earns less than today's numbers."
        return f"This costs {money(-worth)} here: its segment shares one option, chosen for all of its items."
    gains = {
        "service": float(row["from_service"]),
        "stock": float(row["from_goods"]) + float(row["from_holding"]),
        "orders": float(row["from_order_cost"]),
        "guardrails": float(row["from_guardrails"]),
    }
    source = max(gains, key=lambda name: gains[name])
    gain = gains[source]
    if gain <= 0:
        return "It makes no difference in money."
    cost = gain - worth
    against = f", at a cost of {money(cost)} elsewhere" if cost > LEAST_MONEY else ""
    if source == "guardrails":
        names = sorted((name for name in relief if relief[name] > 0), key=lambda name: -relief[name])
        listed = " and ".join(names[:MOST_NAMED])
        return (
            f"Capital is dear under {listed}: using less of it is worth {money(gain)} at its price{against}."
        )
    if source == "service":
        return f"Shortage is dearer than stock: better service earns {money(gain)}{against}."
    if source == "orders":
        return f"Fewer orders save {money(gain)}{against}."
    saves = f"less stock, held and left over, saves {money(gain)}{against}"
    if LONG_LOT_PERIODS <= lot_periods < np.inf:
        return (
            f"The smallest order lasts {amount(lot_periods, 1)} periods and covers most surprises: {saves}."
        )
    return f"Shortage is cheaper than stock: {saves}."
