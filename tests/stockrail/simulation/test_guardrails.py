"""Guardrails on simulated paths: the same verdicts as the engine's rows on equally likely scenarios, and hand-solved depths."""

from typing import Any

import numpy as np
import pytest

from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.simulation.guardrails import Breach, breach_frame, breaches, not_simulated
from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import PlannedOrders
from stockrail.simulation.tree_policy import TreePolicy
from stockrail.simulation.world import World
from tests.builders import Changes, make_instance
from tests.random_instances import random_plan, tables_of

METRICS = (
    *("inventory_value", "purchases", "open_commitments", "ordered_units", "served_units", "receivables"),
    *("payables", "working_capital", "cash", "margin", "storage_space", "fill_rate", "on_time_in_full"),
    *("turns", "cash_conversion_cycle"),
)

HOLDS: tuple[tuple[str, float | None], ...] = (
    ("every scenario", None),
    ("expected", None),
    ("cvar", 0.5),
    ("chance", 0.25),
)

TREE: tuple[Changes, ...] = tuple(
    {
        "node": f"n{branch}",
        "parent": f"n{branch[:-1]}" if branch else "",
        "period": len(branch),
        "probability": 0.5 ** min(len(branch), 2),
        "demand_factor": factor,
    }
    for branch, factor in (
        *(("", 1.0), ("l", 0.4), ("h", 1.6), ("ll", 0.2), ("lh", 1.1), ("hl", 0.9), ("hh", 2.3)),
        *(("ll_", 0.3), ("lh_", 1.0), ("hl_", 1.0), ("hh_", 2.0)),
    )
)
"""Four equally likely scenarios of four periods."""


def limited(seed: int, guardrail: Changes) -> tuple[Any, list[Breach]]:
    """The engine's tables and rows, and the simulator's breaches, of a random plan under one guardrail."""
    random = np.random.default_rng(seed)
    instance = make_instance(
        demand=((10, 12, 9, 11), (5, 7, 6, 4)),
        settings={"period_length_days": 30, "receivable_days": 40, "opening_receivables": 25},
        items=(
            {"lead_time_periods": 1, "product_group": "P", "opening_stock_units": 12},
            {"product_group": "Q", "opening_stock_units": 8},
        ),
        suppliers={"payment_days": 50},
        scenarios=TREE,
        guardrails=guardrail,
    )
    tables = tables_of(instance)
    plan = random_plan(random, tables)
    paths = DemandPaths.of_tree(instance, tables.tree, tables.tree.leaves)
    outcome = simulate(World.of(instance), paths, TreePolicy(tables.tree, plan, is_surprise_followed=False))
    return Ledger(tables, plan), breaches(outcome, paths)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("side", ["upper", "lower"])
def test_excess_is_that_of_the_engines_rows(metric: str, side: str) -> None:
    """Node by node the same excess, for limits of each metric and each way to measure, near what it is."""
    seen = 0
    for seed, measured in enumerate(("each period", "quarter ends", "average", "total", "each period")):
        scope = {"scope": "product_group", "scope_value": "P"} if seed == 4 else {}
        ledger, _ = limited(seed, {"metric": metric, side: 0, "measured": measured, **scope})
        total, below = ledger.metric_total(metric), ledger.denominator(metric)
        if below is not None:
            limit = float(total.mean() / below.sum(axis=0).mean())
        else:
            limit = float(total.mean()) * (3.0 if measured == "total" else 1.0)
        row = {"metric": metric, side: limit, "measured": measured, "first_period": 1, **scope}
        ledger, (breach,) = limited(seed, row)
        guardrails = Guardrails.build(ledger.tables)
        usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
        over = np.maximum(usage - guardrails.limits, 0.0)
        over[over <= 1e-9] = 0.0
        (block,) = guardrails.blocks
        base = block.base
        if block.has_plan_denominator or metric in ("fill_rate", "on_time_in_full"):
            below = ledger.denominator(metric)
            assert below is not None
            base = np.asarray(block.rows @ below[block.items].sum(axis=0))
        expected = np.divide(over, base, out=np.where(over > 0, np.inf, 0.0), where=base > 0)
        tree = ledger.tables.tree
        for position, leaf in enumerate(tree.leaves):
            on_path = np.isin(block.node, tree.path(int(leaf)))
            assert breach.period.tolist() == tree.period[block.node[on_path]].tolist()
            assert breach.excess[position] == pytest.approx(expected[on_path], abs=1e-9)
        seen += bool(expected.any())
    assert seen >= 1


@pytest.mark.parametrize(("holds", "alpha"), HOLDS)
@pytest.mark.parametrize("side", ["upper", "lower"])
def test_whether_it_is_kept_is_the_engines_verdict(holds: str, alpha: float | None, side: str) -> None:
    """On equally likely scenarios, for limits across the range of the metric; both verdicts come up."""
    verdicts = set()
    for seed in range(3):
        for limit in (0, 30, 60, 90, 120, 200):
            row = {"metric": "inventory_value", "holds": holds, "alpha": alpha, side: limit}
            ledger, (breach,) = limited(seed, row)
            guardrails = Guardrails.build(ledger.tables)
            usage = guardrails.usage(guardrails.metric_values(ledger.stock))[0]
            is_kept = not guardrails.assess(usage).any()
            assert breach.is_kept == is_kept, (seed, limit)
            verdicts.add(is_kept)
    assert verdicts == {True, False}


def test_how_often_and_how_deep() -> None:
    """Stock of 10, 4 and 1 units at 6 at the end of a period on three paths, limit 30: the first is 30 over, a whole limit.

    A lower limit of 9 is missed by the third path only, by 3, a third.
    """
    instance = make_instance(
        demand=(0,),
        items={"opening_stock_units": 10},
        guardrails=(
            {"guardrail": "cap", "upper": 30, "soft_price": 2},
            {"guardrail": "floor", "lower": 9, "holds": "chance", "alpha": 0.4},
            {"guardrail": "cover", "metric": "days_of_supply", "upper": 5},
        ),
        suppliers={"capacity_units_per_period": 0},
    )
    world = World.of(instance)
    paths = DemandPaths.of_demand(instance, np.array([0.0, 6.0, 9.0]).reshape(3, 1, 1))
    outcome = simulate(world, paths, PlannedOrders(np.array([[0]])))
    frame = breach_frame(breaches(outcome, paths)).set_index("guardrail")
    assert not_simulated(world) == ["cover"]
    assert frame.index.tolist() == ["cap", "floor", "capacity:V"]
    assert frame["breached_share"].tolist() == pytest.approx([1 / 3, 1 / 3, 0])
    assert frame["deepest"].tolist() == pytest.approx([1, 1 / 3, 0])
    assert frame["mean_depth"].tolist() == pytest.approx([1, 1 / 3, 0])
    assert frame["kept"].tolist() == [False, True, True]
    assert frame["hard"].tolist() == [False, True, True]
    assert frame["most_breached_period"].tolist() == [0, 0, -1]


def test_funded_builds_and_single_limits_count() -> None:
    """Stock is 60 in each period. The limit is 50, in period 1 20 by its own row, and a build adds 15 up to there.

    From there the room runs off to nothing in period 3: in period 2 half of it is left. So 0, 25, 2.5 and 10 are over.
    """
    instance = make_instance(
        demand=(0, 0, 0, 0),
        settings={"period_length_days": 10},
        items={"opening_stock_units": 10},
        guardrails={"upper": 50},
        guardrail_limits={"period": 1, "upper": 20},
        funded_builds={"amount": 15, "first_period": 0, "last_period": 1, "exit_date": "2024-01-31"},
    )
    paths = DemandPaths.of_demand(instance, np.zeros((1, 1, 4)))
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.zeros((1, 4), dtype=np.int64)))
    (breach,) = breaches(outcome, paths)
    assert breach.excess[0].tolist() == [0, 25, 2.5, 10]
    assert breach.depth.tolist() == pytest.approx([25 / 35])


def test_guardrails_that_paths_do_not_reach() -> None:
    """Two of four periods are simulated: a total of all four is not, one of later periods neither; no quarter ends in them."""
    instance = make_instance(
        demand=(0, 0, 0, 0),
        settings={"period_length_days": 10},
        items={"opening_stock_units": 10},
        guardrails=(
            {"guardrail": "total", "metric": "purchases", "measured": "total", "lower": 1},
            {"guardrail": "late", "upper": 1, "first_period": 2},
            {"guardrail": "quarters", "upper": 1, "measured": "quarter ends"},
            {"guardrail": "each", "upper": 59},
        ),
    )
    world = World.of(instance, 2)
    paths = DemandPaths.of_demand(instance, np.zeros((1, 1, 2)))
    outcome = simulate(world, paths, PlannedOrders(np.zeros((1, 2), dtype=np.int64)))
    assert not_simulated(world) == ["total", "late"]
    frame = breach_frame(breaches(outcome, paths)).set_index("guardrail")
    assert frame["breached_share"].to_dict() == {"quarters": 0, "each": 1}
    assert frame["kept"].to_dict() == {"quarters": True, "each": False}
