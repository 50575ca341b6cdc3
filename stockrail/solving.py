"""A solve whose session stays open, so that prices and checks start from all that it found."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from stockrail.finance.relaxing import RelaxedSolve, relaxed_by_instance, relaxed_in
from stockrail.model.item_groups import ItemGroups
from stockrail.model.tables import Tables
from stockrail.solvers import EXTENSIVE_SIZE, solve, takes_blocks
from stockrail.solvers.blocks.solve import solve_in_blocks
from stockrail.solvers.decomposition import open_session, solve_in
from stockrail.solvers.result import Progress, SolveOptions
from stockrail.solvers.session import Session


@dataclass(frozen=True)
class OpenSolve:
    """What a solve gave, and the session it was found in; None where the solver has none.

    Attributes
    ----------
    options : for what is still asked; searches of that kind tell nothing of their plans, and show the numbers of this one.
    """

    groups: ItemGroups
    options: SolveOptions
    solved: RelaxedSolve
    own_session: Session | None = None

    @staticmethod
    def after(
        groups: ItemGroups, options: SolveOptions, solved: RelaxedSolve, session: Session | None = None
    ) -> "OpenSolve":
        """What a solve with these options gave."""
        result = solved.result

        def show(progress: Progress) -> None:
            options.on_progress(replace(progress, incumbent=result.objective, bound=result.bound))

        return OpenSolve(
            groups, replace(options, start=None, on_plan=None, on_progress=show), solved, session
        )

    @property
    def tables(self) -> Tables:
        """The parameters of all items; after a solve in blocks they are computed when they are first asked for."""
        return self.groups.whole

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
def solving(groups: ItemGroups, options: SolveOptions, solver: str, *, relax: bool) -> Iterator[OpenSolve]:
    """Solve as `solve` does, or with `relax` as `solve_relaxed`; what is open ends with the block.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails, and with `relax` none does with finite changes of limits.
    """
    cells = groups.tree.demand.size
    if not relax and takes_blocks(cells, options, solver):
        found = solve_in_blocks(groups.instance, groups.tree, options)
        yield OpenSolve.after(groups, options, RelaxedSolve("blocks", found))
    elif solver == "decomposition" or (solver == "auto" and cells > EXTENSIVE_SIZE):
        with open_session(groups.whole, options) as session:
            if relax:
                solved = relaxed_in(session, options)
            else:
                solved = RelaxedSolve("decomposition", solve_in(session, session.guardrails, options))
            yield OpenSolve.after(groups, options, solved, session)
    elif relax:
        yield OpenSolve.after(groups, options, relaxed_by_instance(groups.whole, options, solver))
    else:
        yield OpenSolve.after(groups, options, RelaxedSolve(*solve(groups.whole, options, solver)))
