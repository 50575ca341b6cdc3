"""From a mix of plans to one plan, block by block: draw, then swap within each block while the others stay.

A few blocks swap at the same time. Each is given its share of the room that is left, or of what is too much: blocks are random
samples of the items, so what one can do about it at a price so can the others. Which blocks go together does not depend on who
works on them, so that neither does the plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stockrail.model.tree import Array, IntArray
from stockrail.solvers.blocks.item_block import Asked, Chosen
from stockrail.solvers.blocks.shared import SharedPool
from stockrail.solvers.master import Mix
from stockrail.solvers.problem import Problem
from stockrail.solvers.recovery import (
    NO_ORDERS,
    RELEVANT_SHARE,
    SAFETY,
    STEP,
)
from stockrail.solvers.surrogate import Surrogate

BLOCKS_PER_WAVE = 4
"""Share of blocks that swap at the same time is one in so many, up to `WIDEST_WAVE` blocks."""

WIDEST_WAVE = 16

LEAST_PRESSURE, PRESSURE = 1e-2, 4.0
"""As in `stockrail.solvers.recovery`, but steeper: sweeps are dear where items are many, and each block eases into its share."""

EASY_SWEEPS = 2
"""Sweeps that choose from the plans of the mix; each one after them has one more plan, at the cost of pricing all items."""


@dataclass(frozen=True)
class Selection:
    """One plan for each item.

    Attributes
    ----------
    asked : the plans that were chosen from.
    chosen : by block.
    """

    asked: tuple[Asked, ...]
    chosen: tuple[Chosen, ...]

    @property
    def cost(self) -> float:
        """Of all items."""
        return float(sum(chosen.cost for chosen in self.chosen))

    @property
    def usage(self) -> Array:
        """Of all items [rows]."""
        return np.asarray(np.sum([chosen.usage for chosen in self.chosen], axis=0))


def selections(
    pool: SharedPool, problem: Problem, mix: Mix, prices: Array, sweeps: int, seed: int
) -> Iterator[Selection]:
    """Yield plans, the first from the mix alone, later ones with more plans to choose from.

    Violations cost more from sweep to sweep, as in `stockrail.solvers.recovery.Recovery`.
    """
    rows = problem.guardrails
    generator = np.random.default_rng(seed)
    used = [int(number) for number in np.flatnonzero(mix.weights.max(axis=1) > 1e-9)]
    chosen = _drawn(pool, mix, used, seed)
    if NO_ORDERS not in used:
        used.append(NO_ORDERS)
    aim = problem.aim(mix.usage)
    surrogate = Surrogate(rows, aim, mix.usage, prices, problem.most, least=LEAST_PRESSURE, growth=PRESSURE)
    totals = np.array([pool.answers[number].usage.sum(axis=0) for number in used])
    near = (totals > surrogate.limits - RELEVANT_SHARE * rows.scale).any(axis=0) & np.isfinite(problem.limits)
    repair = prices.copy()
    for sweep in range(sweeps + 1):
        asked = tuple(pool.answers[number].asked for number in used)
        chosen = _swapped(pool, asked, chosen, np.flatnonzero(near), surrogate, rows.scale, (seed, sweep))
        selection = Selection(asked, tuple(chosen))
        yield selection
        usage = selection.usage
        over = rows.assess(usage, aim)
        near |= (usage > surrogate.limits) & np.isfinite(problem.limits)
        surrogate.tighten(over)
        # Prices go up for what is still broken, and vary at random to have more to choose from.
        is_broken = surrogate.broken(over, usage)
        typical = float((repair * rows.scale).mean()) / rows.scale
        repair = np.minimum(repair + STEP * np.maximum(repair, typical) * is_broken, problem.most)
        if EASY_SWEEPS <= sweep + 1 <= sweeps:
            pool.ask(repair * np.exp(STEP * generator.normal(size=len(repair))))
            used.append(len(pool.answers) - 1)


def _drawn(pool: SharedPool, mix: Mix, used: list[int], seed: int) -> list[Chosen]:
    asked = tuple(pool.answers[number].asked for number in used)
    own = {
        number: (
            pool.weights_of(number, mix.weights[used]),
            (seed, number),
        )
        for number in pool.numbers
    }
    chosen: dict[int, Chosen] = {}
    for number, answer in pool.workers.ask("draw", (asked,), own):
        chosen[number] = answer
        pool.check()
    return [chosen[number] for number in range(len(own))]


def _swapped(
    pool: SharedPool,
    asked: tuple[Asked, ...],
    chosen: list[Chosen],
    watched: IntArray,
    surrogate: Surrogate,
    scale: Array,
    seed: tuple[int, int],
) -> list[Chosen]:
    """One pass over all blocks in waves, in random order."""
    chosen = list(chosen)
    limits = surrogate.limits - np.where(surrogate.is_exact, SAFETY * scale, 0.0)
    total = np.sum([one.usage for one in chosen], axis=0)
    order = np.random.default_rng(seed).permutation(len(chosen))
    width = min(max(len(chosen) // BLOCKS_PER_WAVE, 1), WIDEST_WAVE)
    for first in range(0, len(order), width):
        wave = order[first : first + width]
        share = (limits - total)[watched] / (len(order) - first)
        own = {
            int(number): (
                chosen[number].choice,
                watched,
                chosen[number].usage[watched] + share,
                surrogate.costs[watched],
                (*seed, int(number)),
            )
            for number in wave
        }
        for number, answer in pool.workers.ask("swap", (asked,), own):
            chosen[number] = answer
            pool.check()
        total = np.sum([one.usage for one in chosen], axis=0)
    return chosen
