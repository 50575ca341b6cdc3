"""What violations of guardrail rows cost, as columns of a linear program: the price laws read from the other side.

A search prices rows, and laws say which prices are allowed (solvers/price_laws.py). A program that decides about plans needs the dual
of that: with prices p >= 0 and levels q under `lower <= A p + B q <= upper` and `least <= q <= most`,

    max { p @ excess }  =  min  upper @ a - lower @ b + most @ c - least @ d
                           subject to  A' (a - b) >= excess,   B' (a - b) + c - d = 0,   a, b, c, d >= 0

so that each law gives columns that relieve its rows at a cost, and rows that must hold have no relief of their own.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from stockrail.model.rows import Rows
from stockrail.model.tables import BoolArray
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.price_laws import PriceLaw
from stockrail.solvers.problem import Problem
from stockrail.solvers.programs import INFINITY


@dataclass(frozen=True)
class Violations:
    """Columns x with `usage - relief @ x <= limits`, `balance @ x = 0` and `at_most @ x <= shares`.

    Attributes
    ----------
    relief : sparse [rows, columns].
    balance : sparse [levels, columns]; the rows that laws with levels need.
    at_most, shares : sparse [periods, columns] and [periods]: what may be released by chance.
    cost, upper : [columns]; columns are at least 0.
    is_integer : bool [columns].
    """

    relief: sp.csr_matrix
    balance: sp.csr_matrix
    at_most: sp.csr_matrix
    shares: Array
    cost: Array
    upper: Array
    is_integer: BoolArray

    @staticmethod
    def of(problem: Problem, judge: Rows, most_usage: Array) -> "Violations":
        """Violations of a problem's rows.

        Parameters
        ----------
        judge : the guardrails as stated, which say what holds by chance; the problem's rows then hold node by node.
        most_usage : largest use [rows] of any plan in question.
        """
        columns = _Columns(len(problem.guardrails))
        scale = problem.guardrails.scale
        # Overtime must be counted as spend, so that its law alone may relieve a capacity whose spend is limited.
        is_counted = np.zeros(len(scale), dtype=bool)
        is_counted[judge.overtime.rate.nonzero()[1]] = True
        for row in np.flatnonzero(~problem.must_hold & ~is_counted & np.isfinite(problem.limits)):
            columns.add([(int(row), 1.0)], [], float(problem.largest[row]), float(scale[row]))
        for law in problem.laws:
            columns.add_law(law, scale, must_hold=bool(problem.must_hold[law.rows[0]]))
        most_usage = judge.overtime.add_to(most_usage, problem.limits)
        for group in judge.groups:
            if group.block.holds == "chance":
                beyond = np.maximum(most_usage[group.rows] - problem.limits[group.rows], 0.0)
                columns.add_released(group.rows, beyond, group.probability, group.block.alpha or 0.0)
        return columns.assemble()


class _Columns:
    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._relief: list[tuple[int, int, float]] = []
        self._balance: list[tuple[int, int, float]] = []
        self._at_most: list[tuple[int, int, float]] = []
        self._shares: list[float] = []
        self._cost: list[float] = []
        self._upper: list[float] = []
        self._is_integer: list[bool] = []
        self._levels = 0

    def add(
        self,
        relief: list[tuple[int, float]],
        balance: list[tuple[int, float]],
        cost: float,
        scale: float,
    ) -> None:
        """A column at `scale` times its unit, so that the program's numbers are near 1; nothing where it costs infinitely much."""
        if not np.isfinite(cost):
            return
        column = len(self._cost)
        self._relief += [(row, column, value * scale) for row, value in relief]
        self._balance += [(level, column, value) for level, value in balance]
        self._cost.append(cost * scale)
        self._upper.append(INFINITY)
        self._is_integer.append(False)

    def add_law(self, law: PriceLaw, scale: Array, *, must_hold: bool) -> None:
        """The columns a, b, c, d of a law."""
        rows, by_row, by_level = law.rows, law.by_row.tocsr(), law.by_level.tocsr()
        unit = float(scale[rows].max())
        first = self._levels
        self._levels += len(law.most)
        for k in range(len(law.lower)):
            on_rows, on_levels = by_row[k], by_level[k]
            relief = [(int(rows[j]), float(v)) for j, v in zip(on_rows.indices, on_rows.data, strict=True)]
            balance = [
                (first + int(j), float(v)) for j, v in zip(on_levels.indices, on_levels.data, strict=True)
            ]
            self.add(relief, balance, float(law.upper[k]), unit)
            self.add([(r, -v) for r, v in relief], [(j, -v) for j, v in balance], -float(law.lower[k]), unit)
        for j in range(len(law.most)):
            # A level that may rise without limit is one whose rows must hold.
            most = np.inf if must_hold else float(law.most[j])
            self.add([], [(first + j, 1.0)], most, unit)
            self.add([], [(first + j, -1.0)], -float(law.least[j]), unit)

    def add_released(self, rows: IntArray, beyond: Array, probability: Array, alpha: float) -> None:
        """One binary for each node whose limit may be let go, at most `alpha` of the probability in all."""
        period = len(self._shares)
        self._shares.append(alpha)
        for row, amount, share in zip(rows, beyond, probability, strict=True):
            if amount > 0:
                column = len(self._cost)
                self._relief.append((int(row), column, float(amount)))
                self._at_most.append((period, column, float(share)))
                self._cost.append(0.0)
                self._upper.append(1.0)
                self._is_integer.append(True)

    def assemble(self) -> Violations:
        """All columns so far."""
        count = len(self._cost)
        return Violations(
            relief=_sparse(self._relief, self._rows, count),
            balance=_sparse(self._balance, self._levels, count),
            at_most=_sparse(self._at_most, len(self._shares), count),
            shares=np.array(self._shares, dtype=np.float64),
            cost=np.array(self._cost, dtype=np.float64),
            upper=np.array(self._upper, dtype=np.float64),
            is_integer=np.array(self._is_integer, dtype=bool),
        )


def _sparse(entries: list[tuple[int, int, float]], rows: int, columns: int) -> sp.csr_matrix:
    if not entries:
        return sp.csr_matrix((rows, columns))
    row, column, value = zip(*entries, strict=True)
    return sp.csr_matrix((value, (row, column)), shape=(rows, columns))
