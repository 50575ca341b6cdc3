"""The extensive form against the best of all plans, each judged by the independent checker's simulation."""

import itertools

import numpy as np
import pytest

from stockrail.model.formulation_metrics import METRICS
from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from stockrail.model.tree import IntArray
from stockrail.solvers.result import InfeasibleError
from stockrail.verification.flows import simulate
from stockrail.verification.guardrails import read_limits
from stockrail.verification.money import Money
from stockrail.verification.verify import measure_all
from tests.builders import Changes, make_instance
from tests.model.random_features import random_guardrail
from tests.solvers.extensive_cases import solve

NODES: list[Changes] = [
    {"node": "now", "period": 0, "probability": 1},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.35, "demand_factor": 1.5},
    {"node": "mean", "parent": "now", "period": 1, "probability": 0.35},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.3, "demand_factor": 0.4},
]


@pytest.mark.parametrize("seed", range(10))
def test_optimum_is_the_best_of_all_plans(seed: int) -> None:
    """A hard guardrail on a random metric, beside breaks, overtime and a blend with CVaR: no plan that keeps it is better.

    Where none keeps it, the extensive form says so and names it.
    """
    random = np.random.default_rng(seed)
    metric = [*METRICS, "overtime_spend"][random.integers(len(METRICS) + 1)]
    rail = {**random_guardrail(random, metric), "scope": "all", "scope_value": "", "soft_price": None}
    rail["first_period"], rail[("lower", "upper")[random.integers(2)]] = 0, None
    instance = make_instance(
        demand=(5, 8),
        sigma=(0, 1.5)[random.integers(2)],
        settings={
            "storage_rate_per_year": 0.2,
            "terminal_stock_share": 0.5,
            "receivable_days": 200,
            "forward_cover_days": 365,
            "margin_cvar_weight": 0.4,
            "margin_cvar_alpha": 0.5,
        },
        items={
            "lot_size": 5,
            "order_cost": 2,
            "opening_stock_units": 4,
            "expedite_share": 0.5,
            "expedite_premium": 1,
            "shelf_life_periods": 1,
            "write_off_share": 0.3,
        },
        segments={"lost_share": 0.5, "backorder_cost_share_of_price_per_period": 0.3},
        suppliers={"payment_days": 300, "capacity_units_per_period": 4, "overtime_premium_per_unit": 0.5},
        quantity_breaks={"from_units": 10, "unit_cost": 5},
        guardrails=rail,
        scenarios=NODES,
    )
    best = max(objective_if_kept(instance, lots) for lots in all_plans(instance))
    if np.isfinite(best):
        result = solve(instance)
        assert result.objective == pytest.approx(best, abs=1e-5)
        assert result.bound == pytest.approx(best, abs=1e-4)
    else:
        with pytest.raises(InfeasibleError, match=metric):
            solve(instance)


def all_plans(instance: Instance) -> list[IntArray]:
    """Lots [nodes, items] of every plan that keeps the most lots of a path."""
    most = int(Tables.build(instance, build_tree(instance)).lots_limit[0])
    lots = itertools.product(range(most + 1), repeat=len(NODES))
    return [np.array(plan)[:, None] for plan in lots if plan[0] + max(plan[1:]) <= most]


def objective_if_kept(instance: Instance, lots: IntArray) -> float:
    """The checker's objective of a plan, minus infinity where it breaks a hard limit."""
    tree = build_tree(instance)
    limits = read_limits(instance, tree)
    scopes = [np.ones(1, dtype=bool), *(limit.scope for limit in limits)]
    flows = simulate(instance, tree, lots, scopes)
    measured = measure_all(limits, flows, instance, tree)
    is_kept = all(rows.limit.soft_price is not None or rows.excess.max() <= 1e-7 for rows in measured)
    return Money.of(instance.settings, tree, flows, measured).objective if is_kept else -np.inf
