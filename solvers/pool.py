"""The plans that pricing has found, with their cost and their use of guardrail rows."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stockrail.model.guardrails import Guardrails
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tree import Array, IntArray

VIOLATION_TOLERANCE = 1e-9
"""Share of its limit by which a row may be exceeded through rounding alone."""

PlanArray = NDArray[np.int32]


@dataclass
class PlanPool:
    """Plans of all items in the order they were found.

    Parameters
    ----------
    guardrails : rows of the instance.
    objective : the cost form (minus the expected margin).
    groups : int [items], the group of each item; there are `group_count`.
    """

    guardrails: Guardrails
    objective: LinearForm
    groups: IntArray
    group_count: int
    plans: list[PlanArray] = field(default_factory=list)
    costs: list[Array] = field(default_factory=list)
    usage: list[Array] = field(default_factory=list)

    def add(self, plan: PlanArray) -> None:
        """Keep a plan, its cost by item and its use of all rows by group."""
        stock = self.stock(plan)
        values = self.guardrails.metric_values(stock)
        self.plans.append(plan)
        self.costs.append(self.objective.value(stock))
        self.usage.append(self.guardrails.usage(values, self.groups, self.group_count))

    def group_cost(self, index: int) -> Array:
        """Cost of one plan by group [groups]."""
        cost = np.bincount(self.groups, weights=self.costs[index], minlength=self.group_count)
        return np.asarray(cost, dtype=np.float64)

    def item_usage(self, index: int, rows: IntArray) -> NDArray[np.float32]:
        """Use of some rows by each item under one plan [items, rows given]."""
        values = self.guardrails.metric_values(self.stock(self.plans[index]))
        return self.guardrails.item_usage(values, rows).astype(np.float32)

    def outcome(self, plan: PlanArray) -> tuple[float, Array]:
        """Cost of any plan, all items, and the units beyond the limit of each row [rows]."""
        stock = self.stock(plan)
        usage = self.guardrails.usage(self.guardrails.metric_values(stock))[0]
        over = np.maximum(usage - self.guardrails.limits, 0.0)
        over[over <= VIOLATION_TOLERANCE * np.abs(self.guardrails.limits)] = 0.0
        return float(self.objective.value(stock).sum()), over

    def stock(self, plan: PlanArray) -> Stock:
        """The basis functions of any plan."""
        return Stock.of(self.guardrails.tables, plan.astype(np.int64))
