"""Re-valuing a plan: what it would have led to on the demand that came, followed through its tree.

It separates what was decided from what happened: the plan as made against the demand as it was. Nothing is solved; the plan's
orders are simulated (docs/formulation.md, section 15).
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from stockrail.model.instance import Array, Instance
from stockrail.model.scenarios import build_tree
from stockrail.simulation.books import PARTS, Flow
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.overtime import capacities
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import simulate
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import ALL, BoolArray, Scope, World
from stockrail.workbench.scorecard.expected_world import expected_demand, path_of

__all__ = ["HasDemand", "HasOrders", "Revalued", "expected_demand", "revalue"]


class HasOrders(Protocol):
    """A plan: `stockrail.planning.Plan`, or the files of one."""

    @property
    def orders(self) -> pd.DataFrame:
        """Columns item, node, lots."""
        ...


class HasDemand(Protocol):
    """What came: `stockrail.workbench.monitoring.observed.Observed`."""

    @property
    def items(self) -> tuple[str, ...]:
        """Names, in the order of the instance."""
        ...

    @property
    def demand_units(self) -> Array:
        """[items, periods from the instance's first on], units; NaN where it is not known."""
        ...


LINES = (
    "demand",
    "short",
    "lost",
    "expedited",
    "served",
    "on_hand",
    "waiting",
    "received",
    "ordered",
    "ordered_value",
)
"""What is kept of each item and period; names of `stockrail.simulation.books.Flow`."""


@dataclass(frozen=True)
class Revalued:
    """A plan on the demand that came. Arrays are [items, periods with demand], units unless said otherwise.

    Attributes
    ----------
    is_known : bool [items], whether demand came to be known in each of the periods. Where it did not, the item has the
        demand that the plan expected, and says nothing about what would have happened.
    demand, short, lost, expedited, served : in the period; `served` counts late and expedited units, too.
    on_hand, waiting : at the end of the period.
    received : from suppliers, without expedited units.
    ordered, ordered_value : placed in the period; units and money.
    parts : parts of the margin by name, undiscounted money, as positive amounts. Without the end of the horizon.
    overtime : [periods], paid beyond soft capacities, undiscounted money.
    outcome : the whole simulation, one path; its periods after the last one here are made up.
    """

    items: tuple[str, ...]
    is_known: BoolArray
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
    parts: dict[str, Array]
    overtime: Array
    outcome: Outcome = field(repr=False)

    @property
    def n_periods(self) -> int:
        """Number of periods with demand."""
        return int(self.demand.shape[1])

    def metric(self, name: str, scope: Scope = ALL) -> Array:
        """A metric over the items of a scope at the end of each period [periods], undiscounted; see `Outcome.metric`."""
        return self.outcome.metric(name, scope)[0, : self.n_periods]


def revalue(instance: Instance, plan: HasOrders, observed: HasDemand) -> Revalued:
    """Simulate the orders of a plan, followed through its tree, on the demand that came.

    Orders of a period are placed with its demand in sight, as in the plan. Suppliers are as the plan took for most likely, prices as it
    expected them: only demand differs from what was planned. Nothing looks ahead, so what comes after the last period with demand
    changes nothing before it.

    Parameters
    ----------
    instance : what was planned; period 0 of `observed` is its first one. Periods beyond its horizon are left out.
    plan : its orders belong to the nodes of the instance's tree.

    Raises
    ------
    ValueError
        The demand is that of other items, there is none, or the plan's orders name other items or nodes.
    """
    if tuple(observed.items) != tuple(row.item for row in instance.items):
        raise ValueError("Expected demand of the items of the instance that was planned, in their order.")
    periods = min(observed.demand_units.shape[1], instance.settings.periods)
    if not periods:
        raise ValueError("Expected demand of at least one period of the plan.")
    tree, world = build_tree(instance), World.of(instance)
    came = observed.demand_units[:, :periods]
    demand = expected_demand(tree)
    demand[:, :periods] = np.where(np.isnan(came), demand[:, :periods], came)
    paths = path_of(instance, tree, demand)
    record = _Record(world.items, periods)
    outcome = simulate(world, paths, TreePolicy.of_orders(instance, tree, plan.orders), on_flow=record.enter)
    return Revalued(
        items=tuple(observed.items),
        is_known=np.asarray(np.isfinite(came).all(axis=1)),
        **record.lines,
        parts=record.parts,
        overtime=_overtime(outcome, paths)[:periods],
        outcome=outcome,
    )


class _Record:
    """What happened item by item on the only path, up to a period."""

    def __init__(self, items: int, periods: int) -> None:
        self._periods = periods
        self.lines = {name: np.zeros((items, periods)) for name in LINES}
        self.parts = {name: np.zeros((items, periods)) for name in PARTS if name != "terminal_value"}

    def enter(self, period: int, flow: Flow) -> None:
        """Keep a period."""
        if period >= self._periods:
            return
        for name, line in self.lines.items():
            line[:, period] = getattr(flow, name)[0]
        for name, part in self.parts.items():
            part[:, period] = flow.parts[name][0]


def _overtime(outcome: Outcome, paths: DemandPaths) -> Array:
    """What is paid beyond soft capacities on the only path [periods of the horizon]."""
    total = np.zeros(paths.periods)
    for capacity in capacities(outcome.world, paths):
        if capacity.premium:
            used = outcome.metric(capacity.metric, capacity.scope)[0]
            total += capacity.premium * np.maximum(used - capacity.limit[0], 0.0)
    return total
