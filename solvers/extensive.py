"""The extensive form solved by HiGHS: exact for small instances, the oracle for everything else, and exported from here.

Not for more than some tens of items: the whole tree of every item goes into one mixed-integer program.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from stockrail.model.formulation import build_model
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.highs import (
    INFINITY,
    LinearProgram,
    LpStatus,
    MipSolution,
    SolverError,
    StandardForm,
    solve_mip,
    write_model,
)
from stockrail.solvers.result import (
    InfeasibleError,
    Progress,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
)

LEAST_DIAGNOSIS_SECONDS = 10.0
"""Seconds to name the guardrail that cannot be kept, even where the time limit of the solve is used up."""


@dataclass(frozen=True)
class CompiledModel:
    """A Pyomo model with its arrays; columns and rows in the order of the arrays."""

    model: pyo.ConcreteModel
    form: StandardForm
    columns: list[pyo.Var]
    rows: list[tuple[pyo.Constraint, int]]

    def columns_of(self, component: str) -> dict[Any, int]:
        """Position of each column of a variable by its index."""
        return {
            column.index(): position
            for position, column in enumerate(self.columns)
            if column.parent_component().local_name == component
        }

    def rows_of(self, component: str) -> dict[Any, int]:
        """Position of each row of a constraint by its index."""
        return {
            row.index(): position
            for position, (row, _) in enumerate(self.rows)
            if row.parent_component().local_name == component
        }


def solve_extensive(tables: Tables, options: SolveOptions | None = None) -> SolveResult:
    """Find the best plan of an instance by solving its extensive form.

    Parameters
    ----------
    tables : the parameters of the instance on its tree.
    options : limits of the solve. `workers` has no effect: one solve runs in one thread.

    Returns
    -------
    SolveResult
        `expected_margin` and `bound` are net of the penalty of soft guardrails. `prices` are those of the plan's
        neighbourhood: order timing and stock-outs as in the plan, lots divisible.

    Raises
    ------
    InfeasibleError
        If no plan keeps the hard guardrails.
    """
    options = options or SolveOptions()
    clock = _Clock(options.time_limit)
    compiled = compile_model(build_model(tables))
    clock.lap("build")

    def report(x: Array, objective: float, bound: float) -> None:
        options.on_progress(Progress("extensive", -objective, -bound, clock.elapsed()))

    mip = solve_mip(
        compiled.form,
        time_limit=clock.remaining(),
        gap=options.gap,
        seed=options.seed,
        on_incumbent=report,
        is_cancelled=options.is_cancelled,
    )
    clock.lap("solve")
    if mip.reason is TerminationReason.INFEASIBLE:
        raise _infeasible_error(tables, options, clock)
    if mip.x is None:
        return SolveResult(
            cumulative_lots=None,
            expected_margin=-np.inf,
            bound=-mip.bound,
            termination_reason=mip.reason,
            solution_status=SolutionStatus.NONE,
            seconds=clock.laps,
            notes=("The extensive form found no plan in time; use the decomposition or allow more time.",),
        )
    return _result(tables, compiled, mip, clock)


def export(tables: Tables, path: Path) -> None:
    """Write the extensive form, as the minimisation of minus the margin, to an .mps or .lp file.

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


def compile_model(model: pyo.ConcreteModel) -> CompiledModel:
    """Arrays of a model, as a minimisation."""
    compiled = LinearStandardFormCompiler().write(model, mixed_form=True)
    kind = np.array([row.bound_type for row in compiled.rows], dtype=np.int64)
    columns = compiled.columns
    form = StandardForm(
        matrix=compiled.A,
        cost=compiled.c.toarray()[0],
        lower=np.array([-INFINITY if v.lb is None else v.lb for v in columns]),
        upper=np.array([INFINITY if v.ub is None else v.ub for v in columns]),
        row_lower=np.where(kind <= 0, compiled.rhs, -INFINITY),
        row_upper=np.where(kind >= 0, compiled.rhs, INFINITY),
        is_integer=np.array([not v.is_continuous() for v in columns], dtype=bool),
        offset=float(compiled.c_offset[0]),
    )
    rows = [(row.constraint, int(row.bound_type)) for row in compiled.rows]
    return CompiledModel(model, form, columns, rows)


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
    prices, is_priced = _prices(tables, compiled, x, clock.remaining())
    if not is_priced:
        notes = (*notes, "There was no time left to price the guardrails.")
    clock.lap("prices")
    is_proven = mip.reason in {TerminationReason.OPTIMAL, TerminationReason.GAP_REACHED}
    return SolveResult(
        cumulative_lots=_cumulative_lots(tables, compiled, x),
        expected_margin=-objective,
        bound=-mip.bound,
        termination_reason=mip.reason,
        solution_status=SolutionStatus.PROVEN if is_proven else SolutionStatus.FEASIBLE,
        prices=prices,
        seconds=clock.laps,
        notes=notes,
    )


def _cumulative_lots(tables: Tables, compiled: CompiledModel, x: Array) -> IntArray:
    position = compiled.columns_of("cumulative_lots")
    return np.array(
        [[round(x[position[row.item, name]]) for name in tables.tree.names] for row in tables.instance.items],
        dtype=np.int64,
    )


def _prices(
    tables: Tables, compiled: CompiledModel, x: Array, time_limit: float
) -> tuple[dict[tuple[str, str], Array], bool]:
    """Margin per unit of limit of every guardrail row, and whether there was time to find it.

    With every integer fixed nothing could answer a wider limit and all prices of hard guardrails would be 0. So lots
    are divisible here, or move between the levels next to the plan's where forecast error makes stock a table; when
    to order, and where an item is out of stock, stay as in the plan.
    """
    prices: dict[tuple[str, str], Array] = {}
    if not list(compiled.model.GUARDRAILS):
        return prices, True
    local = compiled.form.with_integers_fixed(x)
    is_free = _neighbourhood(compiled, x)
    local.lower[is_free] = compiled.form.lower[is_free]
    local.upper[is_free] = compiled.form.upper[is_free]
    solution = LinearProgram(local).solve(time_limit=max(time_limit, 1.0))
    if solution.status is not LpStatus.OPTIMAL:
        return {}, False
    node = {name: n for n, name in enumerate(tables.tree.names)}
    for side in ("upper", "lower"):
        for (guardrail, name), row in compiled.rows_of(f"guardrail_{side}").items():
            at = prices.setdefault((guardrail, side), np.zeros(len(tables.tree)))
            at[node[name]] = -solution.row_dual[row]
    return prices, True


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


def _infeasible_error(tables: Tables, options: SolveOptions, clock: _Clock) -> InfeasibleError:
    """Which guardrail cannot be kept, from the plan that violates all of them together the least."""
    compiled = compile_model(build_model(tables, is_elastic=True))
    mip = solve_mip(
        compiled.form,
        time_limit=max(clock.remaining(), LEAST_DIAGNOSIS_SECONDS),
        seed=options.seed,
        is_cancelled=options.is_cancelled,
    )
    violations = {} if mip.x is None else _violations(compiled, mip.x)
    if not violations:
        raise SolverError(
            "The instance is infeasible, but no guardrail could be named in time; allow more time."
        )
    # Rows have different units, so they are compared relative to their limits.
    side, guardrail, node = max(
        violations, key=lambda row: violations[row][0] / max(abs(violations[row][1]), 1.0)
    )
    amount, limit = violations[side, guardrail, node]
    others = len(violations) - 1
    alone = "while all others hold" if not others else f"together with {others} other limits"
    return InfeasibleError(
        f"No plan keeps guardrail {guardrail!r} at node {node!r}: its {side} limit {limit:g} must be "
        f"{'raised' if side == 'upper' else 'lowered'} by at least {amount:g}, {alone}. "
        "Change the limit, give the guardrail a soft_price, or free orders that are fixed.",
        guardrail=guardrail,
        node=node,
        least_relaxation=amount,
    )


def _violations(compiled: CompiledModel, x: Array) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Violation and limit of each violated hard row, by side, guardrail and node."""
    m = compiled.model
    found = {}
    for side, slack, limits in (
        ("upper", "guardrail_excess", m.upper_limit),
        ("lower", "guardrail_shortfall", m.lower_limit),
    ):
        for (guardrail, node), column in compiled.columns_of(slack).items():
            limit, amount = float(limits[guardrail, node]), float(x[column])
            if guardrail not in m.soft_price and amount > 1e-6 * max(abs(limit), 1.0):
                found[side, guardrail, node] = (amount, limit)
    return found


def _file_names(names: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.,()]", "_", name.replace("[", "(").replace("]", ")"))
        seen[plain] += 1
        unique.append(plain if seen[plain] == 1 else f"{plain}_{seen[plain]}")
    return unique
