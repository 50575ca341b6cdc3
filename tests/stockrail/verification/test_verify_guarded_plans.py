"""Whole plans under every way to hold: what breaks a law is caught, and so is a wrong claim about it."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.model.instance import Instance
from stockrail.model.scenarios import build_tree
from stockrail.verification.flows import simulate
from stockrail.verification.money import Money
from tests.builders import Changes, make_instance
from tests.stockrail.hand_plan import failed
from tests.stockrail.plan_folder import PlanFolder, Tamper, plan_number, row_of
from tests.stockrail.truthful_plan import check_truthful

SCENARIOS = (
    {"node": "now", "period": 0, "probability": 1},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.5},
    {"node": "mid", "parent": "now", "period": 1, "probability": 0.3, "demand_factor": 0.6},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.2, "demand_factor": 0.2},
)
LOTS = [[10], [0], [0], [0]]
"""Stock is worth 10 now, then 0 at `high`, 4 at `mid`, 8 at `low`."""


def stock_of_three_scenarios(guardrail: Changes, **tables: Any) -> Instance:
    """One item of cost 1 and price 2, of which 10, 6 or 2 are demanded in period 1."""
    return make_instance(
        demand=(0, 10),
        items={"unit_cost": 1, "unit_price": 2, "warehouse": "H"},
        guardrails={"first_period": 1, **guardrail},
        scenarios=SCENARIOS,
        **tables,
    )


def quarter_end(upper: float) -> Instance:
    """The stock of the only quarter's end is 7 units of 6; before that it is up to 9."""
    return make_instance(
        demand=(1, 1, 1, 1),
        items={"opening_stock_units": 10},
        settings={"period_length_days": 31},
        guardrails={"upper": upper, "measured": "quarter ends"},
    )


def funded(stock_of_a: float, stock_of_b: float) -> Instance:
    """Stock of cost 1, at most 10 but for 5 that finance grants to A."""
    return make_instance(
        demand=((0,), (0,)),
        items=[
            {"item": name, "unit_cost": 1, "opening_stock_units": units}
            for name, units in (("A", stock_of_a), ("B", stock_of_b))
        ],
        guardrails={"upper": 10},
        funded_builds={
            "scope": "item",
            "scope_value": "A",
            "amount": 5,
            "first_period": 0,
            "last_period": 0,
            "exit_date": dt.date(2026, 1, 1),
        },
    )


def warehouse(space: float, premium: float | None = None) -> Instance:
    """10 units are stored now."""
    room = {"capacity_space": space, "overflow_premium_per_period": premium}
    return stock_of_three_scenarios({"upper": 100}, warehouses=room)


def overflow(upper: float) -> Instance:
    """10 units are stored now, one more than there is room for at no premium; it costs 0.5."""
    return stock_of_three_scenarios(
        {"metric": "overtime_spend", "upper": upper, "first_period": 0},
        warehouses={"capacity_space": 9, "overflow_premium_per_period": 0.5},
    )


CASES: dict[str, tuple[Instance, Instance, list[list[int]], str]] = {
    "every scenario": (
        stock_of_three_scenarios({"upper": 8}),
        stock_of_three_scenarios({"upper": 7.9}),
        LOTS,
        "G:upper",
    ),
    "cvar": (
        stock_of_three_scenarios({"upper": 6, "holds": "cvar", "alpha": 0.6}),
        stock_of_three_scenarios({"upper": 5.9, "holds": "cvar", "alpha": 0.6}),
        LOTS,
        "G:upper",
    ),
    "cvar of a longer tail": (
        stock_of_three_scenarios({"upper": 6, "holds": "cvar", "alpha": 0.6}),
        stock_of_three_scenarios({"upper": 6, "holds": "cvar", "alpha": 0.7}),
        LOTS,
        "G:upper",
    ),
    "chance": (
        stock_of_three_scenarios({"upper": 4, "holds": "chance", "alpha": 0.2}),
        stock_of_three_scenarios({"upper": 4, "holds": "chance", "alpha": 0.19}),
        LOTS,
        "G:upper",
    ),
    "ratio": (  # 8 of 10 units at `high`, all elsewhere: 6.2 of 7.2
        stock_of_three_scenarios({"metric": "fill_rate", "lower": 0.86, "holds": "expected"}),
        stock_of_three_scenarios({"metric": "fill_rate", "lower": 0.87, "holds": "expected"}),
        [[8], [0], [0], [0]],
        "G:lower",
    ),
    "quarter end": (quarter_end(42), quarter_end(41), [[0]] * 4, "G:upper"),
    "lower end of a band": (
        stock_of_three_scenarios({"lower": 0, "upper": 8}),
        stock_of_three_scenarios({"lower": 0.5, "upper": 8}),
        LOTS,
        "G:lower",
    ),
    "limit of one period": (
        stock_of_three_scenarios({"upper": 20}, guardrail_limits={"period": 1, "upper": 8}),
        stock_of_three_scenarios({"upper": 20}, guardrail_limits={"period": 1, "upper": 7}),
        LOTS,
        "G:upper",
    ),
    "total": (
        stock_of_three_scenarios({"upper": 18, "measured": "total", "first_period": 0}),
        stock_of_three_scenarios({"upper": 17, "measured": "total", "first_period": 0}),
        LOTS,
        "G:upper",
    ),
    "funded build": (funded(6, 9), funded(7, 9), [[0, 0]], "G:upper"),
    "outside of a funded build": (funded(3, 10), funded(3, 11), [[0, 0]], "G:upper"),
    "warehouse": (warehouse(10), warehouse(9), LOTS, "warehouse:H:upper"),
    "overflow": (overflow(0.5), overflow(0.4), LOTS, "G:upper"),
}
"""An instance whose limit the plan keeps, one whose limit it breaks, the lots, and the limit."""


@pytest.mark.parametrize("case", CASES)
def test_plan_that_keeps_its_guardrail_passes(tmp_path: Path, case: str) -> None:
    """The truth about a plan within its limit passes every check."""
    kept, _, lots, _ = CASES[case]
    assert failed(check_truthful(tmp_path, kept, lots)) == set()


@pytest.mark.parametrize("case", CASES)
def test_plan_that_breaks_its_guardrail_is_caught(tmp_path: Path, case: str) -> None:
    """The same plan under a slightly stricter limit fails the check that it is kept, and no other: it does not lie."""
    _, broken, lots, limit = CASES[case]
    assert failed(check_truthful(tmp_path, broken, lots)) == {f"guardrail_kept:{limit}"}


@pytest.mark.parametrize("column", ["worst", "slack", "limit"])
@pytest.mark.parametrize("case", CASES)
def test_wrong_claim_about_a_guardrail_is_caught(tmp_path: Path, case: str, column: str) -> None:
    """A number that is 2% too good fails the check of its record, in plan.json and in guardrails.csv alike."""
    kept, _, lots, limit = CASES[case]

    def tamper(folder: PlanFolder) -> None:
        for records in (folder.plan["guardrails"], folder.tables["guardrails"]):
            for record in records:
                if f"{record['name']}:{record['side']}" == limit:
                    record[column] += 0.02

    names = {f"guardrail_claim:{limit}", f"guardrail_table:{limit}"}
    assert failed(check_truthful(tmp_path, kept, lots, tamper)) == names


def test_break_outside_of_a_build_names_the_build(tmp_path: Path) -> None:
    """11 of B are within the 15 of all items, but more than the 10 without the build's room."""
    (check,) = check_truthful(tmp_path, funded(3, 11), [[0, 0]]).failed
    assert check.detail == "outside of B, node t0-s0: 11, upper limit 10"


def test_overflow_costs_its_premium(tmp_path: Path) -> None:
    """One unit beyond 9 costs the premium instead of breaking a law; a plan that hides it is caught."""
    instance = warehouse(9, premium=0.5)
    assert failed(check_truthful(tmp_path, instance, LOTS)) == set()

    def tamper(folder: PlanFolder) -> None:
        assert folder.plan["margin_parts"]["overtime"] == 0.5
        for name, by in (("margin_parts.overtime", -0.5), ("expected_margin", 0.5), ("objective", 0.5)):
            plan_number(name, by)(folder)

    # Only the sums within plan.json still agree, but for the gap that no longer fits.
    names = {"money:overtime", "expected_margin", "objective", "gap"}
    assert failed(check_truthful(tmp_path, instance, LOTS, tamper)) == names


def relax(**changes: Any) -> Tamper:
    """Relax the guardrail in period 1 by 2, with some changes."""
    entry = {"guardrail": "G", "side": "upper", "period": 1, "amount": 2, **changes}
    return lambda folder: folder.plan.update(relaxations=[entry])


@pytest.mark.parametrize(
    ("tamper", "names"),
    [
        (relax(), set()),
        (relax(amount=1.9), {"guardrail_kept:G:upper"}),
        (relax(period=0), {"guardrail_kept:G:upper", "relaxations"}),
        (relax(side="lower"), {"guardrail_kept:G:upper", "relaxations"}),
        (relax(guardrail="H"), {"guardrail_kept:G:upper", "relaxations"}),
        (relax(amount=-1), {"guardrail_kept:G:upper", "relaxations"}),
        (relax(amount=None), {"guardrail_kept:G:upper", "relaxations"}),
    ],
)
def test_relaxations_loosen_their_own_rows(tmp_path: Path, tamper: Tamper, names: set[str]) -> None:
    """Stock of 8 over a limit of 6 needs a relaxation of 2 in period 1 of that guardrail, and nothing else will do."""
    instance = stock_of_three_scenarios({"upper": 6})
    assert failed(check_truthful(tmp_path, instance, LOTS, tamper)) == names


@pytest.mark.parametrize(
    ("guardrail", "amount"),
    [
        ({"upper": 3, "holds": "chance", "alpha": 0.2}, 1),  # 4 at `mid` has to go below
        ({"upper": 5, "holds": "cvar", "alpha": 0.6}, 1),  # the tail's mean is 6
        # 7.2 are served a year from a stock of 2.8.
        ({"upper": 1, "metric": "turns", "holds": "expected"}, 7.2 - 1 * 2.8),
    ],
)
def test_relaxation_is_in_the_unit_of_the_numerator(
    tmp_path: Path, guardrail: Changes, amount: float
) -> None:
    """The amount by which the law is broken is enough, and a little less is not."""
    instance = stock_of_three_scenarios(guardrail)
    assert failed(check_truthful(tmp_path, instance, LOTS, relax(amount=amount))) == set()
    names = failed(check_truthful(tmp_path, instance, LOTS, relax(amount=amount - 0.02)))
    assert names == {"guardrail_kept:G:upper"}


def test_soft_guardrails_are_not_relaxed(tmp_path: Path) -> None:
    """A soft limit pays its price; a relaxation of it would hide that."""
    instance = stock_of_three_scenarios({"upper": 6, "soft_price": 1})
    assert failed(check_truthful(tmp_path, instance, LOTS)) == set()
    assert failed(check_truthful(tmp_path, instance, LOTS, relax())) == {"relaxations"}


def blended(weight: float, alpha: float) -> Instance:
    """Scenarios that earn 2 a unit: 20, 12 or 4, less 10 for the units ordered."""
    settings = {"margin_cvar_weight": weight, "margin_cvar_alpha": alpha}
    return stock_of_three_scenarios({"upper": 7, "soft_price": 10}, settings=settings)


@pytest.mark.parametrize(
    ("weight", "alpha", "cvar", "objective"),
    [
        # Margins 10, 2 and -6 with 1/2, 3/10 and 1/5: 4.4 in expectation; the penalty is 10 * 0.2.
        (0.0, 0.5, (0.2 * -6 + 0.3 * 2) / 0.5, 2.4),
        (0.25, 0.5, -1.2, 0.75 * 4.4 + 0.25 * -1.2 - 2),
        (1.0, 0.8, -6, -8),
        (1.0, 0.0, 4.4, 2.4),
    ],
)
def test_objective_blends_expectation_and_tail(
    tmp_path: Path, weight: float, alpha: float, cvar: float, objective: float
) -> None:
    """Penalties enter in full whatever the weight; the certificate is about the objective."""
    instance, lots = blended(weight, alpha), np.array(LOTS)
    tree = build_tree(instance)
    flows = simulate(instance, tree, lots, [np.ones(1, dtype=bool)])
    money = Money.of(instance.settings, tree, flows, [])
    assert (money.cvar, money.objective) == pytest.approx((cvar, objective + 2))

    def state(folder: PlanFolder) -> None:
        folder.plan["objective"], folder.plan["cvar_margin"] = objective, cvar

    assert failed(check_truthful(tmp_path, instance, LOTS, state)) == set()


def test_expected_margin_is_no_objective_where_tails_count(tmp_path: Path) -> None:
    """A plan that certifies its expected margin instead of the blend is caught."""

    def tamper(folder: PlanFolder) -> None:
        folder.plan["objective"] = folder.plan["expected_margin"]
        folder.plan["bound"], folder.plan["gap"] = folder.plan["objective"], 0.0

    assert failed(check_truthful(tmp_path, blended(0.25, 0.5), LOTS, tamper)) == {"objective"}


def test_orders_are_worth_what_breaks_and_deposits_make_them(tmp_path: Path) -> None:
    """10 units at 0.8 are 8, of which a quarter is paid at once; the plain 10 and 2.5 are caught."""
    instance = stock_of_three_scenarios(
        {"upper": 8},
        quantity_breaks={"from_units": 10, "unit_cost": 0.8},
        suppliers={"deposit_share": 0.25},
    )
    stated = row_of("orders", 0, value=8, deposit=2)
    assert failed(check_truthful(tmp_path, instance, LOTS, stated)) == set()
    plain = row_of("orders", 0, value=10, deposit=2.5)
    assert failed(check_truthful(tmp_path, instance, LOTS, plain)) == {"order_value", "order_deposit"}
