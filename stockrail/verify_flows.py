"""The checker's own simulation: units and money of a set of orders, recomputed node by node.

It follows docs/formulation.md and shares no code with the engine. The engine works on cumulative lots and tables; this
walk carries a queue of shipments and layers of stock by age from each node to its children, so that a mistake in the
algebra of one does not repeat in the other. All vectors are over items unless their comment says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verify_facts import Facts, Mask, arrival_periods, expected_backlog

PARTS = {
    "revenue": 1,
    "landed_cost": -1,
    "order_cost": -1,
    "holding": -1,
    "expedite": -1,
    "stockout": -1,
    "write_off": -1,
    "terminal_value": 1,
}
"""The parts of the expected margin and their signs."""

METRICS = (
    "inventory_value",
    "purchases",
    "ordered_units",
    "receivables",
    "payables",
    "working_capital",
    "cash",
)
"""What a guardrail may limit."""


@dataclass(frozen=True)
class Shipment:
    """What was ordered at one node, of all items: arrival period, units and cost per unit, each [items]."""

    arrival: IntArray
    units: Array
    unit_cost: Array


@dataclass(frozen=True)
class State:
    """What a node hands on to its children.

    Attributes
    ----------
    queue : shipments under way, in the order in which they were placed.
    net, on_hand, backlog, waiting : units at the end of the period.
    layers, owed : stock of perishable items by age in periods (the last row holds everything older) and the demand that
        found none, without noise.
    revenues, landed_costs : the money of the periods so far, newest first.
    cash_flow : cumulated on the path, before payment terms.
    ordered, demanded : units cumulated on the path.
    """

    queue: tuple[Shipment, ...]
    net: Array
    on_hand: Array
    backlog: Array
    waiting: Array
    layers: Array
    owed: Array
    revenues: tuple[Array, ...]
    landed_costs: tuple[Array, ...]
    cash_flow: Array
    ordered: Array
    demanded: Array


@dataclass(frozen=True)
class Flows:
    """Everything that the checks compare.

    Attributes
    ----------
    parts : expected money by part, arrays [items], undiscounted amounts times `discount`.
    metrics : by metric, arrays [scopes, nodes], summed over the items of each scope asked for.
    inventory_value, demand, short : arrays [items]; the first is the mean over periods of its expectation, the others
        are summed over periods.
    imbalance : the largest violation of the unit balance, relative to the units that moved; `imbalance_at` is where.
    """

    parts: dict[str, Array]
    metrics: dict[str, Array]
    inventory_value: Array
    demand: Array
    short: Array
    imbalance: float
    imbalance_at: str


class Simulation:
    """The walk over the tree, for one set of orders.

    Parameters
    ----------
    lots : int array [nodes, items] ordered.
    scopes : sets of items to sum the metrics over, an array [scopes, items].
    """

    def __init__(self, instance: Instance, tree: ScenarioTree, lots: IntArray, scopes: Mask) -> None:
        self.tree = tree
        self.lots = lots
        self.scopes = scopes.astype(np.float64)
        self.facts = Facts(instance)
        self.discount = self.facts.discount(tree.period)
        self.arrival = arrival_periods(instance, tree)

    def run(self) -> Flows:
        """Walk the tree depth first, so that only one path's states are held at a time."""
        facts = self.facts
        tree, items = self.tree, len(facts.lot_size)
        children: list[list[int]] = [[] for _ in range(len(tree))]
        for node in range(1, len(tree)):
            children[tree.parent[node]].append(node)
        self.parts = {part: np.zeros(items) for part in PARTS}
        self.metrics = {metric: np.zeros((len(self.scopes), len(tree))) for metric in METRICS}
        self.inventory_value, self.demand, self.short = np.zeros(items), np.zeros(items), np.zeros(items)
        self.imbalance, self.imbalance_at = 0.0, ""
        stack = [(0, self._before_the_root())]
        while stack:
            node, before = stack.pop()
            after = self._step(node, before)
            stack.extend((child, after) for child in children[node])
        return Flows(
            self.parts,
            self.metrics,
            self.inventory_value / tree.periods,
            self.demand,
            self.short,
            self.imbalance,
            self.imbalance_at,
        )

    def _before_the_root(self) -> State:
        facts = self.facts
        zero = np.zeros(len(facts.lot_size))
        layers = np.zeros((facts.ages, len(facts.perishable)))
        owed = np.zeros(len(facts.perishable))
        return State(
            queue=(),
            net=facts.opening_stock,
            on_hand=facts.opening_stock,
            backlog=zero,
            waiting=zero,
            layers=layers,
            owed=owed,
            revenues=(),
            landed_costs=(),
            cash_flow=zero,
            ordered=zero,
            demanded=zero,
        )

    def _step(self, node: int, before: State) -> State:
        """One period at one node: order, receive, serve, settle the shortage, count."""
        facts = self.facts
        tree, period = self.tree, int(self.tree.period[node])
        demand = tree.demand[:, node]
        price = facts.unit_price * tree.price_factor[node]
        landed_cost = facts.unit_value * tree.cost_factor[facts.supplier, node]

        ordered = self.lots[node] * facts.lot_size
        placed = Shipment(self.arrival[node], ordered, landed_cost)
        received, receipt_value, still_under_way = self._receive(period, (*before.queue, placed))
        in_transit = facts.scheduled[period + 1 :].sum(axis=0) + sum(
            np.where(shipment.arrival > period, shipment.units, 0.0) for shipment in still_under_way
        )

        net = before.net + received - demand
        backlog = expected_backlog(net, facts.sigma[period])
        opening_backlog = expected_backlog(net + demand, facts.sigma[period])
        on_hand = net + backlog
        short = backlog - opening_backlog
        expedited, lost = facts.expedited_share * short, facts.lost_fraction * short
        waiting = facts.waiting_share * backlog
        served = demand - lost - (waiting - before.waiting)
        netted = (1.0 - facts.waiting_share) * (before.backlog - opening_backlog)
        layers, owed, newly_aged = self._age(before, received, demand)

        money = {
            "revenue": price * served,
            "landed_cost": receipt_value + landed_cost * (expedited - netted),
            "order_cost": (
                facts.order_cost * tree.order_cost_factor[facts.supplier, node] * (self.lots[node] > 0)
            ),
            "holding": facts.holding_rate * facts.unit_value * on_hand,
            "expedite": facts.premium * expedited,
            "stockout": facts.churn * price * lost + facts.backorder * price * waiting,
            "write_off": facts.write_off_share * facts.unit_value * newly_aged,
            "terminal_value": np.zeros_like(demand),
        }
        if period == tree.periods - 1:
            money["terminal_value"] = (
                facts.settings.terminal_stock_share * facts.unit_value * on_hand
                + (price - landed_cost - facts.premium) * waiting
            )
        after = State(
            queue=still_under_way,
            net=net,
            on_hand=on_hand,
            backlog=backlog,
            waiting=waiting,
            layers=layers,
            owed=owed,
            revenues=(money["revenue"], *before.revenues),
            landed_costs=(money["landed_cost"], *before.landed_costs),
            cash_flow=before.cash_flow
            + money["revenue"]
            - money["landed_cost"]
            - money["order_cost"]
            - money["expedite"]
            - facts.cash_holding_rate * facts.unit_value * on_hand,
            ordered=before.ordered + ordered,
            demanded=before.demanded + demand,
        )
        self._count(node, money, self._metrics(after, ordered, in_transit, landed_cost))
        self.demand += tree.probability[node] * demand
        self.short += tree.probability[node] * short
        self._balance(
            node, before.on_hand + received - netted + expedited - served - on_hand, after, in_transit
        )
        return after

    def _receive(self, period: int, queue: tuple[Shipment, ...]) -> tuple[Array, Array, tuple[Shipment, ...]]:
        """Units received at the start of the period, their value, and the shipments still under way."""
        received = self.facts.scheduled[period].copy()
        value = self.facts.unit_value * received
        for shipment in queue:
            arrives = np.where(shipment.arrival == period, shipment.units, 0.0)
            received += arrives
            value += arrives * shipment.unit_cost
        later = tuple(s for s in queue if np.any(s.units[s.arrival > period] > 0))
        return received, value, later

    def _age(self, before: State, received: Array, demand: Array) -> tuple[Array, Array, Array]:
        """Grow older by a period, receive, and serve the oldest stock first. Without noise."""
        facts = self.facts
        newly_aged = np.zeros_like(demand)
        layers = np.zeros_like(before.layers)
        layers[1:] = before.layers[:-1]
        layers[-1] += before.layers[-1]
        layers[0] = received[facts.perishable]
        if not before.revenues:
            layers[0] += facts.opening_stock[facts.perishable]
        wanted = before.owed + demand[facts.perishable]
        for age in reversed(range(facts.ages)):
            taken = np.minimum(layers[age], wanted)
            layers[age] -= taken
            wanted = wanted - taken
        newly_aged[facts.perishable] = layers[facts.shelf_life, np.arange(len(facts.perishable))]
        return layers, wanted, newly_aged

    def _metrics(self, now: State, ordered: Array, in_transit: Array, landed_cost: Array) -> dict[str, Array]:
        facts = self.facts
        receivables = sum(
            (facts.unpaid_by_customers[age] * revenue for age, revenue in enumerate(now.revenues)),
            start=np.zeros_like(ordered),
        )
        payables = sum(
            (facts.unpaid_to_suppliers[age] * cost for age, cost in enumerate(now.landed_costs)),
            start=np.zeros_like(ordered),
        )
        inventory_value = facts.unit_value * (now.on_hand + facts.owned_at_shipment * in_transit)
        return {
            "inventory_value": inventory_value,
            "purchases": landed_cost * ordered,
            "ordered_units": ordered,
            "receivables": receivables,
            "payables": payables,
            "working_capital": inventory_value + receivables - payables,
            "cash": now.cash_flow - receivables + payables,
        }

    def _count(self, node: int, money: dict[str, Array], metrics: dict[str, Array]) -> None:
        probability = self.tree.probability[node]
        for part, amount in money.items():
            self.parts[part] += probability * self.discount[node] * amount
        for metric, value in metrics.items():
            self.metrics[metric][:, node] = self.scopes @ value
        self.inventory_value += probability * metrics["inventory_value"]

    def _balance(self, node: int, residual: Array, now: State, in_transit: Array) -> None:
        """Stock reconciles with its flows, with all that was ever supplied and demanded, and with its layers."""
        facts = self.facts
        supplied = facts.opening_stock + facts.scheduled.sum(axis=0) + now.ordered
        moved = 1.0 + supplied + now.demanded
        unexplained = np.abs(residual) + np.abs(supplied - in_transit - now.demanded - now.net)
        in_layers = now.layers.sum(axis=0) - now.owed
        unexplained[facts.perishable] += np.abs(in_layers - now.net[facts.perishable])
        relative = unexplained / moved
        worst = int(np.argmax(relative))
        if not relative[worst] <= self.imbalance:
            self.imbalance = float(relative[worst])
            self.imbalance_at = f"item number {worst} at node {self.tree.names[node]}"


def simulate(instance: Instance, tree: ScenarioTree, lots: IntArray, scopes: Sequence[Mask]) -> Flows:
    """Units, money and metrics of the orders `lots` [nodes, items]; see `Flows`."""
    shape = (len(scopes), len(instance.items))
    return Simulation(instance, tree, lots, np.array(scopes, dtype=bool).reshape(shape)).run()
