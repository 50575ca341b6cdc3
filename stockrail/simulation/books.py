"""The books of a simulation: parts of the margin and metrics, as they come, period by period."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array
from stockrail.simulation.world import World

PARTS: dict[str, int] = {
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
"""Parts of the margin that belong to items, and their signs (docs/formulation.md, section 5)."""

METRICS = (
    "inventory_value",
    "purchases",
    "open_commitments",
    "ordered_units",
    "served_units",
    "receivables",
    "payables",
    "working_capital",
    "cash",
    "expedite_spend",
    "write_offs",
    "margin",
    "storage_space",
    "demand",
    "short",
    "lost",
    "waiting",
    "in_full",
    "cost_of_sales",
)
"""What is kept by scope, path and period: metrics of section 6, and units that ratios need."""


@dataclass(frozen=True)
class Flow:
    """What happens in a period, all arrays [paths, items]: units, and money where the name says so.

    Attributes
    ----------
    parts : the parts of the margin by name, undiscounted money.
    on_hand, waiting, in_transit : at the end of the period.
    received : what arrived from suppliers, without what was expedited.
    ordered_value, in_transit_value : money, as it was ordered.
    """

    demand: Array
    short: Array
    lost: Array
    expedited: Array
    served: Array
    on_hand: Array
    waiting: Array
    received: Array
    ordered: Array
    ordered_value: Array
    in_transit: Array
    in_transit_value: Array
    parts: dict[str, Array]


class Books:
    """Sums over items and periods.

    Attributes
    ----------
    parts : by part, discounted, [paths]; `item_parts` the mean over paths [items].
    metrics : by metric [scopes, paths, periods], undiscounted, without instance-wide amounts.
    item_units : by kind of unit, summed over periods, mean over paths [items].
    """

    def __init__(self, world: World, paths: int) -> None:
        self._world = world
        self.parts = {name: np.zeros(paths) for name in PARTS}
        self.item_parts = {name: np.zeros(world.items) for name in PARTS}
        self.metrics = {name: np.zeros((len(world.scopes), paths, world.periods)) for name in METRICS}
        self.item_units = {
            name: np.zeros(world.items)
            for name in (
                "demand",
                "short",
                "lost",
                "expedited",
                "served",
                "ordered",
                "on_hand",
                "write_off_value",
            )
        }

    def enter(self, period: int, flow: Flow) -> None:
        """Enter what happened in a period."""
        world, discount = self._world, self._world.discount[period]
        for name, amount in flow.parts.items():
            self.parts[name] += discount * amount.sum(axis=1)
            self.item_parts[name] += discount * amount.mean(axis=0)
        for name in ("demand", "short", "lost", "expedited", "served", "ordered", "on_hand"):
            self.item_units[name] += getattr(flow, name).mean(axis=0)
        self.item_units["write_off_value"] += flow.parts["write_off"].mean(axis=0)
        one, value = np.ones(world.items), world.unit_value
        parts = flow.parts
        now = {
            "purchases": self._sum(one, flow.ordered_value),
            "open_commitments": self._sum(one, flow.in_transit_value),
            "ordered_units": self._sum(one, flow.ordered),
            "served_units": self._sum(one, flow.served),
            "cost_of_sales": self._sum(value, flow.served),
            "expedite_spend": self._sum(one, parts["expedite"]),
            "write_offs": self._sum(one, parts["write_off"]),
            "margin": sum(
                (sign * self._sum(one, parts[name]) for name, sign in PARTS.items()),
                np.zeros(1),
            ),
            "storage_space": self._sum(world.space_per_unit, flow.on_hand),
            "demand": self._sum(one, flow.demand),
            "short": self._sum(one, flow.short),
            "lost": self._sum(one, flow.lost),
            "waiting": self._sum(one, flow.waiting),
            "in_full": self._sum(one, flow.demand * ((flow.short <= 0.0) & (flow.waiting <= 0.0))),
            "inventory_value": self._sum(value, flow.on_hand)
            + self._sum(value * world.is_owned_in_transit, flow.in_transit),
        }
        for name, amount in now.items():
            self.metrics[name][:, :, period] = amount
        self._terms_of_payment(period, flow, one)

    def only(self, path: int) -> "Books":
        """Metrics of one path; to look at."""
        part = copy(self)
        part.metrics = {name: amount[:, path : path + 1] for name, amount in self.metrics.items()}
        return part

    def so_far(self, period: int) -> dict[str, Array]:
        """All metrics of the periods before `period` [scopes, paths, periods so far], as `close` gives them."""
        part = copy(self)
        part.metrics = {name: amount[:, :, :period].copy() for name, amount in self.metrics.items()}
        return part.close()

    def _terms_of_payment(self, period: int, flow: Flow, one: Array) -> None:
        """Receivables and payables of this period and of later ones, as far as this period's money is then unpaid."""
        world, metrics = self._world, self.metrics
        revenue, landed_cost = flow.parts["revenue"], flow.parts["landed_cost"]
        revenues = self._sum(one, revenue)
        for lag in range(world.periods - period):
            if world.receivable_weight[lag] == 0.0:
                break  # what is older is paid, too
            metrics["receivables"][:, :, period + lag] += world.receivable_weight[lag] * revenues
        for lag in range(world.periods - period):
            if not world.payable_weight[lag].any():
                break
            owed = (1.0 - world.deposit_share) * world.payable_weight[lag]
            metrics["payables"][:, :, period + lag] += self._sum(owed, landed_cost)
        metrics["payables"][:, :, period] -= self._sum(world.deposit_share, flow.in_transit_value)
        # Cash before terms of payment; `close` adds it up.
        metrics["cash"][:, :, period] = (
            revenues
            - self._sum(one, landed_cost + flow.parts["order_cost"] + flow.parts["expedite"])
            - self._sum(world.cash_holding_rate * world.unit_value, flow.on_hand)
        )

    def close(self) -> dict[str, Array]:
        """All metrics [scopes, paths, periods], with the instance-wide amounts where all items are in scope."""
        metrics = self.metrics
        metrics["working_capital"] = metrics["inventory_value"] + metrics["receivables"] - metrics["payables"]
        metrics["cash"] = np.cumsum(metrics["cash"], axis=2) - metrics["receivables"] + metrics["payables"]
        for name, amount in self._world.instance_wide.items():
            metrics[name][0] += amount[: metrics[name].shape[2]]
        return metrics

    def _sum(self, weight: Array, amount: Array) -> Array:
        """Weighted sum over the items of each scope [scopes, paths]."""
        return np.asarray((self._world.scope_items * weight) @ amount.T)
