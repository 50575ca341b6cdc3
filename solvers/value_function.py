"""The most that any mix of plans earns, as a function of the limits: concave, and the source of every price."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.chance import let_go, releases, resolved
from stockrail.solvers.found import Found
from stockrail.solvers.infeasibility import can_hold, explain
from stockrail.solvers.master import Mix
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.result import Diagnosis, InfeasibleError, SolveOptions, TerminationReason
from stockrail.solvers.search import MOST_INCUMBENTS, Search
from stockrail.solvers.session import Session

TOLERANCE = 1e-7
"""Relative difference of mix and bound at which a value is taken for known."""

CONVERGED_SHARE = 10.0
"""A search has converged at a tenth of the gap asked for."""

ROUNDING = 1e-9
"""Relative error that sums of floating-point numbers leave."""

BROKEN = 1e-9
"""Share of a guardrail's amounts beyond which a row is broken and not rounded."""

MOST_TO_WAIT = 3
"""Rounds to go on at most before the best mix is asked for again."""

Enough = Callable[[float, float], bool]
"""Whether a value is known well enough, given the value and how far it may be off, both in money."""


class StoppedError(Exception):
    """The time was up, or the user said stop, before a value was known."""


@dataclass(frozen=True)
class Value:
    """A value of the function.

    Attributes
    ----------
    value : objective of the best mix of plans, in money. Items with very many lots count on their grid.
    error : how far it may be off, in money.
    prices : [rows], what a unit of each row's right-hand side earns, unsigned.
    usage : [rows], use of the best mix.
    """

    value: float
    error: float
    prices: Array
    usage: Array


class ValueFunction:
    """Values under guardrails that differ from the session's in their limits only.

    Nodes that chance guardrails let go are chosen once, for the guardrails given here.

    Parameters
    ----------
    session : with whatever it knows already; what is found joins it.
    deadline : `time.perf_counter()` at which to stop.
    is_enough : when the values by which released nodes are chosen are known well enough; by default as well as can be.

    Raises
    ------
    StoppedError
        The deadline or the user came while released nodes were chosen.
    """

    def __init__(
        self,
        session: Session,
        guardrails: Guardrails,
        options: SolveOptions,
        *,
        deadline: float,
        is_cancelled: Callable[[], bool],
        is_enough: Enough | None = None,
    ) -> None:
        self._session = session
        self._options = replace(
            options,
            gap=CONVERGED_SHARE * TOLERANCE,
            is_cancelled=is_cancelled,
            on_progress=lambda progress: None,
        )
        self._deadline = deadline
        self._is_released = np.zeros(len(guardrails), dtype=bool)
        self._has_value = False
        if resolved(guardrails) is not guardrails:
            free = self._search(guardrails, let_go(guardrails, guardrails.limits), is_enough)
            strict = self._search(guardrails, guardrails.limits, is_enough)
            self._is_released = np.isinf(next(releases(guardrails, guardrails.limits, free, strict)))

    def at(self, guardrails: Guardrails, is_enough: Enough | None = None) -> Value:
        """The value under some limits.

        Parameters
        ----------
        is_enough : when to stop; by default the value is made as precise as can be.

        Raises
        ------
        InfeasibleError
            No plan keeps the hard guardrails. Where others had a value before, it has no diagnosis.
        StoppedError
            The deadline or the user came first.
        """
        limits = np.where(self._is_released, np.inf, guardrails.limits)
        found = self._search(guardrails, limits, is_enough)
        if found.mix is None:
            assert found.plan is not None
            lower, usage = found.objective, self._session.pool.outcome(found.plan)[1]
        else:
            lower, usage = max(found.objective, -found.mix.value), found.mix.usage
            self._refuse_broken(guardrails, limits, found)
        self._has_value = True
        error = max(abs(found.target - lower), ROUNDING * max(abs(found.target), 1.0))
        return Value(found.target, error, found.prices, usage)

    def _suspect(
        self, rows: Guardrails, guardrails: Guardrails, options: SolveOptions, began: float
    ) -> Callable[[], None]:
        """Whether the limits can hold at all is asked only where no plan is known that keeps them."""
        limits = let_go(guardrails, guardrails.limits)
        for plan in self._session.incumbents[-MOST_INCUMBENTS:]:
            over = rows.assess(self._session.pool.outcome(plan)[1], limits)
            if not over[~rows.is_soft].any():
                return lambda: None
        if self._has_value:
            return lambda: self._refuse(rows, limits, options)
        return lambda: explain(self._session, rows, limits, options, began)

    def _refuse_broken(self, guardrails: Guardrails, limits: Array, found: Found) -> None:
        """Raise where the best mix breaks hard rows because every mix does: its value is what breaking them was charged."""
        assert found.mix is not None
        rows = resolved(guardrails)
        over = rows.assess(found.mix.usage, limits)
        if (over > BROKEN * rows.scale)[~rows.is_soft].any():
            options = replace(self._options, time_limit=self._deadline - time.perf_counter())
            self._refuse(rows, limits, options, found.prices)

    def _refuse(
        self, rows: Guardrails, limits: Array, options: SolveOptions, prices: Array | None = None
    ) -> None:
        if not can_hold(self._session, rows, limits, options, prices):
            raise InfeasibleError("No plan keeps the moved limits.", Diagnosis((), (), 0.0, 0.0))

    def _search(self, guardrails: Guardrails, limits: Array, is_enough: Enough | None) -> Found:
        session = self._session
        began = time.perf_counter()
        options = replace(self._options, time_limit=self._deadline - began)
        if options.time_limit <= 0 or options.is_cancelled():
            raise StoppedError
        session.adopt(guardrails)
        rows = resolved(guardrails)
        # Plans that count play no part in a value, and judging all of them again takes longer than a round.
        suspect = self._suspect(rows, guardrails, options, began)
        incumbents, session.incumbents = session.incumbents, []
        try:
            found = Search(
                session,
                MarginProblem(rows, limits),
                options,
                guardrails,
                guardrails.limits,
                began=began,
                suspect=suspect,
                is_decided=_never if is_enough is None else _Known(is_enough),
                seeks_plan=False,
            ).run()
        finally:
            session.incumbents = incumbents
        if found.reason in {TerminationReason.TIME_LIMIT, TerminationReason.CANCELLED}:
            raise StoppedError
        return found


def _never(found: Found, best_mix: Callable[[], Mix]) -> bool:
    return False


class _Known:
    """Whether a search may end: what it has found, with the best mix of its plans, is enough."""

    def __init__(self, is_enough: Enough) -> None:
        self._is_enough = is_enough
        self._rounds_to_wait = 0

    def __call__(self, found: Found, best_mix: Callable[[], Mix]) -> bool:
        assert found.mix is not None
        self._rounds_to_wait -= 1
        # The round's mix is free to break rows at prices within reach, so it looks better than any mix that keeps them.
        if self._rounds_to_wait >= 0 or not self._is_enough(found.target, found.target + found.mix.value):
            return False
        found.mix = best_mix()
        error = found.target + found.mix.value
        if self._is_enough(found.target, error):
            return True
        # The best mix takes as long as a round, and a round hardly ever halves the error: so ask again when it may be enough.
        while self._rounds_to_wait < MOST_TO_WAIT and not self._is_enough(found.target, error / 2.0):
            error, self._rounds_to_wait = error / 2.0, max(self._rounds_to_wait, 0) + 1
        return False
