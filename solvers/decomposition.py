"""Decomposition: a search for the best plan, an explanation where there is none, and chance guardrails by restriction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.chance import let_go, releases, resolved
from stockrail.solvers.found import ROUNDING, Found
from stockrail.solvers.infeasibility import explain
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import (
    Incumbent,
    Progress,
    SolutionStatus,
    SolveOptions,
    SolveResult,
    TerminationReason,
    notes_on_buckets,
    relative_gap,
)
from stockrail.solvers.search import Search
from stockrail.solvers.session import Session
from stockrail.solvers.single_limits import refuse_at_once, refuse_single_limits
from stockrail.solvers.warm_start import WarmStart


def solve_decomposition(tables: Tables, options: SolveOptions) -> SolveResult:
    """Solve an instance of any size to a proven gap.

    Raises
    ------
    InfeasibleError
        If no plan keeps the hard guardrails.
    """
    with open_session(tables, options) as session:
        return solve_in(session, session.guardrails, options)


@contextmanager
def open_session(tables: Tables, options: SolveOptions, warm: WarmStart | None = None) -> Iterator[Session]:
    """A session whose threads end with the block, for several searches on one instance; `warm` is what another one found, by
    default what the options say.
    """
    with threads(options.workers) as executor:
        recursion = Recursion(tables, executor, options.workers)
        session = Session(tables, Guardrails.build(tables), recursion, options.seed)
        if warm is None and options.start is not None:
            warm = WarmStart.of_incumbent(tables, session.guardrails, options.start)
        if warm is not None:
            warm.into(session)
        yield session


def solve_in(session: Session, guardrails: Guardrails, options: SolveOptions) -> SolveResult:
    """Solve under guardrails that differ from the session's in their limits only, from all that the session knows.

    Raises
    ------
    InfeasibleError
        If no plan keeps the hard guardrails; at once where that is because of what is in stock, under way or fixed.
    """
    began = time.perf_counter()
    session.adopt(guardrails)
    limits = guardrails.limits
    rows = resolved(guardrails)
    told, free = -np.inf, None

    def tell(found: Found) -> None:
        nonlocal told
        if found.plan is None or found.objective <= told:
            return
        told = found.objective
        if options.on_plan is not None:
            proven = found if free is None else free
            options.on_plan(Incumbent(found.plan.astype(np.int64), told, proven.bound, proven.prices))

    def suspect() -> None:
        explain(session, rows, let_go(guardrails, limits), options, began)

    def check() -> None:
        refuse_single_limits(session, guardrails, options, suspect)

    def search(rows_limits: Array, options: SolveOptions, *, seeks_plan: bool) -> Found:
        problem = MarginProblem(rows, rows_limits)
        return Search(
            session,
            problem,
            options,
            guardrails,
            limits,
            began=began,
            check=check,
            suspect=suspect,
            on_better=tell,
            seeks_plan=seeks_plan,
            radius=session.radius,
            patience=session.patience,
        ).run()

    refuse_at_once(session, guardrails, options, suspect)
    has_chance = rows is not guardrails
    if not has_chance:
        found = search(limits, options, seeks_plan=True)
        return _result(session, guardrails, found, found.bound, options)
    # Without the chance guardrails there is a bound; with those nodes released that it pays to release, a plan.
    free = search(let_go(guardrails, limits), options, seeks_plan=False)
    bound = free.bound

    def show(progress: Progress) -> None:
        # A search for one choice of released nodes bounds that choice only.
        options.on_progress(replace(progress, incumbent=told, bound=bound))

    showing = replace(options, on_progress=show)
    strict = search(limits, showing, seeks_plan=False)
    best: Found | None = None
    chosen = limits
    for chosen in releases(guardrails, limits, free, strict):
        found = search(chosen, showing, seeks_plan=True)
        if best is None or found.objective > best.objective:
            best = found
        is_over = found.reason in {TerminationReason.CANCELLED, TerminationReason.TIME_LIMIT}
        if is_over or relative_gap(best.objective, free.bound) <= options.gap:
            break
    assert best is not None
    if best.plan is None and best.reason is TerminationReason.STALLED:
        explain(session, rows, chosen, options, began, is_proven=False)
    return _result(session, guardrails, best, free.bound, options)


def _result(
    session: Session, guardrails: Guardrails, found: Found, bound: float, options: SolveOptions
) -> SolveResult:
    assert found.reason is not None
    gap = relative_gap(found.objective, bound)
    reason = found.reason
    if gap <= max(options.gap, ROUNDING):
        reason = TerminationReason.GAP_REACHED
    elif reason is TerminationReason.GAP_REACHED:
        reason = TerminationReason.STALLED
    status = SolutionStatus.FEASIBLE if found.plan is not None else SolutionStatus.NONE
    if reason is TerminationReason.GAP_REACHED:
        status = SolutionStatus.PROVEN
    notes = [*notes_on_buckets(session.recursion.coarse_items)]
    is_first = found.plan is not None and not found.is_recovered and len(guardrails) > 0
    if is_first and reason is not TerminationReason.GAP_REACHED:
        notes.append(
            "The search ended before it had looked for a plan: this one is only the first that keeps the guardrails."
        )
    plan = None if found.plan is None else found.plan.astype(np.int64)
    stock = None if found.plan is None else session.pool.stock(found.plan)
    return SolveResult(
        cumulative_lots=plan,
        objective=found.objective,
        bound=bound,
        termination_reason=reason,
        solution_status=status,
        prices=guardrails.prices_by_node(found.prices, stock),
        seconds=dict(session.seconds),
        notes=tuple(notes),
    )
