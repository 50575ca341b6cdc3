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
    frame = pd.read_csv(table, keep_default_na=False)
    assert frame["widths"].tolist() == ["none", "2"]
    # Without branches a path is as far from its scenario as from the mean.
    assert frame["distance"][0] == pytest.approx(frame["distance_without_branches"][0])
    assert frame["branched_share"][0] == 0 < frame["branched_share"][1]
    assert "What trees keep of the paths" in said
    moments = pd.read_csv(tmp_path / "table_moments.csv", keep_default_na=False)
    assert len(moments) == 2 * 2 * 6
    # 3 items, 40 units at 10.
    assert moments["tree_mean"].to_numpy() == pytest.approx(1200, rel=1e-6)


def test_given_paths(folder: Path, tmp_path: Path) -> None:
    """Ten paths with 30 units a week and ten with 50: without branches 40 with a standard deviation of 10."""
    file, out = tmp_path / "paths.csv", tmp_path / "tree"
    rows = [f"{p},{item},{t},{30 if p < 10 else 50}" for p in range(20) for item in "ABC" for t in range(6)]
    file.write_text("path,item,period,units\n" + "\n".join(rows) + "\n")
    said = _run(
        "tree", "build", folder, "--out", out, "--from", "paths", "--file", file, "--branching", "none"
    )
    assert "1 scenario and 6 nodes stand for 20 paths" in said
    tree = build_tree(sr.load(out))
    assert tree.demand == pytest.approx(np.full((3, 6), 40.0))
    assert sr.load(out).sigma == pytest.approx(np.full((3, 6), 10.0))
    # One branching tells the two kinds of paths apart, so nothing is left within a branch from there on.
    two = tmp_path / "two"
    _run(
        "tree",
        "build",
        folder,
        "--out",
        two,
        "--from",
        "paths",
        "--file",
        file,
        "--branching",
        "2",
        "--at",
        1,
    )
    leaves = build_tree(sr.load(two)).leaves
    assert sorted(build_tree(sr.load(two)).demand[0, leaves]) == pytest.approx([30, 50])


def test_error_statistics(folder: Path, tmp_path: Path) -> None:
    """Demand is 5% above the forecast of 40, with a standard deviation of a quarter of it; of C, with its own row, 40 and none."""
    file, out = tmp_path / "errors.csv", tmp_path / "tree"
    file.write_text("item,horizon,bias_share,sd_share\n,0,0.05,0.25\nC,0,0,0\n")
    _run("tree", "build", folder, "--out", out, "--file", file, "--branching", "none", "--paths", 2000)
    instance = sr.load(out)
    assert instance.mean_demand[:, 0] == pytest.approx([42, 42, 40])
    # Of 2,000 paths the standard deviation is itself uncertain by 1.6%.
    assert instance.sigma[:, 0] == pytest.approx([10, 10, 0], rel=0.06)
    file.write_text("item,horizon,bias_share,sd_share\nZ,0,0.05,0.25\n")
    said = _run("tree", "build", folder, "--out", out, "--file", file, code=2)
    assert "errors.csv" in said and "an item of the instance" in said


def test_target_as_constraint(folder: Path, tmp_path: Path) -> None:
    """9,000 of revenue are 900 units at 10; each one less costs 10. A second time there is one already."""
    out = tmp_path / "constraint"
    said = _run("views", folder, "--target", 9000, "--as-constraint", out)
    assert f"Next: stockrail plan {out}" in said
    (row,) = sr.load(out).guardrails
    assert (row.guardrail, row.metric, row.owner) == ("finance-target", "served_units", "finance")
    assert (row.lower, row.soft_price) == pytest.approx((900, 10))
    again = _run("views", out, "--target", 9000, "--as-constraint", tmp_path / "again", code=2)
    assert "has a guardrail finance-target already" in again


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
    # 20 of 24 deliveries are punctual, four two weeks late: a mean of a third of a week.
    (delays,) = pd.read_csv(tmp_path / "late_delays.csv").to_dict("records")
    assert (delays["supplier"], delays["deliveries"], delays["most_delay_periods"]) == ("V", 24, 2)
    assert (delays["late_share"], delays["mean_delay_periods"]) == pytest.approx((4 / 24, 8 / 24))
    assert build_tree(sr.load(tmp_path / "tree")).delay_periods.max() == 2
    errors = pd.read_csv(tmp_path / "tree_back_cast.csv")
    assert errors["horizon"].tolist() == list(range(6))
    # With the bias applied, all demand moves by the mean error of its horizon.
    _run(
        "tree", "build", folder, "--out", tmp_path / "moved", "--from", "history", "--file", tmp_path / "history.csv",
        "--branching", "none", "--paths", 200, "--apply-bias", "--keep-forecast",
    )  # fmt: skip
    moved = sr.load(tmp_path / "moved").mean_demand
    # Tables have three decimals.
    assert moved == pytest.approx(40 * (1 + np.tile(errors["bias_share"], (3, 1))), abs=1e-3)


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
