"""Why the extensive form has no plan: its elastic form gives the cheapest relaxation and answers what conflicts."""

import time
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo

from stockrail.model.formulation import build_model
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.compiled_model import CompiledModel, compile_model
from stockrail.solvers.conflict import Side, minimal_conflict
from stockrail.solvers.explanation import infeasible_error
from stockrail.solvers.highs import LinearProgram, SolverError, solve_mip
from stockrail.solvers.programs import INFINITY, LpStatus
from stockrail.solvers.result import Diagnosis, InfeasibleError, Relaxation, SolveOptions

LEAST_SECONDS = 10.0
"""Seconds for an explanation, even where the time limit of the solve is used up."""

NOTHING = 1e-6
"""Relaxations below this, relative to the limit where that is larger than 1, are rounding."""

MOST_ITEMS = 10
"""Items named as those that drive a conflict."""


def explain(tables: Tables, options: SolveOptions, seconds: float) -> InfeasibleError:
    """The error that says which guardrail sides cannot hold together and what the cheapest relaxation is.

    Raises
    ------
    SolverError
        If no relaxation was found in time, or none is needed but for rounding.
    """
    ends = time.monotonic() + max(seconds, LEAST_SECONDS)
    compiled = compile_model(build_model(tables, is_elastic=True))
    mip = solve_mip(
        compiled.form,
        time_limit=_left(ends),
        seed=options.seed,
        is_cancelled=options.is_cancelled,
    )
    if mip.x is None:
        raise SolverError(
            "The instance is infeasible, but no guardrail could be named in time; allow more time."
        )
    polished = LinearProgram(compiled.form.with_integers_fixed(mip.x)).solve()
    is_polished = polished.status is LpStatus.OPTIMAL
    m = compiled.with_values(polished.x if is_polished else mip.x)
    relaxations = _relaxations(m)
    if not relaxations:
        raise SolverError(
            "The guardrails conflict by no more than rounding; loosen one of them by a little and solve again."
        )
    oracle = _Oracle(compiled, options, ends)
    everything = tuple(dict.fromkeys((g, s) for g, s, _ in m.RELAXED))
    seeds = {(relaxation.guardrail, relaxation.side) for relaxation in relaxations}
    if is_polished:
        seeds |= _priced(compiled, polished.row_dual)
    candidates = tuple(side for side in everything if side in seeds)
    if oracle.is_feasible(frozenset(candidates)):
        candidates = everything
    return infeasible_error(
        tables,
        Diagnosis(
            conflict=minimal_conflict(candidates, oracle.is_feasible),
            relaxations=relaxations,
            money=sum(relaxation.money for relaxation in relaxations),
            least_money=max(mip.bound, 0.0),
            items=_drivers(m, relaxations[0]),
        ),
    )


class _Oracle:
    """Whether some plan keeps a set of hard guardrail sides: the elastic form without a cost, the others let go."""

    def __init__(self, compiled: CompiledModel, options: SolveOptions, ends: float) -> None:
        self._form = replace(compiled.form, cost=np.zeros_like(compiled.form.cost), offset=0.0)
        self._columns = compiled.columns_of("relaxation")
        self._options = options
        self._ends = ends

    def is_feasible(self, kept: AbstractSet[Side]) -> bool:
        """Whether the kept sides hold together; True where time does not suffice to tell."""
        upper = self._form.upper.copy()
        for (guardrail, side, _), column in self._columns.items():
            upper[column] = 0.0 if (guardrail, side) in kept else INFINITY
        mip = solve_mip(
            replace(self._form, upper=upper),
            time_limit=_left(self._ends),
            seed=self._options.seed,
            is_cancelled=self._options.is_cancelled,
        )
        return mip.x is not None or mip.bound < INFINITY


def _left(ends: float) -> float:
    return max(ends - time.monotonic(), 0.0)


def _priced(compiled: CompiledModel, row_dual: Array) -> set[Side]:
    """Hard sides whose rows have a price in the elastic solution."""
    m = compiled.model
    return {
        (m.stated_guardrail[g], side)
        for (g, side, _), row in compiled.rows_of("over_balance").items()
        if abs(row_dual[row]) > NOTHING and g not in m.soft_price
    }


def _relaxations(m: pyo.ConcreteModel) -> tuple[Relaxation, ...]:
    """Every guardrail side and period that gives way, those worth the most first."""
    found = []
    for g, side, period in m.RELAXED:
        amount = float(pyo.value(m.relaxation[g, side, period]))
        rows = _rows(m, g, side, period)
        limit = max(abs(m.limit[row] * pyo.value(m.guardrail_base[row[0], row[2]])) for row in rows)
        if amount > NOTHING * max(limit, 1.0):
            change = max(_limit_change(m, row, amount) for row in rows)
            money = float(m.money_weight[g]) * amount
            found.append(Relaxation(g, side, period, amount, change, money))
    return tuple(sorted(found, key=lambda relaxation: -relaxation.money))


def _rows(m: pyo.ConcreteModel, guardrail: str, side: str, period: int) -> list[tuple[str, str, str]]:
    """Limited amounts of one side in one period, with those of items outside of funded builds."""
    return [
        (g, s, n)
        for g, s, n in m.LIMITED
        if m.stated_guardrail[g] == guardrail and s == side and m.period[n] == period
    ]


def _limit_change(m: pyo.ConcreteModel, row: tuple[str, str, str], amount: float) -> float:
    """What the limit has to change by at an amount, in the unit of the limit; infinite where no limit would help."""
    g, side, n = row
    base = float(pyo.value(m.guardrail_base[g, n]))
    if m.holds[g] in ("expected", "cvar"):
        nodes = next(
            m.TOGETHER[h, s, o] for h, s, o in m.TOGETHER if (h, s) == (g, side) and n in m.TOGETHER[h, s, o]
        )
        over = amount
        base = sum(m.probability[o] * float(pyo.value(m.guardrail_base[g, o])) for o in nodes)
    elif m.holds[g] == "chance" and pyo.value(m.is_released[row]) > 0.5:
        return 0.0
    else:
        over = float(pyo.value(m.guardrail_over[row]))
    if over <= NOTHING:
        return 0.0
    return over / base if base > 0 else float("inf")


def _drivers(m: pyo.ConcreteModel, worst: Relaxation) -> tuple[tuple[str, float], ...]:
    """Items with the largest share of the amount at the row that gives way most, in money."""
    rows = _rows(m, worst.guardrail, worst.side, worst.period)
    g, side, n = max(rows, key=lambda row: float(pyo.value(m.guardrail_over[row])))
    x = m.guardrail_metric[g]

    def use(i: str, o: str) -> float:
        base = m.denominator[x, i, o] if x in m.RATIOS else 0.0
        return float(pyo.value(m.metric[x, i, o] - m.limit[g, side, n] * base))

    uses = {i: abs(sum(use(i, o) for o in m.AMOUNT_NODES[g, n])) for i in m.GUARDRAIL_ITEMS[g]}
    total = sum(uses.values())
    if total <= 0:
        return ()
    largest = sorted(uses, key=lambda i: -uses[i])[:MOST_ITEMS]
    return tuple((i, uses[i] / total) for i in largest if uses[i] > 0)
