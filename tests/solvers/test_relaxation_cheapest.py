"""The decomposition's cheapest relaxation against the optimum of the elastic extensive form, in money.

The decomposition proves a lower bound and takes the best choice among the plans it knows.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import Diagnosis, InfeasibleError, SolveOptions
from tests.builders import Changes
from tests.random_instances import random_instance, random_plan, tables_of

EXACT = SolveOptions(time_limit=60.0, gap=0.0)
ANY_PLAN = SolveOptions(time_limit=60.0, gap=0.5)

KINDS: dict[str, Changes] = {
    "every scenario": {"metric": "inventory_value", "holds": "every scenario"},
    "expected": {"metric": "inventory_value", "holds": "expected"},
    "cvar": {"metric": "inventory_value", "holds": "cvar", "alpha": 0.6},
    "average": {"metric": "inventory_value", "measured": "average"},
    "total": {"metric": "purchases", "measured": "total"},
}
"""Caps on what service of 97% needs."""

FLOOR: Changes = {
    "guardrail": "service",
    "metric": "fill_rate",
    "measured": "total",
    "holds": "expected",
    "lower": 0.97,
}

FEW, MANY = 3, 12
"""Items."""

SEEDS = {FEW: (1, 3), MANY: (0, 2, 3)}
"""Seeds by number of items."""


@cache
def conflict(kind: str, seed: int, items: int) -> Tables:
    """A random instance whose cap is far below what service needs."""

    def of(*guardrails: Changes) -> Tables:
        rng = np.random.default_rng(seed)
        nodes = 8 if items == FEW else 5
        return tables_of(
            random_instance(rng, items=items, most_nodes=nodes, lots=(3, 6), guardrails=guardrails)
        )

    free = of()
    cap = dict(KINDS[kind])
    amount = Ledger(free, random_plan(np.random.default_rng(seed), free)).metric_total(cap["metric"])
    share = 0.2 if kind == "total" else 0.25
    return of({"guardrail": "cap", "upper": share * float(amount.max()), **cap}, FLOOR)


def diagnoses(kind: str, seed: int, items: int) -> tuple[Diagnosis, Diagnosis]:
    """Of the extensive form and of the decomposition, which agree that there is no plan."""
    tables = conflict(kind, seed, items)
    with pytest.raises(InfeasibleError) as exact:
        solve_extensive(tables, EXACT)
    with pytest.raises(InfeasibleError) as found:
        solve_decomposition(tables, EXACT)
    return exact.value.diagnosis, found.value.diagnosis


@pytest.mark.parametrize("kind", KINDS)
def test_cheapest_relaxation_is_within_a_percent_of_the_optimum(kind: str) -> None:
    """The optimum is between the proven bound and the relaxation found; with a dozen items that is within 1% of it.

    With three items there are too few plans to choose from to be as near always: 3.6% was the most in thirty cases, mostly
    0. `auto` gives instances of that size to the extensive form.
    """
    for items, seeds in SEEDS.items():
        for seed in seeds:
            exact, found = diagnoses(kind, seed, items)
            assert exact.least_money == pytest.approx(exact.money, rel=1e-4), f"{items} items, seed {seed}"
            assert found.least_money <= exact.money * (1 + 1e-6)
            assert exact.least_money * (1 - 1e-6) <= found.money
            most = 1.01 if items == MANY else 1.04
            assert found.money <= most * exact.money, f"{items} items, seed {seed}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", SEEDS[MANY])
def test_a_conflict_holds_without_any_one_of_its_sides(kind: str, seed: int) -> None:
    """The sides of the conflict found have no plan together, and have one when any of them is left out.

    The extensive form says so. Other sides of the instance do not count: they may be a conflict of their own.
    """
    tables = conflict(kind, seed, MANY)
    with pytest.raises(InfeasibleError) as found:
        solve_decomposition(tables, EXACT)
    assert found.value.diagnosis.is_minimal
    sides = found.value.diagnosis.conflict
    with pytest.raises(InfeasibleError):
        solve_extensive(with_sides(tables, sides), ANY_PLAN)
    for left_out in sides if len(sides) > 1 else ():
        kept = tuple(side for side in sides if side != left_out)
        assert solve_extensive(with_sides(tables, kept), ANY_PLAN).cumulative_lots is not None


def with_sides(tables: Tables, sides: tuple[tuple[str, str], ...]) -> Tables:
    """The instance with these sides of its guardrails alone."""
    rows = [
        row.model_copy(
            update={side: None for side in ("lower", "upper") if (row.guardrail, side) not in sides}
        )
        for row in tables.instance.guardrails
        if any(name == row.guardrail for name, _ in sides)
    ]
    return tables_of(replace(tables.instance, guardrails=tuple(rows)))
