"""What is told of limits that cannot hold by themselves is true: on random instances, plans and limits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.highs import SolverError
from stockrail.solvers.line_ranges import LineRanges
from stockrail.solvers.result import InfeasibleError, SolveOptions
from stockrail.solvers.unavoidable import LeastUse, beyond
from tests.builders import Changes
from tests.random_instances import random_instance, random_plan, tables_of
from tests.solvers.test_properties import few_examples, seeds
from tests.solvers.unavoidable_cases import CASES

RAILS: dict[str, list[Changes]] = {
    metric: [
        {"metric": metric, "side": side, **held}
        for side in ("upper", "lower")
        for held in (
            {},
            {"holds": "expected"},
            {"holds": "cvar", "alpha": 0.4},
            {"holds": "chance", "alpha": 0.3},
        )
    ]
    for metric in CASES
    if metric != "overtime_spend"
}
"""Every metric of items in all ways to hold."""


def limited(seed: int, rail: Changes, share: float) -> Tables:
    """An instance with a limit about as large as what a random plan has at worst, or best; a share of its size away from it."""
    free = tables_of(random_instance(np.random.default_rng(seed), items=2, most_nodes=5, lots=(2, 4)))
    ledger = Ledger(free, random_plan(np.random.default_rng(seed), free))
    amount = ledger.metric_total(rail["metric"])
    below = ledger.denominator(rail["metric"])
    if below is not None:
        total = below.sum(axis=0)
        amount = np.divide(amount, total, out=np.zeros_like(amount), where=total > 0)
    worst = float(np.quantile(amount, 0.3))
    limit = worst + (share - 0.5) * max(float(np.ptp(amount)), 1.0)
    changes: dict[str, Any] = {name: value for name, value in rail.items() if name != "side"}
    rails = ({**changes, rail["side"]: limit},)
    rng = np.random.default_rng(seed)
    return tables_of(random_instance(rng, items=2, most_nodes=5, lots=(2, 4), guardrails=rails))


@settings(few_examples, max_examples=40)
@given(seed=seeds, metric=st.sampled_from(sorted(RAILS)), kind=st.integers(0, 7), share=st.floats(0.0, 1.0))
def test_told_only_where_the_extensive_form_has_no_plan(
    seed: int, metric: str, kind: int, share: float
) -> None:
    """What is told is true, and where there is a plan nothing is told. About half of these limits can hold, most others are told."""
    tables = limited(seed, RAILS[metric][kind], share)
    guardrails = Guardrails.build(tables)
    told = beyond(guardrails, LeastUse.of(guardrails, LineRanges(tables))).any()
    try:
        plan = solve_extensive(tables, SolveOptions(time_limit=20.0, gap=0.5)).cumulative_lots
    except (InfeasibleError, SolverError):  # the second where it is infeasible for no single guardrail's sake
        return
    assert not (told and plan is not None)


@pytest.mark.parametrize("metric", RAILS)
@pytest.mark.parametrize("seed", range(4))
def test_no_plan_uses_less(metric: str, seed: int) -> None:
    """Random plans use at least what is said to be the least, of every row."""
    rng = np.random.default_rng(seed)
    for rail in RAILS[metric]:
        tables = limited(seed, rail, 0.5)
        guardrails = Guardrails.build(tables)
        least = LeastUse.of(guardrails, LineRanges(tables)).use
        for _ in range(4):
            stock = Ledger(tables, random_plan(rng, tables)).stock
            use = guardrails.usage(guardrails.metric_values(stock))[0]
            assert (least <= use + 1e-9 * np.maximum(np.abs(use), 1.0)).all()
