"""The tables of a plan as data frames: orders, projection, segments. All numbers come from the ledger."""

import numpy as np
import pandas as pd

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.tree import Array, IntArray, ScenarioTree
from stockrail.order_rows import first_days

PROJECTED = ("inventory_value", "working_capital", "cash", "purchases", "receivables", "payables")
"""Metrics of the projection."""

PERCENTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


def balances(ledger: Ledger) -> dict[str, Array]:
    """The projected metrics of the ledger's items at each node [nodes], without what belongs to the instance as a whole."""
    return {metric: ledger.metric(metric).sum(axis=0) for metric in PROJECTED}


def projection_of(instance: Instance, tree: ScenarioTree, of_items: dict[str, Array]) -> pd.DataFrame:
    """The projection, given the `balances` of all items."""
    rows = []
    for metric in PROJECTED:
        by_node = of_items[metric] + METRICS[metric].constant(instance, tree)
        for period in range(tree.periods):
            nodes = np.flatnonzero(tree.period == period)
            rows.append(
                {"metric": metric, "period": period, **spread(by_node[nodes], tree.probability[nodes])}
            )
    table = pd.DataFrame(rows)
    table.insert(2, "date", first_days(instance.settings, table["period"].to_numpy()))
    return table


def segments_table(ledger: Ledger) -> pd.DataFrame:
    """Safety stock, lots, service, inventory and margin by segment (docs/formulation.md, section 8)."""
    return segments_of(ledger.tables.instance, item_measures(ledger))


def item_measures(ledger: Ledger) -> dict[str, Array]:
    """What the table of segments adds up or averages, by item [items]."""
    tables = ledger.tables
    probability = tables.tree.probability
    safety_units, implied_z = ledger.safety_stock
    demand = tables.demand @ probability
    return {
        "implied_z": implied_z,
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


def segments_of(instance: Instance, measures: dict[str, Array]) -> pd.DataFrame:
    """The table of segments, given the `item_measures` of all items."""
    days = instance.settings.periods * instance.settings.period_length_days
    implied_z = measures["implied_z"]
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
    return first_days(ledger.tables.instance.settings, period)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
