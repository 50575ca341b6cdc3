"""The best choice of one column for each group, a column being a plan of the group's items: an integer program.

A group is a segment whose columns are its options, or an item whose columns are the plans known of it. Rows that are judged together
enter exactly, by the columns of `Violations`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from stockrail.model.rows import Rows
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.highs import LinearProgram, solve_mip
from stockrail.solvers.master import SMALLEST_ENTRY
from stockrail.solvers.problem import Problem
from stockrail.solvers.programs import INFINITY, LpStatus, StandardForm
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.violations import Violations


@dataclass(frozen=True)
class Columns:
    """What there is to choose from.

    Attributes
    ----------
    group : int [columns], the group each belongs to.
    cost : [columns].
    usage : [columns, rows].
    budget_use, budget : [columns] and what the chosen ones may add up to; infinite where there is no such budget.
    """

    group: IntArray
    cost: Array
    usage: Array
    budget_use: Array
    budget: float = np.inf


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes
    ----------
    columns : int, places of the chosen columns, one for each group in the order of groups.
    cost : of the program, violations included.
    prices : [rows], of the program's relaxation: cost saved by one more unit of limit.
    fee : the same for the budget.
    """

    columns: IntArray
    cost: float
    prices: Array
    fee: float


def choose(
    columns: Columns,
    problem: Problem,
    judge: Rows,
    options: SolveOptions,
    *,
    tightened: float = 0.0,
    excluded: Sequence[IntArray] = (),
) -> tuple[Choice | None, float]:
    """Choose columns so that cost and what violations cost is least, hard rows hold and the budget is kept.

    Parameters
    ----------
    problem : whose violations count and which rows must hold.
    judge : the guardrails as stated, which say what holds by chance.
    tightened : share of each row's scale that is kept free, where the rounding of a first answer broke a row.
    excluded : choices that are not to be made.

    Returns
    -------
    The choice, None where no choice keeps the rows that must hold or none was found in time; and what no choice costs less
    than: infinite where none keeps them.
    """
    program = _Program(columns, problem, judge, tightened, excluded)
    began = time.perf_counter()
    relaxed = LinearProgram(program.form(is_integer=False), seed=options.seed).solve(
        time_limit=options.time_limit, is_cancelled=options.is_cancelled
    )
    if relaxed.status is not LpStatus.OPTIMAL:
        return None, np.inf if relaxed.status is LpStatus.INFEASIBLE else -np.inf
    solution = solve_mip(
        program.form(is_integer=True),
        time_limit=max(options.time_limit - (time.perf_counter() - began), 0.0),
        gap=options.gap,
        seed=options.seed,
        is_cancelled=options.is_cancelled,
    )
    bound = program.money_scale * max(solution.bound, relaxed.objective)
    if solution.x is None:
        return None, bound
    prices, fee = program.prices(relaxed.row_dual)
    return Choice(program.chosen(solution.x), program.money_scale * solution.objective, prices, fee), bound


class _Program:
    """Variables: columns, then violations. Rows: those that may bind, one column each, budget, excluded choices, the laws' own."""

    def __init__(
        self,
        columns: Columns,
        problem: Problem,
        judge: Rows,
        tightened: float,
        excluded: Sequence[IntArray],
    ) -> None:
        self._columns = columns
        # Costs are divided by this inside, so that the program's numbers are near 1; results are undone.
        self.money_scale = max(float(np.abs(columns.cost).max(initial=0.0)), 1.0)
        groups = np.unique(columns.group)
        most = np.zeros(columns.usage.shape[1])
        for group in groups:
            most += columns.usage[columns.group == group].max(axis=0)
        is_in_law = np.zeros(len(problem.limits), dtype=bool)
        for law in problem.laws:
            is_in_law[law.rows] = True
        self._rows = np.flatnonzero(np.isfinite(problem.limits) & (is_in_law | (most > problem.limits)))
        self._scale = problem.guardrails.scale[self._rows]
        self._limits = problem.limits[self._rows] / self._scale - tightened
        self._violations = Violations.of(problem, judge, most)
        used = columns.usage[:, self._rows] / self._scale
        used[np.abs(used) < SMALLEST_ENTRY] = 0.0
        relief = sp.diags(1.0 / self._scale) @ self._violations.relief[self._rows]
        count = len(columns.cost)
        one_each = sp.csr_matrix(
            (np.ones(count), (np.searchsorted(groups, columns.group), np.arange(count))),
            shape=(len(groups), count),
        )
        has_budget = np.isfinite(columns.budget)
        budget = sp.csr_matrix(columns.budget_use[None, :]) if has_budget else sp.csr_matrix((0, count))
        barred = sp.csr_matrix((len(excluded), count))
        if excluded:
            barred = sp.csr_matrix([np.bincount(choice, minlength=count) for choice in excluded], dtype=float)
        own = sp.vstack([one_each, budget, barred])
        laws = sp.vstack([self._violations.balance, self._violations.at_most])
        self._matrix = sp.csc_matrix(
            sp.vstack(
                [
                    sp.hstack([sp.csr_matrix(used.T), -relief]),
                    sp.hstack([own, sp.csr_matrix((own.shape[0], laws.shape[1]))]),
                    sp.hstack([sp.csr_matrix((laws.shape[0], count)), laws]),
                ]
            )
        )
        self._groups, self._has_budget, self._excluded = len(groups), has_budget, len(excluded)

    def form(self, *, is_integer: bool) -> StandardForm:
        """The program or its relaxation."""
        columns, violations = self._columns, self._violations
        count, others = len(columns.cost), len(violations.cost)
        one = np.ones(self._groups)
        most = np.concatenate(
            [
                np.full(int(self._has_budget), columns.budget),
                np.full(self._excluded, self._groups - 1.0),
            ]
        )
        level = np.zeros(violations.balance.shape[0])
        return StandardForm(
            matrix=self._matrix,
            cost=np.concatenate([columns.cost, violations.cost]) / self.money_scale,
            lower=np.zeros(count + others),
            upper=np.concatenate([np.ones(count), violations.upper]),
            row_lower=np.concatenate(
                [
                    np.full(len(self._limits), -INFINITY),
                    one,
                    np.full(len(most), -INFINITY),
                    level,
                    np.full(len(violations.shares), -INFINITY),
                ]
            ),
            row_upper=np.concatenate([self._limits, one, most, level, violations.shares]),
            is_integer=np.concatenate([np.ones(count, dtype=bool), violations.is_integer])
            if is_integer
            else None,
        )

    def chosen(self, x: Array) -> IntArray:
        """The column of each group."""
        group, value = self._columns.group, x[: len(self._columns.group)]
        return np.array(
            [np.flatnonzero(group == g)[np.argmax(value[group == g])] for g in np.unique(group)],
            dtype=np.int64,
        )

    def prices(self, row_dual: Array) -> tuple[Array, float]:
        """Prices of all rows, and the budget's, from the relaxation's duals."""
        prices = np.zeros(self._columns.usage.shape[1])
        count = len(self._rows)
        prices[self._rows] = np.maximum(-row_dual[:count], 0.0) * self.money_scale / self._scale
        fee = -float(row_dual[count + self._groups]) * self.money_scale if self._has_budget else 0.0
        return prices, max(fee, 0.0)
