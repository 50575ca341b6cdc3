"""How a plan is found: the extensive form in HiGHS, and the decomposition. Solver objects never leave this package."""

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.solvers.result import InfeasibleError, Progress, SolveOptions, SolveResult

__all__ = ["InfeasibleError", "Progress", "SolveOptions", "SolveResult", "solve"]

EXTENSIVE_SIZE = 40
"""Items times nodes up to which `auto` takes the extensive form where guardrails tie items together."""


def solve(tables: Tables, options: SolveOptions, solver: str = "auto") -> tuple[str, SolveResult]:
    """Solve with "extensive", "decomposition" or the better of the two ("auto"); returns the one used and its result.

    Without guardrails the decomposition is exact and fast. With them it leaves a small gap that shrinks with the number
    of items, so tiny instances go to the extensive form, which closes it.
    """
    if solver == "auto":
        has_rows = len(Guardrails.build(tables)) > 0
        solver = "extensive" if has_rows and tables.demand.size <= EXTENSIVE_SIZE else "decomposition"
    if solver == "extensive":
        from stockrail.solvers.extensive import solve_extensive

        return solver, solve_extensive(tables, options)
    from stockrail.solvers.decomposition import solve_decomposition

    return solver, solve_decomposition(tables, options)
