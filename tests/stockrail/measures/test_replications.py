"""The statistical gap, on an instance whose optimum is known."""

import numpy as np
import pytest

from stockrail.measures.replications import Replication, Replications, StatisticalGap, TreePolicy, replicate
from stockrail.measures.sampled_trees import GivenSource, SampledTree
from stockrail.measures.solving import Evaluation, solve_one
from stockrail.model.instance import Instance
from stockrail.model.tables import Tables
from stockrail.solvers.result import SolveOptions
from tests.builders import make_instance
from tests.random_instances import random_instance, random_plan, tables_of

OPTIONS = SolveOptions(gap=0.0, workers=1)


def newsvendor_of_many(scenarios: int = 10) -> Instance:
    """The newsvendor of this folder with demand 10, 20, ..., 100, equally likely.

    A unit sold brings 4 and one left over costs 3, so the best order is the 4/7 quantile, 60: demand of at least 60 is half as likely as
    not, and the units sold of an order Q = 10 k are 10 * (1 + ... + (k - 1) + (11 - k) k) / 10. For 60 that is 45, so
    7 * 45 - 3 * 60 = 135; for 30 it is 27, so 7 * 27 - 3 * 30 = 99, and the gap of an order of 30 is 36.
    """
    return make_instance(
        demand=(0, 55),
        settings={"terminal_stock_share": 0.5},
        items={"lead_time_periods": 1, "lot_size": 10},
        segments={"lost_share": 1},
        scenarios=[{"node": "now", "period": 0, "probability": 1}]
        + [
            {"node": f"s{k}", "parent": "now", "period": 1, "probability": 1 / scenarios}
            for k in range(scenarios)
        ],
        scenario_demand=[{"node": f"s{k}", "units": 10 * (k + 1)} for k in range(scenarios)],
    )


def order_of(tables: Tables, lots: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.full(tables.demand.shape, lots, dtype=np.int64)


def test_interval_covers_the_gap_of_a_poor_plan() -> None:
    """The optimum is 135 and an order of 30 earns 99: on eight series of trees the interval covers the gap of 36.

    Over all trees the mean of the bounds is no less than the optimum and the mean of the policy's value is 99, but for chance.
    """
    tables = tables_of(newsvendor_of_many())
    assert solve_one(tables, OPTIONS).optimum.value == pytest.approx(135.0)
    plan = order_of(tables, 3)
    assert Evaluation.of(tables, plan).objective == pytest.approx(99.0)
    found = [replicate(tables, plan, GivenSource(tables.tree), 20, seed, OPTIONS) for seed in range(8)]
    assert sum(one.policy_gap.most >= 36.0 for one in found) >= 7
    # There is no order later, so to keep the first orders is to follow the plan.
    assert [one.policy_gap.value for one in found] == pytest.approx(
        [one.first_orders_gap.value for one in found]
    )
    bounds = np.array([tree.bound for one in found for tree in one.trees])
    policy = np.array([tree.policy for one in found for tree in one.trees])
    assert bounds.mean() >= 135.0 - 2 * bounds.std(ddof=1) / np.sqrt(len(bounds))
    assert abs(policy.mean() - 99.0) <= 3 * policy.std(ddof=1) / np.sqrt(len(policy))
    # It is not so wide as to say nothing: a plan that earns 99 of 135 is not taken for one that earns half.
    assert all(one.policy_gap.most < 68.0 for one in found)


def test_gap_by_hand() -> None:
    """Gaps of 1, 2 and 6: mean 3, standard deviation sqrt(7), and Student's 95% quantile with two degrees is 2.920."""
    gap = StatisticalGap.of([1.0, 2.0, 6.0])
    assert gap.value == pytest.approx(3.0)
    assert gap.most == pytest.approx(3.0 + 2.91999 * np.sqrt(7.0) / np.sqrt(3.0), rel=1e-5)


def test_negative_gap_stays() -> None:
    """A policy that breaks limits may reach more than any plan may: the gap is negative and is not clamped."""
    tree = Replication(
        objective=8.0, bound=9.0, policy=10.0, broken=("G (upper)",), first_orders=8.0, status="solved"
    )
    found = Replications((tree, tree), "here")
    assert found.policy_gap.value == pytest.approx(-1.0)
    assert found.policy_gap.most == pytest.approx(-1.0)
    assert found.broken == {"G (upper)": 2}
    assert found.solver_gap == pytest.approx(1.0)


def test_one_tree_or_one_without_a_plan_is_no_estimate() -> None:
    """There is no interval from one tree, and none where a tree has no plan."""
    assert not StatisticalGap.of([1.0]).is_known
    assert not StatisticalGap.of([1.0, np.inf]).is_known


@pytest.mark.parametrize("seed", range(5))
def test_policy_on_its_own_tree_is_the_plan(seed: int) -> None:
    """On the tree itself there is no surprise, so the policy orders what the plan orders."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng, items=2, most_nodes=10))
    plan = random_plan(rng, tables)
    same = SampledTree(tables.tree, np.arange(len(tables.tree)))
    assert np.array_equal(TreePolicy(tables, plan).follow(same), plan)
