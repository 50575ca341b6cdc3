"""The checker's reading of `orders.csv`, and the order rules that every row must keep.

Part of the independent checker: docs/formulation.md, section 3, is its only source. Rows are judged as they are read and not
kept, and rules over whole items go over some of them at a time, so that memory is little more than one number by item and node.
"""

import csv
import datetime as dt
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.schema import Item, Supplier
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.verification.breaks import QuantityBreaks
from stockrail.verification.check import CENT, Check, Fault, law, number
from stockrail.verification.facts import Lots, Mask, accumulated_sigma, arrival_periods, scheduled_units
from stockrail.verification.part import in_turn, part_of
from stockrail.verification.tally import Order, Tally

ROUNDING_UNITS = 1e-6
"""Units that rounding in `orders.csv` may change."""

SAFETY_FACTOR = 4.0
"""Standard deviations of the item's error that the law `cumulative_lots_limit` leaves room for."""


MOST_LOTS = 2**31 - 1
"""Lots of one order that are taken for a number and not for a slip."""


class Orders:
    """All orders of a plan.

    Parameters
    ----------
    has_columns : whether the file has the columns that `columns` checks.

    Attributes
    ----------
    lots : int array [nodes, items].
    fixed, is_fixed : arrays [periods, items], lots of overrides and frozen periods, and where they rule.
    """

    def __init__(
        self, path: Path, instance: Instance, tree: ScenarioTree, *, has_columns: bool = True
    ) -> None:
        self.instance = instance
        self.tree = tree
        self.breaks = QuantityBreaks(instance)
        self.lots: Lots = np.zeros((len(tree), len(instance.items)), dtype=np.int32)
        self.fixed, self.is_fixed = _fixed(instance)
        self._lane, self._arrival = _arrival_by_lane(instance, tree)
        self._count = 0
        self._of_free = (
            Tally("minimum_order", self._below_minimum, ROUNDING_UNITS),
            Tally("order_trigger", self._above_maximum, ROUNDING_UNITS),
            Tally("order_calendar", self._off_calendar),
        )
        self._of_all = (Tally("arrival_within_horizon", self._too_late),)
        self._of_columns = (
            Tally("lot_multiple", self._off_lot, ROUNDING_UNITS),
            Tally("order_dates", self._wrong_dates),
            Tally("order_decision", self._wrong_decision),
            Tally("order_probability", self._wrong_probability, 1e-6),
            Tally("order_value", self._wrong_value, CENT),
        )
        self._of_deposits = Tally("order_deposit", self._wrong_deposit, CENT)
        self._has_columns = has_columns
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
        if not (lots.is_integer() and 1 <= lots <= MOST_LOTS):
            self._faults["whole_lots"].append(Fault(1, f"{text}: {row.get('lots')} lots"))
            return
        if self.lots[node, item]:
            self._faults["one_row_per_item_and_node"].append(Fault(1, text))
            return
        self.lots[node, item] = int(lots)
        self._count += 1
        self._judge(Order(line, item, node, int(lots), row), text)

    def _judge(self, order: Order, place: str) -> None:
        if not self._is_fixed(order):
            for tally in self._of_free:
                tally.add(order, place)
        for tally in self._of_all:
            tally.add(order, place)
        if self._has_columns:
            for tally in self._of_columns:
                tally.add(order, place)
            if "deposit" in order.row:
                self._of_deposits.add(order, place)

    @cached_property
    def _node_index(self) -> dict[str, int]:
        return {name: node for node, name in enumerate(self.tree.names)}

    def checks(self) -> Iterator[Check]:
        """Every order rule by its name in docs/formulation.md, and every column of the file."""
        yield from self.laws()
        yield from self.columns()

    def laws(self) -> Iterator[Check]:
        """The order rules; of the file only items, nodes and lots count."""
        for name, faults in self._faults.items():
            yield law(name, faults, kept=f"{self._count} orders")
        for tally in (*self._of_free, *self._of_all):
            yield tally.check()
        yield self._fixed_orders()
        yield self._cumulative_lots_limit()

    def columns(self) -> Iterator[Check]:
        """What the file's other columns say of each order."""
        for tally in (*self._of_columns, self._of_deposits):
            yield tally.check()

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
        arrival = int(self._arrival[order.node, self._lane[order.item]])
        last = self.tree.periods - 1
        return float(max(0, arrival - last)), f"arrives in period {arrival}, the last is {last}"

    def _fixed_orders(self) -> Check:
        faults = []
        for members in in_turn(len(self.instance.items)):
            wanted, rules = (
                self.fixed[:, members][self.tree.period],
                self.is_fixed[:, members][self.tree.period],
            )
            lots = self.lots[:, members].astype(np.int64)
            wrong = np.where(rules, np.abs(lots - wanted), 0)
            faults += [
                Fault(
                    float(wrong[node, k]),
                    f"item {self.instance.items[members[k]].item} at node {self.tree.names[node]}: "
                    f"{lots[node, k]} lots, fixed are {wanted[node, k]}",
                )
                for node, k in np.argwhere(wrong)
            ]
        return law("fixed_orders", faults, kept=f"{int(self.is_fixed.sum())} fixed item-periods")

    def _cumulative_lots_limit(self) -> Check:
        faults = []
        for members in in_turn(len(self.instance.items)):
            part, tree = part_of(self.instance, self.tree, members)
            limit = _lots_limit(part, tree, self.fixed[:, members])
            free = np.where(self.is_fixed[:, members][tree.period], 0, self.lots[:, members].astype(np.int64))
            for node in range(1, len(tree)):
                free[node] += free[tree.parent[node]]
            most = free[tree.leaves].max(axis=0)
            faults += [
                Fault(
                    float(most[i] - limit[i]),
                    f"item {row.item}: {most[i]} free lots on a path, at most {limit[i]}",
                )
                for i, row in enumerate(part.items)
            ]
        return law("cumulative_lots_limit", faults, kept=f"{len(faults)} items")

    def _wrong_dates(self, order: Order) -> tuple[float, str]:
        period, due = self._period(order), int(self._arrival[order.node, self._lane[order.item]])
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


def _arrival_by_lane(instance: Instance, tree: ScenarioTree) -> tuple[IntArray, IntArray]:
    """Lane of each item [items], and arrival periods by lane [nodes, lanes]: items of one supplier and lead time share theirs."""
    lanes = np.column_stack([instance.item_supplier, instance.item_column("lead_time_periods")])
    _, first, lane = np.unique(lanes, axis=0, return_index=True, return_inverse=True)
    return lane.reshape(-1), arrival_periods(*part_of(instance, tree, first))


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
