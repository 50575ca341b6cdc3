"""The lot recursion in a band against every plan of an item that stays in it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from stockrail.model.ledger import objective_form
from stockrail.model.policy import Option, Policy
from stockrail.model.policy_targets import Forecast, PolicyTargets
from stockrail.model.rules import breaches_of_band
from stockrail.model.tables import Tables
from stockrail.solvers.band import Band
from stockrail.solvers.recursion import Answer, Recursion, threads
from tests.builders import make_instance
from tests.random_instances import keeps_order_rules, random_instance, tables_of
from tests.solvers.test_recursion import every_plan, random_form, value_of, values_of

MOST_PLANS = 1500

WITH_SMALL_MAXIMUM = (5375, 6600)
"""Seeds near which a largest order fits into a bucket, hides there and leaves the plan below the floor."""


@pytest.fixture(scope="module")
def executor() -> Iterator[ThreadPoolExecutor]:
    """Threads for all recursions of this module."""
    with threads(2) as pool:
        yield pool


def random_targets(rng: np.random.Generator, tables: Tables) -> PolicyTargets:
    """Of an option that may be far too low and too high."""
    option = Option(
        "",
        float(rng.choice([-3.0, 0.0, 1.0, 3.0])),
        float(rng.choice([0, 0.5, 1, 3])),
        int(rng.integers(1, 4)),
    )
    return PolicyTargets.of(tables, Forecast.of(tables), Policy.of_option(tables.instance, option))


def is_in_band(tables: Tables, targets: PolicyTargets, plan: list[int]) -> bool:
    """Whether a plan of one item has no breach of the band."""
    return not len(breaches_of_band(tables, targets, np.array([plan], dtype=np.int64)))


def check_plan(tables: Tables, targets: PolicyTargets, answer: Answer) -> None:
    """The plan stays in the band and keeps the order rules."""
    plan = answer.plan.astype(np.int64)
    assert breaches_of_band(tables, targets, plan).tolist() == []
    assert keeps_order_rules(tables, plan)


@pytest.mark.parametrize("first_seed", [*range(0, 200, 25), *WITH_SMALL_MAXIMUM])
def test_recursion_in_a_band_is_the_best_of_all_its_plans(
    first_seed: int, executor: ThreadPoolExecutor
) -> None:
    """Random coefficients of either sign: whole lots are exact, buckets and coarse grids bound it and stay in the band."""
    checked, binding = 0, 0
    for seed in range(first_seed, first_seed + 25):
        rng = np.random.default_rng(seed)
        tables = tables_of(random_instance(rng, lots=(2, 9), most_nodes=5))
        plans = every_plan(tables, most=MOST_PLANS)
        if len(plans) < 10:
            continue
        targets = random_targets(rng, tables)
        inside = [plan for plan in plans if is_in_band(tables, targets, plan)]
        form = random_form(rng, tables, float(rng.choice([1.0, 0.1])))
        best = values_of(form, tables, inside).min()
        band = Band.of(tables, targets)
        exact = Recursion(tables, executor, 2, band=band)
        answer = exact.minimise(form)
        assert answer.lower_bound[0] == pytest.approx(best, abs=1e-8)
        assert value_of(form, tables, answer) == pytest.approx(best, abs=1e-8)
        check_plan(tables, targets, answer)
        for grid in (2, 3, 4, 8):
            assert exact.lower_bound(form, np.array([grid]), np.arange(1))[0] <= best + 1e-8
        for levels in (1, 2, 4):
            coarse = Recursion(tables, executor, 2, levels=levels, band=band).minimise(form)
            assert coarse.lower_bound[0] <= best + 1e-8
            assert value_of(form, tables, coarse) >= best - 1e-8
            check_plan(tables, targets, coarse)
        checked += 1
        binding += best > values_of(form, tables, plans).min() + 1e-6
    assert checked >= 5
    assert binding >= 3


@pytest.mark.parametrize("seed", range(20))
def test_buckets_bound_a_band_of_many_lots(seed: int, executor: ThreadPoolExecutor) -> None:
    """With an objective that means something and many lots, buckets of several never cost more than the best in the band."""
    rng = np.random.default_rng(seed)
    tables = tables_of(random_instance(rng, lots=(10, 60)))
    targets = random_targets(rng, tables)
    form = objective_form(tables)
    form.is_order -= float(rng.choice([0.0, 40.0])) * tables.weight
    recursion = Recursion(tables, executor, 2, levels=10**6, band=Band.of(tables, targets))
    answer = recursion.minimise(form)
    check_plan(tables, targets, answer)
    for grid in (2, 3, 5, 8, 16):
        assert recursion.lower_bound(form, np.array([grid]), np.arange(1))[0] <= answer.lower_bound[0] + 1e-8
    coarse = Recursion(tables, executor, 2, levels=8, band=Band.of(tables, targets)).minimise(form)
    check_plan(tables, targets, coarse)
    assert coarse.lower_bound[0] <= answer.lower_bound[0] + 1e-8


def test_no_band_is_all_plans(executor: ThreadPoolExecutor) -> None:
    """`Band.none` changes nothing, and repairs nothing."""
    tables = tables_of(make_instance(demand=(10, 10)))
    band = Band.none(tables)
    plan = np.array([[7, 90]], dtype=np.int32)
    band.repair(plan)
    assert plan.tolist() == [[7, 90]]
    assert Recursion(tables, executor, 2, band=band).no_free_orders().tolist() == [[0, 0]]


def test_a_plan_that_has_left_the_band_gets_the_rule() -> None:
    """Item A orders up to 0 in each period and B ignores it: B gets the rule's 10 and 20."""
    tables = tables_of(make_instance(demand=((10, 10), (10, 10))))
    policy = Policy.of_option(tables.instance, Option("", 0, 0))
    band = Band.of(tables, PolicyTargets.of(tables, Forecast.of(tables), policy))
    # One lot above the target is in the band, as the smallest order: from 10 on, 20 is the target.
    plan = np.array([[10, 20], [5, 20]], dtype=np.int32)
    band.repair(plan)
    assert plan.tolist() == [[10, 20], [10, 20]]
