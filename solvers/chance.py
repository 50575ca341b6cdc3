"""Chance guardrails: which nodes it pays to release (docs/formulation.md, section 7).

A chance guardrail lets nodes of a total probability of at most alpha go. Without it at all there is a bound on the objective;
with a fixed set of released nodes the others hold in every scenario and any plan found counts.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.holds import released
from stockrail.model.tree import Array
from stockrail.solvers.found import Found

TIE = 1e-6
"""Weight of a second criterion where the first says nothing."""


def resolved(guardrails: Guardrails) -> Guardrails:
    """The same rows with chance guardrails holding node by node; the guardrails themselves where there is none."""
    if not any(block.holds == "chance" for block in guardrails.blocks):
        return guardrails
    blocks = tuple(
        replace(block, holds="every scenario") if block.holds == "chance" else block
        for block in guardrails.blocks
    )
    return Guardrails(guardrails.tables, blocks, guardrails.terms)


def let_go(guardrails: Guardrails, limits: Array) -> Array:
    """Limits [rows] without those of chance guardrails."""
    limits = limits.copy()
    for group in guardrails.groups:
        if group.block.holds == "chance":
            limits[group.rows] = np.inf
    return limits


def releases(guardrails: Guardrails, limits: Array, free: Found, strict: Found) -> Iterator[Array]:
    """Limits [rows] with some nodes of each chance guardrail released, the most promising choice first.

    Nodes go first whose limits cost most: their price where all hold (`strict`) times what would go beyond them without
    (`free`). Other choices go by what lies beyond alone, and by what even the best mix cannot keep where all should hold.
    """
    if free.mix is None or strict.mix is None:
        yield limits
        return
    beyond = np.maximum(free.mix.usage - limits, 0.0) / guardrails.scale
    broken = np.maximum(strict.mix.usage - limits, 0.0) / guardrails.scale
    price = strict.prices * guardrails.scale
    seen: list[Array] = []
    for worth in (price * beyond + TIE * beyond, beyond + TIE * broken, broken + TIE * beyond):
        chosen = _released(guardrails, limits, worth)
        if not any(np.array_equal(chosen, other) for other in seen):
            seen.append(chosen)
            yield chosen


def _released(guardrails: Guardrails, limits: Array, worth: Array) -> Array:
    limits = limits.copy()
    for group in guardrails.groups:
        if group.block.holds == "chance":
            rows, alpha = group.rows, group.block.alpha or 0.0
            # Differences as small as those of the second criterion count.
            worth_here = worth[rows] / group.probability
            is_free = released(worth_here, group.probability, alpha, same_violation=0.0)
            limits[rows[is_free]] = np.inf
    return limits
