"""Why no plan keeps the guardrails: those that cannot hold together, and the cheapest relaxation."""

import time
from collections.abc import Collection

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.conflict import minimal_conflict
from stockrail.solvers.explanation import infeasible_error
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import Side
from stockrail.solvers.relaxation import RelaxationProblem
from stockrail.solvers.result import Diagnosis, SolveOptions
from stockrail.solvers.search import Found, Search
from stockrail.solvers.session import Session

RELAXATION_GAP = 0.01
"""Relative gap of the margin less what relaxations cost."""

LEAST_SECONDS = 60.0
"""Seconds for an explanation, even where the time limit of the solve is used up."""

NOTHING = 1e-7
"""Relaxations below this share of the largest limit in money are rounding."""

ROUNDS_PER_PROOF, MOST_ROUNDS = 3, 30

RADIUS = 0.01
"""Prices have far to go where relaxation is dear, so they may move further from the start."""

MOST_ITEMS = 10
"""Items named as those that drive a conflict."""


def explain(
    session: Session,
    rows: Guardrails,
    limits: Array,
    options: SolveOptions,
    began: float,
    *,
    is_proven: bool = True,
) -> None:
    """Raise `InfeasibleError` if no mix of plans keeps the hard guardrails, with what would help.

    Parameters
    ----------
    rows, limits : guardrails none of which holds by chance, and their limits [rows], infinite where one is let go.
    is_proven : False where limits are stricter than the instance's (one choice of released nodes), so that the
        relaxation helps, but nothing says that less would not do.
    """
    now = time.perf_counter()
    # The explanation has its own gap and, at the end of a solve, its own time.
    options = _with(options, max(options.time_limit - (now - began), LEAST_SECONDS))
    nothing = _nothing(rows, limits)

    pure = RelaxationProblem(rows, limits, is_pure=True)

    def proven(problem: RelaxationProblem, found: Found) -> float:
        """Money of relaxation that is needed at least, as far as the prices found prove."""
        proof = session.ask(pure, problem.scaled(found.prices), is_proof=False)
        return proof.least - pure.worth(proof.prices)

    def relax(
        kept: Collection[Side] | None, start: Array | None = None
    ) -> tuple[bool, RelaxationProblem, Found]:
        """Whether the guardrails kept cannot hold, for all that was found, and the search that found it."""
        problem = RelaxationProblem(rows, limits, kept)
        is_quick = kept is not None
        is_infeasible = False
        round_number = 0

        def is_decided(found: Found) -> bool:
            nonlocal is_infeasible, round_number
            assert found.mix is not None
            round_number += 1
            if problem.money(rows.assess(found.mix.usage, problem.limits)) <= nothing:
                is_infeasible = False
                return True
            if not is_infeasible and round_number % ROUNDS_PER_PROOF == 1:
                is_infeasible = proven(problem, found) > nothing
            return is_quick and is_infeasible

        found = Search(
            session,
            problem,
            options,
            rows,
            limits,
            began=now,
            is_decided=is_decided,
            seeks_plan=not is_quick,
            most_rounds=MOST_ROUNDS,
            is_one_plan_enough=True,
            radius=RADIUS,
            start=start,
        ).run()
        return is_infeasible or proven(problem, found) > nothing, problem, found

    is_infeasible, problem, found = relax(None)
    if not is_infeasible or found.plan is None:
        return
    least_money = proven(problem, found)

    def is_feasible(kept: Collection[Side]) -> bool:
        priced = np.where(np.isfinite(RelaxationProblem(rows, limits, kept).limits), found.prices, 0.0)
        return not relax(kept, priced)[0]

    conflict = minimal_conflict(_priced_sides(rows, problem.scaled(found.prices)), is_feasible)
    session.incumbents.append(found.plan)  # it keeps the relaxed limits, for whoever goes on with them
    over = rows.assess(session.pool.outcome(found.plan)[1], limits)
    relaxations = problem.relaxations(over, rows.per_stated_unit(session.pool.stock(found.plan)))
    raise infeasible_error(
        session.tables,
        Diagnosis(
            conflict=conflict,
            relaxations=relaxations,
            money=problem.money(over),
            least_money=max(least_money, 0.0) if is_proven else 0.0,
            items=_drivers(session, rows, found.plan, over),
        ),
    )


def _with(options: SolveOptions, seconds: float) -> SolveOptions:
    return SolveOptions(
        time_limit=seconds,
        gap=RELAXATION_GAP,
        seed=options.seed,
        workers=options.workers,
        is_cancelled=options.is_cancelled,
    )


def _nothing(guardrails: Guardrails, limits: Array) -> float:
    """Money below which a relaxation is rounding."""
    weight = np.concatenate([np.full(len(block.limit), block.money_weight) for block in guardrails.blocks])
    return NOTHING * float((weight * guardrails.scale).max(initial=1.0))


def _priced_sides(guardrails: Guardrails, prices: Array) -> tuple[Side, ...]:
    """Guardrail sides whose rows have a price in the proof: they cannot all hold, whatever the others do."""
    priced = {
        (block.name, block.side)
        for block, where in guardrails.each()
        if block.soft_price is None and prices[where].any()
    }
    return tuple(sorted(priced))


def _drivers(
    session: Session, guardrails: Guardrails, plan: PlanArray, over: Array
) -> tuple[tuple[str, float], ...]:
    """Items with the largest share of the amount at the row that gives way most, in money."""
    weight = np.concatenate([np.full(len(block.limit), block.money_weight) for block in guardrails.blocks])
    worst = np.array([int(np.argmax(over * weight))])
    values = guardrails.metric_values(session.pool.stock(plan))
    use = np.abs(guardrails.item_usage(values, worst)[:, 0])
    if use.sum() <= 0:
        return ()
    order = np.argsort(-use, kind="stable")[:MOST_ITEMS]
    items = session.tables.instance.items
    return tuple((items[i].item, float(use[i] / use.sum())) for i in order if use[i] > 0)
