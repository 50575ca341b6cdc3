"""What another method found, valued and proven anew: nothing is taken on trust.

`lagrangian_bound` turns the weights of progressive hedging into a bound by solves of our own, with HiGHS's own proof of each;
`plan_of_scenarios` turns what scenarios order into one plan, which the ledger values.
"""

from collections.abc import Sequence

import numpy as np

from stockrail.interop.mpisppy import scenario_model
from stockrail.interop.stages import StageTree
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.compiled_model import compile_model
from stockrail.solvers.highs import solve_mip
from stockrail.solvers.programs import INFINITY


def lagrangian_bound(
    tables: Tables,
    stages: StageTree,
    weights: Array,
    *,
    gap: float = 1e-4,
    time_limit: float = INFINITY,
) -> float:
    """A bound on the objective of every plan.

    Parameters
    ----------
    weights : [scenarios, items, periods], money per lot
        Added to the minimised cost of what a scenario orders. Those of scenarios that share a decision are centred first, so
        that they cancel out in any plan; then any weights give a valid bound. All 0 is the mean of what scenarios reach alone.
    gap : relative gap of each scenario's solve; the solves' own bounds are added up, so the sum is valid at any gap.
    time_limit : seconds of each scenario's solve.
    """
    probability = tables.tree.probability[stages.leaves]
    total = 0.0
    for scenario, centred in enumerate(centre(stages, weights)):
        compiled = compile_model(scenario_model(tables, stages, scenario))
        cost, period = compiled.form.cost.copy(), compiled.model.period
        item = {name: i for i, name in enumerate(compiled.model.ITEMS)}
        for (i, n), column in compiled.columns_of("lots").items():
            cost[column] += centred[item[i], period[n]]
        form = compiled.form
        solved = solve_mip(type(form)(**{**vars(form), "cost": cost}), gap=gap, time_limit=time_limit)
        total += float(probability[scenario]) * solved.bound
    return -total


def centre(stages: StageTree, weights: Array) -> Array:
    """Weights less their mean over the scenarios that share the decision, and 0 where a scenario is alone."""
    tree, centred = stages.tree, np.zeros_like(weights)
    paths = np.array([tree.path(int(leaf)) for leaf in stages.leaves])
    likely = tree.probability[stages.leaves]
    for t in range(stages.decided_periods):
        for node in np.unique(paths[:, t]):
            sharing = paths[:, t] == node
            mean = np.average(weights[sharing, :, t], axis=0, weights=likely[sharing])
            centred[sharing, :, t] = weights[sharing, :, t] - mean
    return centred


def plan_of_scenarios(tables: Tables, stages: StageTree, lots: Sequence[Array] | Array) -> IntArray:
    """Cumulative lots [items, nodes] of what scenarios order, lots [scenarios, items, periods].

    Raises
    ------
    ValueError
        Scenarios that share a decision order different lots, or parts of a lot.
    """
    tree, ordered = tables.tree, np.full((len(tables.instance.items), len(tables.tree)), -1)
    for leaf, own in zip(stages.leaves, np.asarray(lots), strict=True):
        path, whole = tree.path(int(leaf)), np.round(own).astype(np.int64)
        if np.abs(own - whole).max() > 1e-4:
            raise ValueError("Scenarios order parts of a lot: not a plan.")
        known = ordered[:, path]
        if np.any((known >= 0) & (known != whole)):
            raise ValueError("Scenarios that know the same order different lots: not a plan.")
        ordered[:, path] = whole
    return cumulate(tree, ordered.astype(np.float64)).round().astype(np.int64)
