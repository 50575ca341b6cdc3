"""Tests of what the report says of guardrails: whether they hold, in which way, and what looser ones earn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stockrail.reports.guardrails import earned
from tests.stockrail.report_demo import demo, write


def test_guardrails_are_summed_up(tmp_path: Path) -> None:
    """The headline says that all hold, and what EUR 1,000 more earn: 0.0432 a unit are EUR 43.20."""
    page = write(demo(), tmp_path)
    assert "All 5 guardrails hold." in page.text
    # By what they earn: 0.0432 and 0.011 per EUR times 1,000; capacity is counted in units.
    assert (
        "would earn: finance-wc EUR 43.20 per EUR 1,000, cash-floor EUR 11.00 per EUR 1,000, "
        "capacity:Supplier 1 EUR 1.23 per unit." in page.text
    )
    assert "EUR 1,000 less in each of them would earn EUR 11.00 in all" in page.text


def test_a_broken_guardrail_is_named(tmp_path: Path) -> None:
    """A soft limit that is exceeded by 20,000 does not hold, and the headline says so."""
    arguments = demo()
    arguments["guardrails"].loc[4, "slack"] = -20_000.0
    page = write(arguments, tmp_path)
    assert "4 of 5 guardrails hold: C-stock is broken by EUR 20,000." in page.text


def test_a_limit_within_the_solvers_tolerance_is_kept(tmp_path: Path) -> None:
    """A millionth of the limit is the solver's and not the plan's: 3,050,000 may be exceeded by 3.05."""
    arguments = demo()
    arguments["guardrails"].loc[0, "slack"] = -3.0
    assert "All 5 guardrails hold." in write(arguments, tmp_path).text
    arguments["guardrails"].loc[0, "slack"] = -3.1
    assert "4 of 5 guardrails hold" in write(arguments, tmp_path).text


def test_a_limit_that_earns_nothing_is_not_said_to_cost_nothing(tmp_path: Path) -> None:
    """A price of 0 says something about slightly looser limits only: lots are whole."""
    arguments = demo()
    arguments["guardrails"]["price"] = arguments["guardrail_periods"]["price"] = 0.0
    page = write(arguments, tmp_path)
    assert "All 5 guardrails hold. A slightly looser limit would earn nothing." in page.text
    assert not [key for key in page.charts if key.startswith("price")]


@pytest.mark.parametrize(
    ("price", "side", "metric", "expected"),
    [
        (0.0003, "upper", "inventory_value", 0.3),
        (-0.0003, "lower", "cash", 0.3),
        (1.5, "upper", "ordered_units", 1.5),
        (200.0, "lower", "fill_rate", -2.0),
        (-200.0, "lower", "fill_rate", 2.0),
        (1.5, "upper", "days_of_supply", 1.5),
        (50.0, "lower", "turns", -5.0),
        (-0.0, "lower", "cash", 0.0),
        (np.nan, "upper", "cash", None),
    ],
)
def test_earned(price: float, side: str, metric: str, expected: float | None) -> None:
    """Money counts per 1,000, units and days one by one, shares by percentage point, turns by tenths.

    Looser is more for an upper limit and less for a lower one.
    """
    assert earned(price, side, metric) == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holds": "expected"}, "hard, on average"),
        ({"holds": "cvar", "alpha": 0.9}, "hard, in the worst 10% on average (CVaR 90%)"),
        ({"holds": "chance", "alpha": 0.05}, "hard, in at least 95% of scenarios"),
        ({"measured": "quarter ends"}, "hard, in every scenario, at quarter ends"),
        ({"measured": "average"}, "hard, in every scenario, averaged over periods 0–25"),
    ],
)
def test_ways_to_hold_in_words(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """The table says how a guardrail holds and what it measures in the words of finance."""
    arguments = demo()
    for column, value in changes.items():
        arguments["guardrails"].loc[0, column] = value
    assert words in write(arguments, tmp_path).text


def test_ratios_have_their_units(tmp_path: Path) -> None:
    """A fill rate is in percent and its price by percentage point; days have one decimal."""
    arguments = demo()
    arguments["guardrails"].loc[4, ["metric", "side", "limit", "worst", "slack", "price"]] = [
        "fill_rate", "lower", 0.95, 0.9612, 0.0112, -200.0,
    ]  # fmt: skip
    arguments["guardrails"].loc[1, ["metric", "limit", "worst", "slack"]] = [
        "days_of_supply",
        60,
        41.26,
        18.74,
    ]
    page = write(arguments, tmp_path)
    assert "Fill rate of segment C at least 95.00%" in page.text
    assert "96.12% 1.12%" in page.text
    assert "lower 95.00% EUR 2.00 per percentage point" in page.text
    assert "Days of supply at most 60.0 days" in page.text
    assert "41.3 days 18.7 days" in page.text


def test_loosened_limits_are_called_out(tmp_path: Path) -> None:
    """Two periods of one limit were raised by up to 20,000, worth 35,000; the page says so before anything else."""
    arguments = demo()
    arguments["guardrails"].loc[0, "slack"] = -20_000.0
    arguments["summary"]["relaxations"] = [
        {
            "guardrail": "finance-wc",
            "side": "upper",
            "period": period,
            "amount": change,
            "limit_change": change,
        }
        | {"money": change}
        for period, change in [(3, 20_000.0), (4, 15_000.0)]
    ]
    page = write(arguments, tmp_path)
    assert (
        "No plan keeps all hard limits as stated. In this one the upper limit of finance-wc is raised by up to "
        "EUR 20,000; together that is worth EUR 35,000." in page.text
    )
    assert "finance-wc upper, raised 3–4 EUR 20,000 35,000" in page.text
    assert "4 of 5 guardrails hold as stated, the others as loosened." in page.text
    assert "were loosened" not in write(demo(), tmp_path).text


def test_kink_shows_two_numbers(tmp_path: Path) -> None:
    """One more unit of capital earns 0.01 and one less costs 0.05: per EUR 1,000 10 and 50, and 4% a year on more of it."""
    arguments = demo()
    columns = ["price", "return_per_year", "price_up", "price_down", "return_up_per_year", "price_holds"]
    arguments["guardrails"].loc[0, columns] = [np.nan, np.nan, 0.01, 0.05, 0.04, "a kink"]
    page = write(arguments, tmp_path)
    assert "EUR 10.00 per EUR 1,000 EUR 50.00 per EUR 1,000 4.0% a kink" in page.text


def test_unknown_price_gives_its_reason(tmp_path: Path) -> None:
    """Nothing is claimed of a limit that was not priced: neither that it would earn nor that it would not."""
    arguments = demo()
    columns = ["price", "price_up", "price_down", "return_per_year", "return_up_per_year"]
    arguments["guardrails"].loc[0, columns] = np.nan
    arguments["guardrails"].loc[0, "price_holds"] = "not computed, no budget"
    page = write(arguments, tmp_path)
    assert "What a looser limit would earn is not known: not computed, no budget." in page.text
    assert "2 would earn margin if looser; what 1 would earn is not known" in page.text
