"""The prices that a plan shows: measured in its session, the same with the same seed, and never at the cost of the plan."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stockrail as sr
from stockrail.finance import plan_prices
from stockrail.finance.limit_price import NOT_ASKED
from stockrail.finance.plan_prices import LOOSENED, OVER_BUDGET, STOPPED, Pricing
from stockrail.finance.prices import prices
from stockrail.planning import SolverName
from stockrail.solvers import Progress
from tests.builders import make_instance
from tests.stockrail.finance.test_prices import YEARS, half_years

ROOT = Path(__file__).parents[3]


def planned(pricing: Pricing = "quick", **options: Any) -> sr.Plan:
    """Return the plan of half_years by decomposition: a unit of limit is 1/6 unit of stock, which earns 4."""
    return sr.plan(half_years(), solver="decomposition", prices=pricing, **options)


def test_price_by_hand() -> None:
    """4/6 per unit of limit, granted for both half years, as far as demand of period 1 goes: from 0 to 60."""
    plan = planned()
    (row,) = plan.certificate["guardrails"]
    assert row["price"] == pytest.approx(4 / 6, rel=1e-4)
    assert row["price_up"] == pytest.approx(row["price_down"], rel=1e-3)
    assert row["range_from"] < 27 < row["range_to"]
    assert row["return_per_year"] == pytest.approx(4 / 6 / (2 * YEARS), rel=1e-4)
    assert row["price_holds"] == "at least from 26.93 to 27.07"  # a step of 0.25% each way
    assert plan.summary()["price of G"].startswith("0.667 from ")
    assert plan.certificate["seconds_by_phase"]["prices"] > 0
    assert plan.guardrail_periods["price"].isna().all()  # periods were not asked for


def test_same_seed_same_prices() -> None:
    """Rounds are counted and not seconds, so two runs give the same tables."""
    first, second = planned(), planned()
    pd.testing.assert_frame_equal(first.guardrails, second.guardrails, check_exact=True)


def test_no_prices() -> None:
    """Without prices there is no number: a multiplier would look like one."""
    (row,) = planned("none").certificate["guardrails"]
    assert math.isnan(row["price"])
    assert row["price_holds"] == NOT_ASKED
    assert "price of G" not in planned("none").summary()


def test_budget_of_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rounds are used up the price is missing and says so; no clock was involved, so there is no note."""
    monkeypatch.setattr(plan_prices, "LEAST_WORK", 0)
    monkeypatch.setattr(plan_prices, "SHARE_OF_SOLVE", 0.0)
    plan = planned()
    (row,) = plan.certificate["guardrails"]
    assert math.isnan(row["price"])
    assert row["price_holds"] == OVER_BUDGET
    assert not [note for note in plan.certificate["notes"] if "price" in note.lower()]


def test_emergency_brake_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where seconds end the prices, another run may have others, and the certificate says so."""
    monkeypatch.setattr(plan_prices, "BRAKE_SECONDS", 0.0)
    monkeypatch.setattr(plan_prices, "BRAKE_SHARE", 0.0)
    plan = planned()
    assert plan.certificate["guardrails"][0]["price_holds"] == STOPPED
    assert any("ended by the clock" in note for note in plan.certificate["notes"])


def test_cancel_during_prices_keeps_plan_and_prices_so_far() -> None:
    """Stock of 27 is 4.5 units, purchases of 87 are 14.5: both bind. Ctrl-C before the second leaves plan and first price."""
    instance = make_instance(
        demand=(10, 10),
        guardrails=[
            {"guardrail": "stock", "upper": 27},
            {"guardrail": "buys", "metric": "purchases", "upper": 87},
        ],
        settings={"period_length_days": 182},
        suppliers={"order_interval_periods": 2},
        segments={"lost_share": 1.0},
    )
    phases: list[str] = []

    def note(progress: Progress) -> None:
        phases.append(progress.phase)

    plan = sr.plan(
        instance,
        solver="decomposition",
        prices="all",
        on_progress=note,
        is_cancelled=lambda: any(phase.startswith("price 2 of") for phase in phases),
    )
    assert any(phase.startswith("price 1 of 2") for phase in phases)
    assert plan.certificate["expected_margin"] == pytest.approx(planned().certificate["expected_margin"])
    assert sorted(plan.guardrails["price_holds"] == STOPPED) == [False, True]
    assert any("were stopped" in note for note in plan.certificate["notes"])


def test_plan_and_prices_agree_where_the_extensive_form_solves() -> None:
    """docs/guardrails.md: between stocks of 100 and 200 the margin rises by 12. Two lots have room left, yet a limit costs."""
    instance = sr.load(ROOT / "instances" / "guardrails-example")
    plan = sr.plan(instance, gap=0.0)
    assert plan.certificate["solver"] == "extensive"
    (row,), (price,) = plan.guardrails.to_dict("records"), prices(instance).to_dict("records")
    both = ["price_up", "price_down", "range_from", "range_to", "return_up_per_year"]
    assert [row[name] for name in both] == pytest.approx([price[name] for name in both])
    assert [row[name] for name in ("price", *both[2:4])] == pytest.approx([0.12, 120.0, 180.0])
    assert plan.summary()["price of stock-limit"] == "0.120 from 120.0 to 180.0, 60.0% a year"
    assert "price of stock-limit" not in sr.plan(instance, prices="none").summary()


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_prices_of_periods_have_ranges(solver: SolverName) -> None:
    """The unit of limit works in period 0 only, from 20% below 27 to 20% above."""
    plan = sr.plan(half_years(), solver=solver, prices="by period")
    now, later = plan.guardrail_periods.to_dict("records")
    for column in ("price", "price_up", "price_down"):
        assert [now[column], later[column]] == pytest.approx([4 / 6, 0.0], rel=1e-4)
    assert [now["range_from"], now["range_to"]] == pytest.approx([21.6, 32.4])
    assert math.isinf(later["range_to"])


def test_price_of_the_only_period() -> None:
    """A limit on one period has the same price by period as in all of its periods."""
    plan = sr.plan(sr.load(ROOT / "instances" / "guardrails-example"), prices="by period")
    names = ["price", "price_up", "price_down", "range_from", "range_to"]
    pd.testing.assert_frame_equal(plan.guardrail_periods[names], plan.guardrails[names])
    assert plan.guardrail_periods["price"].tolist() == pytest.approx([0.12])


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_loosened_limits_have_no_price(solver: SolverName) -> None:
    """Stock of 60 cannot keep a limit of 40: what a unit of 40 would be worth has no meaning."""
    instance = make_instance(demand=(0, 0), items={"opening_stock_units": 10}, guardrails={"upper": 40})
    plan = sr.plan(instance, solver=solver, relax=True)
    assert plan.certificate["guardrails"][0]["price_holds"] == LOOSENED
