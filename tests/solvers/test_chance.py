"""Chance guardrails: a bound without them, and plans with released nodes."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from stockrail.generation import generate
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.schema import Guardrail
from stockrail.model.tables import Tables
from stockrail.model.tree import Array, IntArray
from stockrail.solvers.chance import let_go, releases, resolved
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.found import Found
from stockrail.solvers.master import Mix
from stockrail.solvers.result import SolveOptions, SolveResult
from tests.builders import Changes, make_instance
from tests.random_instances import tables_of

LEAVES: tuple[Changes, ...] = (
    {"node": "now", "period": 0, "probability": 1},
    *(
        {"node": name, "parent": "now", "period": 1, "probability": share}
        for name, share in (("a", 0.4), ("b", 0.3), ("c", 0.2), ("d", 0.1))
    ),
)
CHANCE: Changes = {"guardrail": "by chance", "holds": "chance", "alpha": 0.3, "first_period": 1, "upper": 100}
OPTIONS = SolveOptions(time_limit=30.0, gap=0.005)


def rows_of(*guardrails: Changes) -> Guardrails:
    """Rows at the four leaves."""
    return Guardrails.build(tables_of(make_instance(demand=(5, 5), scenarios=LEAVES, guardrails=guardrails)))


def found(usage: list[float], prices: list[float]) -> Found:
    """What a search knows: the use of its mix and its prices."""
    size = len(prices)
    mix = Mix(0.0, np.array(prices), np.ones((1, 1)), np.array(usage), np.zeros(size, dtype=bool))
    return Found(np.array(prices), mix=mix)


def released_sets(guardrails: Guardrails, free: Found, strict: Found) -> list[list[bool]]:
    """Which rows each choice lets go."""
    return [np.isinf(limits).tolist() for limits in releases(guardrails, guardrails.limits, free, strict)]


def test_resolved_rows_hold_alone() -> None:
    """A chance guardrail becomes one that holds in every scenario, with the same rows and limits; others stay."""
    guardrails = rows_of(CHANCE, {"guardrail": "mean", "holds": "expected", "upper": 50})
    rows = resolved(guardrails)
    assert [block.holds for block in rows.blocks] == ["every scenario", "expected"]
    np.testing.assert_array_equal(rows.limits, guardrails.limits)
    assert rows.groups == ()


def test_nothing_to_resolve() -> None:
    """Without a chance guardrail the rows are the same ones."""
    guardrails = rows_of({"guardrail": "each", "upper": 50})
    assert resolved(guardrails) is guardrails


def test_let_go_keeps_other_limits() -> None:
    """Chance rows 0 to 3 are let go; the mean's, in periods 0 and 1, is not."""
    guardrails = rows_of(CHANCE, {"guardrail": "mean", "holds": "expected", "upper": 50})
    np.testing.assert_array_equal(let_go(guardrails, guardrails.limits), [np.inf] * 4 + [50, 50])
    assert np.isfinite(guardrails.limits).all()


def test_the_dearest_limits_are_released_first() -> None:
    """Nodes a to d (0.4, 0.3, 0.2, 0.1) would use 150, 120, 130 and 180 and cost 6, 9, 1 and 1 per unit, alpha is 0.3.

    By price times what is beyond, per probability: a 300 / 0.4 = 750, b 180 / 0.3 = 600, c 30 / 0.2 = 150, d 80 / 0.1 = 800.
    d fits; a and b no longer do; c does. By what is beyond alone, per probability: d 800, c 150, a 125, b 67: the same two.
    By what the mix cannot keep where all should hold, b's 10 alone: b is released.
    """
    guardrails = rows_of(CHANCE)
    free = found([150, 120, 130, 180], [0, 0, 0, 0])
    strict = found([100, 110, 100, 100], [6, 9, 1, 1])
    assert released_sets(guardrails, free, strict) == [
        [False, False, True, True],
        [False, True, False, False],
    ]


def test_nodes_without_violation_are_not_released() -> None:
    """Where nothing would be beyond, no limit goes, though alpha would let it."""
    guardrails = rows_of(CHANCE)
    nothing = found([90, 80, 70, 100], [0, 0, 0, 0])
    assert released_sets(guardrails, nothing, nothing) == [[False] * 4]


def test_each_side_and_period_has_its_own_releases() -> None:
    """A lower limit of 20 lets a go with alpha 0.4 while the upper one lets d and c go, whatever the other does."""
    guardrails = rows_of({**CHANCE, "lower": 20, "alpha": 0.4})
    # Upper rows at a to d, then lower rows with both sides negated.
    free = found([90, 90, 130, 180, -10, -50, -50, -50], [0] * 8)
    strict = found([90, 90, 100, 100, -20, -50, -50, -50], [0, 0, 1, 1, 1, 0, 0, 0])
    assert released_sets(guardrails, free, strict)[0] == [
        False, False, True, True, True, False, False, False,
    ]  # fmt: skip


@cache
def peak() -> tuple[Tables, SolveResult, float]:
    """Forty items without guardrails, their best plan, and its largest inventory value in the last three periods."""
    tables = _generated()
    result = solve_decomposition(tables, OPTIONS)
    assert result.cumulative_lots is not None
    return tables, result, float(_late_inventory(tables, result.cumulative_lots).max())


def _generated(**columns: Any) -> Tables:
    """Forty items with a guardrail on inventory in periods 5 to 7; without columns none."""
    instance = generate(40, 8, (3, 3), seed=2)
    rail = {"lower": None, "holds": "every scenario", "soft_price": None, "first_period": 5, "last_period": 7}
    stock = {"guardrail": "stock", "metric": "inventory_value", "scope": "all"}
    rails = (Guardrail(**{**rail, **stock, **columns}),) if columns else ()
    return tables_of(replace(instance, guardrails=rails))


def _late_inventory(tables: Tables, plan: IntArray) -> Array:
    inventory = Ledger(tables, plan).metric_total("inventory_value")
    return np.asarray(inventory[tables.tree.period >= 5])


@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_plan_keeps_the_chance_and_bound_is_valid(alpha: float) -> None:
    """In each period the limit is exceeded with at most alpha; the plan earns what lies between both other guardrails.

    Never less than where it must hold in every scenario, but for the gaps, and no more than without it, whose bound it has.
    """
    _, free, most = peak()
    limit = 0.8 * most
    tables = _generated(holds="chance", alpha=alpha, upper=limit)
    result = solve_decomposition(tables, OPTIONS)
    strict = solve_decomposition(_generated(upper=limit), OPTIONS)
    assert result.cumulative_lots is not None
    inventory = Ledger(tables, result.cumulative_lots).metric_total("inventory_value")
    for period in (5, 6, 7):
        here = tables.tree.period == period
        assert tables.tree.probability[here & (inventory > limit * (1 + 1e-6))].sum() <= alpha + 1e-9
    assert result.objective <= free.bound * (1 + 1e-9)
    assert result.bound >= free.objective * (1 - 1e-9)
    assert result.bound >= strict.objective
    assert result.objective >= strict.objective * (1 - 2 * OPTIONS.gap)


def test_a_chance_that_lets_all_that_is_beyond_go_is_free() -> None:
    """With alpha at what the free plan exceeds, that plan keeps the guardrail: proven, with no cost to speak of."""
    tables, free, most = peak()
    assert free.cumulative_lots is not None
    limit = 0.9 * most
    late = tables.tree.period >= 5
    inventory = _late_inventory(tables, free.cumulative_lots)
    over = np.bincount(
        tables.tree.period[late], weights=tables.tree.probability[late] * (inventory > limit), minlength=8
    )
    alpha = float(over.max()) + 0.01
    assert 0.01 < alpha < 1
    result = solve_decomposition(_generated(holds="chance", alpha=alpha, upper=limit), OPTIONS)
    assert result.gap <= OPTIONS.gap
    assert result.objective >= free.objective * (1 - 2 * OPTIONS.gap)
