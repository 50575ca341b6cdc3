"""Rows that can be judged one by one, in place of those that are judged together, for swaps and best responses.

A limit on a tail mean cannot be split into limits on nodes. But once the value at which the tail begins is given, the tail
mean is a sum over nodes of what is beyond that value, which costs the price of the limit: so near a mix whose tail begins
at `start`, each node gets the limit `start` and a price of violation `level * probability / (1 - alpha)`.
"""

import numpy as np

from stockrail.model.holds import tail_start
from stockrail.model.rows import Rows
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array

FIRST_PRESSURE = 3.0
"""Cost of a violation at first, in row prices."""

LAST_PRESSURE = 10.0
"""Cost of a violation of a hard row at the end, in the most that a mix may pay for it."""

OVERTIME_GROWTH = 1.3
"""Growth of overtime's price while a limit on its spend is broken: its slope matters, so in smaller steps than others."""


class Surrogate:
    """Limits and costs of violation of all rows, adapted from round to round.

    Parameters
    ----------
    usage, prices : [rows], of the mix.
    most : [rows], what a unit of violation may cost in the end.
    is_hard, is_exact : bool [rows], rows that must hold in the end, and those of them that hold one by one.
    least : share of that which a violation costs at first where its price says less.
    growth : growth of the costs of hard rows from round to round.
    """

    def __init__(
        self,
        guardrails: Rows,
        limits: Array,
        usage: Array,
        prices: Array,
        most: Array,
        *,
        least: float,
        growth: float,
    ) -> None:
        is_soft = guardrails.is_soft
        self.limits = limits.copy()
        # A plan has to hold, so there a violation may cost more than a mix would ever pay.
        self._most = np.where(is_soft, most, LAST_PRESSURE * most)
        self.is_hard = ~is_soft
        self.costs = np.where(is_soft, most, FIRST_PRESSURE * prices + least * most)
        self._growth = np.where(is_soft, 1.0, growth)
        self.is_exact: BoolArray = ~is_soft
        self._groups = [group for group in guardrails.groups if group.block.holds == "cvar"]
        for group in self._groups:
            rows, alpha = group.rows, group.block.alpha or 0.0
            self.is_exact[rows] = False
            share = group.probability / (1.0 - alpha)
            top = float(most[rows[0]])
            level = top if group.is_margin_tail else float(prices[rows].sum())
            if group.block.soft_price is None:
                level = FIRST_PRESSURE * level + least * top
            start = tail_start(usage[rows] - limits[rows], group.probability, alpha)
            # Where the limit holds, its tail begins within it.
            self.limits[rows] = limits[rows] + (start if group.is_margin_tail else min(start, 0.0))
            self.costs[rows] = level * share
            self._most[rows] = (top if group.block.soft_price is not None else LAST_PRESSURE * top) * share
            self._growth[rows] = growth if group.block.soft_price is None else 1.0
        rate = guardrails.overtime.rate
        self._spend, self._linked = (np.unique(axis) for axis in rate.nonzero())
        if guardrails.overtime.is_used:
            self.costs += rate.T @ prices
            self._most += rate.T @ (LAST_PRESSURE * most)
            self._growth[self._linked] = OVERTIME_GROWTH
        self.costs = np.minimum(self.costs, self._most)

    def broken(self, over: Array, usage: Array) -> BoolArray:
        """Rows that keep a plan from holding [rows]: of rows judged together, those in the tail."""
        broken = (over > 0) & self.is_hard
        for group in self._groups:
            rows = group.rows
            broken[rows] = broken[rows].any() & (usage[rows] >= self.limits[rows])
        if broken[self._spend].any():
            broken[self._linked] |= usage[self._linked] > self.limits[self._linked]
        return broken

    def tighten(self, over: Array) -> None:
        """Make violations dearer where a plan breaks hard rows; `over` [rows] as `Guardrails.assess` gives it."""
        broken = (over > 0) & self.is_hard
        if not broken.any():
            return
        grows = self.is_exact.copy()
        for group in self._groups:
            grows[group.rows] = broken[group.rows].any()
        if broken[self._spend].any():
            grows[self._linked] = True
        self.costs = np.minimum(np.where(grows, self._growth * self.costs, self.costs), self._most)
