"""Build the scenario tree of an instance, from its table of scenarios or from its specification."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from stockrail.model.instance import Instance
from stockrail.model.schema import ScenarioSupplier
from stockrail.model.schema_settings import Factor, SupplierEvent, TreeSpecification, WarehouseEvent
from stockrail.model.tree import Array, IntArray, ScenarioTree


def build_tree(instance: Instance) -> ScenarioTree:
    """Build the scenario tree that `instance.settings.tree` asks for.

    Nodes are in breadth-first order, period by period. From a table, demand is `mean_units * demand_factor` unless
    `scenario_demand` gives it. From a specification, demand is the mean times the exponential of three layers of
    shocks (market, product group, item), scaled so that its expectation in each period is the mean exactly.
    """
    specification = instance.settings.tree
    if specification == "table":
        return _tree_from_table(instance)
    return _tree_from_specification(instance, specification)


def _tree_from_table(instance: Instance) -> ScenarioTree:
    rows = sorted(instance.scenarios, key=lambda row: row.period)
    node = {row.node: n for n, row in enumerate(rows)}
    period = np.array([row.period for row in rows], dtype=np.int64)
    demand = instance.mean_demand[:, period] * np.array([row.demand_factor for row in rows])
    for given in instance.scenario_demand:
        demand[instance.item_index[given.item], node[given.node]] = given.units
    facts = _SupplierFacts.normal(len(instance.suppliers), len(rows))
    for fact in instance.scenario_suppliers:
        facts.apply(fact, instance.supplier_index[fact.supplier], np.array([node[fact.node]]))
    warehouse_factor = np.ones((len(instance.warehouses), len(rows)))
    for room in instance.scenario_warehouses:
        warehouse_factor[instance.warehouse_index[room.warehouse], node[room.node]] = room.capacity_factor
    return ScenarioTree(
        names=tuple(node),
        parent=np.array([node[row.parent] if row.parent else -1 for row in rows], dtype=np.int64),
        period=period,
        probability=np.array([row.probability for row in rows]),
        demand=demand,
        price_factor=np.array([row.price_factor for row in rows]),
        delay_periods=facts.delay_periods,
        cost_factor=facts.cost_factor,
        order_cost_factor=facts.order_cost_factor,
        capacity_factor=facts.capacity_factor,
        warehouse_factor=warehouse_factor,
    )


def _tree_from_specification(instance: Instance, specification: TreeSpecification) -> ScenarioTree:
    shape = _Shape.of(specification, instance.settings.periods)
    facts = _SupplierFacts.normal(len(instance.suppliers), len(shape.parent))
    for event in specification.events:
        facts.apply(event, instance.supplier_index[event.supplier], shape.nodes_of(event))
    warehouse_factor = np.ones((len(instance.warehouses), len(shape.parent)))
    for room in specification.warehouse_events:
        # Where events meet, factors multiply.
        of_warehouse = warehouse_factor[instance.warehouse_index[room.warehouse]]
        of_warehouse[shape.nodes_of(room)] *= room.capacity_factor
    return ScenarioTree(
        names=shape.names(),
        parent=shape.parent,
        period=shape.period,
        probability=shape.probability,
        demand=_demand(instance, specification, shape),
        price_factor=np.ones(len(shape.parent)),
        delay_periods=facts.delay_periods,
        cost_factor=facts.cost_factor,
        order_cost_factor=facts.order_cost_factor,
        capacity_factor=facts.capacity_factor,
        warehouse_factor=warehouse_factor,
    )


@dataclass(frozen=True)
class _Shape:
    """Parent, period, probability and branch (0-based place among its siblings) of each node."""

    parent: IntArray
    period: IntArray
    probability: Array
    branch: IntArray
    first: IntArray
    """Node at which each period starts, and the number of nodes at the end [periods + 1]."""

    @classmethod
    def of(cls, specification: TreeSpecification, periods: int) -> "_Shape":
        width_in = {branching.period: branching.width for branching in specification.branchings}
        widths = [width_in.get(t, 1) for t in range(periods)]
        counts = np.cumprod(widths)
        first = np.concatenate([[0], np.cumsum(counts)])
        parents = [np.array([-1])]
        branches = [np.array([0])]
        for t in range(1, periods):
            parents.append(np.repeat(np.arange(first[t - 1], first[t]), widths[t]))
            branches.append(np.tile(np.arange(widths[t]), counts[t - 1]))
        return cls(
            parent=np.concatenate(parents).astype(np.int64),
            period=np.repeat(np.arange(periods), counts),
            probability=np.repeat(1.0 / counts, counts),
            branch=np.concatenate(branches).astype(np.int64),
            first=first,
        )

    def periods(self) -> Iterator[tuple[int, slice]]:
        """Period and nodes of each period."""
        for t in range(len(self.first) - 1):
            yield t, slice(int(self.first[t]), int(self.first[t + 1]))

    def nodes_of(self, event: SupplierEvent | WarehouseEvent) -> IntArray:
        """Nodes on the event's branch and their descendants, as long as the event lasts."""
        is_hit = (self.period == event.period) & (self.branch == event.branch)
        for t, nodes in self.periods():
            if event.period < t < event.period + event.duration_periods:
                is_hit[nodes] = is_hit[self.parent[nodes]]
        return np.flatnonzero(is_hit)

    def names(self) -> tuple[str, ...]:
        """Names such as t05-s012: node 12 of period 5."""
        period_digits = len(str(len(self.first) - 2))
        node_digits = len(str(int(np.diff(self.first).max()) - 1))
        number = np.arange(len(self.period)) - self.first[self.period]
        return tuple(
            f"t{t:0{period_digits}d}-s{s:0{node_digits}d}" for t, s in zip(self.period, number, strict=True)
        )


@dataclass(frozen=True)
class _SupplierFacts:
    """What differs between nodes for each supplier [suppliers, nodes]."""

    delay_periods: IntArray
    cost_factor: Array
    order_cost_factor: Array
    capacity_factor: Array

    @classmethod
    def normal(cls, suppliers: int, nodes: int) -> "_SupplierFacts":
        shape = (suppliers, nodes)
        return cls(np.zeros(shape, dtype=np.int64), np.ones(shape), np.ones(shape), np.ones(shape))

    def apply(self, fact: ScenarioSupplier | SupplierEvent, supplier: int, nodes: IntArray) -> None:
        """Apply a fact at some nodes. Where events meet, the longer delay holds and factors multiply."""
        self.delay_periods[supplier, nodes] = np.maximum(
            self.delay_periods[supplier, nodes], fact.delay_periods
        )
        self.cost_factor[supplier, nodes] *= fact.cost_factor
        self.order_cost_factor[supplier, nodes] *= fact.order_cost_factor
        self.capacity_factor[supplier, nodes] *= fact.capacity_factor


def shock_points(width: int) -> Array:
    """Equally probable points of a branching: midpoint quantiles of the normal distribution, lowest first.

    They are scaled to variance 1, so that the volatility of a factor is the standard deviation of its shocks.
    """
    points = norm.ppf((np.arange(width) + 0.5) / width)
    points -= points.mean()
    return np.asarray(points / np.sqrt(np.mean(points**2)), dtype=np.float64)


def _demand(instance: Instance, specification: TreeSpecification, shape: _Shape) -> Array:
    groups = sorted({row.product_group for row in instance.items})
    item_group = np.array([groups.index(row.product_group) for row in instance.items], dtype=np.int64)
    # One stream per layer, so that more items or groups leave the other layer's shocks as they are.
    group_random, item_random = np.random.default_rng(specification.seed).spawn(2)
    level = _levels(shape, specification.market, 1, None)
    level = level + _levels(shape, specification.product_group, len(groups), group_random)[item_group]
    level += _levels(shape, specification.item, len(instance.items), item_random)
    demand = np.exp(level)
    for t, nodes in shape.periods():
        mean_factor = demand[:, nodes] @ shape.probability[nodes]
        demand[:, nodes] *= (instance.mean_demand[:, t] / mean_factor)[:, None]
    return demand


def _levels(shape: _Shape, factor: Factor, members: int, random: np.random.Generator | None) -> Array:
    """Level of the logarithm of demand of each member of a layer [members, nodes].

    Each branching adds its shock points to the decayed level of the parent: in order without `random`, else in an
    order of its own for each member and parent.
    """
    levels = np.zeros((members, len(shape.parent)))
    for t, nodes in shape.periods():
        if t == 0:
            continue
        levels[:, nodes] = factor.persistence * levels[:, shape.parent[nodes]]
        parents = int(shape.first[t] - shape.first[t - 1])
        width = (nodes.stop - nodes.start) // parents
        if width > 1:
            shocks = np.broadcast_to(shock_points(width), (members, parents, width))
            if random is not None:
                shocks = random.permuted(shocks, axis=2)
            levels[:, nodes] += factor.volatility * shocks.reshape(members, parents * width)
    return levels
