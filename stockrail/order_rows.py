"""The orders of a plan, packed: a plan of very many items has many million of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.schema_settings import Settings
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray, ScenarioTree

PIECE_ROWS = 250_000
"""Orders that are laid out as a table together where all of them are gone through."""


@dataclass(frozen=True)
class Placed:
    """Orders as arrays [orders].

    Attributes
    ----------
    item, node : places in the instance (of a ledger's orders, among its own items) and in the tree.
    lots : whole lots.
    value : money at the landed cost of the order's node, net of quantity breaks.
    due_period : in which it arrives.
    is_fixed : whether an override or a frozen period fixes it.
    """

    item: NDArray[np.int32]
    node: NDArray[np.int32]
    lots: IntArray
    value: Array
    due_period: NDArray[np.int32]
    is_fixed: BoolArray


def placed_orders(ledger: Ledger, first_item: int = 0) -> Placed:
    """The orders of a ledger, whose first item has the place `first_item` in the instance."""
    tables = ledger.tables
    lots = np.rint(ledger.stock.lots).astype(np.int64)
    item, node = np.nonzero(lots)
    return Placed(
        item=(item + first_item).astype(np.int32),
        node=node.astype(np.int32),
        lots=lots[item, node],
        value=ledger.line("ordered_value")[item, node],
        due_period=tables.arrivals.arrival_period[tables.arrivals.item_lane[item], node].astype(np.int32),
        is_fixed=tables.fixed_lots[item, node] > 0,
    )


@dataclass(frozen=True)
class OrderRows:
    """All orders of a plan in the order of `orders.csv`: by period, by node, the largest value first."""

    instance: Instance
    tree: ScenarioTree
    placed: Placed

    @staticmethod
    def together(instance: Instance, tree: ScenarioTree, parts: Sequence[Placed]) -> "OrderRows":
        """Put the orders of groups of items in order; among equals the item that comes first does."""
        everything = {
            f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Placed)
        }
        node = everything["node"]
        rank = np.unique(np.array(tree.names), return_inverse=True)[1].reshape(-1)
        order = np.lexsort((-everything["value"], rank[node], tree.period[node]))
        return OrderRows(
            instance, tree, Placed(**{name: values[order] for name, values in everything.items()})
        )

    def __len__(self) -> int:
        return len(self.placed.item)

    @property
    def now(self) -> pd.DataFrame:
        """The orders of the first period."""
        return self.frame(slice(0, int(np.searchsorted(self.tree.period[self.placed.node], 1))))

    def pieces(self) -> Iterator[pd.DataFrame]:
        """All rows in pieces, at least one of them."""
        for start in range(0, max(len(self), 1), PIECE_ROWS):
            yield self.frame(slice(start, start + PIECE_ROWS))

    def frame(self, rows: slice = slice(None)) -> pd.DataFrame:
        """Some of the rows as a table: columns of `orders.csv`.

        `decision` is "now" at the root, "planned" later, "fixed" where an override or a frozen period fixes it. `value` is in
        money at the landed cost of the order's node, net of quantity breaks; `deposit` is the part of it paid with the order.
        """
        instance, tree, placed = self.instance, self.tree, self.placed
        item, node, lots = placed.item[rows], placed.node[rows], placed.lots[rows]
        stated = [instance.items[i] for i in item]
        supplier = instance.item_supplier[item]
        payment_days = np.array([row.payment_days for row in instance.suppliers]).astype(np.int64)[supplier]
        deposit_share = np.array([row.deposit_share for row in instance.suppliers])[supplier]
        value, due_period = placed.value[rows], placed.due_period[rows].astype(np.int64)
        due_date = first_days(instance.settings, due_period)
        period = tree.period[node]
        return pd.DataFrame(
            {
                "item": [row.item for row in stated],
                "description": [row.description for row in stated],
                "segment": [row.segment for row in stated],
                "supplier": [row.supplier for row in stated],
                "decision": np.where(placed.is_fixed[rows], "fixed", np.where(node == 0, "now", "planned")),
                "period": period,
                "date": first_days(instance.settings, period),
                "node": [tree.names[n] for n in node],
                "probability": tree.probability[node],
                "lots": lots,
                "units": lots * np.array([row.lot_size for row in stated], dtype=np.float64),
                "value": value,
                "deposit": deposit_share * value,
                "due_period": due_period,
                "due_date": due_date,
                "pay_date": due_date + pd.to_timedelta(payment_days, unit="D"),
            }
        )


def first_days(settings: Settings, period: IntArray) -> pd.DatetimeIndex:
    """First days of periods."""
    days = np.asarray(period, dtype=np.int64) * settings.period_length_days
    return pd.DatetimeIndex(pd.Timestamp(settings.start) + pd.to_timedelta(days, unit="D"))
