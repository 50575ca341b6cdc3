"""A folder that says the truth about any orders, by the checker's own numbers.

For tests that tamper with it, or hold it against a stricter instance. That the numbers themselves are right is for tests
with derivations to show.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verification.breaks import QuantityBreaks
from stockrail.verification.facts import arrival_periods, opening_terms
from stockrail.verification.flows import Flows, simulate
from stockrail.verification.guardrails import Rows, read_limits
from stockrail.verification.money import Money
from stockrail.verification.tables import PERCENTILES, PROJECTED
from stockrail.verification.verify import Verification, checks_of, measure_all
from tests.stockrail.plan_folder import PlanFolder, Record, Tamper


def measured(instance: Instance, lots: list[list[int]]) -> tuple[Flows, list[Rows]]:
    """Flows of lots [nodes, items] and every limit held against them."""
    tree = build_tree(instance)
    limits = read_limits(instance, tree)
    scopes = [np.ones(len(instance.items), dtype=bool), *(limit.scope for limit in limits)]
    flows = simulate(instance, tree, np.array(lots, dtype=np.int64), scopes)
    return flows, measure_all(limits, flows, instance, tree)


def truthful_folder(instance: Instance, lots: list[list[int]]) -> PlanFolder:
    """All files of a plan, true by the checker's numbers. Limits get records in which `price` is left out."""
    tree = build_tree(instance)
    flows, rows = measured(instance, lots)
    money = Money.of(instance.settings, tree, flows, rows)
    shared = {"overtime": money.overtime, "guardrail_penalty": money.guardrail_penalty}
    stated = [row for row in rows if not row.limit.outside_of]
    segments = [
        {
            "segment": segment.segment,
            "fill_rate": 1 - flows.short.sum() / flows.demand.sum() if flows.demand.sum() else 1.0,
            "inventory_value": flows.inventory_value.sum(),
            "expected_margin": money.items,
        }
        for segment in instance.segments
    ]
    assert len(segments) == 1
    plan = {
        "objective": money.objective,
        "bound": money.objective + 1,
        "gap": 1 / max(abs(money.objective), 1.0),
        "expected_margin": money.items - sum(shared.values()),
        "cvar_margin": money.cvar,
        "margin_parts": {**money.parts, **shared},
        "relaxations": [],
        "guardrails": [_record(row) for row in stated],
        "segments": segments,
    }
    return PlanFolder(
        plan,
        {
            "orders": _orders(instance, tree, np.array(lots)),
            "projection": _projection(instance, tree, flows),
            "segments": [dict(row) for row in segments],
            "guardrails": [_record(row) for row in stated],
            "guardrail_periods": [record for row in stated for record in _periods(row)],
        },
    )


def check_truthful(
    path: Path, instance: Instance, lots: list[list[int]], tamper: Tamper | None = None
) -> Verification:
    """Write the truth about a plan, tampered with, and check it."""
    folder = truthful_folder(instance, lots)
    if tamper is not None:
        tamper(folder)
    folder.write(path)
    return Verification(tuple(checks_of(path, folder.plan, instance)))


def _record(rows: Rows) -> Record:
    limit, k = rows.limit, int(np.nanargmin(rows.slack))
    return {
        "name": limit.name,
        "metric": limit.metric,
        "scope": limit.scope_kind,
        "scope_value": limit.scope_value,
        "side": limit.side,
        "holds": limit.holds,
        "alpha": limit.alpha,
        "measured": limit.measured,
        "limit": rows.level[k],
        "worst": rows.value[k],
        "slack": rows.slack[k],
        "hard": limit.soft_price is None,
    }


def _periods(rows: Rows) -> list[Record]:
    records = []
    for t in np.unique(rows.period):
        in_period = rows.amount_period == t
        here = in_period & (rows.denominator != 0)
        candidates = np.flatnonzero((rows.period == t) & np.isfinite(rows.slack))
        if not here.any():
            continue
        k = candidates[np.argmin(rows.slack[candidates])]
        weight = rows.weight[here]
        spread = _spread(rows.numerator[here] / rows.denominator[here], weight / weight.sum())
        records.append(
            {
                "name": rows.limit.name,
                "metric": rows.limit.metric,
                "side": rows.limit.side,
                "period": int(t),
                "limit": rows.level[k],
                "worst": rows.value[k],
                "mean": (rows.weight @ (rows.numerator * in_period))
                / (rows.weight @ (rows.denominator * in_period)),
                "p05": spread["p05"],
                "p95": spread["p95"],
            }
        )
    return records


def _orders(instance: Instance, tree: ScenarioTree, lots: IntArray) -> list[Record]:
    arrival, breaks, settings = arrival_periods(instance, tree), QuantityBreaks(instance), instance.settings
    records = []
    for node, i in np.argwhere(lots):
        item, supplier = instance.items[i], instance.suppliers[instance.item_supplier[i]]
        units = lots[node, i] * item.lot_size
        landed = units * item.unit_cost * (1 + supplier.freight_rate + supplier.duty_rate)
        value = tree.cost_factor[instance.item_supplier[i], node] * (landed - breaks.saving(int(i), units))
        dates = [
            settings.start + dt.timedelta(days=int(period) * settings.period_length_days)
            for period in (tree.period[node], arrival[node, i])
        ]
        records.append(
            {
                "item": item.item,
                "decision": "now" if node == 0 else "planned",
                "period": tree.period[node],
                "date": dates[0],
                "node": tree.names[node],
                "probability": tree.probability[node],
                "lots": lots[node, i],
                "units": units,
                "value": value,
                "deposit": supplier.deposit_share * value,
                "due_period": arrival[node, i],
                "due_date": dates[1],
                "pay_date": dates[1] + dt.timedelta(days=int(supplier.payment_days)),
            }
        )
    return records


def _projection(instance: Instance, tree: ScenarioTree, flows: Flows) -> list[Record]:
    opening: Mapping[str, Any] = opening_terms(instance)
    records = []
    for metric in PROJECTED:
        values = flows.metrics[metric][0]
        if metric in opening:
            values = values + opening[metric][tree.period]
        for t in range(tree.periods):
            here = tree.period == t
            spread = _spread(values[here], tree.probability[here])
            mean = tree.probability[here] @ values[here]
            records.append({"metric": metric, "period": t, "mean": mean, **spread})
    return records


def _spread(values: Array, weights: Array) -> dict[str, float]:
    """The smallest value that is reached with each probability."""
    order = np.argsort(values)
    mass = np.cumsum(weights[order])
    at = {name: int(np.searchsorted(mass, share - 1e-12)) for name, share in PERCENTILES.items()}
    return {name: float(values[order][min(k, len(values) - 1)]) for name, k in at.items()}
