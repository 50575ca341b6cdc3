"""The master problem: HiGHS mixes the plans found so far so that all guardrails hold, and prices the rows.

A plan enters by *group* of items (a group's summed cost and use), so that the LP stays small while mixing stays fine. The LP
is solved in its dual form, the cutting-plane model of the Lagrangian,

    maximise  sum over groups of value[g] - prices @ limits
    subject to  value[g] <= cost[k, g] + prices @ usage[k, g]  for every plan k,   0 <= prices <= largest prices,
                and the laws that the prices of rows judged together satisfy (solvers/price_laws.py),

because a new plan is then a new row, after which the dual simplex method continues from where it stood: measured, ten times
faster than adding columns to the primal form. The weights of the mix are the duals of the cuts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.highs import LinearProgram, SolverError
from stockrail.solvers.price_laws import PriceLaw
from stockrail.solvers.programs import INFINITY, LpStatus, StandardForm

ROW_TOLERANCE = 1e-6
"""A row is broken when its use exceeds its limit by this share of its scale."""

SMALLEST_ENTRY = 1e-9
"""Entries below this are left out, as HiGHS leaves them out, with a warning, itself."""

VALUE_BOUND = 1e6
"""Bound on a group's scaled value, far outside of anything that occurs, so that the LP without cuts has an optimum."""

ACTIVE_AT_LIMIT = 1.0 - 1e-9


@dataclass(frozen=True)
class Mix:
    """The best mix of known plans.

    Attributes
    ----------
    value : the model's value at `prices`: the cost of the mix, violations at their prices included.
    prices : [rows], cost saved by one more unit of limit; 0 for rows that have not entered.
    weights : [plans, groups], share of each plan in each group.
    usage : [rows], use of the mix.
    is_capped : bool [rows], whether the price is the largest it may be.
    """

    value: float
    prices: Array
    weights: Array
    usage: Array
    is_capped: BoolArray


class Master:
    """Grows by one plan at a time; rows enter when a mix breaks them.

    Parameters
    ----------
    limits, scale : [rows], right-hand sides and sizes of the rows' amounts.
    most : [rows], largest prices.
    laws : what prices must satisfy beyond that.
    violations : violation of each row for the use of a mix [rows].
    groups : number of groups of items.
    money_scale : costs are divided by this inside, so that the LP's numbers are near 1; results are undone.
    """

    def __init__(
        self,
        limits: Array,
        scale: Array,
        most: Array,
        laws: Sequence[PriceLaw],
        violations: Callable[[Array], Array],
        groups: int,
        money_scale: float,
        seed: int,
    ) -> None:
        self._limits = limits
        self._scale = scale
        self._most = most.copy()
        self._laws = [_LawInLp(law, scale, money_scale) for law in laws]
        self._laws_of: dict[int, list[_LawInLp]] = {}
        for law in self._laws:
            for row in law.rows:
                self._laws_of.setdefault(int(row), []).append(law)
        self._violations = violations
        self._groups = groups
        self._money_scale = money_scale
        self._active = np.zeros(0, dtype=np.int64)
        self._columns = np.zeros(0, dtype=np.int64)  # of the active rows' prices
        self._cuts: list[IntArray] = []
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
    def active_rows(self) -> IntArray:
        """Rows that have entered."""
        return self._active

    def add_plan(self, cost: Array, usage: Array) -> None:
        """Add one plan: its cost [groups] and use of all rows [groups, rows]."""
        self._usage.append(usage)
        cuts = np.zeros((self._groups, self._program.column_count))
        cuts[:, : self._groups] = np.eye(self._groups)
        cuts[:, self._columns] = self._entries(usage, self._active)
        first = self._program.row_count
        self._program.add_rows(
            np.full(self._groups, -INFINITY), cost / self._money_scale, sp.csr_matrix(cuts)
        )
        self._cuts.append(np.arange(first, first + self._groups))

    def raise_prices(self, rows: IntArray, factor: float) -> None:
        """Make violating some hard rows dearer."""
        self._most[rows] *= factor
        for law in {id(law): law for row in rows for law in self._laws_of.get(int(row), [])}.values():
            law.raise_levels(self._program, factor)

    def activate(self, rows: IntArray) -> None:
        """Let rows enter, with those that are judged together with them."""
        wanted = dict.fromkeys(int(row) for row in rows)
        for row in list(wanted):
            for law in self._laws_of.get(row, []):
                if law.is_joint:
                    wanted |= dict.fromkeys(law.rows.tolist())
        active = set(self._active.tolist())
        new = np.array(
            [row for row in wanted if row not in active and np.isfinite(self._limits[row])], dtype=np.int64
        )
        if not len(new):
            return
        laws = {id(law): law for row in new for law in self._laws_of.get(int(row), [])}.values()
        for law in laws:
            law.enter(self._program)
        first = self._program.column_count
        matrix = np.zeros((self._program.row_count, len(new)))
        for cut, usage in zip(self._cuts, self._usage, strict=True):
            matrix[cut[0] : cut[-1] + 1] = self._entries(usage, new)
        for law in laws:
            law.fill(matrix, new)
        self._program.add_columns(
            self._limits[new] / self._scale[new],
            np.zeros(len(new)),
            np.zeros(len(new)),
            sp.csc_matrix(matrix),
        )
        self._active = np.concatenate([self._active, new])
        self._columns = np.concatenate([self._columns, first + np.arange(len(new))])

    def solve(self, centre: Array, reach: Array) -> Mix:
        """The best prices within reach of `centre` [rows], and the mix that goes with them.

        Prices move by `reach` [rows] to both sides at most. The mix may break rows whose price is at the edge of its
        reach. Rows broken otherwise enter until there are none.
        """
        self._set_reach(centre, reach)
        while True:
            solution = self._program.solve()
            if solution.status is not LpStatus.OPTIMAL:
                raise SolverError(f"The master problem ended {solution.status}; please report the instance.")
            weights = np.array([np.maximum(-solution.row_dual[cut], 0.0) for cut in self._cuts])
            usage = sum(
                (weight @ used for weight, used in zip(weights, self._usage, strict=True)),
                np.zeros(len(self._limits)),
            )
            over = self._violations(usage)
            broken = np.setdiff1d(np.flatnonzero(over > ROW_TOLERANCE * self._scale), self._active)
            if not len(broken):
                break
            self.activate(broken)
            self._set_reach(centre, reach)
        prices = np.zeros(len(self._limits))
        scaled = np.maximum(solution.x[self._columns], 0.0)
        prices[self._active] = scaled * self._money_scale / self._scale[self._active]
        prices = np.minimum(prices, self._most)
        is_capped = prices >= ACTIVE_AT_LIMIT * self._most
        for law in self._laws:
            if law.is_capped(solution.x):
                is_capped[law.rows] = True
        return Mix(
            value=-solution.objective * self._money_scale,
            prices=prices,
            weights=weights,
            usage=usage,
            is_capped=is_capped,
        )

    def _entries(self, usage: Array, rows: IntArray) -> Array:
        """Coefficients of some rows' prices in the cuts of a plan [groups, rows given]."""
        entries = -usage[:, rows] / self._scale[rows]
        entries[np.abs(entries) < SMALLEST_ENTRY] = 0.0
        return np.asarray(entries)

    def _set_reach(self, centre: Array, reach: Array) -> None:
        rows = self._active
        reach = reach[rows]
        scale = self._scale[rows] / self._money_scale
        lower = np.maximum(centre[rows] - reach, 0.0)
        upper = np.minimum(centre[rows] + reach, self._most[rows])
        self._program.set_column_bounds(
            self._columns.astype(np.int32), np.minimum(lower, upper) * scale, upper * scale
        )


class _LawInLp:
    """A law in the units of the LP: prices times the rows' scale, levels times the largest scale, over money."""

    def __init__(self, law: PriceLaw, scale: Array, money_scale: float) -> None:
        self.rows = law.rows
        self.is_joint = law.is_joint
        self._position = {int(row): k for k, row in enumerate(law.rows)}
        level_scale = float(scale[law.rows].max(initial=1e-6))
        by_row = sp.csr_matrix(law.by_row @ sp.diags(1.0 / scale[law.rows]))
        by_level = sp.csr_matrix(law.by_level / level_scale)
        largest = abs(sp.hstack([by_row, by_level])).max(axis=1).toarray().ravel()
        self._by_row = sp.csr_matrix(sp.diags(1.0 / largest) @ by_row)
        self._by_level = sp.csr_matrix(sp.diags(1.0 / largest) @ by_level)
        self._lower = law.lower / largest / money_scale
        self._upper = law.upper / largest / money_scale
        self._least = law.least * level_scale / money_scale
        self._most = law.most * level_scale / money_scale
        self._is_fixed = bool(len(law.most)) and bool((law.least >= law.most).all())
        self._first_row = self._first_column = -1

    def enter(self, program: LinearProgram) -> None:
        """Add the law's levels and rows, once."""
        if self._first_row >= 0:
            return
        count = len(self._most)
        self._first_column, self._first_row = program.column_count, program.row_count
        if count:
            program.add_columns(
                np.zeros(count), self._least, self._most, sp.csc_matrix((program.row_count, count))
            )
        rows = sp.csr_matrix(
            sp.hstack([sp.csr_matrix((len(self._lower), self._first_column)), self._by_level])
        )
        program.add_rows(
            np.where(np.isfinite(self._lower), self._lower, -INFINITY),
            np.where(np.isfinite(self._upper), self._upper, INFINITY),
            rows,
        )

    def fill(self, matrix: Array, new: IntArray) -> None:
        """Write the law's coefficients of new price columns."""
        here = [k for k, row in enumerate(new) if int(row) in self._position]
        positions = [self._position[int(new[k])] for k in here]
        block = self._by_row[:, positions].tocoo()
        for law, k, value in zip(block.row, block.col, block.data, strict=True):
            matrix[self._first_row + law, here[k]] = value

    def is_capped(self, x: Array) -> bool:
        """Whether a level that could be raised is at its largest value."""
        if self._first_row < 0 or self._is_fixed or not len(self._most):
            return False
        levels = x[self._first_column : self._first_column + len(self._most)]
        return bool((levels >= ACTIVE_AT_LIMIT * self._most).any())

    def raise_levels(self, program: LinearProgram, factor: float) -> None:
        """Raise the largest values of the levels."""
        if self._is_fixed or not len(self._most):
            return
        self._most = self._most * factor
        if self._first_row >= 0:
            columns = (self._first_column + np.arange(len(self._most))).astype(np.int32)
            program.set_column_bounds(columns, self._least, self._most)
