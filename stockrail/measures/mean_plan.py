"""The plan for the mean of everything, what it earns where things are uncertain, and so what the scenarios are worth.

Definitions are in docs/formulation.md, section 17; Escudero, Garín, Merino and Pérez (2007), The value of the stochastic solution in
multistage problems, TOP 15, is the source of holding its orders through one stage after the other.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from stockrail.measures.mean_anew import plan_anew
from stockrail.measures.ranged import Ranged
from stockrail.measures.solving import (
    BASIS_TIMES,
    INFEASIBLE,
    NOT_SOLVED,
    SOLVED,
    Evaluation,
    Solved,
    solve_one,
)
from stockrail.measures.sub_tree import lots_of, mean_path, with_orders_held
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.solvers.result import SolveOptions


@dataclass(frozen=True)
class Held:
    """Orders of the mean plan held through a period, all later ones as good as can be.

    Attributes
    ----------
    through_period : last period with held orders; None where the mean is planned anew at each stage.
    optimum : the best objective with them.
    status : "solved", "infeasible": with these orders nothing keeps the hard limits, or "not solved".
    broken : the limits that cannot hold together with them.
    """

    through_period: int | None
    optimum: Ranged
    status: str
    broken: tuple[str, ...] = ()

    def value_of_stochastic_solution(self, optimum: Ranged) -> Ranged:
        """What the best plan reaches more, in money; infinite where nothing keeps the hard limits with these orders."""
        if self.status == INFEASIBLE:
            return Ranged.exactly(np.inf)
        return optimum.less(self.optimum)


@dataclass(frozen=True)
class MeanPlan:
    """The plan for the mean scenario and what becomes of it.

    Attributes
    ----------
    has_error : whether the mean scenario has the forecast error that the tree does not branch on, or is certain.
    solved : the plan where the mean happens.
    held : by period, none where the mean scenario has no plan; last the mean planned anew at each stage.
    """

    has_error: bool
    solved: Solved
    held: tuple[Held, ...]


def stage_ends(tree: ScenarioTree) -> list[int]:
    """Periods through which orders are held: the first, each before a branching, the last."""
    nodes = np.bincount(tree.period)
    return sorted({0, *(int(t) for t in np.flatnonzero(np.diff(nodes))), tree.periods - 1})


def follow_mean_plan(
    tables: Tables,
    *,
    has_error: bool,
    options: SolveOptions,
    on_solve: Callable[[str], None] = lambda what: None,
) -> MeanPlan:
    """Plan for the mean scenario, and hold its orders on the tree through one stage after the other.

    What cannot hold through one stage cannot hold through later ones, and what bounds it bounds those. A cancel leaves stages not begun
    "not solved".
    """
    name = "mean plan with forecast error" if has_error else "mean plan"
    on_solve(name)
    mean = mean_path(tables, has_error=has_error)
    solved = solve_one(mean, replace(options, time_limit=BASIS_TIMES * options.time_limit))
    if solved.cumulative_lots is None:
        return MeanPlan(has_error, solved, ())
    lots = lots_of(mean, solved.cumulative_lots)
    *ends, last = stage_ends(tables.tree)
    whole = plan_of_held(tables, lots)
    all_held = Evaluation.of(tables, whole)
    held: list[Held] = []
    for end in ends:
        on_solve(f"{name} kept through period {end}")
        held.append(_held(tables, lots, end, whole, options, held[-1] if held else None))
    if all_held.broken:
        held.append(Held(last, Ranged.unknown(), INFEASIBLE, all_held.broken))
    else:
        held.append(Held(last, Ranged.exactly(all_held.objective), SOLVED))
    anew = plan_anew(
        tables, has_error=has_error, options=options, on_solve=lambda k: on_solve(f"{name} anew, {k + 1}")
    )
    held.append(Held(None, *anew))
    return MeanPlan(has_error, solved, tuple(held))


def _held(
    tables: Tables, lots: IntArray, end: int, whole: IntArray, options: SolveOptions, before: Held | None
) -> Held:
    if before is not None and before.status == INFEASIBLE:
        return replace(before, through_period=end)
    most = np.inf if before is None else before.optimum.most
    if options.is_cancelled() or (before is not None and before.status == NOT_SOLVED):
        return Held(end, Ranged.optimum(-np.inf, most), NOT_SOLVED)
    found = solve_one(with_orders_held(tables, lots, end), options, [whole])
    optimum = replace(found.optimum, most=min(found.optimum.most, most))
    return Held(end, optimum, found.status, found.broken)


def plan_of_held(tables: Tables, lots: IntArray) -> IntArray:
    """Cumulative lots [items, nodes] of orders by period [items, periods] that are placed whatever happens."""
    held = with_orders_held(tables, lots, tables.tree.periods - 1)
    return cumulate(tables.tree, held.fixed_lots.astype(np.float64)).astype(np.int64)
