"""Limits that move: one side of a guardrail, in all of its periods together or in one of them.

An amount here is in the unit of the limit as stated, with its sign: raising an upper limit loosens it, raising a lower one
tightens it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.guardrail_blocks import MARGIN_TAIL, GuardrailBlock
from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import released, tail_mean
from stockrail.model.tree import Array


@dataclass(frozen=True)
class LimitKey:
    """One side of one guardrail; `period` None stands for all of its periods together."""

    guardrail: str
    side: str
    period: int | None = None


def sides(guardrails: Guardrails) -> list[LimitKey]:
    """Every side of every guardrail, in the order of the rows."""
    keys = (LimitKey(block.name, block.side) for block in guardrails.blocks if block.name != MARGIN_TAIL)
    return list(dict.fromkeys(keys))


def periods(guardrails: Guardrails, key: LimitKey) -> list[int]:
    """The periods whose amounts a side limits."""
    found = {
        int(t)
        for block in guardrails.blocks
        if _is_of(block, key)
        for t in guardrails.tables.tree.period[block.node]
    }
    return sorted(found)


def moved(guardrails: Guardrails, key: LimitKey, amount: float) -> Guardrails:
    """The guardrails with a limit moved by an amount. What funded builds leave to others moves along."""
    blocks = tuple(
        replace(block, limit=block.limit + amount * _share(guardrails, block, key))
        if _is_of(block, key)
        else block
        for block in guardrails.blocks
    )
    return Guardrails(guardrails.tables, blocks, guardrails.terms)


def slope(guardrails: Guardrails, key: LimitKey, prices: Array, per_unit: Array) -> float:
    """Objective that one more unit of a limit earns, given prices [rows] and `per_stated_unit` [rows]."""
    return sum(
        float(block.sign * (prices[where] * per_unit[where]) @ _share(guardrails, block, key))
        for block, where in _blocks(guardrails, key)
    )


def tightest(guardrails: Guardrails, key: LimitKey) -> float:
    """The tightest limit of a side over its rows, without what funded builds take away from others."""
    limits = [
        block.limit[_share(guardrails, block, key) > 0]
        for block, _ in _blocks(guardrails, key)
        if not block.is_outside
    ]
    joined = np.concatenate(limits)
    if not len(joined):
        return float("nan")
    return float(joined.min() if key.side == "upper" else joined.max())


def room(guardrails: Guardrails, key: LimitKey, usage: Array, per_unit: Array) -> float:
    """By how much a limit may be tightened before the use [rows] breaks a row; negative where it is broken.

    Rows judged together count by their tail, or without those nodes that a chance lets go. Where units of the limit count
    differently at the nodes of a tail, the answer errs on the small side.
    """
    over = usage - guardrails.limits
    least = np.inf
    for block, where in _blocks(guardrails, key):
        unit = per_unit[where] * _share(guardrails, block, key)
        grouped = [group for group in guardrails.groups if group.block is block]
        if not grouped:
            moves = unit > 0
            least = min(least, float((-over[where][moves] / unit[moves]).min(initial=np.inf)))
        for group in grouped:
            units = unit[group.rows - where.start]
            if not (units > 0).all():
                continue
            if block.holds == "cvar":
                left = -tail_mean(over[group.rows], group.probability, block.alpha or 0.0)
                least = min(least, left / float(units.max() if left > 0 else units.min()))
            else:
                # Shifted to be positive, so that the largest are let go although they break nothing.
                beyond = over[group.rows] / units
                kept = ~released(beyond - beyond.min() + 1.0, group.probability, block.alpha or 0.0)
                least = min(least, float((-beyond[kept]).min(initial=np.inf)))
    return least


def _blocks(guardrails: Guardrails, key: LimitKey) -> Iterator[tuple[GuardrailBlock, slice]]:
    return ((block, where) for block, where in guardrails.each() if _is_of(block, key))


def _is_of(block: GuardrailBlock, key: LimitKey) -> bool:
    return block.name == key.guardrail and block.side == key.side


def _share(guardrails: Guardrails, block: GuardrailBlock, key: LimitKey) -> Array:
    """What a unit of the limit as stated adds to the limit of each row [rows]: 1, a capacity's factor, 0 in other periods."""
    tables = guardrails.tables
    share = np.ones(len(block.limit))
    if block.is_capacity and block.scope == "supplier":
        share = tables.tree.capacity_factor[tables.instance.supplier_index[block.scope_value]][block.node]
    elif block.is_capacity:
        share = tables.tree.warehouse_factor[tables.instance.warehouse_index[block.scope_value]][block.node]
    if key.period is not None:
        share = np.where(tables.tree.period[block.node] == key.period, share, 0.0)
    return np.asarray(share, dtype=np.float64)
