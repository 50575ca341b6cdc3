"""CVaR at its two ends is expectation and worst case, and a chance of 0 is every scenario: on random plans and by optimum."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import InfeasibleError, SolveOptions
from tests.random_instances import random_instance, random_plan, tables_of

EXACT = SolveOptions(time_limit=30.0, gap=0.0)

NEARLY_ONE = 1 - 1e-6
"""A tail smaller than any node's probability holds the worst node alone."""

TWINS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "cvar at 0 is expected": ({"holds": "cvar", "alpha": 0.0}, {"holds": "expected"}),
    "cvar towards 1 is every scenario": ({"holds": "cvar", "alpha": NEARLY_ONE}, {"holds": "every scenario"}),
    "chance of 0 is every scenario": ({"holds": "chance", "alpha": 0.0}, {"holds": "every scenario"}),
}

SEEDS = range(4)

NAMES = st.sampled_from([name for name in METRICS if name != "overtime_spend"])


def worst_by_period(tables: Tables, plan: Any, soft_price: float | None = None) -> tuple[Any, float]:
    """Largest violation in each period [periods], and what violations cost, of the only guardrail."""
    guardrails = Guardrails.build(tables)
    over = guardrails.assess(guardrails.usage(guardrails.metric_values(Ledger(tables, plan).stock))[0])
    worst = np.zeros(tables.tree.periods)
    for block, where in guardrails.each():
        np.maximum.at(worst, tables.tree.period[block.node], over[where])
    return worst, guardrails.cost(over) if soft_price is not None else 0.0


def with_guardrail(instance: Instance, **row: Any) -> Instance:
    """The instance with this guardrail alone."""
    common = {
        "guardrail": "G",
        "scope": "all",
        "first_period": 0,
        "last_period": instance.settings.periods - 1,
    }
    given: dict[str, Any] = {"lower": None, "upper": None, "soft_price": None, **common, **row}
    return dataclasses.replace(instance, guardrails=(Guardrail(**given),))


@pytest.mark.parametrize("twins", TWINS)
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    metric=NAMES,
    side=st.sampled_from(["upper", "lower"]),
    share=st.floats(0.3, 1.5),
    measured=st.sampled_from(["each period", "average", "total"]),
)
def test_twins_are_violated_alike(
    twins: str, seed: int, metric: str, side: str, share: float, measured: str
) -> None:
    """For any plan, two ways to hold that mean the same are broken by the same amounts, and cost the same where soft.

    The tail with the worst node alone is once what every scenario is node by node: it has the same largest violation.
    """
    rng = np.random.default_rng(seed)
    plain = random_instance(rng, items=2)
    tables = tables_of(plain)
    plan = random_plan(rng, tables)
    level = share * float(np.abs(Ledger(tables, plan).metric(metric).sum(axis=0)).mean())
    found = []
    for holds in TWINS[twins]:
        row = {"metric": metric, side: level, "measured": measured, "soft_price": 0.5, **holds}
        found.append(worst_by_period(tables_of(with_guardrail(plain, **row)), plan, 0.5))
    (worst, cost), (worst_twin, cost_twin) = found
    size = max(1.0, float(np.abs(worst_twin).max()))
    np.testing.assert_allclose(worst, worst_twin, atol=1e-6 * size)
    if twins != "cvar towards 1 is every scenario":
        assert cost == pytest.approx(cost_twin, rel=1e-6, abs=1e-6)
    else:
        assert cost >= cost_twin - 1e-6 * max(1.0, cost)


@pytest.mark.parametrize("twins", TWINS)
@pytest.mark.parametrize(
    ("metric", "side", "share"),
    [
        ("inventory_value", "upper", 0.7),
        ("working_capital", "upper", 0.8),
        ("excess_exposure", "upper", 0.5),
        ("served_units", "lower", 1.05),
    ],
)
def test_twins_have_the_same_optimum(twins: str, metric: str, side: str, share: float) -> None:
    """Two ways to hold that mean the same allow the same plans, so that the best ones earn the same, or there are none."""
    is_binding = 0
    for seed in SEEDS:
        plain = random_instance(np.random.default_rng(seed), items=1, most_nodes=7, lots=(2, 4))
        free = tables_of(plain)
        best = solve_extensive(free, EXACT)
        assert best.cumulative_lots is not None
        by_node = Ledger(free, best.cumulative_lots).metric(metric).sum(axis=0)
        is_last = free.tree.period == free.tree.periods - 1
        last, weight = by_node[is_last], free.tree.probability[is_last]
        if twins == "cvar at 0 is expected":
            level = share * float(weight @ last)
        else:
            level = share * float(last.max() if side == "upper" else last.min())
        last_period = {"first_period": free.tree.periods - 1}
        outcomes = []
        for holds in TWINS[twins]:
            row = {"metric": metric, side: level, **last_period, **holds}
            try:
                outcomes.append(solve_extensive(tables_of(with_guardrail(plain, **row)), EXACT).objective)
            except InfeasibleError:
                outcomes.append(-np.inf)
        assert outcomes[0] == pytest.approx(outcomes[1], rel=1e-6, abs=1e-4)
        is_binding += -np.inf < outcomes[0] < best.objective - 1e-6
    assert is_binding, "the limit costs something on at least one seed"
