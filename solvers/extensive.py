"""The extensive form solved by HiGHS: exact for small instances, the oracle for everything else, and exported from here.

Not for more than some tens of items: the whole tree of every item goes into one mixed-integer program.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from stockrail.model.formulation import build_model
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.compiled_model import CompiledModel, compile_model
from stockrail.solvers.extensive_diagnosis import explain
from stockrail.solvers.highs import LinearProgram, solve_mip, write_model
from stockrail.solvers.programs import LpStatus, MipSolution
from stockrail.solvers.result import (
    Incumbent,
    Progress,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
)


def solve_extensive(tables: Tables, options: SolveOptions | None = None) -> SolveResult:
    """Find the best plan of an instance by solving its extensive form.

    Parameters
    ----------
    tables : the parameters of the instance on its tree.
    options : limits of the solve. `workers` has no effect: one solve runs in one thread.

    Returns
    -------
    SolveResult
        `objective` and `bound` are those of section 5, net of overtime and of penalties. `prices` are those of the
        plan's neighbourhood: order timing, tiers and stock-outs as in the plan, lots divisible. Guardrails that hold
        in expectation or in a tail have them at the first node of each period, those that hold by chance have none.

    Raises
    ------
    InfeasibleError
        If no plan keeps the hard guardrails, with a minimal conflict and the cheapest relaxation.
    SolverError
        If the instance is infeasible and there was no time to say why.
    """
    options = options or SolveOptions()
    clock = _Clock(options.time_limit)
    compiled = compile_model(build_model(tables))
    clock.lap("build")

    def report(x: Array, objective: float, bound: float) -> None:
        if options.on_plan is not None:
            options.on_plan(Incumbent(_cumulative_lots(tables, compiled, x), -objective, -bound))
        options.on_progress(Progress("extensive", -objective, -bound, clock.elapsed()))

    start = None if options.start is None else _completed(tables, compiled, options, clock.remaining())
    mip = solve_mip(
        compiled.form,
        time_limit=clock.remaining(),
        gap=options.gap,
        seed=options.seed,
        start=start,
        on_incumbent=report,
        is_cancelled=options.is_cancelled,
    )
    clock.lap("solve")
    if mip.reason is TerminationReason.INFEASIBLE:
        raise explain(tables, options, clock.remaining())
    if mip.x is None:
        return SolveResult(
            cumulative_lots=None,
            objective=-np.inf,
            bound=-mip.bound,
            termination_reason=mip.reason,
            solution_status=SolutionStatus.NONE,
            seconds=clock.laps,
            notes=("The extensive form found no plan in time; use the decomposition or allow more time.",),
        )
    return _result(tables, compiled, mip, clock)


def export(tables: Tables, path: Path) -> None:
    """Write the extensive form, as the minimisation of minus the objective, to an .mps or .lp file.

    Names are those of docs/formulation.md; characters that the formats forbid become underscores.
    """
    compiled = compile_model(build_model(tables))
    suffix = {1: "_at_most", -1: "_at_least", 0: ""}
    ranged = Counter(id(row) for row, _ in compiled.rows)
    row_names = [row.name + (suffix[kind] if ranged[id(row)] > 1 else "") for row, kind in compiled.rows]
    write_model(
        compiled.form, path, _file_names(column.name for column in compiled.columns), _file_names(row_names)
    )


class _Clock:
    """Wall clock of one solve: what is left, and seconds by phase."""

    def __init__(self, time_limit: float) -> None:
        self._start = self._last = time.monotonic()
        self._time_limit = time_limit
        self.laps: dict[str, float] = {}

    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def remaining(self) -> float:
        return max(self._time_limit - self.elapsed(), 0.0)

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self.laps[phase] = now - self._last
        self._last = now


def _result(tables: Tables, compiled: CompiledModel, mip: MipSolution, clock: _Clock) -> SolveResult:
    assert mip.x is not None
    notes: tuple[str, ...] = ()
    x, objective = mip.x, mip.objective
    # Integers are whole only within a tolerance; a bound times that tolerance is stock from nowhere. Fix them.
    polished = LinearProgram(compiled.form.with_integers_fixed(x)).solve()
    if polished.status is LpStatus.OPTIMAL:
        x, objective = polished.x, polished.objective
    else:
        notes = ("The plan keeps its guardrails only within the solver's tolerance.",)
    prices = _prices(tables, compiled, x, clock.remaining())
    clock.lap("prices")
    is_proven = mip.reason in {TerminationReason.OPTIMAL, TerminationReason.GAP_REACHED}
    return SolveResult(
        cumulative_lots=_cumulative_lots(tables, compiled, x),
        objective=-objective,
        bound=-mip.bound,
        termination_reason=mip.reason,
        solution_status=SolutionStatus.PROVEN if is_proven else SolutionStatus.FEASIBLE,
        prices=prices,
        seconds=clock.laps,
        notes=notes,
    )


def _completed(
    tables: Tables, compiled: CompiledModel, options: SolveOptions, time_limit: float
) -> Array | None:
    """All columns of the plan to start from: its lots are given, the rest is the best that goes with them; None where nothing does."""
    assert options.start is not None
    position = compiled.columns_of("cumulative_lots")
    lower, upper = compiled.form.lower.copy(), compiled.form.upper.copy()
    for row, lots in zip(tables.instance.items, options.start.cumulative_lots, strict=True):
        columns = [position[row.item, name] for name in tables.tree.names]
        lower[columns] = upper[columns] = lots
    given = replace(compiled.form, lower=lower, upper=upper)
    return solve_mip(given, time_limit=time_limit, seed=options.seed, is_cancelled=options.is_cancelled).x


def _cumulative_lots(tables: Tables, compiled: CompiledModel, x: Array) -> IntArray:
    position = compiled.columns_of("cumulative_lots")
    return np.array(
        [[round(x[position[row.item, name]]) for name in tables.tree.names] for row in tables.instance.items],
        dtype=np.int64,
    )


def _prices(
    tables: Tables, compiled: CompiledModel, x: Array, time_limit: float
) -> dict[tuple[str, str], Array]:
    """Objective per unit of limit of every guardrail row, nothing where there was no time to find it.

    Guardrails that hold by chance have none: what is released answers a wider limit in steps.

    With every integer fixed nothing could answer a wider limit and all prices of hard guardrails would be 0. So lots
    are divisible here, or move between the levels next to the plan's where forecast error makes stock a table; when
    to order, and where an item is out of stock, stay as in the plan.
    """
    prices: dict[tuple[str, str], Array] = {}
    if not list(compiled.model.GUARDRAILS):
        return prices
    local = compiled.form.with_integers_fixed(x)
    is_free = _neighbourhood(compiled, x)
    local.lower[is_free] = compiled.form.lower[is_free]
    local.upper[is_free] = compiled.form.upper[is_free]
    solution = LinearProgram(local).solve(time_limit=max(time_limit, 1.0))
    if solution.status is not LpStatus.OPTIMAL:
        return {}
    m, node = compiled.with_values(solution.x), {name: n for n, name in enumerate(tables.tree.names)}
    for (g, side, n), row in compiled.rows_of("over_balance").items():
        if m.holds[g] == "chance":
            continue
        # One more unit of limit moves the right-hand side of the row by the denominator.
        sign = 1.0 if side == "upper" else -1.0
        earned = sign * solution.row_dual[row] * pyo.value(m.guardrail_base[g, n])
        at = prices.setdefault((m.stated_guardrail[g], side), np.zeros(len(tables.tree)))
        at[node[_row_node(m, g, side, n)]] += earned
    return prices


def _row_node(m: pyo.ConcreteModel, g: str, side: str, n: str) -> str:
    """Where the row of an amount is: at its node, or at the first node of a period whose nodes are judged together."""
    if m.holds[g] == "every scenario":
        return n
    rows = ((h, s, str(o)) for h, s, o in m.TOGETHER)
    return next(o for h, s, o in rows if (h, s) == (g, side) and m.period[o] == m.period[n])


def _neighbourhood(compiled: CompiledModel, x: Array) -> NDArray[np.bool_]:
    """Integer columns that may move: lots, and the levels next to the plan's."""
    is_free = np.zeros(len(x), dtype=bool)
    is_free[list(compiled.columns_of("lots").values())] = True
    levels = compiled.columns_of("is_level")
    for (item, order, k), column in levels.items():
        if x[column] > 0.5:
            near = [levels.get((item, order, level)) for level in (k - 1, k, k + 1)]
            is_free[[level for level in near if level is not None]] = True
    return is_free


def _file_names(names: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.,()]", "_", name.replace("[", "(").replace("]", ")"))
        seen[plain] += 1
        unique.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return unique
