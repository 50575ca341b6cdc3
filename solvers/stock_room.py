"""The room that limits on stock leave one item while all others keep a plan, for best responses."""

from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.rows import Rows
from stockrail.model.stock import Stock
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array
from stockrail.solvers.surrogate import Surrogate

ON_STOCK = frozenset({"inventory_value", "working_capital"})
"""Metrics that grow with the value of stock on hand, one for one."""


@dataclass(frozen=True)
class StockRoom:
    """What an item's stock on hand may be worth while the other items stay as they are.

    Attributes
    ----------
    need, room : [items, nodes], money; infinite where there is no limit.
    penalty : [nodes], cost per unit of money outside.
    covers : bool [rows], the guardrail rows this stands for.
    """

    need: Array
    room: Array
    penalty: Array
    covers: BoolArray

    @staticmethod
    def none() -> "StockRoom":
        """No limit at all."""
        return StockRoom(np.zeros((1, 0)), np.zeros((1, 0)), np.zeros(0), np.zeros(0, dtype=bool))

    @staticmethod
    def of(rows: Rows, guardrails: Guardrails, stock: Stock, surrogate: Surrogate) -> "StockRoom":
        """The room that `rows` on stock leave, of which `guardrails` know the use; where several limits meet, the dearest violation counts.

        Only rows that limit one node each: an average over a path is no function of one node's stock. What else a metric
        counts (pipeline stock, receivables, payables) stays as it is in the plan.
        """
        shape = guardrails.tables.demand.shape
        room = StockRoom(
            need=np.full(shape, -np.inf),
            room=np.full(shape, np.inf),
            penalty=np.zeros(shape[1]),
            covers=np.zeros(len(guardrails), dtype=bool),
        )
        if not any(metric in guardrails.terms for metric in ON_STOCK):
            return room
        values = guardrails.metric_values(stock)
        on_hand = guardrails.tables.unit_value[:, None] * (stock.net_inventory + stock.backlog)
        for block, where in rows.each():
            is_limit = np.isfinite(surrogate.limits[where])
            is_one_node = block.measured in {"each period", "quarter ends"} and block.holds != "expected"
            if block.metric not in ON_STOCK or not is_one_node or not is_limit.any():
                continue
            own = values[block.metric]
            node = block.node[is_limit]
            here = np.ix_(block.items, node)
            limit = block.sign * surrogate.limits[where][is_limit]
            left = limit - own[block.items].sum(axis=0)[node] + on_hand[here]
            if block.side == "upper":
                room.room[here] = np.minimum(room.room[here], left)
            else:
                room.need[here] = np.maximum(room.need[here], left)
            room.penalty[node] = np.maximum(room.penalty[node], surrogate.costs[where][is_limit])
            room.covers[np.flatnonzero(is_limit) + where.start] = True
        return room
