"""The plan that is evaluated: made now, or read from the folder of an earlier run."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stockrail.model.instance import Instance
from stockrail.model.problems import InstanceError, Problem
from stockrail.model.tables import Tables, cumulate
from stockrail.model.tree import IntArray
from stockrail.solvers import solve
from stockrail.solvers.result import NoPlanError, Progress, SolveOptions
from stockrail.verification.orders import Orders


@dataclass(frozen=True)
class GivenPlan:
    """A plan with what is known of its proof.

    Attributes
    ----------
    cumulative_lots : int [items, nodes].
    certificate : objective, bound, gap, statistical_gap (None where it was not computed), seconds; and where it was read from.
    """

    cumulative_lots: IntArray = field(repr=False)
    certificate: dict[str, Any]


def make_plan(
    tables: Tables,
    *,
    gap: float,
    time_limit: float,
    seed: int,
    workers: int,
    on_progress: Callable[[Progress], None],
    is_cancelled: Callable[[], bool],
) -> GivenPlan:
    """Plan.

    Raises
    ------
    InfeasibleError
        No plan keeps the hard guardrails.
    NoPlanError
        The limit or the cancel came before there was a plan.
    """
    began = time.perf_counter()
    options = SolveOptions(
        time_limit=time_limit,
        gap=gap,
        seed=seed,
        workers=workers,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    solver, result = solve(tables, options)
    if result.cumulative_lots is None:
        raise NoPlanError(
            f"The solve ended ({result.termination_reason}) before it had a plan that keeps every hard guardrail. Allow more "
            "time, or give a plan with --plan."
        )
    return GivenPlan(
        result.cumulative_lots,
        {
            "solver": solver,
            "objective": result.objective,
            "bound": result.bound,
            "gap": result.gap,
            "statistical_gap": None,
            "seconds": time.perf_counter() - began,
            "plan_folder": None,
        },
    )


def read_plan(folder: Path, tables: Tables) -> GivenPlan:
    """Read the plan that `stockrail plan --out` wrote.

    Raises
    ------
    InstanceError
        There is none, or its orders are not those of this instance and its order rules.
    """
    instance: Instance = tables.instance
    orders_file, plan_file = folder / "orders.csv", folder / "plan.json"
    missing = [file for file in (orders_file, plan_file) if not file.is_file()]
    if missing:
        raise InstanceError(
            [
                Problem(str(file), None, None, None, "a file of a folder that `stockrail plan --out` wrote")
                for file in missing
            ]
        )
    orders = Orders(orders_file, instance, tables.tree)
    broken = [check for check in orders.checks() if not check.passed]
    if broken:
        raise InstanceError(
            [
                Problem(
                    str(orders_file), None, check.name, check.detail, "orders of a plan of this very instance"
                )
                for check in broken
            ]
        )
    record: dict[str, Any] = json.loads(plan_file.read_text(encoding="utf-8"))
    lots = cumulate(tables.tree, orders.lots.T.astype(np.float64)).astype(np.int64)
    names = ("solver", "objective", "bound", "gap", "statistical_gap", "seconds")
    kept = {name: record.get(name) for name in names}
    return GivenPlan(lots, {**kept, "plan_folder": str(folder)})
