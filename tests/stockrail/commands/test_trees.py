"""The commands on trees and views, as a user types them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import stockrail as sr
from stockrail.cli import app
from stockrail.model.scenarios import build_tree
from tests.builders import make_instance

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance of three items and six weeks."""
    target = tmp_path_factory.mktemp("instance")
    instance = make_instance(
        demand=[[40.0] * 6] * 3,
        sigma=[[12.0] * 6] * 3,
        settings={"period_length_days": 7, "start": "2024-03-04", "terminal_stock_share": 0.9},
        items=[{"lead_time_periods": 1, "opening_stock_units": 90, "order_cost": 5}] * 3,
        segments={"lost_share": 0.5},
    )
    sr.write(instance, target)
    return target


def _run(*arguments: object, code: int = 0) -> str:
    done = RUNNER.invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_build_plan_and_read(folder: Path, tmp_path: Path) -> None:
    """A tree from the instance's own forecast error is an instance that can be planned and read three ways."""
    out, numbers = tmp_path / "tree", tmp_path / "quality.json"
    said = _run(
        "tree", "build", folder, "--out", out, "--branching", "2,2", "--paths", 200, "--json", numbers
    )
    assert "4 scenarios and 17 nodes stand for 200 paths" in said
    assert json.loads(numbers.read_text())["scenarios"] == 4
    instance = sr.load(out)
    assert len(build_tree(instance).leaves) == 4
    assert sr.plan(instance, workers=1).is_gap_met
    read = tmp_path / "views.csv"
    said = _run("views", out, "--target", 9000, "--out", read, "--as-scenario", tmp_path / "scenario")
    assert "above the most likely revenue" in said
    total = pd.read_csv(read).query("segment == 'all' and period.isna() and measure == 'revenue'").iloc[0]
    # 3 items, 6 weeks, 40 units at 10.
    assert total["mean"] == pytest.approx(7200, rel=1e-4)
    assert total["gap"] == pytest.approx(9000 - total["most_likely"])
    assert sr.load(tmp_path / "scenario").mean_demand.sum() == pytest.approx(900, rel=1e-3)


def test_quality(folder: Path, tmp_path: Path) -> None:
    """The report has a row for each size, an interval, and whether the value on fresh paths lies in it."""
    table = tmp_path / "table.csv"
    said = _run(
        "tree", "quality", folder, "--sizes", "none;2", "--trees", 2, "--paths", 100, "--test-paths", 100,
        "--fresh-paths", 100, "--tolerance", 0.2, "--csv", table,
    )  # fmt: skip
    assert "Recommended: branches" in said
    assert "On 100 fresh paths it earns EUR" in said
    assert pd.read_csv(table, keep_default_na=False)["widths"].tolist() == ["none", "2"]


def test_from_history_with_delays(folder: Path, tmp_path: Path) -> None:
    """Deliveries become disruptions, history becomes forecasts and errors, both become one tree."""
    pytest.importorskip("statsmodels", reason="The extra `history` is not installed.")
    deliveries, late = tmp_path / "deliveries.csv", tmp_path / "late.csv"
    rows = ["V,2024-01-01,2024-01-01"] * 20 + ["V,2024-01-01,2024-01-15"] * 4
    deliveries.write_text("supplier,promised,delivered\n" + "\n".join(rows) + "\n")
    assert "1 disruptions in" in _run(
        "tree", "disruptions", folder, "--deliveries", deliveries, "--out", late
    )
    weeks = pd.date_range("2023-09-04", "2024-02-26", freq="7D")
    random = np.random.default_rng(0)
    history = pd.DataFrame(
        [(item, week.date(), units) for item in "ABC" for week, units in zip(weeks, random.poisson(40, len(weeks)), strict=True)],
        columns=["item", "date", "units"],
    )  # fmt: skip
    history.to_csv(tmp_path / "history.csv", index=False)
    said = _run(
        "tree", "build", folder, "--out", tmp_path / "tree", "--from", "history", "--file", tmp_path / "history.csv",
        "--disruptions", late, "--branching", "2", "--paths", 200,
    )  # fmt: skip
    assert "26 periods of history, back-cast from 6 points" in said
    assert build_tree(sr.load(tmp_path / "tree")).delay_periods.max() == 2


def test_mistakes_are_bad_input(folder: Path, tmp_path: Path) -> None:
    """Each ends with exit code 2 and says what to do."""
    out = tmp_path / "out"
    assert "--from paths needs a --file" in _run(
        "tree", "build", folder, "--out", out, "--from", "paths", code=2
    )
    assert "expected whole numbers" in _run(
        "tree", "build", folder, "--out", out, "--branching", "3,x", code=2
    )
    assert "market_share is 2; allowed: 0 to 1" in _run(
        "tree", "build", folder, "--out", out, "--market-share", 2, code=2
    )
    assert "need a --target" in _run("views", folder, "--as-scenario", out, code=2)
    assert "0 < commit < 0.5 < stretch < 1" in _run("views", folder, "--commit", 0.9, code=2)
    deliveries = tmp_path / "deliveries.csv"
    deliveries.write_text("supplier,promised,delivered\nX,2024-01-01,2024-01-01\n")
    said = _run("tree", "disruptions", folder, "--deliveries", deliveries, "--out", out, code=2)
    assert "None of the suppliers" in said
    assert not out.exists()
