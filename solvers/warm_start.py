"""What a session on one instance gives a session on another one: plans to start from, and prices to begin with.

The two instances have the same items and the same tree; anything else may differ. Nothing is taken on trust: plans are made to keep
the order rules and valued anew, and prices only say where to ask first. So plans stay plans, and bounds are proven as ever.
"""

from dataclasses import dataclass

import numpy as np

from stockrail.model.guardrail_blocks import GuardrailBlock
from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.chance import resolved
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.result import Incumbent
from stockrail.solvers.session import Session

MOST_PLANS = 8
"""Plans handed on: those that are cheapest at the best prices. More cost more to value than they save."""

RADIUS, PATIENCE = 0.002, 8
"""How a warm search begins: its prices move further at once, as more is known of what they do; and as it has plans already, it
looks for others only when prices have settled."""


@dataclass(frozen=True)
class WarmStart:
    """What is known of another instance.

    Attributes
    ----------
    tables : of that instance.
    plans : cumulative lots [items, nodes] each, the best plan found last.
    prices : by block of guardrail rows, prices by node.
    """

    tables: Tables
    plans: tuple[PlanArray, ...]
    prices: tuple[tuple[GuardrailBlock, Array], ...]

    @staticmethod
    def of(session: Session) -> "WarmStart":
        """What a session has found."""
        guardrails = resolved(session.guardrails)
        problem = MarginProblem(guardrails, guardrails.limits)
        proofs = session.proofs_for(problem)
        if not proofs:
            return WarmStart(session.tables, tuple(session.incumbents[-1:]), ())
        best = min(proofs, key=lambda proof: problem.worth(proof.prices) - proof.value)
        pool = session.pool
        value = [
            cost.sum() + best.prices @ used.sum(axis=0)
            for cost, used in zip(pool.costs, pool.usage, strict=True)
        ]
        chosen = np.argsort(value, kind="stable")[:MOST_PLANS]
        plans = [pool.plans[k] for k in sorted(chosen)]
        prices = tuple((block, best.prices[where]) for block, where in guardrails.each())
        return WarmStart(session.tables, (*plans, *session.incumbents[-1:]), prices)

    @staticmethod
    def of_incumbent(tables: Tables, guardrails: Guardrails, incumbent: Incumbent) -> "WarmStart":
        """What an earlier solve of the same instance had at its best plan."""
        rows, known = resolved(guardrails), incumbent.prices
        prices: tuple[tuple[GuardrailBlock, Array], ...] = ()
        if known is not None and len(known) == len(rows.limits):
            prices = tuple((block, known[where]) for block, where in rows.each())
        return WarmStart(tables, (incumbent.cumulative_lots.astype(np.int32),), prices)

    def fits(self, tables: Tables) -> bool:
        """Whether an instance has the same items and the same tree."""
        return (
            tables.demand.shape == self.tables.demand.shape
            and bool(np.array_equal(tables.tree.parent, self.tables.tree.parent))
            and bool(np.array_equal(tables.tree.probability, self.tables.tree.probability))
            and all(
                mine.item == other.item
                for mine, other in zip(self.tables.instance.items, tables.instance.items, strict=True)
            )
        )

    def into(self, session: Session) -> None:
        """Start a session: ask at the prices known, which proves a bound, then add the plans; nothing where it does not fit."""
        if not self.fits(session.tables):
            return
        guardrails = resolved(session.guardrails)
        problem = MarginProblem(guardrails, guardrails.limits)
        session.ask(problem, self._prices(problem), is_proof=True)
        session.add_no_orders()
        session.radius, session.patience = RADIUS, PATIENCE
        plans = keeping_order_rules(session.tables, self._in_lots_of(session.tables))
        for plan in plans[:-1]:
            session.add_plan(plan)
        if len(plans):
            session.incumbents.append(plans[-1])

    def _prices(self, problem: MarginProblem) -> Array:
        """Prices [rows] of the new rows that keep every law: those of the same rows of old, first ones elsewhere."""
        guardrails, prices = problem.guardrails, problem.first_prices
        first = prices.copy()
        known = {_law_of(block): (block, price) for block, price in self.prices}
        if guardrails.overtime.is_used and any(_law_of(block) not in known for block in guardrails.blocks):
            # What a capacity may cost hangs on the prices of limits on overtime spend, all of them together.
            return prices
        is_same_money = np.array_equal(guardrails.discount, self.tables.discount)
        for block, where in guardrails.each():
            old, price = known.get(_law_of(block), (None, prices[where]))
            if old is None:
                continue
            by_node = np.zeros(len(guardrails.tree))
            by_node[old.node] = price
            if not block.has_tail:
                prices[where] = by_node[block.node]
            elif is_same_money and np.array_equal(old.node, block.node):
                prices[where] = price
        too_high = prices > problem.largest
        for block, where in guardrails.each():
            if block.has_tail and too_high[where].any():
                prices[where] = first[where]
        return np.minimum(prices, problem.largest)

    def _in_lots_of(self, tables: Tables) -> IntArray:
        """Plans [plans, items, nodes] with about the same units in the other instance's lots."""
        stacked = np.stack(self.plans).astype(np.float64)
        return np.rint(stacked * (self.tables.lot_size / tables.lot_size)[:, None]).astype(np.int64)


def keeping_order_rules(tables: Tables, wanted: IntArray) -> list[PlanArray]:
    """Plans that keep the order rules and follow the cumulative lots `wanted` [plans, items, nodes] as they allow.

    At each node what is missing is ordered, within minimum and maximum; less than half a minimum waits.
    """
    tree = tables.tree
    plans = np.zeros(wanted.shape, dtype=np.int64)
    free = np.zeros(wanted.shape[:2], dtype=np.int64)
    free_at = np.zeros(wanted.shape, dtype=np.int64)
    most = np.where(tables.maximum_lots < 0, np.iinfo(np.int32).max, tables.maximum_lots)
    for node in range(len(tree)):
        parent = tree.parent[node]
        before = plans[:, :, parent] if node else np.zeros_like(free)
        spent = free_at[:, :, parent] if node else np.zeros_like(free)
        missing = wanted[:, :, node] - before
        left = np.minimum(most, tables.lots_limit - spent)
        lots = np.minimum(np.maximum(missing, tables.minimum_lots), left)
        is_order = (
            tables.is_order_allowed[:, node] & (2 * missing >= tables.minimum_lots) & (missing > 0)
            & (lots >= tables.minimum_lots)
        )  # fmt: skip
        lots = np.where(is_order, lots, 0)
        free_at[:, :, node] = spent + lots
        plans[:, :, node] = before + lots + tables.fixed_lots[:, node]
    return [plan.astype(np.int32) for plan in plans]


def _law_of(block: GuardrailBlock) -> tuple[object, ...]:
    """What the laws of a block's prices depend on, beside its nodes: blocks that agree in it may have each other's prices."""
    return (
        block.name, block.metric, block.side, block.holds, block.alpha, block.soft_price, block.is_capacity,
        block.is_outside, block.items.tobytes(),
    )  # fmt: skip
