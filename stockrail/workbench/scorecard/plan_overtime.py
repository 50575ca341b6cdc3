"""What a plan is expected to pay beyond soft capacities, period by period (docs/formulation.md, section 7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.tree import Array, IntArray, ScenarioTree


@dataclass(frozen=True)
class _Capacity:
    """A soft capacity: what it has room for and what the plan uses [nodes], items in it [items], premium per unit beyond."""

    is_storage: bool
    items: Array
    limit: Array
    premium: float
    used: Array = field(repr=False)


class PlannedOvertime:
    """Use of soft capacities by a plan whose items are told of some at a time."""

    def __init__(self, instance: Instance, tree: ScenarioTree) -> None:
        self._tree = tree
        self._capacities = list(_capacities(instance, tree))

    def add(self, ledger: Ledger, members: IntArray) -> None:
        """Add what some items use."""
        for row in self._capacities:
            items = row.items[members]
            if row.is_storage:
                row.used[:] += (items * ledger.tables.space_per_unit) @ ledger.line("on_hand")
            else:
                row.used[:] += items @ ledger.line("ordered")

    def expected(self) -> Array:
        """Expected money [periods], undiscounted."""
        tree = self._tree
        money = np.zeros(len(tree))
        for row in self._capacities:
            money += row.premium * np.maximum(row.used - row.limit, 0.0)
        by_period = np.bincount(tree.period, tree.probability * money, minlength=tree.periods)
        return by_period.astype(np.float64)


def _capacities(instance: Instance, tree: ScenarioTree) -> Iterator[_Capacity]:
    stated = {
        (row.guardrail, row.period): row.upper for row in instance.guardrail_limits if row.upper is not None
    }

    def limit(name: str, usual: float, factor: Array) -> Array:
        by_period = np.array([stated.get((name, t), usual) for t in range(tree.periods)])
        return np.asarray(by_period[tree.period] * factor)

    for v, supplier in enumerate(instance.suppliers):
        capacity, premium = supplier.capacity_units_per_period, supplier.overtime_premium_per_unit
        if capacity is not None and premium:
            yield _Capacity(
                False,
                instance.items_in_scope("supplier", supplier.supplier).astype(np.float64),
                limit(f"capacity:{supplier.supplier}", capacity, tree.capacity_factor[v]),
                premium,
                np.zeros(len(tree)),
            )
    for h, house in enumerate(instance.warehouses):
        if house.overflow_premium_per_period:
            yield _Capacity(
                True,
                instance.items_in_scope("warehouse", house.warehouse).astype(np.float64),
                limit(f"warehouse:{house.warehouse}", house.capacity_space, tree.warehouse_factor[h]),
                house.overflow_premium_per_period,
                np.zeros(len(tree)),
            )
