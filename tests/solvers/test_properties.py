"""Properties that hold for every instance, tried on random ones: the same examples in every run."""

import dataclasses
from functools import cache

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockrail.model.guardrails import Guardrails
from stockrail.model.instance import Instance
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.schema import ScenarioNode
from stockrail.model.tables import Tables
from stockrail.model.tree import Array
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import InfeasibleError, SolveOptions
from stockrail.verification.flows import simulate
from stockrail.verification.guardrails import measure, read_limits
from tests.builders import Changes
from tests.random_instances import keeps_order_rules, random_instance, tables_of

EXACT = SolveOptions(time_limit=30.0, gap=0.0)
few_examples = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
seeds = st.integers(min_value=0, max_value=10_000)
METRICS = st.sampled_from(["inventory_value", "working_capital", "purchases", "payables"])


def instance_of(seed: int, *guardrails: Changes, items: int = 2) -> Instance:
    return random_instance(
        np.random.default_rng(seed), items=items, most_nodes=7, lots=(3, 6), guardrails=guardrails
    )


@cache
def most_used(seed: int, metric: str) -> float:
    """The metric's largest total over nodes under the best plan without guardrails."""
    tables = tables_of(instance_of(seed))
    plan = solve_extensive(tables, EXACT).cumulative_lots
    assert plan is not None
    return float(Ledger(tables, plan).metric_total(metric).max())


def limited(seed: int, metric: str, share: float) -> Instance:
    """The instance with an upper limit of a share of what its best plan uses, lower where that is negative."""
    use = most_used(seed, metric)
    return instance_of(seed, {"metric": metric, "upper": use - (1.0 - share) * abs(use)})


def optimum(instance: Instance) -> float:
    """Optimum of the extensive form, -inf where no plan keeps the guardrails."""
    try:
        return solve_extensive(tables_of(instance), EXACT).objective
    except InfeasibleError:
        return -np.inf


def near(amount: float) -> float:
    """What two solves of one instance may differ by."""
    return 1e-6 * max(1.0, abs(amount)) + 1e-4


@few_examples
@given(seed=seeds, metric=METRICS, shares=st.tuples(st.floats(0.5, 1.0), st.floats(0.5, 1.0)))
def test_a_tighter_guardrail_never_raises_the_optimum(
    seed: int, metric: str, shares: tuple[float, float]
) -> None:
    """Every plan that keeps the tighter limit keeps the looser one, and without any limit there is more to choose."""
    tight, loose = (optimum(limited(seed, metric, share)) for share in sorted(shares))
    free = optimum(instance_of(seed))
    assert tight <= loose + near(free)
    assert loose <= free + near(free)


def bound_at(tables: Tables, prices: Array) -> float:
    """The bound that given prices prove: no plan earns more."""
    guardrails = Guardrails.build(tables)
    form = guardrails.pull(prices)
    form.add(objective_form(tables))
    with threads(1) as executor:
        least = Recursion(tables, executor, 1).minimise(form).lower_bound.sum()
    return float(prices @ guardrails.limits - least)


def prices_by_row(tables: Tables, prices: dict[tuple[str, str], Array]) -> Array:
    """The prices of a result as rows of the guardrails, at least 0."""
    blocks = Guardrails.build(tables).blocks
    return np.concatenate([block.sign * prices[block.name, block.side][block.node] for block in blocks])


@few_examples
@given(seed=seeds, metric=METRICS, share=st.floats(0.6, 0.95))
def test_prices_of_a_looser_run_prove_a_bound_for_a_tighter_one(seed: int, metric: str, share: float) -> None:
    """At the same prices a tighter limit proves a lower bound, and it still is one.

    Bounds of two runs cannot be compared, as each ends at prices of its own; bounds at one set of prices can. The looser
    run's own bound is what its prices prove.
    """
    loose, tight = tables_of(limited(seed, metric, share + 0.05)), tables_of(limited(seed, metric, share))
    try:
        result = solve_decomposition(loose, EXACT)
    except InfeasibleError:
        assert optimum(loose.instance) == -np.inf
        return
    prices = prices_by_row(loose, result.prices)
    assert (prices >= 0).all()
    scale = max(1.0, abs(result.bound))
    assert bound_at(loose, prices) <= result.bound + 1e-9 * scale or np.isclose(
        bound_at(loose, prices), result.bound, rtol=1e-6
    )
    assert bound_at(tight, prices) <= bound_at(loose, prices) + 1e-9 * scale
    best = optimum(tight.instance)
    assert bound_at(tight, prices) >= best - near(best if np.isfinite(best) else 0.0)


def with_a_scenario_split(instance: Instance, node: str) -> Instance:
    """The instance with a node and all that follows it twice, each with half the probability."""
    inside = {node}
    for row in sorted(instance.scenarios, key=lambda row: row.period):
        if row.parent in inside:
            inside.add(row.node)

    def copy(name: str) -> str:
        return f"{name}'" if name in inside else name

    halves: list[ScenarioNode] = []
    for row in instance.scenarios:
        if row.node in inside:
            half = row.model_copy(update={"probability": row.probability / 2})
            halves += [half, half.model_copy(update={"node": copy(row.node), "parent": copy(row.parent)})]
        else:
            halves.append(row)
    return dataclasses.replace(
        instance,
        scenarios=tuple(halves),
        scenario_demand=instance.scenario_demand
        + tuple(
            row.model_copy(update={"node": copy(row.node)})
            for row in instance.scenario_demand
            if row.node in inside
        ),
        scenario_suppliers=instance.scenario_suppliers
        + tuple(
            row.model_copy(update={"node": copy(row.node)})
            for row in instance.scenario_suppliers
            if row.node in inside
        ),
    )


@few_examples
@given(seed=seeds, metric=METRICS, share=st.floats(0.7, 1.0), place=st.integers(1, 5))
def test_splitting_a_scenario_in_equal_halves_changes_nothing(
    seed: int, metric: str, share: float, place: int
) -> None:
    """The halves are alike, so what is best in one is best in the other: the optimum stays, to a millionth.

    With a guardrail in every scenario by the extensive form, without by the recursion too. In expectation the halves
    could take turns with a limit, so there the optimum may rise.
    """
    instance = limited(seed, metric, share)
    node = instance.scenarios[place % (len(instance.scenarios) - 1) + 1].node
    split = with_a_scenario_split(instance, node)
    before, after = optimum(instance), optimum(split)
    assert before == after or abs(before - after) <= near(before)

    with threads(1) as executor:
        free = [
            Recursion(tables, executor, 1).minimise(objective_form(tables)).lower_bound
            for tables in (tables_of(instance), tables_of(split))
        ]
    np.testing.assert_allclose(free[0], free[1], rtol=1e-9, atol=1e-8)


def in_another_currency(instance: Instance, rate: float) -> Instance:
    """All money times a rate; shares, units, days and the price of soft limits on money are what they were."""

    def scaled(row: object, *columns: str) -> dict[str, float]:
        values = {column: getattr(row, column) for column in columns}
        return {column: value * rate for column, value in values.items() if value is not None}

    balances = ("opening_cash", "opening_receivables", "opening_payables", "fixed_payments_per_period")
    item = ("unit_price", "unit_cost", "order_cost", "expedite_premium")
    return dataclasses.replace(
        instance,
        settings=instance.settings.model_copy(update=scaled(instance.settings, *balances)),
        items=tuple(row.model_copy(update=scaled(row, *item)) for row in instance.items),
        suppliers=tuple(
            row.model_copy(update=scaled(row, "overtime_premium_per_unit")) for row in instance.suppliers
        ),
        warehouses=tuple(
            row.model_copy(update=scaled(row, "overflow_premium_per_period")) for row in instance.warehouses
        ),
        quantity_breaks=tuple(
            row.model_copy(update=scaled(row, "unit_cost")) for row in instance.quantity_breaks
        ),
        guardrails=tuple(row.model_copy(update=scaled(row, "lower", "upper")) for row in instance.guardrails),
    )


@few_examples
@given(seed=seeds, metric=METRICS, share=st.floats(0.7, 1.0), rate=st.sampled_from([0.01, 7.5, 1000.0]))
def test_the_currency_scales_the_objective(seed: int, metric: str, share: float, rate: float) -> None:
    """In cents, or in thousands, the optimum is the same money, and so is what the recursion finds alone."""
    instance = limited(seed, metric, share)
    other = in_another_currency(instance, rate)
    before, after = optimum(instance), optimum(other)
    assert before == after == -np.inf or abs(after / rate - before) <= near(before) * max(1.0, 1.0 / rate)

    with threads(1) as executor:
        alone = [
            Recursion(tables, executor, 1).minimise(objective_form(tables)).lower_bound
            for tables in (tables_of(instance), tables_of(other))
        ]
    np.testing.assert_allclose(alone[1], rate * alone[0], rtol=1e-9, atol=1e-8 * rate)


def broken_by(tables: Tables, plan: Array) -> float:
    """Largest excess over a hard limit in the independent checker's walk."""
    instance, tree = tables.instance, tables.tree
    lots = plan.astype(np.int64)
    lots[:, 1:] -= plan[:, tree.parent[1:]].astype(np.int64)
    limits = read_limits(instance, tree)
    flows = simulate(instance, tree, lots.T, [limit.scope for limit in limits])
    ledger = Ledger(tables, plan.astype(np.int64))
    worst = 0.0
    for position, limit in enumerate(limits):
        whole = ledger.metric_total(limit.metric) - ledger.metric(limit.metric).sum(axis=0)
        value = flows.metrics[limit.metric][position] + (whole if limit.is_whole else 0.0)
        worst = max(worst, float(-measure(limit, value, tree, tables.discount).slack.min()))
    return worst


@few_examples
@given(seed=seeds, metric=METRICS, share=st.floats(0.7, 0.95))
def test_plans_never_break_a_guardrail_a_minimum_or_a_frozen_period(
    seed: int, metric: str, share: float
) -> None:
    """Whatever plan either solver returns keeps hard limits, order sizes, calendars, overrides and frozen periods."""
    frozen = limited(seed, metric, share)
    instance = dataclasses.replace(frozen, settings=frozen.settings.model_copy(update={"frozen_periods": 1}))
    tables = tables_of(instance)
    for solve in (solve_extensive, solve_decomposition):
        try:
            plan = solve(tables, EXACT).cumulative_lots
        except InfeasibleError:
            continue
        if plan is not None:
            assert keeps_order_rules(tables, plan)
            assert broken_by(tables, plan.astype(np.float64)) <= 1e-5
            first = {row.item: row.lots for row in instance.order_overrides if row.period == 0}
            assert plan[:, 0].tolist() == [first.get(row.item, 0) for row in instance.items]
