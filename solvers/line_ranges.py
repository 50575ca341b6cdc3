"""The least and most that lines and metrics can be at each node over all plans (docs/formulation.md, section 7).

Orders only add to stock. So cumulative lots lie between those without free orders and those with the largest orders everywhere, and each line
is read off these two ends: most of them rise or fall with stock, and are exact then, at all nodes at the same time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stockrail.model.arrivals import apply
from stockrail.model.lines import LineValues
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables, cumulate
from stockrail.model.terms import Term
from stockrail.model.tree import Array, IntArray

RISING = ("on_hand", "beyond_cover", "aged", "in_full")
"""Lines that rise with the lots that have arrived."""

FALLING = ("short", "expedited", "lost", "waiting")
"""Lines that fall with them."""

OF_ORDERS = (
    "ordered",
    "ordered_value",
    "received",
    "received_value",
    "in_transit",
    "in_transit_value",
    "is_order",
)
"""Lines that are least without free orders. The most is a bound: cumulative lots have a limit that single orders do not see."""


@dataclass(frozen=True)
class LineRanges:
    """What lines can be over all plans of an instance; each end is computed when it is first asked for.

    Attributes
    ----------
    tables : parameters of the instance.
    """

    tables: Tables

    def least(self, terms: list[Term]) -> Array:
        """No plan has less of a sum of terms [items, nodes]."""
        return self._sum(terms, self.line_least, self.line_most)

    def most(self, terms: list[Term]) -> Array:
        """No plan has more of a sum of terms [items, nodes]."""
        return self._sum(terms, self.line_most, self.line_least)

    def line_least(self, name: str) -> Array:
        """No plan has less of a line [items, nodes]."""
        if name in RISING or name in OF_ORDERS:
            return self._fewest(name)
        return self._most(name) if name in FALLING else self._of_both(name)[0]

    def line_most(self, name: str) -> Array:
        """No plan has more of a line [items, nodes].

        Raises
        ------
        KeyError
            Nothing is known of the line.
        """
        if name in RISING:
            return self._most(name)
        if name in FALLING:
            return self._fewest(name)
        if name in OF_ORDERS:
            return self._of_largest_orders(name)
        return self._of_both(name)[1]

    def is_reached(self, terms: list[Term], *, by_least: bool) -> bool:
        """Whether one plan has the least (else the most) of a sum of terms at all nodes, so that it is no mere bound.

        Where largest orders do not add up to the limit of cumulative lots, the plan with the most is taken for one all the same.
        """
        plans = set()
        for term in terms:
            for is_there, is_least in (
                ((term.coefficient > 0).any(), by_least),
                ((term.coefficient < 0).any(), not by_least),
            ):
                if is_there and term.line != "demand":
                    is_few = term.line in (*RISING, *OF_ORDERS) if is_least else term.line in FALLING
                    is_many = term.line in FALLING if is_least else term.line in RISING
                    plans.add("fewest" if is_few else "most" if is_many else "none")
        return "none" not in plans and len(plans) <= 1

    @cached_property
    def fewest_lots(self) -> IntArray:
        """Cumulative lots of the plan without free orders [items, nodes]."""
        return cumulate(self.tables.tree, self.tables.fixed_lots.astype(np.float64)).astype(np.int64)

    @cached_property
    def largest_orders(self) -> IntArray:
        """Lots of the largest order at each node [items, nodes]."""
        tables = self.tables
        limit = tables.lots_limit
        free = np.where(tables.maximum_lots < 0, limit, np.minimum(tables.maximum_lots, limit))
        return np.where(tables.is_order_allowed, free[:, None], tables.fixed_lots)

    @cached_property
    def most_lots(self) -> IntArray:
        """No plan has more cumulative lots [items, nodes]."""
        tables = self.tables
        free = np.where(tables.is_order_allowed, self.largest_orders, 0).astype(np.float64)
        on_path = np.minimum(cumulate(tables.tree, free), tables.lots_limit[:, None])
        return self.fewest_lots + on_path.astype(np.int64)

    @cached_property
    def fewest_stock(self) -> Stock:
        """The plan without free orders."""
        return Stock.of(self.tables, self.fewest_lots)

    @cached_property
    def most_stock(self) -> Stock:
        """The largest orders everywhere."""
        return Stock.of(self.tables, self.most_lots)

    @cached_property
    def _fewest(self) -> LineValues:
        return LineValues(self.fewest_stock)

    @cached_property
    def _most(self) -> LineValues:
        return LineValues(self.most_stock)

    def _of_largest_orders(self, name: str) -> Array:
        """The most of a line of orders: all of them the largest, without what breaks save."""
        tables = self.tables
        units: Array = tables.lot_size[:, None] * self.largest_orders.astype(np.float64)
        scheduled = tables.unit_value[:, None] * tables.scheduled_received
        # What is fixed has its value; an order may be dearer than a larger one that reaches a break.
        value = np.where(tables.is_order_allowed, tables.landed_cost * units, self._fewest("ordered_value"))
        match name:
            case "ordered":
                return units
            case "ordered_value":
                return value
            case "received":
                return tables.arrivals.receipts(units) + tables.scheduled_received
            case "received_value":
                return tables.arrivals.receipts(value) + scheduled
            case "in_transit":
                more = self.most_lots - self.fewest_lots
                return self._fewest(name) + tables.lot_size[:, None] * more
            case "in_transit_value":
                dearer = value - self._fewest("ordered_value")
                on_the_way = cumulate(tables.tree, dearer - tables.arrivals.receipts(dearer))
                return self._fewest(name) + on_the_way
            case _:
                return np.where(tables.is_order_allowed, 1.0, self._fewest("is_order"))

    def _of_both(self, name: str) -> tuple[Array, Array]:
        """Least and most of a line in which parts rise and others fall."""
        tables = self.tables
        match name:
            case "demand":
                return tables.demand, tables.demand
            case "served":
                return self._served(self._fewest, self._most), self._served(self._most, self._fewest)
            case "netted":
                fewest, most = self.fewest_stock, self.most_stock
                return self._netted(fewest, most), self._netted(most, fewest)
            case "newly_aged":
                fewest, most = self.fewest_stock, self.most_stock
                return np.maximum(fewest.aged - most.aged_older, 0.0), most.aged - fewest.aged_older
            case "saving":
                # A larger order never saves less: unit costs fall from break to break.
                saved = tables.tiers.saving(self.largest_orders.astype(np.float64))
                return self._fewest(name), tables.cost_factor * saved
            case "order_change":
                announced = tables.order_changes.announced[:, tables.tree.period]
                largest = tables.lot_size[:, None] * self.largest_orders
                fixed = np.abs(largest - announced)
                least = np.where(tables.is_order_allowed, np.maximum(announced - largest, 0.0), fixed)
                return least, np.where(tables.is_order_allowed, np.maximum(announced, fixed), fixed)
            case _:
                raise KeyError(name)

    def _served(self, now: LineValues, before: LineValues) -> Array:
        """Units served with the lots of one plan, where another one had come to the parent."""
        came = apply(self.tables.tree.to_parent, before("waiting"))
        return np.asarray(self.tables.demand - now("lost") - now("waiting") + came)

    def _netted(self, now: Stock, before: Stock) -> Array:
        owed = apply(self.tables.tree.to_parent, before.backlog)
        return np.asarray((1.0 - self.tables.waiting_share)[:, None] * (owed - now.opening_backlog))

    @staticmethod
    def _sum(terms: list[Term], low: Callable[[str], Array], high: Callable[[str], Array]) -> Array:
        """The sum with each term at the end of its line that its coefficients ask for. Windows have no negative weights."""
        total: Array | None = None
        for term in terms:
            value = np.zeros_like(term.coefficient)
            for is_at, end in ((term.coefficient > 0, low), (term.coefficient < 0, high)):
                if is_at.any():
                    value[is_at] = (term.coefficient * end(term.line))[is_at]
            value = value if term.window is None else term.window.apply(value)
            total = value if total is None else total + value
        assert total is not None
        return total
