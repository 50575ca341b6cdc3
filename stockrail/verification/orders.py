"""The checker's reading of `orders.csv`, and the order rules that every row must keep.

Part of the independent checker: docs/formulation.md, section 3, is its only source.
"""

import csv
import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.schema import Item, Supplier
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verification.breaks import QuantityBreaks
from stockrail.verification.check import CENT, Check, Fault, law, number
from stockrail.verification.facts import Mask, accumulated_sigma, arrival_periods, scheduled_units

ROUNDING_UNITS = 1e-6
"""Units that rounding in `orders.csv` may change."""

SAFETY_FACTOR = 4.0
"""Standard deviations of the item's error that the law `cumulative_lots_limit` leaves room for."""


@dataclass(frozen=True)
class Order:
    """A row of `orders.csv` whose item and node exist and whose lots are a whole number."""

    line: int
    item: int
    node: int
    lots: int
    row: Mapping[str, str]


class Orders:
    """All orders of a plan.

    Attributes
    ----------
    lots : int array [nodes, items].
    arrival : int array [nodes, items], the period in which an order placed there arrives.
    fixed, is_fixed : arrays [periods, items], lots of overrides and frozen periods, and where they rule.
    """

    def __init__(self, path: Path, instance: Instance, tree: ScenarioTree) -> None:
        self.instance = instance
        self.tree = tree
        self.arrival = arrival_periods(instance, tree)
        self.breaks = QuantityBreaks(instance)
        self.lots: IntArray = np.zeros((len(tree), len(instance.items)), dtype=np.int64)
        self.fixed, self.is_fixed = _fixed(instance)
        self.rows: list[Order] = []
        self._dates: dict[tuple[int, float], str] = {}
        self._faults: dict[str, list[Fault]] = {
            name: [] for name in ("known_items_and_nodes", "whole_lots", "one_row_per_item_and_node")
        }
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            for row in reader:
                self._add(reader.line_num, row)

    def _add(self, line: int, row: Mapping[str, str]) -> None:
        item = self.instance.item_index.get(row.get("item", ""))
        node = self._node_index.get(row.get("node", ""))
        text = f"line {line}: item {row.get('item')} at node {row.get('node')}"
        if item is None or node is None:
            self._faults["known_items_and_nodes"].append(Fault(1, text))
            return
        lots = number(row.get("lots"))
        if not (lots.is_integer() and lots >= 1):
            self._faults["whole_lots"].append(Fault(1, f"{text}: {row.get('lots')} lots"))
            return
        if self.lots[node, item]:
            self._faults["one_row_per_item_and_node"].append(Fault(1, text))
            return
        self.lots[node, item] = int(lots)
        self.rows.append(Order(line, item, node, int(lots), row))

    @cached_property
    def _node_index(self) -> dict[str, int]:
        return {name: node for node, name in enumerate(self.tree.names)}

    def checks(self) -> Iterator[Check]:
        """Every order rule by its name in docs/formulation.md, and every column of the file."""
        for name, faults in self._faults.items():
            yield law(name, faults, kept=f"{len(self.rows)} orders")
        free = [order for order in self.rows if not self._is_fixed(order)]
        yield self._each("lot_multiple", self.rows, self._off_lot, ROUNDING_UNITS)
        yield self._each("minimum_order", free, self._below_minimum, ROUNDING_UNITS)
        yield self._each("order_trigger", free, self._above_maximum, ROUNDING_UNITS)
        yield self._each("order_calendar", free, self._off_calendar)
        yield self._each("arrival_within_horizon", self.rows, self._too_late)
        yield self._fixed_orders()
        yield self._cumulative_lots_limit()
        yield self._each("order_dates", self.rows, self._wrong_dates)
        yield self._each("order_decision", self.rows, self._wrong_decision)
        yield self._each("order_probability", self.rows, self._wrong_probability, 1e-6)
        yield self._each("order_value", self.rows, self._wrong_value, CENT)
        with_deposit = [order for order in self.rows if "deposit" in order.row]
        yield self._each("order_deposit", with_deposit, self._wrong_deposit, CENT)

    def _each(
        self,
        name: str,
        orders: list[Order],
        excess: Callable[[Order], tuple[float, str]],
        allowed: float = 0.0,
    ) -> Check:
        faults = []
        for order in orders:
            amount, why = excess(order)
            # Large plans have many thousand orders, so only those at fault are put into words.
            faults.append(Fault(amount, "" if amount <= allowed else f"{self._text(order)}: {why}"))
        return law(name, faults, allowed, kept=f"{len(orders)} orders")

    def _text(self, order: Order) -> str:
        item, node = self.instance.items[order.item].item, self.tree.names[order.node]
        return f"line {order.line}: item {item} at node {node}"

    def _item(self, order: Order) -> Item:
        return self.instance.items[order.item]

    def _supplier(self, order: Order) -> Supplier:
        return self.instance.suppliers[int(self.instance.item_supplier[order.item])]

    def _period(self, order: Order) -> int:
        return int(self.tree.period[order.node])

    def _is_fixed(self, order: Order) -> bool:
        return bool(self.is_fixed[self._period(order), order.item])

    def _units(self, order: Order) -> float:
        return order.lots * self._item(order).lot_size

    def _off_lot(self, order: Order) -> tuple[float, str]:
        units = number(order.row.get("units"))
        expected = self._units(order)
        return abs(units - expected), f"{units:g} units, but {order.lots} lots are {expected:g}"

    def _below_minimum(self, order: Order) -> tuple[float, str]:
        minimum = self._item(order).minimum_order_units
        return minimum - self._units(order), f"{self._units(order):g} units, minimum {minimum:g}"

    def _above_maximum(self, order: Order) -> tuple[float, str]:
        maximum = self._item(order).maximum_order_units
        if maximum is None:
            return 0.0, ""
        return self._units(order) - maximum, f"{self._units(order):g} units, maximum {maximum:g}"

    def _off_calendar(self, order: Order) -> tuple[float, str]:
        supplier, period = self._supplier(order), self._period(order)
        since = period - supplier.order_offset_periods
        is_open = since >= 0 and since % supplier.order_interval_periods == 0
        return float(not is_open), f"supplier {supplier.supplier} takes no orders in period {period}"

    def _too_late(self, order: Order) -> tuple[float, str]:
        arrival = int(self.arrival[order.node, order.item])
        last = self.tree.periods - 1
        return float(max(0, arrival - last)), f"arrives in period {arrival}, the last is {last}"

    def _fixed_orders(self) -> Check:
        wanted, rules = self.fixed[self.tree.period], self.is_fixed[self.tree.period]
        wrong = np.where(rules, np.abs(self.lots - wanted), 0)
        faults = [
            Fault(
                float(wrong[node, item]),
                f"item {self.instance.items[item].item} at node {self.tree.names[node]}: "
                f"{self.lots[node, item]} lots, fixed are {wanted[node, item]}",
            )
            for node, item in np.argwhere(wrong)
        ]
        return law("fixed_orders", faults, kept=f"{int(self.is_fixed.sum())} fixed item-periods")

    def _cumulative_lots_limit(self) -> Check:
        limit = _lots_limit(self.instance, self.tree, self.fixed)
        free = np.where(self.is_fixed[self.tree.period], 0, self.lots)
        for node in range(1, len(self.tree)):
            free[node] += free[self.tree.parent[node]]
        most = free[self.tree.leaves].max(axis=0)
        faults = [
            Fault(
                float(most[i] - limit[i]),
                f"item {row.item}: {most[i]} free lots on a path, at most {limit[i]}",
            )
            for i, row in enumerate(self.instance.items)
        ]
        return law("cumulative_lots_limit", faults, kept=f"{len(faults)} items")

    def _wrong_dates(self, order: Order) -> tuple[float, str]:
        period, due = self._period(order), int(self.arrival[order.node, order.item])
        expected = {
            "period": str(period),
            "date": self._date(period, 0.0),
            "due_period": str(due),
            "due_date": self._date(due, 0.0),
            "pay_date": self._date(due, self._supplier(order).payment_days),
        }
        wrong = [
            f"{column} is {order.row.get(column)}, not {value}"
            for column, value in expected.items()
            if order.row.get(column) != value
        ]
        return float(len(wrong)), ", ".join(wrong)

    def _date(self, period: int, days_later: float) -> str:
        """First day of a period plus whole days, in ISO format. A part of a day does not reach the next date."""
        # Many orders share few dates.
        if (period, days_later) not in self._dates:
            days = period * self.instance.settings.period_length_days + math.floor(days_later)
            date = self.instance.settings.start + dt.timedelta(days=days)
            self._dates[period, days_later] = date.isoformat()
        return self._dates[period, days_later]

    def _wrong_decision(self, order: Order) -> tuple[float, str]:
        expected = "fixed" if self._is_fixed(order) else "now" if order.node == 0 else "planned"
        decision = order.row.get("decision")
        return float(decision != expected), f"decision is {decision}, not {expected}"

    def _wrong_probability(self, order: Order) -> tuple[float, str]:
        claimed, probability = number(order.row.get("probability")), self.tree.probability[order.node]
        return abs(claimed - probability), f"probability is {claimed:g}, not {probability:g}"

    def _value(self, order: Order) -> float:
        """Landed cost of the order at its node, less what quantity breaks save."""
        item, supplier = self._item(order), self._supplier(order)
        factor = self.tree.cost_factor[self.instance.item_supplier[order.item], order.node]
        landed_cost = item.unit_cost * (1.0 + supplier.freight_rate + supplier.duty_rate)
        units = self._units(order)
        return float(factor * (units * landed_cost - self.breaks.saving(order.item, units)))

    def _wrong_value(self, order: Order) -> tuple[float, str]:
        claimed, value = number(order.row.get("value")), self._value(order)
        return abs(claimed - value), f"value is {claimed:.2f}, not {value:.2f}"

    def _wrong_deposit(self, order: Order) -> tuple[float, str]:
        claimed = number(order.row.get("deposit"))
        deposit = self._supplier(order).deposit_share * self._value(order)
        return abs(claimed - deposit), f"deposit is {claimed:.2f}, not {deposit:.2f}"


def _fixed(instance: Instance) -> tuple[IntArray, Mask]:
    lots = np.zeros((instance.settings.periods, len(instance.items)), dtype=np.int64)
    is_fixed = np.zeros(lots.shape, dtype=bool)
    is_fixed[: instance.settings.frozen_periods] = True
    for row in instance.order_overrides:
        lots[row.period, instance.item_index[row.item]] = row.lots
        is_fixed[row.period, instance.item_index[row.item]] = True
    return lots, is_fixed


def _lots_limit(instance: Instance, tree: ScenarioTree, fixed: IntArray) -> IntArray:
    """Most free lots on a path by item: what the worst demand could need beyond what is there or on order."""
    demand = tree.demand.T.copy()
    for node in range(1, len(tree)):
        demand[node] += demand[tree.parent[node]]
    most_demand = demand[tree.leaves].max(axis=0)
    supply = scheduled_units(instance).sum(axis=0)
    most_sigma = accumulated_sigma(instance)[: tree.periods].max(axis=0)
    limit = np.zeros(len(instance.items), dtype=np.int64)
    for i, row in enumerate(instance.items):
        need = most_demand[i] + SAFETY_FACTOR * most_sigma[i]
        need -= row.opening_stock_units + supply[i] + fixed[:, i].sum() * row.lot_size
        minimum_lots = max(1, math.ceil(row.minimum_order_units / row.lot_size - 1e-9))
        # A need of whole lots must not lose one to rounding, so the ceiling leans to the generous side.
        limit[i] = math.ceil(max(0.0, need) / row.lot_size + 1e-9) + minimum_lots
    return limit
