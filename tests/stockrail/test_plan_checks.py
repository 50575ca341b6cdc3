"""Checks as part of a plan: their files, their sections in the report, their sentences on the terminal."""

from pathlib import Path

import pandas as pd
import pytest

import stockrail as sr
from stockrail.reports.checks import check_lines, check_sections
from tests.builders import make_instance
from tests.stockrail.test_cli import stockrail

BUILD = {
    "build": "spring",
    "guardrail": "stock",
    "scope": "all",
    "scope_value": "",
    "amount": 60,
    "first_period": 0,
    "last_period": 0,
    "exit_date": "2024-12-31",
}


def funded() -> sr.Instance:
    """Return the example of docs/finance-checks.md: a build of 60 that allows 30 units instead of 20."""
    return make_instance(
        demand=(10, 10, 10),
        guardrails={"guardrail": "stock", "upper": 60},
        funded_builds=[BUILD],
        suppliers={"order_interval_periods": 3},
        segments={"lost_share": 1.0},
    )


@pytest.mark.parametrize("solver", ["extensive", "decomposition"])
def test_usual_checks_come_with_the_plan(solver: str, tmp_path: Path) -> None:
    """All of the room is used and enables 10 more units, which sell at 10 and cost 6; the horizon was not asked for."""
    plan = sr.plan(funded(), solver=solver, gap=0.0)  # type: ignore[arg-type]  # parametrised with its values
    (row,) = plan.checks["funded_builds"].to_dict("records")
    assert (row["used_share"], row["revenue_enabled"], row["margin_enabled"]) == pytest.approx((1, 100, 40))
    folder = plan.write(tmp_path / "plan")
    written = {path.stem for path in folder.glob("*.csv")}
    assert {"funded_builds", "funded_builds_by_period", "stock_split", "avoidable_excess"} <= written
    assert not written & {"horizon", "horizon_items", "quarter_ends", "seconds"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="checks"' in page
    assert "spring: 100% of the room is used" in page.replace("\u00a0", " ")
    assert "check funded_builds" in plan.certificate["seconds_by_phase"]


def test_command_writes_and_says_what_the_checks_found(tmp_path: Path) -> None:
    """With --checks the horizon is checked, too; without it, files of the plan before do not stay."""
    sr.write(funded(), tmp_path / "instance")
    run = stockrail("plan", tmp_path / "instance", "--gap", 0, "--checks", "--out", tmp_path / "plan")
    assert run.exit_code == 0, run.output
    text = " ".join(run.stdout.split())
    assert "Spring: 100% of the room is used" in text
    horizon = pd.read_csv(tmp_path / "plan" / "horizon.csv")
    assert all(sentence[1:] in text for sentence in horizon["sentence"])
    assert text.count("warning: ") == horizon["is_warning"].sum()
    run = stockrail("plan", tmp_path / "instance", "--gap", 0, "--no-prices", "--out", tmp_path / "plan")
    assert run.exit_code == 0, run.output
    assert not (tmp_path / "plan" / "horizon.csv").exists()
    assert (tmp_path / "plan" / "funded_builds.csv").exists()


def test_prices_by_period_and_no_prices_exclude_each_other(tmp_path: Path) -> None:
    """What contradicts itself is refused before the solve."""
    run = stockrail("plan", tmp_path, "--no-prices", "--prices-by-period")
    assert run.exit_code == 2
    assert "exclude each other" in run.output


def test_report_names_the_largest_excess() -> None:
    """Of 25 items the 20 largest are named; totals are of all: 1 + 2 + ... + 25 = 325, a tenth of it a year."""
    excess = pd.DataFrame(
        {
            "item": [f"I{k}" for k in range(25, 0, -1)],
            "segment": "S",
            "mean_units": 1.0,
            "mean_value": [float(k) for k in range(25, 0, -1)],
            "worst_period": 0,
            "holding_cost_per_year": [0.1 * k for k in range(25, 0, -1)],
            "reason": "opening stock",
        }
    )
    sections = check_sections({"avoidable_excess": excess}, 1)
    assert [row["item"] for row in sections["avoidable_excess"]] == [f"I{k}" for k in range(25, 5, -1)]
    assert (sections["excess_items"], sections["excess_value"]) == (25, 325.0)
    assert sections["excess_cost"] == pytest.approx(32.5)
    (line,) = check_lines({"avoidable_excess": excess}, "EUR")
    assert line == (
        "Avoidable excess: EUR 325.00 of mean stock in 25 items, which cost EUR 32.50 a year to hold; most in I25: opening stock."
    )


def test_stock_by_purpose_is_a_mean_over_periods() -> None:
    """Two periods of one segment: safety 10 and 30 are 20 on average; a single segment has no total of its own."""
    split = pd.DataFrame(
        {
            "segment": "S",
            "period": [0, 1],
            "safety_value": [10.0, 30.0],
            "cycle_value": [4.0, 0.0],
            "build_value": 0.0,
            "excess_value": 0.0,
            "on_hand_value": [14.0, 30.0],
        }
    )
    (row,) = check_sections({"stock_split": split}, 2)["split"]
    assert (row["safety_value"], row["cycle_value"], row["on_hand_value"]) == (20.0, 2.0, 22.0)


def test_no_checks_no_section() -> None:
    """A plan without checks has nothing to say of them."""
    assert check_sections({}, 3) == {}
    assert check_lines({}, "EUR") == []
