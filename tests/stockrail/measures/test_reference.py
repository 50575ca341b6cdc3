"""The reference case G11: its value of perfect information and of the stochastic solution (docs/reference-cases.md)."""

import numpy as np
import pytest

from stockrail.measures.measures import measure
from stockrail.measures.solving import solve_one
from stockrail.measures.sub_tree import with_orders_held
from stockrail.solvers.result import SolveOptions
from tests.random_instances import tables_of
from tests.reference_cases import needs_reference, reference, two_stage_with_budget

pytestmark = needs_reference

BUDGETS = ("None", "2500", "2000", "1500", "1000")

ONE_MEAN_PLAN = ("None", "2500", "1000")
"""Budgets with one best plan for mean demand; elsewhere several are equally good, each with its own value."""


@pytest.mark.parametrize("budget", BUDGETS)
def test_two_stage_measures(budget: str) -> None:
    """Recourse problem, wait and see, EVPI, the mean problem and, where its plan is the only one, EEV and VSS."""
    gold = reference("G11_two_stage_evpi_vss")["gold"][budget]
    found = measure(two_stage_with_budget(budget).instance, gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(gold["RP"])
    assert found.wait_and_see.optimum.value == pytest.approx(gold["WS"])
    assert found.expected_value_of_perfect_information().value == pytest.approx(gold["EVPI"])
    mean = found.mean_plans[0]
    assert mean.solved.optimum.value == pytest.approx(gold["EV"])
    vss = [held.value_of_stochastic_solution(found.optimum).value for held in mean.held]
    if budget in ONE_MEAN_PLAN:
        assert vss == pytest.approx([gold["VSS"]] * 3, abs=1e-6)
    else:
        assert all(value >= -1e-6 for value in vss)


@pytest.mark.parametrize("budget", BUDGETS)
def test_value_of_the_mean_plan_of_the_reference(budget: str) -> None:
    """The reference's own orders for mean demand, held, are worth its EEV, so VSS is reproduced for every budget."""
    case = two_stage_with_budget(budget)
    gold = reference("G11_two_stage_evpi_vss")["gold"][budget]
    tables, options = tables_of(case.instance), SolveOptions(gap=0.0)
    orders = np.array(gold["EV_Q"])[:, None]
    held = solve_one(with_orders_held(tables, orders, 0), options).optimum
    assert held.value == pytest.approx(gold["EEV"])
    assert solve_one(tables, options).optimum.less(held).value == pytest.approx(gold["VSS"], abs=1e-6)
