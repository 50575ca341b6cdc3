"""The tables of a plan as data frames: orders, projection, segments. All numbers come from the ledger."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array, IntArray

PROJECTED = ("inventory_value", "working_capital", "cash", "purchases", "receivables", "payables")
"""Metrics of the projection."""

PERCENTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


def orders_table(ledger: Ledger) -> pd.DataFrame:
    """Every order of the plan, one row per item and node: columns of `orders.csv`.

    `decision` is "now" at the root, "planned" later, "fixed" where an override or a frozen period fixes it. `value` is in
    money at the landed cost of the order's node, net of quantity breaks; `deposit` is the part of it paid with the order.
    """
    tables, tree, instance = ledger.tables, ledger.tables.tree, ledger.tables.instance
    lots = np.rint(ledger.stock.lots).astype(np.int64)
    item, node = np.nonzero(lots)
    period = tree.period[node]
    due_period = tables.arrivals.arrival_period[tables.arrivals.item_lane[item], node]
    decision = np.where(tables.fixed_lots[item, node] > 0, "fixed", np.where(node == 0, "now", "planned"))
    units = lots[item, node] * tables.lot_size[item]
    payment_days = instance.supplier_column("payment_days").astype(np.int64)[item]
    due_date = dates(ledger, due_period)
    value = ledger.line("ordered_value")[item, node]
    table = pd.DataFrame(
        {
            "item": _names([row.item for row in instance.items], item),
            "description": _names([row.description for row in instance.items], item),
            "segment": _names([row.segment for row in instance.items], item),
            "supplier": _names([row.supplier for row in instance.items], item),
            "decision": decision,
            "period": period,
            "date": dates(ledger, period),
            "node": _names(tree.names, node),
            "probability": tree.probability[node],
            "lots": lots[item, node],
            "units": units,
            "value": value,
            "deposit": tables.deposit_share[item] * value,
            "due_period": due_period,
            "due_date": due_date,
            "pay_date": due_date + pd.to_timedelta(payment_days, unit="D"),
        }
    )
    return table.sort_values(["period", "node", "value"], ascending=[True, True, False], ignore_index=True)


def projection_table(ledger: Ledger) -> pd.DataFrame:
    """Mean and percentiles over scenarios of the balances, by metric and period, in money."""
    tree = ledger.tables.tree
    rows = []
    for metric in PROJECTED:
        by_node = ledger.metric_total(metric)
        for period in range(tree.periods):
            nodes = np.flatnonzero(tree.period == period)
            rows.append(
                {"metric": metric, "period": period, **spread(by_node[nodes], tree.probability[nodes])}
            )
    table = pd.DataFrame(rows)
    table.insert(2, "date", dates(ledger, table["period"].to_numpy()))
    return table


def segments_table(ledger: Ledger) -> pd.DataFrame:
    """Safety stock, lots, service, inventory and margin by segment (docs/formulation.md, section 8)."""
    tables, instance = ledger.tables, ledger.tables.instance
    probability = tables.tree.probability
    days = tables.tree.periods * instance.settings.period_length_days
    safety_units, implied_z = ledger.safety_stock
    demand = tables.demand @ probability
    measures = {
        "safety_stock_units": np.nan_to_num(safety_units),
        "safety_stock_value": np.nan_to_num(safety_units) * tables.unit_value,
        "demand_value": demand * tables.unit_value,
        "demand": demand,
        "short": ledger.line("short") @ probability,
        "ordered": ledger.line("ordered") @ probability,
        "orders": ledger.line("is_order") @ probability,
        "served_value": (ledger.line("served") @ probability) * tables.unit_value,
        "inventory_value": ledger.expected(ledger.metric("inventory_value")).mean(axis=1),
        "expected_margin": ledger.item_margin,
    }
    rows = []
    for index, segment in enumerate(instance.segments):
        members = np.flatnonzero(instance.item_segment == index)
        if not len(members):
            continue
        total = {name: float(values[members].sum()) for name, values in measures.items()}
        has_z = members[np.isfinite(implied_z[members])]
        weight = measures["demand_value"][has_z]
        rows.append(
            {
                "segment": segment.segment,
                "items": len(members),
                "safety_stock_units": total["safety_stock_units"],
                "safety_stock_value": total["safety_stock_value"],
                "safety_stock_days": _ratio(total["safety_stock_value"] * days, total["demand_value"]),
                "implied_z": _ratio(float(weight @ implied_z[has_z]), float(weight.sum())),
                "average_lot": _ratio(total["ordered"], total["orders"]),
                "orders_per_year": total["orders"] * 365.0 / days,
                "fill_rate": 1.0 - total["short"] / total["demand"] if total["demand"] > 0 else 1.0,
                "inventory_value": total["inventory_value"],
                "turns": _ratio(total["served_value"] * 365.0 / days, total["inventory_value"]),
                "expected_margin": total["expected_margin"],
            }
        )
    return pd.DataFrame(rows)


def spread(values: Array, probability: Array) -> dict[str, float]:
    """Mean, percentiles (the smallest value reached with that probability) and extremes of a distribution."""
    order = np.argsort(values, kind="stable")
    ranked, mass = values[order], np.cumsum(probability[order])
    at = {
        name: float(ranked[min(int(np.searchsorted(mass, share - 1e-12)), len(ranked) - 1)])
        for name, share in PERCENTILES.items()
    }
    return {"mean": float(values @ probability), **at, "min": float(ranked[0]), "max": float(ranked[-1])}


def dates(ledger: Ledger, period: IntArray) -> pd.DatetimeIndex:
    """First days of periods."""
    settings = ledger.tables.instance.settings
    days = np.asarray(period, dtype=np.int64) * settings.period_length_days
    return pd.DatetimeIndex(pd.Timestamp(settings.start) + pd.to_timedelta(days, unit="D"))


def _names(names: Sequence[str], position: IntArray) -> list[str]:
    return [names[k] for k in position]


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
