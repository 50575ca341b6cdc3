"""What-ifs solved: the first from nothing, the others from what it found, then each tries the others' plans.

One after the other: a solve keeps all processors busy, and two at a time, with half of them each, took longer.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stockrail.comparisons.plan_comparison import ProvenPlan
from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.overlay import apply
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.what_if import WhatIf
from stockrail.solvers import EXTENSIVE_SIZE, solve
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import InfeasibleError, SolutionStatus, SolveOptions, relative_gap
from stockrail.solvers.warm_start import WarmStart, keeping_order_rules

INFEASIBLE = "infeasible"
NOT_SOLVED = "not solved"


@dataclass(frozen=True)
class SolvedWhatIf:
    """A what-if with the best plan found.

    Attributes
    ----------
    guardrails : of the what-if's instance, with its tables.
    plan : None where there is none: `status` is then "infeasible", "none" or "not solved", and `reason` says why.
    status : "proven" within the gap asked for, "feasible" where that was not reached.
    warm : what a solve of a similar instance can start from.
    """

    what_if: WhatIf
    guardrails: Guardrails
    plan: ProvenPlan | None
    status: str
    reason: str = ""
    seconds: float = 0.0
    warm: WarmStart | None = None

    @property
    def name(self) -> str:
        """Name of the what-if."""
        return self.what_if.name

    @property
    def tables(self) -> Tables:
        """Parameters of the what-if's instance."""
        return self.guardrails.tables


def tables_of(instance: Instance) -> Tables:
    """Parameters of an instance on its tree."""
    return Tables.build(instance, build_tree(instance))


def solve_what_ifs(
    instance: Instance,
    what_ifs: Sequence[WhatIf],
    options: SolveOptions,
    on_done: Callable[[int, str], None] = lambda done, name: None,
) -> list[SolvedWhatIf]:
    """Solve what-ifs on a baseline.

    All start from the first one that has a plan, so that a result does not depend on what comes between. One that no plan keeps does
    not stop the others. A cancel leaves those not begun "not solved".

    Raises
    ------
    InstanceError
        Changes of a what-if do not fit the instance.
    """
    guardrails = [Guardrails.build(tables_of(changed)) for changed in _applied(instance, what_ifs)]
    solved: list[SolvedWhatIf] = []
    warm: WarmStart | None = None
    for what_if, rows in zip(what_ifs, guardrails, strict=True):
        on_done(len(solved), what_if.name)
        solved.append(solve_one(what_if, rows, options, warm))
        warm = warm or solved[-1].warm
    on_done(len(solved), "comparing")
    return _shared(solved, options.gap)


def _applied(instance: Instance, what_ifs: Sequence[WhatIf]) -> list[Instance]:
    """The instance of each, or every problem of all of them."""
    made: list[Instance] = []
    problems: list[Problem] = []
    for what_if in what_ifs:
        try:
            made.append(apply(instance, what_if))
        except InstanceError as error:
            problems += error.problems
    if problems:
        raise InstanceError(problems)
    return made


def solve_one(
    what_if: WhatIf, guardrails: Guardrails, options: SolveOptions, warm: WarmStart | None = None
) -> SolvedWhatIf:
    """Solve one what-if, from what another one found where that is given."""
    began = time.perf_counter()
    if options.is_cancelled():
        return SolvedWhatIf(what_if, guardrails, None, NOT_SOLVED, "stopped before it began")
    try:
        return solve_or_raise(what_if, guardrails, options, warm)
    except InfeasibleError as error:
        spent = time.perf_counter() - began
        # The last line says how to go on with `plan`, which is of no use here.
        reason = "\n".join(line for line in str(error).splitlines() if "--relax" not in line)
        return SolvedWhatIf(what_if, guardrails, None, INFEASIBLE, reason, spent)


def solve_or_raise(
    what_if: WhatIf, guardrails: Guardrails, options: SolveOptions, warm: WarmStart | None = None
) -> SolvedWhatIf:
    """The same for one that everything else is compared with.

    Raises
    ------
    InfeasibleError
        No plan keeps its limits.
    """
    tables = guardrails.tables
    began = time.perf_counter()
    found = None
    if tables.demand.size <= EXTENSIVE_SIZE:
        _, result = solve(tables, options)
    else:
        with open_session(tables, options, warm) as session:
            result = solve_in(session, session.guardrails, options)
            found = WarmStart.of(session)
    spent = time.perf_counter() - began
    if result.cumulative_lots is None:
        reason = f"no plan was found in time ({result.termination_reason})"
        return SolvedWhatIf(what_if, guardrails, None, str(result.solution_status), reason, spent)
    plan = ProvenPlan.of(guardrails, result)
    return SolvedWhatIf(what_if, guardrails, plan, str(result.solution_status), "", spent, found)


def _shared(solved: Sequence[SolvedWhatIf], gap: float) -> list[SolvedWhatIf]:
    """Each what-if with the best of all plans that keep its rules and limits: a plan is a plan, whoever found it."""
    return [
        best_of(mine, [row.plan for row in solved if row is not mine and row.plan], gap) for mine in solved
    ]


def best_of(mine: SolvedWhatIf, others: Sequence[ProvenPlan], gap: float) -> SolvedWhatIf:
    """The what-if with the best of its own and other plans, as far as they keep its rules and limits."""
    if mine.plan is None:
        return mine
    best, guardrails = mine.plan, mine.guardrails
    # A blend with CVaR is not the sum over items that is compared here.
    if mine.tables.instance.settings.margin_cvar_weight > 0:
        return mine
    for other in others:
        lots = other.ledger.cumulative_lots
        if not WarmStart(other.ledger.tables, (), ()).fits(mine.tables):
            continue
        if not np.array_equal(keeping_order_rules(mine.tables, lots[None])[0], lots):
            continue
        ledger = Ledger(mine.tables, lots)
        if ledger.expected_margin <= best.objective:
            continue  # penalties only take away, and judging the limits takes longer
        over = guardrails.assess(guardrails.usage(guardrails.metric_values(ledger.stock))[0])
        margin = ledger.expected_margin - guardrails.cost(over)
        if not over[~guardrails.is_soft].any() and margin > best.objective:
            best = ProvenPlan(ledger, margin, best.bound, margin)
    if best is mine.plan:
        return mine
    is_proven = relative_gap(best.objective, best.bound) <= gap
    status = SolutionStatus.PROVEN if is_proven else SolutionStatus.FEASIBLE
    return replace(mine, plan=best, status=str(status))
