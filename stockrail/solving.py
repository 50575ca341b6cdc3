"""A solve whose session stays open, so that prices and checks start from all that it found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from stockrail.finance.relaxing import RelaxedSolve, relaxed_by_instance, relaxed_in
from stockrail.model.tables import Tables
from stockrail.solvers import EXTENSIVE_SIZE, solve, takes_blocks
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.session import Session


@dataclass(frozen=True)
class OpenSolve:
    """What a solve gave, and the session it was found in; None where the solver has none."""

    tables: Tables
    options: SolveOptions
    solved: RelaxedSolve
    own_session: Session | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The session of the solve, or a new one that knows its plan."""
        if self.own_session is not None:
            yield self.own_session
            return
        with open_session(self.tables, self.options) as session:
            plan = self.solved.result.cumulative_lots
            if plan is not None:
                session.incumbents.append(plan.astype(np.int32))
            yield session


@contextmanager
def solving(tables: Tables, options: SolveOptions, solver: str, *, relax: bool) -> Iterator[OpenSolve]:
    """Solve as `solve` does, or with `relax` as `solve_relaxed`; what is open ends with the block.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails, and with `relax` none does with finite changes of limits.
    """
    if not relax and takes_blocks(tables, options, solver):
        yield OpenSolve(tables, options, RelaxedSolve(*solve(tables, options, "blocks")))
    elif solver == "decomposition" or (solver == "auto" and tables.demand.size > EXTENSIVE_SIZE):
        with open_session(tables, options) as session:
            if relax:
                solved = relaxed_in(session, options)
            else:
                solved = RelaxedSolve("decomposition", solve_in(session, session.guardrails, options))
            yield OpenSolve(tables, options, solved, session)
    elif relax:
        yield OpenSolve(tables, options, relaxed_by_instance(tables, options, solver))
    else:
        yield OpenSolve(tables, options, RelaxedSolve(*solve(tables, options, solver)))
