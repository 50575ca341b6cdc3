"""One solve among many: its optimum as a range, its plan, and why there is none."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stockrail.certificate import Earnings
from stockrail.measures.ranged import Ranged
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers import EXTENSIVE_SIZE, solve
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.highs import SolverError
from stockrail.solvers.result import InfeasibleError, SolveOptions

LOG = logging.getLogger(__name__)

BASIS_TIMES = 5
"""Time limits that a solve has which many others are compared with."""

SOLVED, INFEASIBLE, NOT_SOLVED = "solved", "infeasible", "not solved"


@dataclass(frozen=True)
class Solved:
    """What a solve found.

    Attributes
    ----------
    tables : of the problem.
    optimum : the best objective there is.
    cumulative_lots : int [items, nodes], the plan; None where there is none.
    status : "solved", "infeasible" (no plan keeps the hard limits), "not solved" (no plan was found in time, or the solver failed).
    broken : limits that cannot hold together, such as "stock-limit (upper)", where it is infeasible.
    """

    tables: Tables
    optimum: Ranged
    cumulative_lots: IntArray | None
    status: str = SOLVED
    broken: tuple[str, ...] = ()


def solve_one(tables: Tables, options: SolveOptions, plans: Sequence[IntArray] = ()) -> Solved:
    """Solve a problem; `plans` are tried as they are before anything else is looked for."""
    try:
        return solve_feasible(tables, options, plans)
    except InfeasibleError as error:
        broken = tuple(f"{name} ({side})" for name, side in error.diagnosis.conflict)
        return Solved(tables, Ranged.unknown(), None, INFEASIBLE, broken)
    except SolverError as error:
        # One of many: the others still say something, and this one is shown as not solved.
        LOG.warning("A solve failed: %s", error)
        return Solved(tables, Ranged.unknown(), None, NOT_SOLVED)


def solve_feasible(tables: Tables, options: SolveOptions, plans: Sequence[IntArray] = ()) -> Solved:
    """The same for a problem that should have a plan.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails.
    SolverError
        The solver failed.
    """
    known = [(found.objective, plan) for plan in plans if not (found := Evaluation.of(tables, plan)).broken]
    if tables.demand.size <= EXTENSIVE_SIZE:
        _, result = solve(tables, options)
    else:
        with open_session(tables, options) as session:
            session.incumbents.extend(plan.astype(np.int32) for _, plan in known)
            result = solve_in(session, session.guardrails, options)
    objective, plan = result.objective, result.cumulative_lots
    for value, lots in known:
        if plan is None or value > objective:
            objective, plan = value, lots
    if plan is None:
        return Solved(tables, Ranged.optimum(-np.inf, result.bound), None, NOT_SOLVED)
    return Solved(tables, Ranged.optimum(objective, result.bound), plan)


@dataclass(frozen=True)
class Evaluation:
    """What a given plan reaches.

    Attributes
    ----------
    objective : docs/formulation.md, section 5.
    broken : hard limits that it does not keep, such as "stock-limit (upper)".
    """

    objective: float
    broken: tuple[str, ...]

    @staticmethod
    def of(tables: Tables, cumulative_lots: IntArray) -> "Evaluation":
        """Value a plan and look at its limits."""
        guardrails, ledger = Guardrails.build(tables), Ledger(tables, cumulative_lots)
        over = guardrails.assess(guardrails.usage(guardrails.metric_values(ledger.stock))[0])
        is_broken = (over > 0) & ~guardrails.is_soft
        broken = dict.fromkeys(
            f"{block.name} ({block.side})" for block, where in guardrails.each() if is_broken[where].any()
        )
        return Evaluation(Earnings.of(ledger, guardrails).objective, tuple(broken))
