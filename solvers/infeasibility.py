"""Why no plan keeps the guardrails: those that cannot hold together, and the cheapest relaxation."""

import time
from collections.abc import Callable, Collection

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.conflict import minimal_conflict
from stockrail.solvers.explanation import drivers, infeasible_error
from stockrail.solvers.found import Found
from stockrail.solvers.master import Mix
from stockrail.solvers.pool import PlanArray
from stockrail.solvers.problem import Side
from stockrail.solvers.relaxation import RelaxationProblem
from stockrail.solvers.result import Diagnosis, Relaxation, SolveOptions
from stockrail.solvers.search import Search
from stockrail.solvers.session import Session

RELAXATION_GAP = 0.01
"""Relative gap of the margin less what relaxations cost."""

LEAST_SECONDS = 60.0
"""Seconds for an explanation, even where the time limit of the solve is used up."""

NOTHING = 1e-7
"""Relaxations below this share of the largest limit in money are rounding."""

MOST_ROUNDS = 10
"""Rounds for the cheapest relaxation: more make it a little cheaper."""

MOST_ROUNDS_OF_QUESTIONS, SECONDS_OF_QUESTIONS = 30, 10.0
"""Rounds after which a question stays open, and seconds that all of them may search. Most are settled by the first proof; the others
may be as hard as a plan."""

ROUNDS_PER_MIX = 3
"""Rounds between looks whether a mix of the plans known answers a question: it takes as long as several rounds."""

RADIUS = 0.01
"""Prices have far to go where relaxation is dear, so they may move further from the start."""

RADIUS_OF_QUESTIONS = 0.05
"""The same without the margin, where prices are relaxations' own."""


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
    seconds = max(options.time_limit - (now - began), LEAST_SECONDS)
    inquiry = _Inquiry(session, rows, limits, _with(options, seconds), now)
    found = inquiry.cheapest()
    prices = inquiry.problem.scaled(found.prices)
    least_money = inquiry.proven(prices)
    if least_money <= inquiry.nothing or found.plan is None:
        return
    conflict = minimal_conflict(
        _priced_sides(rows, limits, prices), lambda kept: inquiry.is_feasible(kept, found.prices)
    )
    over = inquiry.over(found.plan)
    raise infeasible_error(
        session.tables,
        Diagnosis(
            conflict=conflict,
            relaxations=inquiry.relaxations(found.plan),
            money=inquiry.problem.money(over),
            least_money=least_money if is_proven else 0.0,
            items=drivers(rows, session.pool.stock(found.plan), over),
            is_minimal=not inquiry.is_open,
        ),
    )


def cheapest_relaxation(
    session: Session, rows: Guardrails, limits: Array, options: SolveOptions
) -> tuple[Relaxation, ...]:
    """The cheapest relaxation found where it is known that limits cannot hold; none where the time did not suffice for one.

    Parameters
    ----------
    rows, limits : as in `explain`.
    """
    inquiry = _Inquiry(session, rows, limits, _with(options, options.time_limit), time.perf_counter())
    found = inquiry.cheapest()
    return () if found.plan is None else inquiry.relaxations(found.plan)


def can_hold(
    session: Session, rows: Guardrails, limits: Array, options: SolveOptions, prices: Array | None = None
) -> bool:
    """Whether some mix of plans keeps the hard guardrails, or at least nothing found proves that none does: `explain` without
    the explanation.

    Parameters
    ----------
    rows, limits : as in `explain`.
    prices : [rows], of a search that could not keep them: a proof often enough.
    """
    inquiry = _Inquiry(session, rows, limits, _with(options, LEAST_SECONDS), time.perf_counter())
    hard = {(block.name, block.side) for block in rows.blocks if block.soft_price is None}
    return inquiry.is_feasible(hard, np.zeros(len(limits)) if prices is None else prices)


class _Inquiry:
    """Questions about what some guardrails allow, all asked in one session.

    Attributes
    ----------
    problem : relaxations with the margin: which plan needs least.
    nothing : money below which a relaxation is rounding.
    is_open : whether a question was left open.
    """

    def __init__(
        self, session: Session, rows: Guardrails, limits: Array, options: SolveOptions, began: float
    ) -> None:
        self._session = session
        self._rows = rows
        self._limits = limits
        self._options = options
        self._began = began
        self._pure = RelaxationProblem(rows, limits, is_pure=True)
        self.problem = RelaxationProblem(rows, limits)
        self.nothing = _nothing(rows, limits)
        self.is_open = False
        self._seconds_left = SECONDS_OF_QUESTIONS

    def cheapest(self) -> Found:
        """The search for the cheapest relaxation; it ends early where a mix needs none."""

        def is_decided(found: Found, best_mix: Callable[[], Mix]) -> bool:
            assert found.mix is not None
            return self._is_kept(self.problem, found.mix.usage)

        return Search(
            self._session,
            self.problem,
            self._options,
            self._rows,
            self._limits,
            began=self._began,
            is_decided=is_decided,
            most_rounds=MOST_ROUNDS,
            is_one_plan_enough=True,
            # Plans take long where there are many rows, and only what cannot hold needs one.
            wants_plan=lambda found: self.proven(self.problem.scaled(found.prices)) > self.nothing,
            radius=RADIUS,
        ).run()

    def over(self, plan: PlanArray) -> Array:
        """By how much a plan breaks each row [rows]."""
        return self._rows.assess(self._session.pool.outcome(plan)[1], self._limits)

    def relaxations(self, plan: PlanArray) -> tuple[Relaxation, ...]:
        """What a plan needs limits to give way by. It keeps the limits as relaxed, for whoever goes on with them."""
        self._session.incumbents.append(plan)
        per_stated_unit = self._rows.per_stated_unit(self._session.pool.stock(plan))
        return self.problem.relaxations(self.over(plan), per_stated_unit)

    def proven(self, prices: Array) -> float:
        """Money of relaxation that any plan needs at least, by these prices [rows]."""
        proof = self._session.ask(self._pure, prices, is_proof=False)
        return proof.least - self._pure.worth(proof.prices)

    def is_feasible(self, kept: Collection[Side], prices: Array) -> bool:
        """Whether some mix of plans keeps the guardrails kept, or at least nothing found proves that none does.

        `prices` [rows] point to why all together cannot hold: what is left of them is tried first.
        """
        problem = RelaxationProblem(self._rows, self._limits, kept, is_pure=True)
        if any(self._is_kept(problem, used.sum(axis=0)) for used in self._session.pool.usage):
            return True
        start = np.where(np.isfinite(problem.limits), prices, 0.0)
        start = problem.scaled(start)
        if self.proven(start) > self.nothing:
            return False
        answer: bool | None = None
        round_number = 0

        def is_decided(found: Found, best_mix: Callable[[], Mix]) -> bool:
            nonlocal answer, round_number
            if found.bound < -self.nothing:
                answer = False
            elif round_number % ROUNDS_PER_MIX == 0 and self._is_kept(problem, best_mix().usage):
                answer = True
            round_number += 1
            return answer is not None

        began = time.perf_counter()
        Search(
            self._session,
            problem,
            _with(self._options, self._seconds_left),
            self._rows,
            self._limits,
            began=began,
            is_decided=is_decided,
            seeks_plan=False,
            most_rounds=MOST_ROUNDS_OF_QUESTIONS,
            radius=RADIUS_OF_QUESTIONS,
            start=start,
        ).run()
        self._seconds_left = max(self._seconds_left - (time.perf_counter() - began), 0.0)
        self.is_open |= answer is None
        return answer is not False

    def _is_kept(self, problem: RelaxationProblem, usage: Array) -> bool:
        """Whether no relaxation is needed for some use [rows]."""
        return problem.money(self._rows.assess(usage, problem.limits)) <= self.nothing


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


def _priced_sides(guardrails: Guardrails, limits: Array, prices: Array) -> tuple[Side, ...]:
    """Guardrail sides whose rows have a price in the proof: they cannot all hold, whatever the others do.

    Those whose limits matter least to the proof come first: without them it most likely still is one, and that is quickly seen.
    """
    worth: dict[Side, float] = {}
    for block, where in guardrails.each():
        if block.soft_price is None and prices[where].any():
            is_priced = prices[where] > 0
            side = (block.name, block.side)
            here = float(np.abs(prices[where][is_priced] * limits[where][is_priced]).sum())
            worth[side] = worth.get(side, 0.0) + here
    return tuple(sorted(worth, key=lambda side: (worth[side], side)))
