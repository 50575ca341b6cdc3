"""The cheapest relaxation of the hard guardrails (docs/formulation.md, section 7), as a problem for a search."""

from collections.abc import Collection

import numpy as np

from stockrail.model.rows import Rows
from stockrail.model.tree import Array
from stockrail.solvers.price_laws import (
    largest_prices,
    price_of_overtime,
    price_of_relaxation,
    price_of_tail,
    relaxation_keys,
)
from stockrail.solvers.problem import Problem, Side, comparable_prices
from stockrail.solvers.result import Relaxation

DEARNESS = 30.0
"""What money of relaxation costs where the margin counts too: far more than it can earn, so that hardly any is bought."""

SLACK = 1.0 + 1e-9


class RelaxationProblem(Problem):
    """Relaxations that cost money, with or without the margin of the plan.

    With the margin (`is_pure` False) items differ and plans are sensible, and relaxation is so dear that the cheapest is
    taken. Without it, any prices prove how much relaxation is needed at least.

    Parameters
    ----------
    kept : (guardrail, side) pairs that count, None for all; the other hard rows are let go.
    """

    def __init__(
        self,
        guardrails: Rows,
        limits: Array,
        kept: Collection[Side] | None = None,
        *,
        is_pure: bool = False,
    ) -> None:
        self._keys = {
            key: rows for key, rows in relaxation_keys(guardrails).items() if kept is None or key[:2] in kept
        }
        self._weight = {
            key: guardrails.describe(int(rows[0]))[0].money_weight for key, rows in self._keys.items()
        }
        self._factor = 1.0 if is_pure else DEARNESS
        self._is_pure = is_pure
        most = (
            np.zeros(len(guardrails))
            if is_pure
            else np.where(guardrails.is_soft, guardrails.soft_prices, 0.0)
        )
        counts = np.zeros(len(guardrails), dtype=bool) if is_pure else guardrails.is_soft.copy()
        laws = []
        for key, rows in self._keys.items():
            counts[rows] = True
            most[rows] = self._factor * self._weight[key]
            if len(rows) > 1:
                laws.append(price_of_relaxation(rows, self._factor * self._weight[key]))
        for group in guardrails.groups:
            if group.block.holds == "cvar" and counts[group.rows[0]]:
                laws.append(price_of_tail(group, float(most[group.rows[0]])))
        if guardrails.overtime.is_used:
            # Without the margin, overtime is free except for what limits on its spend say.
            laws.append(price_of_overtime(guardrails, premium=0.0 if is_pure else 1.0))
            counts[np.unique(guardrails.overtime.rate.nonzero()[1])] = True
        super().__init__(
            guardrails,
            np.where(counts, limits, np.inf),
            0.0 if is_pure else 1.0,
            most,
            largest_prices(guardrails, most),
            np.zeros(len(guardrails), dtype=bool),
            laws,
        )

    def is_allowed(self, prices: Array) -> bool:
        """Whether rows that are let go have no price, and no relaxation's rows more than it costs."""
        return super().is_allowed(prices) and all(
            prices[rows].sum() <= SLACK * self._factor * self._weight[key] for key, rows in self._keys.items()
        )

    def price_unit(self, cost: float) -> Array:
        """What a whole row is worth, see `comparable_prices`."""
        return comparable_prices(self.guardrails, cost)

    def money(self, over: Array) -> float:
        """Money that the relaxations which violations `over` [rows] amount to are worth."""
        return sum(weight * float(over[self._keys[key]].max()) for key, weight in self._weight.items())

    def violation_cost(self, over: Array) -> float:
        """What the relaxations cost, and the soft rows where the margin counts."""
        soft = 0.0 if self._is_pure else self.guardrails.cost(over)
        return soft + self._factor * self.money(over)

    def aim(self, usage: Array) -> Array:
        """The limits, relaxed by what the mix needs."""
        over = self.guardrails.assess(usage, self.limits)
        aim = self.limits.copy()
        for rows in self._keys.values():
            aim[rows] += over[rows].max()
        return aim

    def scaled(self, prices: Array) -> Array:
        """The largest multiple of some prices [rows] that keeps every law without the margin: the proof they point to."""
        hard = np.zeros(len(prices))
        for rows in self._keys.values():
            hard[rows] = prices[rows]
        if self.guardrails.overtime.is_used:
            linked = np.unique(self.guardrails.overtime.rate.nonzero()[1])
            linked = linked[self.guardrails.is_soft[linked]]
            hard[linked] = np.minimum(prices, self.guardrails.overtime.rate.T @ hard)[linked]
        sums = [hard[rows].sum() / self._weight[key] for key, rows in self._keys.items()]
        largest = max(sums, default=0.0)
        return hard / largest if largest > 0 else hard

    def relaxations(self, over: Array, per_stated_unit: Array) -> tuple[Relaxation, ...]:
        """The relaxations that violations `over` [rows] amount to, the dearest first."""
        found = []
        for key, rows in self._keys.items():
            amount = float(over[rows].max())
            if amount > 0:
                # Denominators differ from node to node, so another row may need the larger change of the limit.
                per_unit = per_stated_unit[rows]
                change = np.divide(over[rows], per_unit, out=np.zeros(len(rows)), where=per_unit > 0)
                found.append(Relaxation(*key, amount, float(change.max()), amount * self._weight[key]))
        return tuple(sorted(found, key=lambda relaxation: -relaxation.money))
