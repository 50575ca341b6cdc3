"""A plan as it is kept while a run goes: its orders and its prices as two tables, enough to go on from and to lay out later."""

import math

import numpy as np
import pandas as pd

from stockrail.finance.plan_prices import PlanPrices
from stockrail.finance.relaxing import RelaxedSolve
from stockrail.findings import Findings
from stockrail.model.instance import Instance
from stockrail.model.item_groups import ItemGroups
from stockrail.model.tables import cumulate
from stockrail.model.tree import IntArray, ScenarioTree
from stockrail.planning import Plan, lay_out
from stockrail.solvers.result import (
    Incumbent,
    SolutionStatus,
    SolveResult,
    TerminationReason,
    relative_gap,
)
from stockrail.workbench.store.artifacts import Artifacts
from stockrail.workbench.store.tables import Run

ORDERS, PRICES = "best_orders.parquet", "best_prices.parquet"
"""Names of the two artifacts of a run."""

KEPT_NOTE = (
    "The run ended before it was done. This is the best plan that it had, laid out afterwards; prices of limits and the "
    "finance checks were not made."
)


class UnfitPlanError(ValueError):
    """A kept plan names items or nodes that the instance does not have."""


def orders_frame(cumulative_lots: IntArray, instance: Instance, tree: ScenarioTree) -> pd.DataFrame:
    """The orders of a plan: item, node, lots; one row for each item and node with an order.

    Parameters
    ----------
    cumulative_lots : [items, nodes].
    """
    lots = np.asarray(cumulative_lots, dtype=np.int64).copy()
    lots[:, 1:] -= np.asarray(cumulative_lots, dtype=np.int64)[:, tree.parent[1:]]
    item, node = np.nonzero(lots)
    names = np.array([row.item for row in instance.items], dtype=object)
    return pd.DataFrame(
        {"item": names[item], "node": np.array(tree.names, dtype=object)[node], "lots": lots[item, node]}
    )


def cumulative_lots_of(orders: pd.DataFrame, instance: Instance, tree: ScenarioTree) -> IntArray:
    """The plan of `orders_frame`, [items, nodes].

    Raises
    ------
    UnfitPlanError
        An item or a node is not in the instance.
    """
    item = pd.Index([row.item for row in instance.items]).get_indexer(pd.Index(orders["item"]))
    node = pd.Index(list(tree.names)).get_indexer(pd.Index(orders["node"]))
    if (item < 0).any() or (node < 0).any():
        raise UnfitPlanError("The plan that was kept belongs to another instance. Start the run again.")
    lots = np.zeros((len(instance.items), len(tree)), dtype=np.int64)
    lots[item, node] = orders["lots"].to_numpy()
    return np.asarray(cumulate(tree, lots))


def prices_frame(incumbent: Incumbent) -> pd.DataFrame | None:
    """Prices of the rows of guardrails, in their order: price; None where the solver has none."""
    return None if incumbent.prices is None else pd.DataFrame({"price": incumbent.prices})


def start_of(artifacts: Artifacts, run: Run, instance: Instance, tree: ScenarioTree) -> Incumbent | None:
    """The best plan of a run's earlier attempts, for the solve to begin with; None where there is none.

    Raises
    ------
    UnfitPlanError
        It belongs to another instance.
    """
    if run.best_plan is None:
        return None
    lots = cumulative_lots_of(artifacts.frame(run.best_plan), instance, tree)
    kept = run.artifacts.get(PRICES)
    prices = None if kept is None else artifacts.frame(kept)["price"].to_numpy(dtype=np.float64)
    return Incumbent(lots, -math.inf, math.inf, prices)


def lay_out_kept(
    instance: Instance,
    tree: ScenarioTree,
    orders: pd.DataFrame,
    *,
    solver: str,
    objective: float,
    bound: float,
    gap: float,
    seed: int,
    seconds: float,
) -> Plan:
    """The plan that was kept, with the certificate of what is proven of it.

    Parameters
    ----------
    objective, bound : as the search had them, in money; `bound` infinite where it had none.
    gap : the gap asked for.
    seconds : of the run.
    """
    groups = ItemGroups(instance, tree)
    is_proven = relative_gap(objective, bound) <= gap
    result = SolveResult(
        cumulative_lots=cumulative_lots_of(orders, instance, tree),
        objective=objective,
        bound=bound,
        termination_reason=TerminationReason.CANCELLED,
        solution_status=SolutionStatus.PROVEN if is_proven else SolutionStatus.FEASIBLE,
        notes=(KEPT_NOTE,),
    )
    return lay_out(groups, RelaxedSolve(solver, result), Findings(PlanPrices()), seed, 0.0, seconds)
