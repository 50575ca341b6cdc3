"""The lines of a plan as it was approved: expectations over its tree and its forecast error, from the ledger."""

import numpy as np
import pandas as pd
from scipy.special import erf

from stockrail.model.arrivals import apply
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.ledger import Ledger
from stockrail.model.loss import backlog_array
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import Array, IntArray, ScenarioTree
from stockrail.workbench.runs.kept_plan import cumulative_lots_of
from stockrail.workbench.scorecard.accounts import ACCOUNT_PARTS, OVERTIME, by_account
from stockrail.workbench.scorecard.lines import Lines, Terms
from stockrail.workbench.scorecard.plan_overtime import PlannedOvertime

_NAMES = (
    "demand",
    "short",
    "in_full",
    "owed",
    "on_hand",
    "stock_value",
    "delivered",
    "revenue",
    "received",
    "received_value",
    "aged",
    "excess",
    "receivables",
    "receivables_at_cost",
    "payables",
    "forecast",
    "error",
    "error_size",
)
"""Lines of items, as `Lines` has them."""


ROUNDING = 1e-9
"""Share of a forecast that is rounding."""


def plan_lines(instance: Instance, orders: pd.DataFrame, terms: Terms) -> Lines:
    """Expected lines of a plan, all periods of its horizon.

    Parameters
    ----------
    orders : columns item, node, lots, of the instance's tree.

    Raises
    ------
    UnfitPlanError
        An item or a node is not in the instance.
    """
    tree = build_tree(instance)
    lots = cumulative_lots_of(orders[["item", "node", "lots"]], instance, tree)
    shape = (len(instance.items), tree.periods)
    lines = {name: np.zeros(shape) for name in _NAMES}
    spend = {name: np.zeros(tree.periods) for name in ACCOUNT_PARTS}
    overtime = PlannedOvertime(instance, tree)
    for members, tables in ItemGroups(instance, tree).each():
        ledger = Ledger(tables, lots[members])
        for name, values in _of_items(ledger, terms, members).items():
            lines[name][members] = ledger.expected(values)
        for account, money in by_account(ledger.part, terms.freight_share[members, None]).items():
            spend[account] += ledger.expected(money.sum(axis=0))
        overtime.add(ledger, members)
    lines["aged"][:, : terms.aged_periods - 1] = np.nan  # how old opening stock is nobody says
    error = lines["error"]
    error[np.abs(error) <= ROUNDING * lines["forecast"]] = 0.0  # a forecast is what is expected
    spend[OVERTIME] = overtime.expected()
    return Lines(**lines, spend=spend, constants=terms.constants)


def _of_items(ledger: Ledger, terms: Terms, members: IntArray) -> dict[str, Array]:
    """Lines of some items [items, nodes]."""
    tables, tree = ledger.tables, ledger.tables.tree
    value = tables.unit_value[:, None]
    on_hand = ledger.line("on_hand")
    received = ledger.line("received") - ledger.line("netted") + ledger.line("expedited")
    forecast = terms.forecast[members][:, tree.period]
    served = ledger.line("served")
    return {
        "demand": tables.demand,
        "short": ledger.line("short"),
        "in_full": tables.demand * ledger.line("in_full"),
        "owed": ledger.stock.backlog,
        "on_hand": on_hand,
        "stock_value": value * on_hand,
        "delivered": served,
        "revenue": ledger.part("revenue"),
        "received": received,
        "received_value": ledger.part("landed_cost"),
        "aged": _aged(tree, on_hand, received, terms.aged_periods),
        "excess": _excess(ledger, received, terms, members),
        "receivables": ledger.metric("receivables"),
        "receivables_at_cost": _at_cost(tree, value * served, terms.receivable_weight),
        "payables": _unpaid(tree, ledger.part("landed_cost"), terms.payable_weight[:, members]),
        "forecast": forecast,
        "error": tables.demand - forecast,
        "error_size": _mean_size(tables.demand - forecast, tables.instance.sigma[:, tree.period]),
    }


def _at_cost(tree: ScenarioTree, values: Array, weight: Array) -> Array:
    return _unpaid(tree, values, np.repeat(weight[:, None], len(values), axis=1))


def _unpaid(tree: ScenarioTree, values: Array, weight: Array) -> Array:
    """Money of each node and those before it, as far as it is unpaid [items, nodes], for weights [lags, items]."""
    total = np.zeros_like(values)
    at = values
    for row in weight:
        if not row.any():
            break
        total += row[:, None] * at
        at = apply(tree.to_parent, at)
    return total


def _aged(tree: ScenarioTree, on_hand: Array, received: Array, periods: int) -> Array:
    """Units in stock for longer than so many periods, as if opening stock had been there for as long."""
    recent, at = np.zeros_like(received), received
    for _ in range(periods):
        recent = recent + at
        at = apply(tree.to_parent, at)
    return np.asarray(np.maximum(on_hand - recent, 0.0))


def _excess(ledger: Ledger, received: Array, terms: Terms, members: IntArray) -> Array:
    """Units beyond cover, in expectation over forecast error, and units past their shelf life; no more than there are."""
    tables, tree = ledger.tables, ledger.tables.tree
    above = ledger.stock.net_inventory - terms.forward[members][:, tree.period]
    beyond = above + backlog_array(np.ascontiguousarray(above), np.ascontiguousarray(tables.sigma))
    return np.asarray(np.minimum(ledger.line("on_hand"), beyond + ledger.line("aged")))


def _mean_size(mean: Array, sigma: Array) -> Array:
    """Mean size of a normal variable."""
    safe = np.where(sigma > 0, sigma, 1.0)
    z = mean / safe
    folded = safe * np.sqrt(2.0 / np.pi) * np.exp(-0.5 * z**2) + mean * erf(z / np.sqrt(2.0))
    return np.asarray(np.where(sigma > 0, folded, np.abs(mean)))
