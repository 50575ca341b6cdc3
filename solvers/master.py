"""The master problem: HiGHS mixes the plans found so far so that all guardrails hold, and prices the rows.

A plan enters by *group* of items (a group's summed cost and use), so that the LP stays small while mixing stays fine. The LP
is solved in its dual form, the cutting-plane model of the Lagrangian,

    maximise  sum over groups of value[g] - prices @ limits
    subject to  value[g] <= cost[k, g] + prices @ usage[k, g]  for every plan k,   0 <= prices <= penalties,

because a new plan is then a new row, after which the dual simplex method continues from where it stood: measured, ten times
faster than adding columns to the primal form. The weights of the mix are the duals of the cuts.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.highs import INFINITY, LinearProgram, LpStatus, SolverError, StandardForm

ROW_TOLERANCE = 1e-6
"""A row is broken when its use exceeds its limit by this share of the largest limit of all."""

VALUE_BOUND = 1e6
"""Bound on a group's scaled value, far outside of anything that occurs, so that the LP without cuts has an optimum."""


@dataclass(frozen=True)
class Mix:
    """The best mix of known plans.

    Attributes
    ----------
    value : the model's value at `prices`: the cost of the mix, violations at their prices included.
    prices : [rows], cost saved by one more unit of limit; 0 for rows that have not entered.
    weights : [plans, groups], share of each plan in each group.
    is_capped : bool [rows], whether the price is at its penalty.
    """

    value: float
    prices: Array
    weights: Array
    is_capped: BoolArray


class Master:
    """Grows by one plan at a time; rows enter when a mix breaks them.

    Parameters
    ----------
    limits : [rows], right-hand sides.
    penalties : [rows], cost per unit of violation.
    groups : number of groups of items.
    money_scale : costs are divided by this inside, so that the LP's numbers are near 1; results are undone.
    """

    def __init__(self, limits: Array, penalties: Array, groups: int, money_scale: float, seed: int) -> None:
        self._limits = limits
        self._penalties = penalties.copy()
        self._groups = groups
        self._money_scale = money_scale
        self._row_scale = np.maximum(np.abs(limits), 1e-3 * np.abs(limits).max(initial=1.0))
        self._active = np.zeros(0, dtype=np.int64)
        self._usage: list[Array] = []
        self._program = LinearProgram(
            StandardForm(
                matrix=sp.csc_matrix((0, groups)),
                cost=-np.ones(groups),
                lower=np.full(groups, -VALUE_BOUND),
                upper=np.full(groups, VALUE_BOUND),
                row_lower=np.zeros(0),
                row_upper=np.zeros(0),
            ),
            seed=seed,
        )

    @property
    def plan_count(self) -> int:
        """Number of plans added."""
        return len(self._usage)

    @property
    def active_rows(self) -> IntArray:
        """Rows that have entered."""
        return self._active

    def add_plan(self, cost: Array, usage: Array) -> None:
        """Add one plan: its cost [groups] and use of all rows [groups, rows]."""
        self._usage.append(usage)
        cuts = np.hstack([np.eye(self._groups), -self._scaled(usage, self._active)])
        self._program.add_rows(
            np.full(self._groups, -INFINITY), cost / self._money_scale, sp.csr_matrix(cuts)
        )

    def raise_penalties(self, rows: IntArray, factor: float) -> None:
        """Make violating some hard rows dearer."""
        self._penalties[rows] *= factor

    def solve(self, centre: Array, radius: float) -> Mix:
        """The best prices within reach of `centre` [rows], and the mix that goes with them.

        Prices reach `radius` times their penalty to both sides. The mix may break rows whose price is at the edge of its
        reach. Rows broken otherwise enter until there are none.
        """
        reach = radius * self._penalties
        self._set_reach(centre, reach)
        tolerance = ROW_TOLERANCE * np.abs(self._limits).max(initial=1.0)
        while True:
            solution = self._program.solve()
            if solution.status is not LpStatus.OPTIMAL:
                raise SolverError(f"The master problem ended {solution.status}; please report the instance.")
            weights = np.maximum(-solution.row_dual.reshape(-1, self._groups), 0.0)
            usage = sum(
                (weight @ used for weight, used in zip(weights, self._usage, strict=True)),
                np.zeros(len(self._limits)),
            )
            over = np.maximum(usage - self._limits, 0.0)
            broken = np.setdiff1d(np.flatnonzero(over > tolerance), self._active)
            if not len(broken):
                break
            self._activate(broken)
            self._set_reach(centre, reach)
        prices = np.zeros(len(self._limits))
        scaled = np.maximum(solution.x[self._groups :], 0.0)
        prices[self._active] = scaled * self._money_scale / self._row_scale[self._active]
        prices = np.minimum(prices, self._penalties)
        return Mix(
            value=-solution.objective * self._money_scale,
            prices=prices,
            weights=weights,
            is_capped=prices >= (1.0 - 1e-9) * self._penalties,
        )

    def _set_reach(self, centre: Array, reach: Array) -> None:
        rows = self._active
        scale = self._row_scale[rows] / self._money_scale
        lower = np.maximum(centre[rows] - reach[rows], 0.0)
        upper = np.minimum(centre[rows] + reach[rows], self._penalties[rows])
        columns = (self._groups + np.arange(len(rows))).astype(np.int32)
        self._program.set_column_bounds(columns, np.minimum(lower, upper) * scale, upper * scale)

    def _activate(self, rows: IntArray) -> None:
        column = np.vstack([-self._scaled(usage, rows) for usage in self._usage])
        self._program.add_columns(
            self._limits[rows] / self._row_scale[rows],
            np.zeros(len(rows)),
            np.zeros(len(rows)),
            sp.csc_matrix(column),
        )
        self._active = np.concatenate([self._active, rows])

    def _scaled(self, usage: Array, rows: IntArray) -> Array:
        return np.asarray(usage[:, rows] / self._row_scale[rows])
