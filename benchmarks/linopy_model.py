"""The extensive form in linopy, for the instances of the benchmark without forecast error: what linopy takes to build a model.

The laws are those of model/formulation.py and model/formulation_stock.py by the same names, stated over whole arrays as linopy's
manual does. Only what these instances have is stated: no forecast error, no fixed orders, one limit on inventory value in every
scenario. A test holds it against the Pyomo model.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from linopy import LinearExpression, Model

from stockrail.model.ledger import objective_form
from stockrail.model.tables import BoolArray, Tables, cumulate
from stockrail.model.tree import Array, IntArray

DIMENSIONS = ("item", "node")


def build_linopy(tables: Tables) -> Any:
    """Build the model, as a minimisation of minus the expected margin less its constant.

    Raises
    ------
    ValueError
        The instance has something that is not stated here.
    """
    instance = tables.instance
    if tables.sigma.any() or tables.fixed_lots.any() or len(instance.guardrails) != 1 or instance.warehouses:
        raise ValueError("Stated for the benchmark's instances without forecast error only.")
    model = _Building(Model(), tables)
    model.orders()
    model.stock()
    model.ageing(0, "aged")
    model.ageing(1, "aged_older")
    model.guardrail()
    model.objective()
    return model.m


@dataclass
class _Building:
    m: Any
    tables: Tables

    def __post_init__(self) -> None:
        items, nodes = self.tables.demand.shape
        self.coords = [range(items), range(nodes)]
        self.arrived = self.tables.arrived
        most = np.where(
            self.tables.maximum_lots < 0,
            self.tables.lots_limit,
            np.minimum(self.tables.maximum_lots, self.tables.lots_limit),
        )
        self.largest = most[:, None]
        possible = cumulate(self.tables.tree, self.tables.is_order_allowed.astype(np.float64)) * self.largest
        reach = np.minimum(self.tables.lots_limit[:, None], possible)
        stock = np.where(
            self.arrived >= 0, np.take_along_axis(reach, np.maximum(self.arrived, 0), axis=1), 0.0
        )
        self.least = self.tables.base_stock
        self.most = self.tables.base_stock + self.tables.lot_size[:, None] * stock

    def grid(self, values: Array | IntArray | BoolArray) -> xr.DataArray:
        """An array over items and nodes."""
        return xr.DataArray(
            np.broadcast_to(values, self.tables.demand.shape), dims=DIMENSIONS, coords=self.coords
        )

    def variable(self, name: str, **kind: Any) -> Any:
        """A variable by item and node."""
        bounds = {} if kind.get("binary") else {"lower": 0}
        return self.m.add_variables(coords=self.coords, dims=DIMENSIONS, name=name, **bounds, **kind)

    def at(self, variable: Any, node: IntArray, factor: Array) -> Any:
        """`factor` times the variable of the same item at other nodes [items, nodes], nothing where the node is -1."""
        labels = np.take_along_axis(variable.labels.values, np.maximum(node, 0), axis=1)
        data = xr.Dataset(
            {
                "coeffs": self.grid(np.where(node >= 0, factor, 0.0)).expand_dims("_term", -1),
                "vars": self.grid(np.where(node >= 0, labels, -1)).expand_dims("_term", -1),
            }
        )
        return LinearExpression(data, self.m)

    def orders(self) -> None:
        """Lots, orders, and the rules of orders."""
        m, tables = self.m, self.tables
        self.lots = self.variable("lots", integer=True)
        self.is_order = self.variable("is_order", binary=True)
        self.cumulative_lots = self.variable("cumulative_lots")
        parent = np.broadcast_to(tables.tree.parent, tables.demand.shape)
        before = self.at(self.cumulative_lots, parent, np.ones(tables.demand.shape))
        m.add_constraints(self.cumulative_lots - before - self.lots == 0, name="lots_balance")
        free = self.grid(tables.is_order_allowed)
        minimum, limit = self.grid(tables.minimum_lots[:, None]), self.grid(tables.lots_limit[:, None])
        trigger = self.lots - self.grid(self.largest) * self.is_order
        m.add_constraints(trigger <= 0, name="order_trigger", mask=free)
        m.add_constraints(self.lots - minimum * self.is_order >= 0, name="minimum_order", mask=free)
        m.add_constraints(self.cumulative_lots <= limit, name="cumulative_lots_limit", mask=free)
        m.add_constraints(self.lots + self.is_order == 0, name="order_calendar", mask=~free)

    def stock(self) -> None:
        """Net inventory, and its split into stock and backlog."""
        m, tables, demand = self.m, self.tables, self.grid(self.tables.demand)
        base = self.grid(tables.base_stock)
        self.arrived_units = self.at(self.cumulative_lots, self.arrived, tables.lot_size[:, None])
        self.on_hand, self.backlog = self.variable("on_hand"), self.variable("backlog")
        self.opening_backlog = self.variable("opening_backlog")
        is_in, is_opening = (
            self.variable("is_in_stock", binary=True),
            self.variable("is_opening_in_stock", binary=True),
        )
        most, least = self.grid(np.maximum(self.most, 0.0)), self.grid(np.maximum(-self.least, 0.0))
        opens_most = self.grid(np.maximum(self.most + tables.demand, 0.0))
        opens_least = self.grid(np.maximum(-self.least - tables.demand, 0.0))
        m.add_constraints(self.on_hand - self.backlog - self.arrived_units == base, name="inventory_balance")
        m.add_constraints(self.on_hand - most * is_in <= 0, name="in_stock")
        m.add_constraints(self.backlog + least * is_in <= least, name="out_of_stock")
        opening = self.opening_backlog + self.arrived_units
        m.add_constraints(opening >= -base - demand, name="opening_balance")
        m.add_constraints(opening - opens_most * is_opening <= -base - demand, name="opening_in_stock")
        m.add_constraints(
            self.opening_backlog + opens_least * is_opening <= opens_least, name="opening_out_of_stock"
        )
        short = self.backlog - self.opening_backlog
        m.add_constraints(short >= 0, name="short_within_demand_from")
        m.add_constraints(short <= demand, name="short_within_demand_to")

    def ageing(self, more: int, name: str) -> None:
        """Stock older than the shelf life and `more` periods."""
        m, tables, tree = self.m, self.tables, self.tables.tree
        age = np.broadcast_to((tables.shelf_life + more)[:, None], tables.demand.shape)
        is_there = (tables.shelf_life[:, None] >= 0) & (tree.period >= age)
        then = np.broadcast_to(np.arange(len(tree)), tables.demand.shape).copy()
        for step in range(int(age.max(initial=0))):
            then = np.where(is_there & (step < age), tree.parent[then], then)
        so_far = cumulate(tree, tables.demand)
        used = so_far - np.take_along_axis(so_far, then, axis=1)
        arrived = np.where(is_there, np.take_along_axis(self.arrived, then, axis=1), -1)
        unused = np.take_along_axis(tables.base_stock, then, axis=1) - used
        most = np.maximum(np.take_along_axis(self.most, then, axis=1) - used, 0.0)
        least = np.maximum(used - np.take_along_axis(self.least, then, axis=1), 0.0)
        mask, base = self.grid(is_there), self.grid(unused)
        there = {"coords": self.coords, "dims": DIMENSIONS, "mask": mask}
        aged = m.add_variables(lower=0, name=name, **there)
        is_aged = m.add_variables(binary=True, name=f"is_{name}", **there)
        aged = aged.fillna(0.0)
        old = aged - self.at(self.cumulative_lots, arrived, tables.lot_size[:, None])
        m.add_constraints(old >= base, name=f"{name}_balance", mask=mask)
        m.add_constraints(aged - self.grid(most) * is_aged <= 0, name=f"{name}_in_stock", mask=mask)
        room = self.grid(least)
        m.add_constraints(old + room * is_aged <= base + room, name=f"{name}_out_of_stock", mask=mask)
        setattr(self, name, aged)

    def guardrail(self) -> None:
        """Inventory value of all items at every node, goods in transit with it where they are ours."""
        tables, instance = self.tables, self.tables.instance
        owners = np.array([row.ownership == "shipment" for row in instance.suppliers])
        is_owned = owners[instance.item_supplier][:, None]
        due = np.zeros_like(instance.mean_demand)
        for row in instance.open_orders:
            due[instance.item_index[row.item], : row.due_period] += row.units
        value = tables.unit_value[:, None]
        owned, per_lot = self.grid(value * is_owned), self.grid(value * is_owned * tables.lot_size[:, None])
        moving = per_lot * self.cumulative_lots - owned * self.arrived_units
        total = (self.grid(value) * self.on_hand + moving).sum("item")
        scheduled = (value * is_owned * due[:, tables.tree.period]).sum(axis=0)
        upper = float(instance.guardrails[0].upper or 0.0)
        limit = xr.DataArray(upper - scheduled, dims=["node"], coords=[self.coords[1]])
        self.m.add_constraints(total <= limit, name="holds_in_every_scenario")

    def objective(self) -> None:
        """Minus the expected margin, in the nine functions that it is linear in, less its constant."""
        form = objective_form(self.tables)
        names = ("backlog", "opening_backlog", "aged", "aged_older", "cumulative_lots", "is_order")
        self.m.add_objective(
            sum((self.grid(getattr(form, name)) * getattr(self, name)).sum() for name in names)
        )
