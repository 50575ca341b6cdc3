"""How a plan is found: the extensive form in HiGHS, and the decomposition. Solver objects never leave this package."""

from stockrail.model.guardrails import Guardrails
from stockrail.model.tables import Tables
from stockrail.solvers.result import InfeasibleError, Progress, SolveOptions, SolveResult

__all__ = ["InfeasibleError", "Progress", "SolveOptions", "SolveResult", "solve"]

EXTENSIVE_SIZE = 40
"""Items times nodes up to which `auto` takes the extensive form where guardrails tie items together."""


BLOCKS_SIZE = 4_000_000
"""Items times nodes from which on `auto` plans in blocks of items: about 3,500 items on a tree of 81 scenarios and 26 periods."""


def takes_blocks(cells: int, options: SolveOptions, solver: str) -> bool:
    """Whether a solve of so many items times nodes is one in blocks of items."""
    if solver == "auto":
        return cells >= BLOCKS_SIZE or options.dask is not None or options.checkpoint is not None
    return solver == "blocks"


def solve(tables: Tables, options: SolveOptions, solver: str = "auto") -> tuple[str, SolveResult]:
    """Solve with "extensive", "decomposition", "blocks" or the best of them ("auto"); returns the one used and its result.

    Without guardrails the decomposition is exact and fast. With them it leaves a small gap that shrinks with the number
    of items, so tiny instances go to the extensive form, which closes it. Very large ones go to blocks of items, which need
    less memory and use processes or a cluster, but explain only limits that cannot hold by themselves.
    """
    if takes_blocks(tables.demand.size, options, solver):
        from stockrail.solvers.blocks.solve import solve_in_blocks

        return "blocks", solve_in_blocks(tables.instance, tables.tree, options)
    if solver == "auto":
        has_rows = len(Guardrails.build(tables)) > 0
        solver = "extensive" if has_rows and tables.demand.size <= EXTENSIVE_SIZE else "decomposition"
    if solver == "extensive":
        from stockrail.solvers.extensive import solve_extensive

        return solver, solve_extensive(tables, options)
    from stockrail.solvers.decomposition import solve_decomposition

    return solver, solve_decomposition(tables, options)
