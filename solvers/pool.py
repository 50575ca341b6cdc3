"""The plans that pricing has found, with their cost and their use of guardrail rows."""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import objective_form
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray

PlanArray = NDArray[np.int32]


@dataclass
class PlanPool:
    """Plans of all items in the order they were found. Nothing in it depends on limits of rows without a denominator.

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

    def by_group(self, cost: Array) -> Array:
        """Cost by item [items] added up by group [groups]."""
        return np.asarray(
            np.bincount(self.groups, weights=cost, minlength=self.group_count), dtype=np.float64
        )

    def item_usage(self, index: int, rows: IntArray) -> NDArray[np.float32]:
        """Use of some rows by each item under one plan [items, rows given]."""
        values = self.guardrails.metric_values(self.stock(self.plans[index]))
        return self.guardrails.item_usage(values, rows).astype(np.float32)

    def total_usage(self, plan: PlanArray) -> Array:
        """Use of all rows [rows] by any plan."""
        return np.asarray(self.guardrails.usage(self.guardrails.metric_values(self.stock(plan)))[0])

    def outcome(self, plan: PlanArray) -> tuple[float, Array]:
        """Cost of any plan, all items, and its use of all rows [rows]."""
        stock = self.stock(plan)
        usage = self.guardrails.usage(self.guardrails.metric_values(stock))[0]
        return float(self.objective.value(stock).sum()), usage

    def stock(self, plan: PlanArray) -> Stock:
        """The basis functions of any plan."""
        return Stock.of(self.guardrails.tables, plan.astype(np.int64))


def cost_form(tables: Tables) -> LinearForm:
    """Minus the expected margin of the items, weighted as the objective weighs it beside its tail."""
    form = objective_form(tables)
    for part in fields(form):
        getattr(form, part.name)[...] *= 1.0 - tables.instance.settings.margin_cvar_weight
    return form
