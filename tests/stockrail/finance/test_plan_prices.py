"""The prices that a plan shows: measured in its session, the same with the same seed, and never at the cost of the plan."""

import math
from typing import Any

import pandas as pd
import pytest

import stockrail as sr
from stockrail.finance import plan_prices
from stockrail.finance.limit_price import NEARBY, NOT_ASKED
from stockrail.finance.plan_prices import LOOSENED, OVER_BUDGET, STOPPED, Pricing
from stockrail.solvers import Progress
from tests.builders import make_instance
from tests.stockrail.finance.test_prices import YEARS, half_years


def planned(prices: Pricing = "quick", **options: Any) -> sr.Plan:
    """Return the plan of half_years by decomposition: a unit of limit is 1/6 unit of stock, which earns 4."""
    return sr.plan(half_years(), solver="decomposition", prices=prices, **options)


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


def test_prices_by_period() -> None:
    """The unit works in period 0 only."""
    plan = planned("by period")
    assert plan.guardrail_periods["price"].tolist() == pytest.approx([4 / 6, 0.0], rel=1e-4)


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


def test_extensive_prices_say_what_they_are() -> None:
    """The extensive form knows what its multipliers at the plan say, no more."""
    plan = sr.plan(half_years(), solver="extensive")
    (row,) = plan.certificate["guardrails"]
    assert row["price"] == pytest.approx(4 / 6, rel=1e-4)
    assert row["price_holds"] == NEARBY
    assert math.isnan(row["price_up"])
    assert plan.summary()["price of G"] == "0.667, near this plan"


def test_loosened_limits_have_no_price() -> None:
    """Stock of 60 cannot keep a limit of 40: what a unit of 40 would be worth has no meaning."""
    instance = make_instance(demand=(0, 0), items={"opening_stock_units": 10}, guardrails={"upper": 40})
    plan = sr.plan(instance, solver="decomposition", relax=True)
    assert plan.certificate["guardrails"][0]["price_holds"] == LOOSENED
