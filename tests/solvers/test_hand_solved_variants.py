"""The worlds solved by hand with soft guardrails, bands by period, quarter ends, capacities, and an objective with CVaR."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stockrail.held import standings
from stockrail.model.guardrails import Guardrails
from stockrail.model.ledger import Ledger
from stockrail.model.tables import Tables
from stockrail.solvers.decomposition import solve_decomposition
from stockrail.solvers.extensive import solve_extensive
from stockrail.solvers.result import InfeasibleError, SolutionStatus, SolveOptions, SolveResult
from tests.builders import Changes
from tests.hand_solved import demand_first, order_first, plan_of
from tests.hand_solved_amounts import OBJECTIVE
from tests.random_instances import tables_of
from tests.solvers.hand_solved_methods import EXACT, assert_solved, checked

LATER = {"first_period": 1, "last_period": 1}


@pytest.mark.parametrize(
    ("rail", "penalties", "n"),
    [
        # Stock of 100 in a for n = 2, 200 in a and 100 in b for n = 3; above 50 that is 0.4 * 50 = 20 and 0.4 * 150 + 0.3 * 50 = 75.
        ({"upper": 50, "holds": "every scenario", "soft_price": 0.1}, {2: 2, 3: 7.5}, 3),
        ({"upper": 50, "holds": "every scenario", "soft_price": 0.3}, {2: 6, 3: 22.5}, 2),
        # Means of 40 and 110 above 20, once.
        ({"upper": 20, "holds": "expected", "soft_price": 0.1}, {2: 2, 3: 9}, 3),
        ({"upper": 20, "holds": "expected", "soft_price": 0.2}, {2: 4, 3: 18}, 2),
        # Worst halves of 80 and 180 above 60, once.
        ({"upper": 60, "holds": "cvar", "alpha": 0.5, "soft_price": 0.1}, {2: 2, 3: 12}, 3),
        ({"upper": 60, "holds": "cvar", "alpha": 0.5, "soft_price": 0.2}, {2: 4, 3: 24}, 2),
        # a is let off; b is 50 above for n = 3, of a probability of 0.3.
        ({"upper": 50, "holds": "chance", "alpha": 0.4, "soft_price": 0.5}, {2: 0, 3: 7.5}, 3),
        ({"upper": 50, "holds": "chance", "alpha": 0.4, "soft_price": 1}, {2: 0, 3: 15}, 2),
        # Turns of 500 / 200 in a for n = 3: sales are 300 a year below 4 times the stock, of a probability of 0.4.
        ({"metric": "turns", "lower": 4, "holds": "every scenario", "soft_price": 0.05}, {2: 0, 3: 6}, 3),
        ({"metric": "turns", "lower": 4, "holds": "every scenario", "soft_price": 0.2}, {2: 0, 3: 24}, 2),
        # d is 10 of 40 units short for n = 3, 6 more than a tenth, and for n = 2 c is 10 - 3 and d 20 - 4: 0.6, and 1.4 + 1.6.
        (
            {"metric": "fill_rate", "lower": 0.9, "holds": "every scenario", "soft_price": 50},
            {3: 30, 4: 0},
            3,
        ),
        (
            {"metric": "fill_rate", "lower": 0.9, "holds": "every scenario", "soft_price": 70},
            {3: 42, 2: 210},
            4,
        ),
        # Mean of 19 units not short for n = 3; 0.98 * 20 are 0.6 more.
        ({"metric": "fill_rate", "lower": 0.98, "holds": "expected", "soft_price": 50}, {3: 30, 4: 0}, 3),
        ({"metric": "fill_rate", "lower": 0.98, "holds": "expected", "soft_price": 70}, {3: 42, 4: 0}, 4),
    ],
)
def test_soft(rail: Changes, penalties: dict[int, float], n: int) -> None:
    """A soft price weighs what violations cost against 874, 886 and 850, the margins of n = 2, 3 and 4."""
    instance = order_first({**LATER, **rail})
    for plan, penalty in penalties.items():
        assert checked(instance, plan_of(plan))[1][0].penalty == pytest.approx(penalty)
    assert_solved(instance, n, OBJECTIVE[n] - penalties.get(n, 0.0))


@pytest.mark.parametrize(("soft_price", "n", "objective"), [(0.3, 1, 535 - 0.5 * 9.6), (2, 2, 522 - 12)])
def test_penalties_are_discounted(soft_price: float, n: int, objective: float) -> None:
    """32 ** (-1 / 5) = 1 / 2: at 31 a year a period halves what comes later, the penalty too.

    Margins are 280 + 510 / 2 = 535 for n = 1, 170 + 704 / 2 = 522 for n = 2, 60 + 826 / 2 = 473 for n = 3. A margin of 480 is missed
    in a by 80 and by 30, of a probability of 0.4: 32 and 12, halved. At 2 that is 503 against 510; not halved, 471 against 498.
    """
    rail = {**LATER, "metric": "margin", "lower": 480, "soft_price": soft_price}
    assert_solved(order_first(rail, settings={"discount_rate_per_year": 31}), n, objective)


@pytest.mark.parametrize(("month", "n"), [(1, 3), (3, 2)])
def test_quarter_ends(month: int, n: int) -> None:
    """Period 0 is 1 January to 13 March 2024, period 1 ends on 25 May; n = 3 has 300 in stock now and at most 200 later.

    31 March lies in period 1, where 250 do no harm; fiscal years that begin in March have a quarter that ends on 29 February,
    in period 0, and none that ends in period 1.
    """
    rail = {"upper": 250, "measured": "quarter ends"}
    assert_solved(order_first(rail, settings={"fiscal_year_start_month": month}), n, OBJECTIVE[n])


@pytest.mark.parametrize(
    ("now", "later", "n"),
    [
        ({"upper": 250}, {"upper": 1000}, 2),  # 300 now for n = 3
        ({"lower": 350, "upper": 1000}, {"upper": 1000}, 4),  # 400 now for n = 4
        ({"upper": 1000}, {"upper": 150}, 2),  # 200 in a for n = 3
        ({"lower": 50, "upper": 350}, {"upper": 50}, 1),  # 100 in a for n = 2, 0 now for n = 0
    ],
)
def test_band_by_period(now: Changes, later: Changes, n: int) -> None:
    """Limits of single periods replace an upper limit of 150, which n = 2 would break now, and a lower one of 0."""
    rail = {"lower": 0, "upper": 150}
    limits = [{"period": 0, **now}, {"period": 1, **later}]
    assert_solved(order_first(rail, guardrail_limits=limits), n, OBJECTIVE[n])


@pytest.mark.parametrize("solve", [solve_extensive, solve_decomposition])
def test_band_that_no_plan_keeps(solve: Callable[[Tables, SolveOptions], SolveResult]) -> None:
    """At least 280 now is n = 3 or more, at most 120 in a later is n = 2 or less. The cheapest change is 80, for n = 3 or 2.

    n = 3 is 80 above the upper limit in a, n = 2 80 below the lower one now; both in money. No mix of plans keeps both, as what is
    there now is never more than 100 above what is left in a.
    """
    limits: list[Changes] = [{"period": 0, "lower": 280}, {"period": 1, "upper": 120}]
    tables = tables_of(order_first({"upper": 1000}, guardrail_limits=limits))
    with pytest.raises(InfeasibleError) as caught:
        solve(tables, EXACT)
    diagnosis = caught.value.diagnosis
    assert set(diagnosis.conflict) == {("G", "lower"), ("G", "upper")}
    assert diagnosis.money == pytest.approx(80, abs=0.01)
    assert diagnosis.least_money <= 80.01


@pytest.mark.parametrize(
    ("premium", "n", "objective"),
    [
        (None, 0, 620.0),  # 30 now for n = 1 are too much
        (0.5, 2, 874 - 0.5 * (35 + 0.4 * 5)),
        (0.1, 3, 886 - 0.1 * (65 + 0.4 * 35 + 0.3 * 5)),
    ],
)
def test_warehouse(premium: float | None, n: int, objective: float) -> None:
    """Room for 25: n lots take 30 n now, and 30, or 60 and 30, later; at 0.5 n = 3 pays 40.25 and n = 1 2.5."""
    room = {"warehouse": "H", "capacity_space": 25, "overflow_premium_per_period": premium}
    assert_solved(order_first(warehouses=room), n, objective)


@pytest.mark.parametrize(
    ("premium", "lots", "objective"),
    [
        (None, (1, 2, 2, 2), 520),
        (10, (1, 2, 3, 4), 700 - 10 - 15),
        (60, (1, 2, 3, 3), 700 - 60 - 50 - 30),
        (90, (1, 2, 2, 3), 700 - 80 - 50 - 45),
    ],
)
def test_supplier_capacity(premium: float | None, lots: tuple[int, ...], objective: float) -> None:
    """25 units a period: orders of 20 stay within, 30 are 5 beyond, 40 are 15 beyond.

    At a premium of 10 the third lots cost 0.2 * 50 = 10 in c and 5 in d, the fourth of d 10 more, less than the 80 and 50 that
    they earn. At 60 they cost 60, 30 and 60 more, at 90 90, 45 and 90 more: first the fourth lot of d does not pay, then the
    third of c.
    """
    capacity = {"capacity_units_per_period": 25, "overtime_premium_per_unit": premium}
    assert_solved(demand_first(suppliers=capacity), lots, objective)


def test_deposit_counts_against_payables() -> None:
    """A fifth paid with the order, before anything is owed: payables are -2 a unit ordered. At least -70 is 35 units: d orders 30."""
    rail = {**LATER, "metric": "payables", "lower": -70}
    instance = demand_first(rail, suppliers={"deposit_share": 0.2})
    assert_solved(instance, (1, 2, 3, 3), 650)
    assert checked(instance, plan_of((1, 2, 3, 3)))[1][0].value == pytest.approx([-20, -40, -60, -60])


@pytest.mark.parametrize(
    ("weight", "alpha", "n", "objective"),
    [(0, 0.5, 3, 886), (0.5, 0.5, 2, 782), (1, 0.5, 1, 702), (1, 0, 3, 886), (1, 0.9, 1, 680)],
)
def test_objective_with_cvar(weight: float, alpha: float, n: int, objective: float) -> None:
    """Lowest halves of scenario margins: 532, 702, 690, 630, 570 for n = 0 to 4; the worst scenario: 510, 680, 620, 560, 500.

    Half and half: (790 + 702) / 2 = 746, (874 + 690) / 2 = 782, (886 + 630) / 2 = 758.
    """
    settings: dict[str, Any] = {"margin_cvar_weight": weight, "margin_cvar_alpha": alpha}
    assert_solved(order_first(settings=settings), n, objective)


def test_what_only_a_mix_keeps_has_no_plan() -> None:
    """At least 250 now and at most 150 later: half of n = 2 and half of n = 3 would keep both, no whole number of lots does.

    The extensive form proves it, and the cheapest change is 50 on either side. The decomposition's proofs are about mixes: it
    ends without a plan, and its bound of mixes is at least the mean of 874 and 886.
    """
    limits: list[Changes] = [{"period": 0, "lower": 250}, {"period": 1, "upper": 150}]
    tables = tables_of(order_first({"upper": 1000}, guardrail_limits=limits))
    with pytest.raises(InfeasibleError) as caught:
        solve_extensive(tables, EXACT)
    assert caught.value.diagnosis.money == pytest.approx(50, abs=0.01)
    result = solve_decomposition(tables, EXACT)
    assert result.solution_status is SolutionStatus.NONE
    assert result.bound >= 880 - 1e-6


TURNS_BY_CHANCE: Changes = {**LATER, "metric": "turns", "lower": 12, "holds": "chance", "alpha": 0.4}
"""n = 2 turns 5 times in a, which is let off, and has no stock elsewhere, which keeps the law; n = 3 turns 10 times in b."""


def test_chance_on_a_ratio_without_denominator() -> None:
    """Two lots are the best that keep turns of at least 12 with a chance of 0.4."""
    instance = order_first(TURNS_BY_CHANCE)
    assert_solved(instance, 2, OBJECTIVE[2])
    assert checked(instance, plan_of(2))[1][0].excess[0] <= 0
    assert checked(instance, plan_of(3))[1][0].excess[0] > 0


@pytest.mark.parametrize("who", ["engine", "checker"])
def test_a_kept_chance_on_a_ratio_has_no_negative_slack(who: str) -> None:
    """Slack is negative where a limit is broken, so not where n = 2 keeps the chance above."""
    instance = order_first(TURNS_BY_CHANCE)
    tables = tables_of(instance)
    slack = checked(instance, plan_of(2))[1][0].slack
    if who == "engine":
        slack = standings(Ledger(tables, plan_of(2)), Guardrails.build(tables))[0].slack
    assert not np.any(slack < 0)
