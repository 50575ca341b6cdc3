"""A price on changing announced orders: hand-solved cases, two methods agreeing, and what a higher price must do."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockrail.model.instance import Instance
from stockrail.model.instance_parts import InstanceParts
from stockrail.model.ledger import Ledger, objective_form
from stockrail.model.order_changes import OrderChanges
from stockrail.model.overlay import apply
from stockrail.model.problems import InstanceError
from stockrail.model.tables import Tables
from stockrail.model.what_if import WhatIf
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.recursion import Recursion, threads
from stockrail.solvers.result import SolveOptions
from stockrail.verification.flows import simulate
from tests.builders import Changes, make_instance
from tests.random_instances import random_instance, tables_of
from tests.solvers.extensive_cases import LOST, orders, solve

EXACT = SolveOptions(time_limit=60.0, gap=0.0)


def with_price(instance: Instance, share: float) -> Instance:
    """The instance with another price on changes."""
    changed = instance.settings.model_copy(update={"change_price_share_of_cost": share})
    return dataclasses.replace(instance, settings=changed)


def recursion_of(tables: Tables) -> tuple[float, Ledger]:
    """Optimum of the recursion in whole lots, without guardrails, and the ledger of its plan."""
    with threads(1) as executor:
        answer = Recursion(tables, executor, 1, levels=10**6).minimise(objective_form(tables))
    return -float(answer.lower_bound.sum()), Ledger(tables, answer.plan.astype(np.int64))


@pytest.mark.parametrize(
    ("share", "lots", "objective"), [(0, [10, 10], 80), (0.02, [10, 10], 77.6), (0.03, [20, 0], 77)]
)
def test_an_announced_order_is_kept_where_that_is_cheaper(
    share: float, lots: list[int], objective: float
) -> None:
    """Two orders of 10 earn 20 * 4 = 80; the 20 that were announced for now hold 10 units worth 6 at 0.05: 77.

    Moving 10 units cuts 10 and adds 10: at 0.02 * 6 that is 20 * 0.12 = 2.4, less than 3; at 0.03 * 6 it is 3.6.
    """
    instance = make_instance(
        demand=(10, 10),
        settings={"storage_rate_per_year": 0.05, "change_price_share_of_cost": share},
        segments=LOST,
        announced_orders={"period": 0, "units": 20},
    )
    result = solve(instance)
    assert orders(result) == [lots]
    assert result.objective == pytest.approx(objective)
    optimum, ledger = recursion_of(tables_of(instance))
    assert optimum == pytest.approx(objective)
    assert ledger.cumulative_lots.tolist() == np.cumsum([lots], axis=1).tolist()


def test_a_change_reaches_a_break_only_where_it_saves_more() -> None:
    """From 15 units on each costs 5. For a demand of 20 of which 12 were announced, 20 earn 20 * 5 less 8 changes.

    At 6 * 0.5 = 3 a change: 100 - 24 = 76; without the break 20 * 4 - 24 = 56, and the 12 announced earn 48.
    At 6 * 1 = 6 a change no unit beyond 12 earns its price without the break: 48. With it 3 more units make all 15 cheaper:
    15 * 5 - 3 * 6 = 57, and no more than that.
    """
    given_settings: Changes = {
        "demand": (20,),
        "segments": LOST,
        "announced_orders": {"period": 0, "units": 12},
    }
    for share, breaks, lots, objective in (
        (0.5, {"from_units": 15, "unit_cost": 5}, 20, 76),
        (0.5, (), 20, 56),
        (1, {"from_units": 15, "unit_cost": 5}, 15, 57),
        (1, (), 12, 48),
    ):
        instance = make_instance(
            **given_settings, settings={"change_price_share_of_cost": share}, quantity_breaks=breaks
        )
        result = solve(instance)
        assert orders(result) == [[lots]]
        assert result.objective == pytest.approx(objective)
        assert recursion_of(tables_of(instance))[0] == pytest.approx(objective)


def test_no_money_is_wasted_on_changes_to_keep_a_limit_on_the_margin() -> None:
    """10 units were announced, a change costs 1, and at most 34 may be earned: 10 units earn 40, 11 earn 100 - 66 - 1 = 33.

    9 earn 36 - 1 = 35, too much, and 8 earn 30. 10 units with a pretended change of 6 would earn 34.
    """
    instance = make_instance(
        demand=(10,),
        settings={"change_price_share_of_cost": 1 / 6},
        segments=LOST,
        announced_orders={"period": 0, "units": 10},
        guardrails={"metric": "margin", "upper": 34},
    )
    result = solve(instance)
    assert orders(result) == [[11]]
    assert result.objective == pytest.approx(33)


@pytest.mark.parametrize("seed", range(24))
def test_recursion_extensive_form_and_checker_agree(seed: int) -> None:
    """On random instances with announced orders, breaks, overrides and noise: one optimum, and the checker's walk has it too."""
    tables = tables_of(
        random_instance(np.random.default_rng(seed), items=2, most_nodes=6, lots=(3, 6), has_announced=True)
    )
    optimum, ledger = recursion_of(tables)
    result = solve_extensive(tables, EXACT)
    assert optimum == pytest.approx(result.objective, abs=1e-5)
    assert ledger.expected_margin == pytest.approx(optimum, abs=1e-6)
    lots = np.rint(ledger.stock.lots).astype(np.int64).T
    flows = simulate(tables.instance, tables.tree, lots, [np.ones(2, dtype=bool)])
    assert flows.parts["change"].sum() == pytest.approx(ledger.margin_parts["change"], abs=1e-8)


def test_the_random_instances_have_what_they_are_for() -> None:
    """Priced changes, in some of them together with breaks, and plans that change some orders and keep others."""
    priced, with_breaks, changed, kept = 0, 0, 0, 0
    for seed in range(24):
        tables = tables_of(
            random_instance(
                np.random.default_rng(seed), items=2, most_nodes=6, lots=(3, 6), has_announced=True
            )
        )
        is_priced = (tables.order_changes.price > 0).any(axis=1)
        priced += bool(is_priced.any())
        with_breaks += bool((is_priced & (tables.tiers.count > 0)).any())
        change = recursion_of(tables)[1].line("order_change")
        changed += bool((change[is_priced] > 1e-9).any())
        told = tables.order_changes.announced[:, tables.tree.period] > 0
        kept += bool((told & (change < 1e-9)).any())
    assert priced >= 18
    assert min(with_breaks, changed, kept) >= 6


@pytest.mark.parametrize("seed", range(4))
def test_decomposition_proves_the_optimum_under_a_limit(seed: int) -> None:
    """With a limit on purchases too, its bound and the optimum of the extensive form are on the right sides of its plan."""
    instance = random_instance(
        np.random.default_rng(seed), items=3, most_nodes=6, lots=(3, 6), has_announced=True,
        guardrails=({"metric": "purchases", "upper": 60},),
    )  # fmt: skip
    instance = dataclasses.replace(
        instance,
        guardrails=tuple(row.model_copy(update={"soft_price": 0.2}) for row in instance.guardrails),
    )
    tables = tables_of(instance)
    exact, found = solve_extensive(tables, EXACT), solve_decomposition(tables, EXACT)
    assert found.objective <= exact.objective + 1e-5
    assert found.bound >= exact.objective - 1e-5


@pytest.mark.parametrize("seed", range(20))
def test_buckets_bound_the_optimum(seed: int) -> None:
    """Many lots, announced orders between them: buckets of several lots never cost more, coarse to fine never less."""
    tables = tables_of(random_instance(np.random.default_rng(seed), lots=(10, 60), has_announced=True))
    form = objective_form(tables)
    with threads(1) as executor:
        exact = Recursion(tables, executor, 1, levels=10**6)
        best = exact.minimise(form).lower_bound[0]
        for grid in (2, 3, 8, 16):
            assert exact.lower_bound(form, np.array([grid]), np.arange(1))[0] <= best + 1e-8
        coarse = Recursion(tables, executor, 1, levels=8).minimise(form)
    plan = Ledger(tables, coarse.plan.astype(np.int64))
    assert coarse.lower_bound[0] <= best + 1e-8
    assert -plan.expected_margin >= best - 1e-8


def test_a_block_has_the_announced_orders_of_its_items() -> None:
    """Split into blocks, each block keeps the announced orders of its items, and no others."""
    instance = random_instance(np.random.default_rng(3), items=4, most_nodes=6, has_announced=True)
    members = np.array([1, 3])
    part = InstanceParts(instance).of(members)
    names = {instance.items[i].item for i in members}
    assert set(part.announced_orders) == {row for row in instance.announced_orders if row.item in names}
    np.testing.assert_array_equal(OrderChanges.of(part).price, OrderChanges.of(instance).price[members])


def test_a_what_if_changes_price_and_announced_orders() -> None:
    """Settings and table are reached like all others, and a bad value is refused."""
    instance = make_instance(announced_orders={"period": 0, "units": 4})
    changes: list[Changes] = [
        {"table": "settings", "column": "change_price_share_of_cost", "set": 0.2},
        {"table": "announced_orders", "where": {"period": 0}, "column": "units", "multiply": 2},
        {"table": "announced_orders", "add_rows": [{"item": "A", "period": 1, "units": 3}]},
    ]
    changed = apply(instance, WhatIf.model_validate({"name": "w", "changes": changes}))
    assert changed.settings.change_price_share_of_cost == 0.2
    assert [(row.period, row.units) for row in changed.announced_orders] == [(0, 8), (1, 3)]
    bad: Changes = {"table": "announced_orders", "add_rows": [{"item": "A", "period": 9, "units": 3}]}
    with pytest.raises(InstanceError, match="a period of the horizon, 0 to 2"):
        apply(instance, WhatIf.model_validate({"name": "w", "changes": [bad]}))


@pytest.mark.parametrize("seed", range(6))
def test_a_price_of_nothing_equals_no_table(seed: int) -> None:
    """Announced orders without a price, and a price without announced orders, leave plan and optimum as they are."""
    told = random_instance(np.random.default_rng(seed), items=2, most_nodes=8, has_announced=True)
    untold = dataclasses.replace(told, announced_orders=())
    optimum, ledger = recursion_of(tables_of(with_price(untold, 0.0)))
    for other in (with_price(told, 0.0), untold):
        same, plan = recursion_of(tables_of(other))
        assert same == pytest.approx(optimum, abs=1e-12)
        np.testing.assert_array_equal(plan.cumulative_lots, ledger.cumulative_lots)
        assert plan.margin_parts["change"] == 0.0


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 10_000),
    shares=st.lists(st.floats(0.001, 2.0), min_size=2, max_size=4, unique=True).map(sorted),
)
def test_a_higher_price_never_changes_more(seed: int, shares: list[float]) -> None:
    """At the optimum expected changed units fall and so does the margin, while the margin before the price falls as well.

    With one item and no discount the price is a number times expected changed units in the periods that count, and the
    optimum of `margin - p * changes` has fewer changes the larger p is.
    """
    instance = random_instance(np.random.default_rng(seed), most_nodes=8, has_announced=True)
    plain = instance.settings.model_copy(update={"discount_rate_per_year": 0.0})
    instance = dataclasses.replace(instance, settings=plain)
    found = []
    for share in shares:
        optimum, ledger = recursion_of(tables_of(with_price(instance, share)))
        cost = ledger.margin_parts["change"]
        found.append((cost / share, optimum, optimum + cost))
    changes, margins, before_price = np.array(found).T
    room = 1e-7 / min(shares)
    assert (np.diff(changes) <= room).all()
    assert (np.diff(margins) <= 1e-8).all()
    assert (np.diff(before_price) <= 1e-7).all()
