"""What a simulation gives: money, metrics and orders on every path."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stockrail.model.instance import Array
from stockrail.simulation.books import PARTS
from stockrail.simulation.order_rules import Repairs
from stockrail.simulation.world import ALL, Scope, World


@dataclass(frozen=True)
class Outcome:
    """What a policy did on each path.

    Attributes
    ----------
    parts : by part of the margin, discounted money [paths], as positive amounts; `overtime` is one of them.
    item_parts : the same by item, without overtime, mean over paths [items].
    item_units : demand, short, lost, expedited, served, ordered, on_hand (units, the last added up over periods) and
        write_off_value (money), mean over paths [items].
    metrics : by name [scopes, paths, periods], see `metric`.
    orders : int [paths, items, periods], lots.
    final_on_hand, final_under_way : units in stock, and ordered or scheduled but not arrived, at the end [paths, items].
    repairs : orders that the order rules had to change.
    """

    world: World = field(repr=False)
    parts: dict[str, Array] = field(repr=False)
    item_parts: dict[str, Array] = field(repr=False)
    item_units: dict[str, Array] = field(repr=False)
    metrics: dict[str, Array] = field(repr=False)
    orders: NDArray[np.int32] = field(repr=False)
    final_on_hand: Array = field(repr=False)
    final_under_way: Array = field(repr=False)
    repairs: Repairs

    def __len__(self) -> int:
        return len(self.orders)

    @cached_property
    def margin(self) -> Array:
        """Discounted margin of each path [paths], money, after overtime, before penalties of soft guardrails."""
        total = sum((sign * self.parts[name] for name, sign in PARTS.items()), np.zeros(len(self)))
        return np.asarray(total - self.parts["overtime"])

    def metric(self, name: str, scope: Scope = ALL) -> Array:
        """A metric over the items of a scope at the end of each period [paths, periods], undiscounted.

        `inventory_value`, `working_capital`, `cash`, `purchases`, `expedite_spend` and more of docs/formulation.md, section 6, and
        units of `demand` and `short`. Scopes are those of the world: all items, and what its guardrails sum over.

        Raises
        ------
        KeyError
            There is no such metric or scope.
        """
        if scope not in self.world.scopes:
            raise KeyError(f"{scope} is no scope of the simulated world; there are {list(self.world.scopes)}")
        return np.asarray(self.metrics[name][self.world.scopes.index(scope)])

    @cached_property
    def fill_rate(self) -> Array:
        """Share of demand that was not short, of each path [paths]; 1 without demand."""
        short, demand = self.metric("short").sum(axis=1), self.metric("demand").sum(axis=1)
        return np.asarray(1.0 - np.divide(short, demand, out=np.zeros_like(short), where=demand > 0))

    @property
    def first_orders(self) -> NDArray[np.int32]:
        """Lots ordered in the first period [paths, items]."""
        return np.asarray(self.orders[:, :, 0])

    def frame(self) -> pd.DataFrame:
        """One row for each path.

        Columns: margin, the parts of the margin, fill_rate, inventory_value and working_capital (mean over periods), cash (lowest),
        purchases, expedite_spend, write_offs (sums), orders (number of them).
        """
        return pd.DataFrame(
            {
                "margin": self.margin,
                **self.parts,
                "fill_rate": self.fill_rate,
                "inventory_value": self.metric("inventory_value").mean(axis=1),
                "working_capital": self.metric("working_capital").mean(axis=1),
                "lowest_cash": self.metric("cash").min(axis=1),
                "purchases": self.metric("purchases").sum(axis=1),
                "expedite_spend": self.metric("expedite_spend").sum(axis=1),
                "write_offs": self.metric("write_offs").sum(axis=1),
                "orders": (self.orders > 0).sum(axis=(1, 2)),
            }
        )
