"""The checker's own simulation: units and money of a set of orders, recomputed node by node.

It follows docs/formulation.md and shares no code with the engine. The engine works on cumulative lots and tables; this
walk carries a queue of shipments and layers of stock by age from each node to its children, so that a mistake in the
algebra of one does not repeat in the other. All vectors are over items unless their comment says otherwise.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from stockrail.model.instance import Array, Instance
from stockrail.model.tree import ScenarioTree
from stockrail.verification.breaks import QuantityBreaks
from stockrail.verification.changes import AnnouncedOrders
from stockrail.verification.facts import Facts, Lots, Mask, arrival_periods, expected_backlog, forward_demand
from stockrail.verification.metrics import METRICS, PARTS, RATIOS, denominators_of, margin_of, metrics_of
from stockrail.verification.part import in_turn, part_of
from stockrail.verification.state import Flows, Moment, Shipment, State

__all__ = ["PARTS", "Flows", "Simulation", "simulate"]


class Simulation:
    """The walk over the tree, for one set of orders.

    Parameters
    ----------
    lots : int array [nodes, items] ordered.
    scopes : sets of items to sum the metrics over, an array [scopes, items].
    """

    def __init__(self, instance: Instance, tree: ScenarioTree, lots: Lots, scopes: Mask) -> None:
        self.tree = tree
        self.lots = lots
        self.items = instance.items
        self.scopes = scopes.astype(np.float64)
        self.facts = Facts(instance)
        self.breaks = QuantityBreaks(instance)
        self.announced = AnnouncedOrders(instance)
        self.forward_demand = forward_demand(instance, tree)
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
        self.denominators = {metric: np.zeros((len(self.scopes), len(tree))) for metric in RATIOS}
        self.margin = np.zeros(len(tree))
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
            self.denominators,
            self.margin[tree.leaves],
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
            costs_of_sales=(),
            landed_costs=(),
            cash_flow=zero,
            ordered=zero,
            demanded=zero,
            margin=0.0,
        )

    def _step(self, node: int, before: State) -> State:
        """One period at one node: order, receive, serve, settle the shortage, count."""
        facts = self.facts
        tree, period = self.tree, int(self.tree.period[node])
        demand = tree.demand[:, node]
        price = facts.unit_price * tree.price_factor[node]
        landed_cost = facts.unit_value * tree.cost_factor[facts.supplier, node]

        ordered = self.lots[node] * facts.lot_size
        saving = self.breaks.savings(self.lots[node], facts.lot_size)
        ordered_value = landed_cost * ordered - tree.cost_factor[facts.supplier, node] * saving
        placed = Shipment(self.arrival[node], ordered, ordered_value)
        received, received_value, still_under_way = self._receive(period, (*before.queue, placed))
        in_transit, in_transit_value = self._in_transit(period, still_under_way)

        net = before.net + received - demand
        backlog = expected_backlog(net, facts.sigma[period])
        opening_backlog = expected_backlog(net + demand, facts.sigma[period])
        on_hand = net + backlog
        short = backlog - opening_backlog
        expedited, lost = facts.expedited_share * short, facts.lost_fraction * short
        waiting = facts.waiting_share * backlog
        served = demand - lost - (waiting - before.waiting)
        netted = (1.0 - facts.waiting_share) * (before.backlog - opening_backlog)
        layers, owed, newly_aged, aged = self._age(before, received, demand)

        money = {
            "revenue": price * served,
            "landed_cost": received_value + landed_cost * (expedited - netted),
            "order_cost": (
                facts.order_cost * tree.order_cost_factor[facts.supplier, node] * (self.lots[node] > 0)
            ),
            "holding": facts.holding_rate * facts.unit_value * on_hand,
            "expedite": facts.premium * expedited,
            "stockout": facts.churn * price * lost + facts.backorder * price * waiting,
            "write_off": facts.write_off_share * facts.unit_value * newly_aged,
            "change": self.announced.cost(period, ordered),
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
            costs_of_sales=(facts.unit_value * served, *before.costs_of_sales),
            landed_costs=(money["landed_cost"], *before.landed_costs),
            cash_flow=before.cash_flow
            + money["revenue"]
            - money["landed_cost"]
            - money["order_cost"]
            - money["expedite"]
            - facts.cash_holding_rate * facts.unit_value * on_hand,
            ordered=before.ordered + ordered,
            demanded=before.demanded + demand,
            margin=before.margin + float(self.discount[node] * margin_of(money).sum()),
        )
        here = Moment(
            demand=demand,
            short=short,
            served=served,
            ordered=ordered,
            in_transit=in_transit,
            aged=aged,
            forward_demand=self.forward_demand[node],
            ordered_value=ordered_value,
            in_transit_value=in_transit_value,
            sigma=facts.sigma[period],
            money=money,
        )
        self._count(node, after, here)
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
            value += np.where(shipment.arrival == period, shipment.value, 0.0)
        later = tuple(s for s in queue if np.any(s.units[s.arrival > period] > 0))
        return received, value, later

    def _in_transit(self, period: int, queue: tuple[Shipment, ...]) -> tuple[Array, Array]:
        """Units that have not arrived at the end of the period, and their value."""
        units = self.facts.scheduled[period + 1 :].sum(axis=0)
        value = self.facts.unit_value * units
        for shipment in queue:
            is_under_way = shipment.arrival > period
            units = units + np.where(is_under_way, shipment.units, 0.0)
            value = value + np.where(is_under_way, shipment.value, 0.0)
        return units, value

    def _age(self, before: State, received: Array, demand: Array) -> tuple[Array, Array, Array, Array]:
        """Grow older by a period, receive, and serve the oldest stock first. Without noise.

        Returns stock by age, demand that found none, units that have just passed their shelf life, and all beyond it.
        """
        facts = self.facts
        newly_aged, aged = np.zeros_like(demand), np.zeros_like(demand)
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
        is_beyond = np.arange(facts.ages)[:, None] >= facts.shelf_life
        aged[facts.perishable] = (layers * is_beyond).sum(axis=0)
        return layers, wanted, newly_aged, aged

    def _count(self, node: int, now: State, here: Moment) -> None:
        probability = self.tree.probability[node]
        for part, amount in here.money.items():
            self.parts[part] += probability * self.discount[node] * amount
        metrics = metrics_of(self.facts, now, here)
        for metric, value in metrics.items():
            self.metrics[metric][:, node] = self.scopes @ value
        for metric, value in denominators_of(self.facts, now, here).items():
            self.denominators[metric][:, node] = self.scopes @ value
        self.margin[node] = now.margin
        self.demand += probability * here.demand
        self.short += probability * here.short
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
            self.imbalance_at = f"item {self.items[worst].item} at node {self.tree.names[node]}"


def simulate(instance: Instance, tree: ScenarioTree, lots: Lots, scopes: Sequence[Mask]) -> Flows:
    """Units, money and metrics of the orders `lots` [nodes, items], simulated some items at a time; see `Flows`."""
    shape = (len(scopes), len(instance.items))
    of_all = np.array(scopes, dtype=bool).reshape(shape)
    parts = (
        Simulation(*part_of(instance, tree, members), lots[:, members], of_all[:, members]).run()
        for members in in_turn(len(instance.items))
    )
    return reduce(Flows.joined, parts)
