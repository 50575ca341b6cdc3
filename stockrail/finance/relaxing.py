"""Planning where no plan keeps the guardrails: their limits are loosened as the cheapest relaxation says, and planned with."""

from dataclasses import dataclass, replace

import numpy as np

from stockrail.finance.loosened_instance import loosen
from stockrail.finance.loosened_rows import ROUNDING, LoosenedGuardrails
from stockrail.model.guardrails import Guardrails
from stockrail.model.stock import Stock
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers import EXTENSIVE_SIZE, solve
from stockrail.solvers.chance import resolved
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.infeasibility import cheapest_relaxation
from stockrail.solvers.result import InfeasibleError, Relaxation, SolveOptions, SolveResult
from stockrail.solvers.session import Session
from stockrail.solvers.warm_start import WarmStart

SPARE = 1e-3
"""Share of a limit by which it is loosened beyond what no plan can avoid: exactly at that, every item would have to be at its own
least, and the search for a plan that earns something among those few takes very long."""

MOST_ROUNDS = 4
"""Relaxations of relaxed instances in the extensive form. One is enough, except for ratios whose denominators differ."""


@dataclass(frozen=True)
class RelaxedSolve:
    """What a solve gave: the solver used, its result, and by how much limits were loosened for it."""

    solver: str
    result: SolveResult
    relaxations: tuple[Relaxation, ...] = ()


def relaxed_plan(
    tables: Tables, options: SolveOptions, warm: WarmStart | None = None
) -> tuple[RelaxedSolve, WarmStart | None]:
    """Solve by the best suited of the two ways below; with what is known for the next one like it, None where there is nothing.

    For whoever plans again and again from where things stand: stock may be beyond limits then, and planning has to go on.
    """
    if tables.demand.size <= EXTENSIVE_SIZE and len(Guardrails.build(tables)):
        return relaxed_by_instance(tables, options, "auto"), None
    with open_session(tables, options, warm) as session:
        solved = relaxed_in(session, options)
        return solved, WarmStart.of(session)


def relaxed_in(session: Session, options: SolveOptions) -> RelaxedSolve:
    """Solve by decomposition, and where no plan keeps the guardrails loosen them and solve again.

    Rows give way one by one, and the second search starts from the plans of the first. Each solve has the time limit of the
    options. The session ends under the limits as loosened.

    Raises
    ------
    InfeasibleError
        If no finite change of limits helps, as where a ratio is limited while its denominator is 0.
    """
    stated = session.guardrails
    try:
        return RelaxedSolve("decomposition", solve_in(session, stated, options))
    except InfeasibleError as error:
        relaxations, spare = error.diagnosis.relaxations, SPARE if error.diagnosis.is_unavoidable else 0.0
        if not error.diagnosis.is_enough:
            # Chance guardrails keep all their nodes here, so that they may give way by more than they need.
            found = cheapest_relaxation(session, resolved(stated), stated.limits, options)
            relaxations, spare = (found, 0.0) if found else (relaxations, spare)
    # The session knows a plan that keeps the loosened limits: they were read off it.
    loosened = LoosenedGuardrails.of(stated, relaxations, spare)
    result = solve_in(session, loosened, options)
    return RelaxedSolve("decomposition", result, _relaxations(stated, loosened.room, result))


def relaxed_by_instance(tables: Tables, options: SolveOptions, solver: str) -> RelaxedSolve:
    """The same with any solver: limits of the instance give way, so that it plans with them as with others.

    Raises
    ------
    InfeasibleError
        If no finite change of limits helps.
    """
    loosened = tables
    for _ in range(MOST_ROUNDS):
        try:
            used, result = solve(loosened, options, solver)
        except InfeasibleError as error:
            helps = [row for row in error.diagnosis.relaxations if np.isfinite(row.limit_change)]
            if not helps:
                raise
            loosened = replace(loosened, instance=loosen(loosened, helps))
        else:
            break
    else:
        used, result = solve(loosened, options, solver)
    if loosened is tables or result.cumulative_lots is None:
        return RelaxedSolve(used, result)
    stated, wider = Guardrails.build(tables), Guardrails.build(loosened)
    change = [
        new.sign * (new.limit - old.limit) for old, new in zip(stated.blocks, wider.blocks, strict=True)
    ]
    room = np.concatenate(change) * stated.per_stated_unit(Stock.of(tables, result.cumulative_lots))
    return RelaxedSolve(used, result, _relaxations(stated, room, result))


def _relaxations(stated: Guardrails, room: Array, result: SolveResult) -> tuple[Relaxation, ...]:
    """By how much each side and period of a guardrail is looser than stated, the dearest first.

    `amount` is the most by which a row may be exceeded, rounding included. The `limit_change` of a ratio is what its limit would have to change
    by for this plan: it depends on the denominators where the limit is broken.
    """
    if result.cumulative_lots is None:
        return ()
    stock = Stock.of(stated.tables, result.cumulative_lots)
    over = stated.assess(stated.usage(stated.metric_values(stock))[0])
    per_unit = stated.per_stated_unit(stock)
    period = stated.tables.tree.period
    found: dict[tuple[str, str, int], tuple[float, float, float]] = {}
    for block, where in stated.each():
        is_ratio = not np.all(per_unit[where] == 1.0)
        for row in np.flatnonzero(room[where] > 0) + where.start:
            key = (block.name, block.side, int(period[block.node[row - where.start]]))
            amount, change, _ = found.get(key, (0.0, 0.0, 0.0))
            needed = over[row] / per_unit[row] if over[row] > 0 else 0.0
            amount = max(amount, float(room[row]))
            change = max(change, float(needed if is_ratio else room[row] / (1.0 + ROUNDING)))
            found[key] = (amount, change, amount * block.money_weight)
    relaxations = [Relaxation(*key, *numbers) for key, numbers in found.items()]
    return tuple(sorted(relaxations, key=lambda row: -row.money))
