"""The engine where nothing is uncertain: on the mean of what may come, and on a path that is known in advance."""

from dataclasses import dataclass, replace

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray, ScenarioTree
from stockrail.simulation.paths import DemandPaths
from stockrail.solvers import solve
from stockrail.solvers.result import InfeasibleError, SolveOptions


@dataclass(frozen=True)
class OnePathPlan:
    """A plan of one path.

    Attributes
    ----------
    lots : int [items, periods], ordered.
    objective, bound : money, of the plan and of the best there is, as the engine counts on that path.
    is_guarded : whether the guardrails were kept; False where none of its plans keeps them, so that it was made without.
    """

    lots: IntArray
    objective: float
    bound: float
    is_guarded: bool


def path_of(instance: Instance, paths: DemandPaths, path: int) -> Tables:
    """Parameters where a simulated path is the only thing that can happen."""
    periods = paths.periods
    if periods != instance.settings.periods:
        raise ValueError(
            f"The path has {periods} periods, the instance {instance.settings.periods}: plan what is simulated."
        )
    chain = ScenarioTree(
        names=tuple(f"t{t}" for t in range(periods)),
        parent=np.arange(periods) - 1,
        period=np.arange(periods),
        probability=np.ones(periods),
        demand=paths.demand[path],
        price_factor=paths.price_factor[path],
        delay_periods=paths.delay_periods[path],
        cost_factor=paths.cost_factor[path],
        order_cost_factor=paths.order_cost_factor[path],
        capacity_factor=paths.capacity_factor[path],
        warehouse_factor=paths.warehouse_factor[path],
    )
    return Tables.build(replace(instance, sigma=np.zeros_like(instance.sigma)), chain)


def mean_of(tables: Tables) -> Tables:
    """Parameters where what is expected in each period happens: demand, prices and costs at their means, and no delays."""
    tree, instance = tables.tree, tables.instance
    to_period = np.zeros((len(tree), tree.periods))
    to_period[np.arange(len(tree)), tree.period] = tree.probability

    def mean(values: Array) -> Array:
        return np.asarray(values @ to_period)[None]

    paths = DemandPaths(
        demand=mean(tree.demand),
        delay_periods=np.zeros((1, len(instance.suppliers), tree.periods), dtype=np.int64),
        cost_factor=mean(tree.cost_factor),
        order_cost_factor=mean(tree.order_cost_factor),
        price_factor=mean(tree.price_factor),
        capacity_factor=mean(tree.capacity_factor),
        warehouse_factor=mean(tree.warehouse_factor),
    )
    return path_of(instance, paths, 0)


def held_back(tables: Tables, safety_units: Array) -> Tables:
    """The same parameters with safety stock [items] that the plan may not touch: stock that it counts on is less by it."""
    more_lots = np.ceil(np.maximum(safety_units, 0.0) / tables.lot_size).astype(np.int64)
    return replace(
        tables,
        base_stock=tables.base_stock - safety_units[:, None],
        lots_limit=tables.lots_limit + more_lots,
    )


def solve_path(tables: Tables, gap: float, time_limit: float, seed: int, workers: int) -> OnePathPlan:
    """Plan one path; where its hard guardrails cannot hold, without them."""
    options = SolveOptions(gap=gap, time_limit=time_limit, seed=seed, workers=workers)
    is_guarded = True
    try:
        _, result = solve(tables, options)
    except InfeasibleError:
        result = None
    if result is None or result.cumulative_lots is None:
        is_guarded = False
        instance = replace(tables.instance, guardrails=(), guardrail_limits=(), funded_builds=())
        _, result = solve(replace(tables, instance=instance), options)
    assert result.cumulative_lots is not None
    lots = np.diff(result.cumulative_lots, axis=1, prepend=0)
    return OnePathPlan(lots.astype(np.int64), result.objective, result.bound, is_guarded)
