"""The most that any mix of plans earns, as a function of the limits: concave, and the source of every price."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.guardrails import Guardrails
from stockrail.model.tree import Array
from stockrail.solvers.chance import let_go, releases, resolved
from stockrail.solvers.infeasibility import explain
from stockrail.solvers.problem import MarginProblem
from stockrail.solvers.result import SolveOptions, TerminationReason
from stockrail.solvers.search import MOST_INCUMBENTS, Found, Search
from stockrail.solvers.session import Session

TOLERANCE = 1e-7
"""Relative difference of mix and bound at which a value is taken for known."""

CONVERGED_SHARE = 10.0
"""A search has converged at a tenth of the gap asked for."""

ROUNDING = 1e-9
"""Relative error that sums of floating-point numbers leave."""


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
        if resolved(guardrails) is not guardrails:
            free = self._search(guardrails, let_go(guardrails, guardrails.limits))
            strict = self._search(guardrails, guardrails.limits)
            self._is_released = np.isinf(next(releases(guardrails, guardrails.limits, free, strict)))

    def at(self, guardrails: Guardrails) -> Value:
        """The value under some limits.

        Raises
        ------
        InfeasibleError
            No plan keeps the hard guardrails.
        StoppedError
            The deadline or the user came first.
        """
        found = self._search(guardrails, np.where(self._is_released, np.inf, guardrails.limits))
        if found.mix is None:
            assert found.plan is not None
            lower, usage = found.objective, self._session.pool.outcome(found.plan)[1]
        else:
            lower, usage = max(found.objective, -found.mix.value), found.mix.usage
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
        return lambda: explain(self._session, rows, limits, options, began)

    def _search(self, guardrails: Guardrails, limits: Array) -> Found:
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
                seeks_plan=False,
            ).run()
        finally:
            session.incumbents = incumbents
        if found.reason in {TerminationReason.TIME_LIMIT, TerminationReason.CANCELLED}:
            raise StoppedError
        return found
