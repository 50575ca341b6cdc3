"""The lines of the ledger (docs/formulation.md, section 4): units or money by item and node, linear in the basis of `Stock`.

A line says what it is worth for a plan (`values`) and how a weight on it becomes coefficients on the basis (`pull`, the
adjoint). A test holds the two together: ``sum(weight * values(stock)) == pull(weight).value(stock)`` for any plan.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stockrail.model.arrivals import apply
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import Tables, cumulate, sum_below
from stockrail.model.tree import Array


@dataclass(frozen=True)
class Line:
    """A line of the ledger: its value [items, nodes] for a plan, and its adjoint."""

    name: str
    values: Callable[[Stock], Array]
    pull: Callable[[Tables, LinearForm, Array], None]


def _on_hand(stock: Stock) -> Array:
    return stock.net_inventory + stock.backlog


def _pull_on_hand(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.add_net_inventory(tables, weight)
    form.backlog += weight


def _short(stock: Stock) -> Array:
    return stock.backlog - stock.opening_backlog


def _pull_short(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.backlog += weight
    form.opening_backlog -= weight


def _expedited(stock: Stock) -> Array:
    return stock.tables.expedited_share[:, None] * _short(stock)


def _pull_expedited(tables: Tables, form: LinearForm, weight: Array) -> None:
    _pull_short(tables, form, tables.expedited_share[:, None] * weight)


def _lost(stock: Stock) -> Array:
    return stock.tables.lost_fraction[:, None] * _short(stock)


def _pull_lost(tables: Tables, form: LinearForm, weight: Array) -> None:
    _pull_short(tables, form, tables.lost_fraction[:, None] * weight)


def _waiting(stock: Stock) -> Array:
    return stock.tables.waiting_share[:, None] * stock.backlog


def _pull_waiting(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.backlog += tables.waiting_share[:, None] * weight


def _served(stock: Stock) -> Array:
    waiting = _waiting(stock)
    return stock.tables.demand - _lost(stock) - waiting + apply(stock.tables.tree.to_parent, waiting)


def _pull_served(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.constant += np.einsum("in,in->i", weight, tables.demand)
    _pull_lost(tables, form, -weight)
    _pull_waiting(tables, form, _from_children(tables, weight) - weight)


def _netted(stock: Stock) -> Array:
    before = apply(stock.tables.tree.to_parent, stock.backlog)
    return (1.0 - stock.tables.waiting_share)[:, None] * (before - stock.opening_backlog)


def _pull_netted(tables: Tables, form: LinearForm, weight: Array) -> None:
    share = (1.0 - tables.waiting_share)[:, None] * weight
    form.backlog += _from_children(tables, share)
    form.opening_backlog -= share


def _ordered(stock: Stock) -> Array:
    return stock.tables.lot_size[:, None] * stock.lots


def _pull_ordered(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.add_lots(tables, tables.lot_size[:, None] * weight)


def _received(stock: Stock) -> Array:
    return stock.tables.arrivals.receipts(_ordered(stock)) + stock.tables.scheduled_received


def _pull_received(tables: Tables, form: LinearForm, weight: Array) -> None:
    _pull_ordered(tables, form, tables.arrivals.receipts_transposed(weight))
    form.constant += np.einsum("in,in->i", weight, tables.scheduled_received)


def _saving(stock: Stock) -> Array:
    return stock.tables.cost_factor * stock.saving


def _pull_saving(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.saving += tables.cost_factor * weight


def _ordered_value(stock: Stock) -> Array:
    return stock.tables.landed_cost * _ordered(stock) - _saving(stock)


def _pull_ordered_value(tables: Tables, form: LinearForm, weight: Array) -> None:
    _pull_ordered(tables, form, tables.landed_cost * weight)
    _pull_saving(tables, form, -weight)


def _received_value(stock: Stock) -> Array:
    tables = stock.tables
    scheduled_value = tables.unit_value[:, None] * tables.scheduled_received
    return tables.arrivals.receipts(_ordered_value(stock)) + scheduled_value


def _pull_received_value(tables: Tables, form: LinearForm, weight: Array) -> None:
    _pull_ordered_value(tables, form, tables.arrivals.receipts_transposed(weight))
    scheduled_value = tables.unit_value[:, None] * tables.scheduled_received
    form.constant += np.einsum("in,in->i", weight, scheduled_value)


def _scheduled_in_transit(tables: Tables) -> Array:
    """Open orders due after each node's period [items, nodes]."""
    due = cumulate(tables.tree, tables.scheduled_received)
    return np.asarray(due.max(axis=1, keepdims=True) - due)


def _in_transit(stock: Stock) -> Array:
    tables = stock.tables
    cumulative = stock.cumulative_lots.astype(np.float64)
    on_the_way = cumulative - tables.arrivals.stock(cumulative)
    return tables.lot_size[:, None] * on_the_way + _scheduled_in_transit(tables)


def _pull_in_transit(tables: Tables, form: LinearForm, weight: Array) -> None:
    in_lots = tables.lot_size[:, None] * weight
    form.cumulative_lots += in_lots - tables.arrivals.stock_transposed(in_lots)
    form.constant += np.einsum("in,in->i", weight, _scheduled_in_transit(tables))


def _in_transit_value(stock: Stock) -> Array:
    tables = stock.tables
    ordered_value = _ordered_value(stock)
    on_the_way = cumulate(tables.tree, ordered_value - tables.arrivals.receipts(ordered_value))
    return on_the_way + tables.unit_value[:, None] * _scheduled_in_transit(tables)


def _pull_in_transit_value(tables: Tables, form: LinearForm, weight: Array) -> None:
    so_far = sum_below(tables.tree, weight)
    _pull_ordered_value(tables, form, so_far - tables.arrivals.receipts_transposed(so_far))
    scheduled_value = tables.unit_value[:, None] * _scheduled_in_transit(tables)
    form.constant += np.einsum("in,in->i", weight, scheduled_value)


def _pull_is_order(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.is_order += weight


def _pull_order_change(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.order_change += weight


def _pull_newly_aged(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.aged += weight
    form.aged_older -= weight


def _pull_aged(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.aged += weight


def _pull_beyond_cover(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.beyond_cover += weight


def _pull_in_full(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.in_full += weight


def _pull_demand(tables: Tables, form: LinearForm, weight: Array) -> None:
    form.constant += np.einsum("in,in->i", weight, tables.demand)


def _from_children(tables: Tables, weight: Array) -> Array:
    """Sum of the children's weights, at their parent: the adjoint of reading the parent's value."""
    return apply(tables.tree.to_parent.T.tocsr(), weight)


LINES: dict[str, Line] = {
    line.name: line
    for line in (
        Line("demand", lambda stock: stock.tables.demand, _pull_demand),
        Line("on_hand", _on_hand, _pull_on_hand),
        Line("short", _short, _pull_short),
        Line("expedited", _expedited, _pull_expedited),
        Line("lost", _lost, _pull_lost),
        Line("waiting", _waiting, _pull_waiting),
        Line("served", _served, _pull_served),
        Line("netted", _netted, _pull_netted),
        Line("ordered", _ordered, _pull_ordered),
        Line("received", _received, _pull_received),
        Line("saving", _saving, _pull_saving),
        Line("ordered_value", _ordered_value, _pull_ordered_value),
        Line("received_value", _received_value, _pull_received_value),
        Line("in_transit", _in_transit, _pull_in_transit),
        Line("in_transit_value", _in_transit_value, _pull_in_transit_value),
        Line("is_order", lambda stock: stock.is_order, _pull_is_order),
        Line("order_change", lambda stock: stock.order_change, _pull_order_change),
        Line("beyond_cover", lambda stock: stock.beyond_cover, _pull_beyond_cover),
        Line("in_full", lambda stock: stock.in_full, _pull_in_full),
        Line("aged", lambda stock: stock.aged, _pull_aged),
        Line("newly_aged", lambda stock: stock.aged - stock.aged_older, _pull_newly_aged),
    )
}
"""Every line by name."""


class LineValues:
    """The lines of one plan by name, each computed once."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._values: dict[str, Array] = {}

    def __call__(self, name: str) -> Array:
        """A line [items, nodes]."""
        if name not in self._values:
            self._values[name] = LINES[name].values(self._stock)
        return self._values[name]
