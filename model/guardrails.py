"""Guardrails as rows `usage <= limit` over nodes or periods (docs/formulation.md, section 7).

Every guardrail side becomes one block of rows. Lower limits enter with both sides negated, so that all rows read the
same way and inside the engine every price is at least 0.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from stockrail.model.lines import LineValues
from stockrail.model.metrics import METRICS, Term, total
from stockrail.model.schema import Guardrail
from stockrail.model.stock import LinearForm, Stock
from stockrail.model.tables import BoolArray, Tables
from stockrail.model.tree import Array, IntArray


@dataclass(frozen=True)
class GuardrailBlock:
    """The rows of one side of one guardrail.

    Attributes
    ----------
    name, metric, side : the guardrail, its metric, and "upper" or "lower".
    items : bool [items], the items in scope.
    limit : [rows], the limit as stated, in the metric's unit.
    constant : [rows], the instance-wide amount in the metric.
    rows : sparse [rows, nodes], from the metric by node to the rows' value.
    node : int [rows], the node of an every-scenario row, the first node of the period of an expected row.
    probability : [rows], probability of the node; 1 for an expected row.
    soft_price : money per unit of violation, None where the guardrail is hard.
    """

    name: str
    metric: str
    side: str
    scope: str
    scope_value: str
    holds: str
    owner: str
    items: BoolArray
    limit: Array
    constant: Array
    rows: sp.csr_matrix
    node: IntArray
    probability: Array
    soft_price: float | None

    @property
    def sign(self) -> float:
        """+1 for an upper limit, -1 for a lower one."""
        return 1.0 if self.side == "upper" else -1.0


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


@dataclass(frozen=True)
class Guardrails:
    """All guardrail rows of an instance, blocks one after the other."""

    tables: Tables
    blocks: tuple[GuardrailBlock, ...]
    terms: dict[str, list[Term]]

    @staticmethod
    def build(tables: Tables) -> "Guardrails":
        """Rows of every guardrail in the instance, and of every supplier's capacity."""
        blocks = [*_stated_blocks(tables), *_capacity_blocks(tables)]
        metrics = dict.fromkeys(block.metric for block in blocks)
        return Guardrails(tables, tuple(blocks), {name: METRICS[name].terms(tables) for name in metrics})

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def starts(self) -> IntArray:
        """First row of each block, and the number of rows at the end."""
        return np.concatenate([[0], np.cumsum([len(block.limit) for block in self.blocks])]).astype(np.int64)

    @cached_property
    def limits(self) -> Array:
        """Right-hand sides [rows] of `usage <= limit`: signed, instance-wide amounts moved over."""
        return _concatenate([block.sign * (block.limit - block.constant) for block in self.blocks])

    @cached_property
    def soft_prices(self) -> Array:
        """Money per unit of violation in the objective [rows], infinite for hard rows."""
        return _concatenate(
            [
                np.full(len(block.limit), np.inf)
                if block.soft_price is None
                else block.soft_price * block.probability * self.tables.discount[block.node]
                for block in self.blocks
            ]
        )

    def metric_values(self, stock: Stock) -> dict[str, Array]:
        """Each guarded metric per item and node [items, nodes]."""
        line = LineValues(stock)
        return {name: total(terms, line) for name, terms in self.terms.items()}

    def usage(self, values: dict[str, Array], groups: IntArray | None = None, count: int = 1) -> Array:
        """Signed use of each row by group of items [count, rows]; by default all items are one group."""
        out = np.empty((count, len(self)))
        for block, start, stop in zip(self.blocks, self.starts, self.starts[1:], strict=False):
            members = np.flatnonzero(block.items)
            group = np.zeros(len(members), dtype=np.int64) if groups is None else groups[members]
            gather = sp.csr_matrix((np.ones(len(members)), (group, members)), shape=(count, len(block.items)))
            by_group = np.asarray(gather @ values[block.metric])
            out[:, start:stop] = block.sign * np.asarray(block.rows @ by_group.T).T
        return out

    def item_usage(self, values: dict[str, Array], rows: IntArray) -> Array:
        """Signed use of some rows by each item [items, rows given]."""
        out = np.zeros((len(self.tables.lot_size), len(rows)))
        for block, start, stop in zip(self.blocks, self.starts, self.starts[1:], strict=False):
            here = np.flatnonzero((rows >= start) & (rows < stop))
            if len(here):
                selected = block.rows[rows[here] - start]
                out[np.ix_(block.items, here)] = (
                    block.sign * (selected @ values[block.metric][block.items].T).T
                )
        return out

    def pull(self, prices: Array) -> LinearForm:
        """The form whose value is the sum over rows of price [rows] times use, by item."""
        form = LinearForm.zero(self.tables)
        weights: dict[str, Array] = {}
        for block, start, stop in zip(self.blocks, self.starts, self.starts[1:], strict=False):
            if prices[start:stop].any():
                by_node = block.sign * (block.rows.T @ prices[start:stop])
                weight = weights.setdefault(block.metric, np.zeros_like(self.tables.demand))
                weight[block.items] += by_node
        for name, weight in weights.items():
            for term in self.terms[name]:
                term.pull(self.tables, form, weight)
        return form

    def penalty(self, stock: Stock) -> float:
        """What violations of soft rows cost a plan, discounted and in expectation."""
        over = np.maximum(self.usage(self.metric_values(stock))[0] - self.limits, 0.0)
        is_soft = np.isfinite(self.soft_prices)
        return float(self.soft_prices[is_soft] @ over[is_soft])

    def stock_room(self, stock: Stock, penalties: Array) -> "StockRoom":
        """What hard limits on inventory value leave each item while all others keep a plan.

        `penalties` [rows] is what a unit of violation costs; where several limits meet, the largest counts.
        """
        shape = self.tables.demand.shape
        room = StockRoom(
            need=np.full(shape, -np.inf),
            room=np.full(shape, np.inf),
            penalty=np.zeros(shape[1]),
            covers=np.zeros(len(self), dtype=bool),
        )
        own = self.metric_values(stock).get("inventory_value")
        for block, start, stop in zip(self.blocks, self.starts, self.starts[1:], strict=False):
            is_stock = block.metric == "inventory_value" and block.holds == "every scenario"
            if own is None or not is_stock or block.soft_price is not None:
                continue
            here = np.ix_(block.items, block.node)
            left = block.limit - own[block.items].sum(axis=0)[block.node] + own[here]
            if block.side == "upper":
                room.room[here] = np.minimum(room.room[here], left)
            else:
                room.need[here] = np.maximum(room.need[here], left)
            room.penalty[block.node] = np.maximum(room.penalty[block.node], penalties[start:stop])
            room.covers[start:stop] = True
        return room

    def prices_by_node(self, prices: Array) -> dict[tuple[str, str], Array]:
        """Margin earned by one more unit of limit, by (guardrail, side), at the rows' nodes [nodes].

        At least 0 for an upper limit, at most 0 for a lower one, whose raising costs.
        """
        by_node = {}
        for block, start, stop in zip(self.blocks, self.starts, self.starts[1:], strict=False):
            at = np.zeros(len(self.tables.tree))
            np.add.at(at, block.node, block.sign * prices[start:stop])
            by_node[block.name, block.side] = at
        return by_node

    def describe(self, row: int) -> tuple[GuardrailBlock, int]:
        """The block a row belongs to and its position there."""
        index = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.blocks[index], row - int(self.starts[index])


def _concatenate(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0)


def _stated_blocks(tables: Tables) -> list[GuardrailBlock]:
    blocks = []
    for row in tables.instance.guardrails:
        rows, node, probability = _rows(tables, row)
        constant = METRICS[row.metric].constant(tables) if row.scope == "all" else np.zeros(len(tables.tree))
        for side, limit in (("upper", row.upper), ("lower", row.lower)):
            if limit is not None:
                blocks.append(
                    GuardrailBlock(
                        name=row.guardrail,
                        metric=row.metric,
                        side=side,
                        scope=row.scope,
                        scope_value=row.scope_value,
                        holds=row.holds,
                        owner=row.owner,
                        items=tables.instance.items_in_scope(row.scope, row.scope_value),
                        limit=np.full(len(node), limit),
                        constant=rows @ constant,
                        rows=rows,
                        node=node,
                        probability=probability,
                        soft_price=row.soft_price,
                    )
                )
    return blocks


def _rows(tables: Tables, row: Guardrail) -> tuple[sp.csr_matrix, IntArray, Array]:
    tree = tables.tree
    nodes = np.flatnonzero((tree.period >= row.first_period) & (tree.period <= row.last_period))
    if row.holds == "every scenario":
        selection = sp.csr_matrix(
            (np.ones(len(nodes)), (np.arange(len(nodes)), nodes)), shape=(len(nodes), len(tree))
        )
        return selection, nodes, tree.probability[nodes]
    periods = np.arange(row.first_period, row.last_period + 1)
    expectation = sp.csr_matrix(
        (tree.probability[nodes], (tree.period[nodes] - row.first_period, nodes)),
        shape=(len(periods), len(tree)),
    )
    first_node = np.array([int(np.argmax(tree.period == period)) for period in periods], dtype=np.int64)
    return expectation, first_node, np.ones(len(periods))


def _capacity_blocks(tables: Tables) -> list[GuardrailBlock]:
    blocks = []
    tree = tables.tree
    for index, supplier in enumerate(tables.instance.suppliers):
        if supplier.capacity_units_per_period is not None:
            blocks.append(
                GuardrailBlock(
                    name=f"capacity:{supplier.supplier}",
                    metric="ordered_units",
                    side="upper",
                    scope="supplier",
                    scope_value=supplier.supplier,
                    holds="every scenario",
                    owner="",
                    items=tables.instance.items_in_scope("supplier", supplier.supplier),
                    limit=supplier.capacity_units_per_period * tree.capacity_factor[index],
                    constant=np.zeros(len(tree)),
                    rows=sp.identity(len(tree), format="csr"),
                    node=np.arange(len(tree)),
                    probability=tree.probability,
                    soft_price=None,
                )
            )
    return blocks
