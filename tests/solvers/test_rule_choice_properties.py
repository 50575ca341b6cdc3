"""Properties of the strategy `rule` that hold for every instance, tried on random ones: the same examples in every run."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Instance
from stockrail.solvers.result import SolveOptions
from stockrail.solvers.rule_choice import solve_rule
from tests.builders import Changes
from tests.random_instances import tables_of
from tests.solvers.rule_cases import Choices, limit_kept_by, rule_instance
from tests.solvers.test_guardrail_kinds import worst
from tests.solvers.test_properties import in_another_currency, near

EXACT = SolveOptions(time_limit=30.0, gap=0.0, workers=1)

few_examples = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
seeds = st.integers(min_value=0, max_value=10_000)
metrics = st.sampled_from(["inventory_value", "working_capital", "purchases", "payables"])
shares = st.floats(0.0, 1.0)


def limited(seed: int, metric: str, share: float) -> Instance:
    """An instance whose upper limit on a metric a share of all choices keep."""
    rail: Changes = {"metric": metric, "upper": 0.0}
    limit = limit_kept_by(share, Choices(tables_of(rule_instance(seed, rail))), worst, 1.0)
    return rule_instance(seed, {**rail, "upper": limit + 1e-6 * abs(limit)})


def earned(instance: Instance, departures: int = 0) -> float:
    """Objective of the best rule, -inf where none keeps the guardrails."""
    return solve_rule(tables_of(instance), EXACT, most_departures=departures).objective


@few_examples
@given(seed=seeds, metric=metrics, share=shares, departures=st.integers(1, 3))
def test_departures_never_earn_less(seed: int, metric: str, share: float, departures: int) -> None:
    """A choice without departures is one with at most so many."""
    instance = limited(seed, metric, share)
    without = earned(instance)
    assert earned(instance, departures) >= without - near(without)


@few_examples
@given(seed=seeds, metric=metrics, share=shares, dropped=st.integers(1, 3))
def test_a_larger_menu_never_earns_less(seed: int, metric: str, share: float, dropped: int) -> None:
    """A choice from fewer options is one from more; every segment keeps one of those that all have."""
    instance = limited(seed, metric, share)
    smaller = replace(instance, policy_options=instance.policy_options[:-dropped])
    fewer = earned(smaller)
    assert earned(instance) >= fewer - near(fewer)


@few_examples
@given(seed=seeds, metric=metrics, both=st.tuples(shares, shares))
def test_a_tighter_guardrail_never_earns_more(seed: int, metric: str, both: tuple[float, float]) -> None:
    """A choice that keeps the tighter limit keeps the looser one."""
    tight, loose = (earned(limited(seed, metric, share)) for share in sorted(both))
    free = earned(rule_instance(seed))
    assert tight <= loose + near(free)
    assert loose <= free + near(free)


@few_examples
@given(seed=seeds, metric=metrics, share=st.floats(0.1, 1.0), rate=st.sampled_from([0.01, 7.5, 1000.0]))
def test_the_currency_scales_the_objective(seed: int, metric: str, share: float, rate: float) -> None:
    """In cents, or in thousands, the best rule earns the same money."""
    instance = limited(seed, metric, share)
    before, after = earned(instance), earned(in_another_currency(instance, rate))
    assert before == after == -np.inf or abs(after / rate - before) <= near(before) * max(1.0, 1.0 / rate)
