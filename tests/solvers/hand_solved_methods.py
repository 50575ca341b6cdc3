"""How the cases solved by hand are compared: with the extensive form, the decomposition and the checker."""

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tree import IntArray
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import SolveOptions
from stockrail.verification.flows import Flows, simulate
from stockrail.verification.guardrails import Rows, read_limits
from stockrail.verification.verify import measure_all
from tests.hand_solved import Case, demand_first, order_first, plan_of
from tests.random_instances import tables_of

EXACT = SolveOptions(time_limit=30.0, gap=0.0)
CENT = 0.005


def checked(instance: Instance, plan: IntArray) -> tuple[Flows, list[Rows]]:
    """What the checker makes of cumulative lots: flows of all items, and every limit held against them."""
    tree = build_tree(instance)
    lots = plan.copy()
    lots[:, 1:] -= plan[:, tree.parent[1:]]
    limits = read_limits(instance, tree)
    scopes = [np.ones(len(instance.items), dtype=bool), *(limit.scope for limit in limits)]
    flows = simulate(instance, tree, lots.T, scopes)
    return flows, measure_all(limits, flows, instance, tree)


def held(rows: Rows) -> float:
    """The value of a limit's only row, or that of the worst node where every scenario has its own."""
    worst = np.nanmax if rows.limit.side == "upper" else np.nanmin
    return float(worst(rows.value))


def instance_of(case: Case) -> Instance:
    """The world of a case with its guardrail."""
    if isinstance(case.lots, int):
        return order_first(case.rail)
    soft = {"capacity_units_per_period": 15, "overtime_premium_per_unit": 2}
    return demand_first(case.rail, suppliers=soft if case.metric == "overtime_spend" else None)


def assert_solved(instance: Instance, lots: int | tuple[int, ...], objective: float) -> None:
    """The extensive form finds exactly that; the decomposition's bound is no lower and its plan no better."""
    tables = tables_of(instance)
    plan = plan_of(lots)
    optimum = solve_extensive(tables, EXACT)
    assert optimum.cumulative_lots is not None
    np.testing.assert_array_equal(optimum.cumulative_lots, plan)
    assert optimum.objective == pytest.approx(objective, abs=CENT)
    result = solve_decomposition(tables, EXACT)
    assert result.bound >= objective - CENT
    assert result.objective <= objective + CENT
    if result.objective >= objective - CENT:
        np.testing.assert_array_equal(result.cumulative_lots, plan)
