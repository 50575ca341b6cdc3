"""The checker's reading of announced orders: what it costs to order something else than suppliers were told.

Part of the independent checker: docs/formulation.md, sections 2 and 5, is its only source.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.schema import AnnouncedOrder
from stockrail.model.tree import ScenarioTree
from stockrail.verification.check import CENT, Check, Fault, compare, law, number
from stockrail.verification.facts import Lots

UNITS = ("announced_units", "kept_units", "added_units", "cancelled_units")

UNIT_TOLERANCE = 1e-6


class AnnouncedOrders:
    """What was announced of each item, by period, and what a unit of change costs."""

    def __init__(self, instance: Instance) -> None:
        self.told: dict[int, dict[int, float]] = {}
        for row in instance.announced_orders:
            self.told.setdefault(instance.item_index[row.item], {})[row.period] = row.units
        self.share = instance.settings.change_price_share_of_cost
        self.until = instance.settings.change_price_periods
        self.unit_cost = instance.item_column("unit_cost")

    def cost(self, period: int, ordered: Array) -> Array:
        """What the orders of a node of `period` cost for being others than announced, an array [items], in money."""
        cost = np.zeros(len(ordered))
        if self.until is not None and period >= self.until:
            return cost
        for item, told in self.told.items():
            changed = abs(float(ordered[item]) - told.get(period, 0.0))
            cost[item] = self.share * self.unit_cost[item] * changed
        return cost


def with_announced(folder: Path, plan: Mapping[str, Any], instance: Instance) -> Instance:
    """The instance as it was planned: where an earlier plan told the announced orders, with the table that the folder keeps of them.

    Raises
    ------
    OSError
        The table is missing.
    ValueError
        One of its rows is no announced order.
    """
    told = plan.get("announced_from")
    if told is None:
        return instance
    with (folder / "announced_orders.csv").open(newline="", encoding="utf-8") as file:
        rows = tuple(AnnouncedOrder.model_validate(row, strict=False) for row in csv.DictReader(file))
    periods = int(told["periods"])
    stated = instance.settings.change_price_periods
    settings = instance.settings.model_copy(
        update={"change_price_periods": periods if stated is None else min(stated, periods)}
    )
    return replace(instance, settings=settings, announced_orders=rows)


def check_changes(
    plan: Mapping[str, Any], instance: Instance, tree: ScenarioTree, lots: Lots
) -> Iterator[Check]:
    """What `plan.json` says about changes of announced orders, for orders of `lots` [nodes, items]; nothing where nothing was announced."""
    claimed = plan.get("order_changes")
    announced = AnnouncedOrders(instance)
    if not announced.told:
        yield Check("order_changes_listed", float(claimed is not None), 0.0, "no orders were announced")
        return
    last = min(tree.periods, announced.until or tree.periods)
    amounts = np.zeros((last, len(UNITS) + 1))
    rate = 1.0 + instance.settings.discount_rate_per_year
    lot_size = instance.item_column("lot_size")
    for node, period in enumerate(tree.period.tolist()):
        if period >= last:
            continue
        probability = float(tree.probability[node])
        for item, told in announced.told.items():
            before, now = told.get(period, 0.0), float(lots[node, item] * lot_size[item])
            kept = min(before, now)
            amounts[period, :-1] += probability * np.array([before, kept, now - kept, before - kept])
        years = period * instance.settings.period_length_days / 365.0
        cost = float(announced.cost(period, lots[node] * lot_size).sum())
        amounts[period, -1] += probability * cost / rate**years
    stated: Mapping[str, Any] = claimed or {}
    rows = stated.get("by_period", [])
    is_listed = [int(row.get("period", -1)) for row in rows] == list(range(last))
    yield Check("order_changes_listed", float(not is_listed), 0.0, f"{len(rows)} of {last} periods")
    if not is_listed:
        return
    for k, name in enumerate((*UNITS, "cost")):
        allowed = CENT if name == "cost" else UNIT_TOLERANCE * max(1.0, amounts[:, k].sum())
        faults = [
            Fault(abs(number(row.get(name)) - amounts[t, k]), f"period {t}: recomputed {amounts[t, k]:,.6g}")
            for t, row in enumerate(rows)
        ]
        yield law(f"order_changes:{name}", faults, allowed, kept=f"{last} periods")
        yield compare(f"order_changes_sum:{name}", number(stated.get(name)), amounts[:, k].sum(), allowed)
