"""The mean planned anew at each stage: what many planning systems do (the dynamic version of Escudero and others 2007)."""

from collections.abc import Callable

import numpy as np

from stockrail.measures.ranged import Ranged
from stockrail.measures.solving import INFEASIBLE, NOT_SOLVED, SOLVED, Evaluation, solve_one
from stockrail.measures.sub_tree import lots_of, mean_path, sub_tree, with_orders_held
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.solvers.result import SolveOptions


def stage_starts(tree: ScenarioTree) -> list[int]:
    """Nodes at which something new becomes known: the root, and every node with siblings."""
    children = np.bincount(tree.parent[1:], minlength=len(tree))
    return [0, *(n for n in range(1, len(tree)) if children[tree.parent[n]] > 1)]


def plan_anew(
    tables: Tables,
    *,
    has_error: bool,
    options: SolveOptions,
    on_solve: Callable[[int], None] = lambda start: None,
) -> tuple[Ranged, str, tuple[str, ...]]:
    """Plan at each stage for the mean of what may follow, with the orders placed so far, and place its orders until the next stage.

    Between two stages nothing new becomes known, so to plan anew there would change nothing.

    Returns
    -------
    What these orders reach on the tree, the status ("infeasible" where they break hard limits, at once or at a later stage, "not solved"
    where a plan was not found in time), and the limits that they break.
    """
    tree = tables.tree
    starts = stage_starts(tree)
    node_at = np.stack([tree.path(int(leaf)) for leaf in tree.leaves])
    lots = np.zeros(tables.demand.shape, dtype=np.int64)
    plans: dict[int, IntArray] = {}
    is_start = np.isin(np.arange(len(tree)), starts)
    for k, start in enumerate(starts):
        on_solve(k)
        if options.is_cancelled():
            return Ranged.unknown(), NOT_SOLVED, ()
        now = int(tree.period[start])
        own_paths = node_at[node_at[:, now] == start]
        mean = mean_path(sub_tree(tables, own_paths[:, -1])[0], has_error=has_error)
        if now:
            mean = with_orders_held(mean, lots[:, own_paths[0, :now]], now - 1)
        known = [plans[int(tree.parent[start])]] if now else []
        solved = solve_one(mean, options, known)
        if solved.cumulative_lots is None:
            return Ranged.unknown(), solved.status, solved.broken
        ordered = lots_of(mean, solved.cumulative_lots)
        for node in own_paths[0, now:].tolist():
            if node != start and is_start[node]:
                break
            lots[:, node] = ordered[:, tree.period[node]]
            plans[node] = solved.cumulative_lots
    found = Evaluation.of(tables, cumulate(tree, lots.astype(np.float64)).astype(np.int64))
    if found.broken:
        return Ranged.unknown(), INFEASIBLE, found.broken
    return Ranged.exactly(found.objective), SOLVED, ()
