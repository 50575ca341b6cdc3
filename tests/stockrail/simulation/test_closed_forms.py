"""The simulator against closed forms. Intervals are 99.9%: 3.29 standard errors of the mean over independent paths."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from stockrail.model.instance import Array, Instance
from stockrail.model.ledger import Ledger
from stockrail.model.scenarios import build_tree
from stockrail.simulation.outcome import Outcome
from stockrail.simulation.paths import DemandPaths, drawn
from stockrail.simulation.physics import Opening, simulate
from stockrail.simulation.policies import BaseStockPolicy, ReorderPointPolicy
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from tests.builders import make_instance
from tests.random_instances import tables_of
from tests.reference_cases import closed_forms

QUANTILE_999 = 3.29


def agrees(sample: Array, expected: float) -> bool:
    """Whether a value is within the 99.9% interval of the mean of independent numbers."""
    error = float(sample.std(ddof=1)) / len(sample) ** 0.5
    return bool(abs(float(sample.mean()) - expected) <= QUANTILE_999 * error)


def newsvendor(price: float, cost: float, salvage: float, mean: float, sd: float) -> Instance:
    """One order before demand is known; what is left is worth its salvage value, what is short is lost."""
    return make_instance(
        demand=(0, mean),
        sigma=(0, sd),
        settings={"terminal_stock_share": salvage / cost},
        items={"unit_price": price, "unit_cost": cost, "lead_time_periods": 1, "lot_size": 0.001},
        segments={"lost_share": 1},
    )


def newsvendor_margins(instance: Instance, units: float, seed: int = 1) -> Array:
    """Margins of an order of so many units."""
    paths = drawn(instance, build_tree(instance), 40_000, seed)
    return simulate(World.of(instance), paths, BaseStockPolicy(np.array([units]))).margin


def test_newsvendor_earns_what_the_formula_says() -> None:
    """Price 10, cost 6, salvage 2, demand 100 +- 20: the order is mean + sd * z(4/8) = 100.

    E min(D, Q) = mean - sd * pdf(0) at Q = mean, so the profit is 8 * (100 - 20 * 0.39894) - 4 * 100 = 336.17.
    """
    instance = newsvendor(10, 6, 2, 100, 20)
    expected = 8 * (100 - 20 * norm.pdf(0)) - 4 * 100
    assert expected == pytest.approx(336.17, abs=0.01)
    best = newsvendor_margins(instance, 100.0)
    assert agrees(best, expected)
    # On the same paths, other orders earn less, surely.
    for units in (85.0, 115.0):
        less = best - newsvendor_margins(instance, units)
        assert less.mean() > QUANTILE_999 * less.std() / len(less) ** 0.5


@pytest.mark.parametrize("case", closed_forms("newsvendor_normal_explicit_profit"))
def test_newsvendor_of_the_reference(case: Any) -> None:
    """Expected profit of the optimal order."""
    given = case["params"]
    instance = newsvendor(
        given["revenue"],
        given["purchase_cost"],
        given["salvage_value"],
        given["demand_mean"],
        given["demand_sd"],
    )
    assert agrees(newsvendor_margins(instance, case["base_stock"]), case["optimum"])


def stationary(
    holding: float, shortage: float, lead_time: int, periods: int, order_cost: float = 0.0
) -> World:
    """One item of value 1 whose customers all wait; a textbook's lead time is one less, as it orders before demand is seen."""
    instance = make_instance(
        demand=[0.0] * min(periods, 500),
        settings={"storage_rate_per_year": holding},
        items={
            "unit_price": 1,
            "unit_cost": 1,
            "order_cost": order_cost,
            "lead_time_periods": lead_time + 1,
            "lot_size": 0.001 if order_cost == 0 else 1,
        },
        segments={"backorder_cost_share_of_price_per_period": shortage},
    )
    return World.of(instance, periods)


def demanded(world: World, demand: Array) -> DemandPaths:
    """Paths of one item's demand [paths, periods]."""
    return DemandPaths.of_demand(world.instance, demand[:, None, :])


def cost_per_period(
    outcome: Outcome, holding: float, shortage: float, order_cost: float, settled: int
) -> Array:
    """Holding, waiting and ordering of a period on each path, from a period on in which the start is forgotten."""
    last = outcome.world.periods - int(outcome.world.lead_time_periods[0])  # later no order would arrive
    ordering = order_cost * (outcome.orders[:, 0, settled:last] > 0).mean(axis=1)
    stock = outcome.metric("inventory_value")[:, settled:].mean(axis=1)
    waiting = outcome.metric("waiting")[:, settled:].mean(axis=1)
    return np.asarray(ordering + holding * stock + shortage * waiting)


def test_base_stock_with_lead_time_fills_what_the_formula_says() -> None:
    """Demand 50 +- 8, textbook lead time 4, level 260: at the end of a period 5 periods of demand have come since.

    Expected units waiting are sd * G(z) with sd = 8 * sqrt(5) and z = (260 - 250) / sd. Newly short units are those less what
    was owed before the period's demand came, which 4 periods had made: their sum is 8 * 2 * G((260 - 200) / 16).
    """
    world = stationary(0.18, 0.7, 4, 40)
    demand = 50 + 8 * np.random.default_rng(2).standard_normal((4000, 40))
    outcome = simulate(
        world,
        demanded(world, demand),
        BaseStockPolicy(np.array([260.0])),
        opening=Opening(np.array([260.0]), np.zeros(1)),
    )

    def loss(units: float, sd: float) -> float:
        z = units / sd
        return float(sd * (norm.pdf(z) - z * norm.sf(z)))

    waiting = loss(10, 8 * 5**0.5)
    short = waiting - loss(60, 16)
    assert agrees(outcome.metric("waiting")[:, 5:].mean(axis=1), waiting)
    assert agrees(outcome.metric("short")[:, 5:].mean(axis=1), short)
    assert agrees(1 - outcome.metric("short")[:, 5:].mean(axis=1) / 50, 1 - short / 50)


@pytest.mark.parametrize("case", closed_forms("base_stock_lead_time"))
def test_base_stock_of_the_reference(case: Any) -> None:
    """Cost of a period at the optimal level."""
    given = case["params"]
    holding, shortage = given["holding_cost"], given["stockout_cost"]
    world = stationary(holding, shortage, given["lead_time"], 40)
    random = np.random.default_rng(3)
    demand = given["demand_mean"] + given["demand_sd"] * random.standard_normal((4000, 40))
    level = np.array([case["base_stock"]])
    outcome = simulate(
        world, demanded(world, demand), BaseStockPolicy(level), opening=Opening(level, np.zeros(1))
    )
    settled = given["lead_time"] + 1
    assert agrees(cost_per_period(outcome, holding, shortage, 0.0, settled), case["optimum"])


@pytest.mark.parametrize("case", closed_forms("newsvendor_poisson"))
def test_poisson_base_stock_of_the_reference(case: Any) -> None:
    """Cost of a period at the optimal level, each period a newsvendor of its own."""
    given = case["params"]
    holding, shortage = given["holding_cost"], given["stockout_cost"]
    world = stationary(holding, shortage, 0, 20)
    demand = np.random.default_rng(4).poisson(given["demand_mean"], (4000, 20)).astype(np.float64)
    outcome = simulate(world, demanded(world, demand), BaseStockPolicy(np.array([case["base_stock"]])))
    assert agrees(cost_per_period(outcome, holding, shortage, 0.0, 2), case["optimum"])


@pytest.mark.parametrize("case", closed_forms("(s,S) Poisson"))
def test_reorder_point_of_the_reference(case: Any) -> None:
    """Cost of a period in the long run, orders included."""
    given = case["params"]
    holding, shortage, fixed = given["holding_cost"], given["stockout_cost"], given["fixed_cost"]
    world = stationary(holding, shortage, 0, 600, order_cost=fixed)
    demand = np.random.default_rng(5).poisson(given["demand_mean"], (400, 600)).astype(np.float64)
    policy = ReorderPointPolicy(np.array([case["s"]]), np.array([case["S"]]))
    outcome = simulate(world, demanded(world, demand), policy)
    assert agrees(cost_per_period(outcome, holding, shortage, fixed, 40), case["optimum"])


@pytest.mark.parametrize("is_noise_unseen", [True, False])
def test_a_followed_plan_earns_what_its_ledger_expects(is_noise_unseen: bool) -> None:
    """The ledger says that noise of lead time + one period is not made up for yet, and all before it is.

    A plan that is followed does just that, where lots are small, every period allows an order, and orders of a period do not see its
    noise: its mean margin is the ledger's, within the interval. Where orders see their period's noise it earns more.
    """
    instance = make_instance(
        demand=((60, 45, 70, 55, 60, 50), (80, 80, 95, 70, 80, 75)),
        sigma=((6, 5, 7, 6, 6, 5), (4, 9, 9, 8, 8, 7)),
        settings={
            "storage_rate_per_year": 0.1,
            "terminal_stock_share": 0.4,
            "discount_rate_per_year": 0.05,
            "receivable_days": 200,
        },
        items=(
            {"lead_time_periods": 2, "lot_size": 0.001, "opening_stock_units": 110},
            {"lead_time_periods": 1, "lot_size": 0.001, "opening_stock_units": 85},
        ),
        segments={"backorder_cost_share_of_price_per_period": 0.3},
    )
    tables = tables_of(instance)
    # Orders of the demand they arrive for, with a little safety: far above any surprise, so that none is ever below 0.
    lots = np.round(np.array([[71, 55, 60, 52, 0, 0], [82, 96, 70, 81, 76, 0]]) * 1000).astype(np.int64)
    plan = np.cumsum(lots, axis=1)
    ledger = Ledger(tables, plan)
    tree = build_tree(instance)
    paths = drawn(instance, tree, 20_000, seed=6, is_noise_seen=not is_noise_unseen)
    outcome = simulate(World.of(instance), paths, TreePolicy(tree, plan))
    assert outcome.repairs.total == 0
    if is_noise_unseen:
        assert agrees(outcome.margin, ledger.expected_margin)
        for period in range(6):
            waiting = ledger.line("waiting")[:, period].sum()
            stock = ledger.metric("inventory_value")[:, period].sum()
            assert agrees(outcome.metric("waiting")[:, period], waiting)
            assert agrees(outcome.metric("inventory_value")[:, period], stock)
    else:
        error = outcome.margin.std() / len(outcome) ** 0.5
        assert outcome.margin.mean() > ledger.expected_margin + QUANTILE_999 * error
