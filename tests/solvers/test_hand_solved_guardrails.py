"""Each metric and each way to hold, solved by hand: extensive form, decomposition and checker all say the same."""

import numpy as np
import pytest

from stockrail.model.ledger import Ledger
from stockrail.model.metrics import METRICS
from stockrail.model.tree import Array
from tests.hand_solved import Case, order_first, plan_of
from tests.hand_solved_amounts import AMOUNTS, DENOMINATORS, OBJECTIVE, PLANS
from tests.hand_solved_cases import DEMAND_FIRST, ORDER_FIRST, SUMMED
from tests.random_instances import tables_of
from tests.solvers.hand_solved_methods import assert_solved, checked, held, instance_of


@pytest.mark.parametrize("n", PLANS)
def test_tables_are_what_engine_and_checker_count(n: int) -> None:
    """Every metric at every node, every denominator and the expected margin of n lots are those of the tables by hand."""
    instance = order_first({"metric": "cash", "lower": 0})
    ledger = Ledger(tables_of(instance), plan_of(n))
    flows, measured = checked(instance, plan_of(n))
    assert ledger.expected_margin == pytest.approx(OBJECTIVE[n], abs=1e-9)
    constants: dict[str, Array] = {
        name: np.broadcast_to(METRICS[name].constant(ledger.tables.instance, ledger.tables.tree), (5,))
        for name in AMOUNTS
    }
    for name, by_plan in AMOUNTS.items():
        by_item = np.asarray(by_plan[n]) - constants[name]
        np.testing.assert_allclose(ledger.metric(name).sum(axis=0), by_item, atol=1e-9, err_msg=name)
        if name != "overtime_spend":
            np.testing.assert_allclose(flows.metrics[name][0], by_item, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(measured[0].numerator, AMOUNTS["cash"][n])
    for name, below in DENOMINATORS.items():
        np.testing.assert_allclose(flows.denominators[name][0], below[n], atol=1e-9, err_msg=name)


def test_every_metric_has_every_way_to_hold() -> None:
    """The cases are all pairs of a metric and a way to hold, each once."""
    pairs = [(case.metric, case.holds) for case in [*ORDER_FIRST, *DEMAND_FIRST]]
    holds = ("every scenario", "expected", "cvar", "chance")
    assert sorted(pairs) == sorted((metric, way) for metric in METRICS for way in holds)


@pytest.mark.parametrize("case", [*ORDER_FIRST, *SUMMED], ids=str)
def test_best_of_the_plans_that_the_checker_lets_through(case: Case) -> None:
    """Of the five plans, those that the checker finds within the limit have the plan by hand as their best."""
    kept = []
    for n in PLANS:
        rows = checked(order_first(case.rail), plan_of(n))[1][0]
        if np.all(rows.excess <= 0):
            kept.append(n)
    assert max(kept, key=lambda n: OBJECTIVE[n]) == case.lots


@pytest.mark.parametrize("case", [*ORDER_FIRST, *DEMAND_FIRST, *SUMMED], ids=str)
def test_solved_by_hand(case: Case) -> None:
    """The best plan is the one by hand, and the checker measures there what was worked out by hand."""
    instance = instance_of(case)
    assert_solved(instance, case.lots, case.best)
    rows = checked(instance, plan_of(case.lots))[1][0]
    assert held(rows) == pytest.approx(case.value, abs=1e-9)
    assert np.all(rows.excess <= 1e-9)
