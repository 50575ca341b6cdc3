"""The import of published sales and deliveries, on small made-up files and on the real ones where they are there."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from stockrail.model.reader import load
from stockrail.model.scenarios import build_tree

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "import_online_retail.py"
DATA = ROOT / "../shared/data"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    specification = importlib.util.spec_from_file_location("import_online_retail", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_steady_sales_are_forecast_to_go_on(script: ModuleType) -> None:
    """Ten units in each full week are ten in each week to come, without error; partial weeks do not count."""
    weeks = pd.date_range("2010-11-29", periods=53, freq="7D")
    history = pd.DataFrame([[3, *[10] * 51, 4]], index=["a"], columns=weeks)
    mean_demand, sigma_share, start = script.forecast(history)
    assert mean_demand == pytest.approx(np.full((1, 26), 10.0))
    assert sigma_share == pytest.approx([0], abs=1e-12)
    assert str(start) == "2011-12-05"


def test_season_comes_from_all_items(script: ModuleType) -> None:
    """An item sold only lately is expected to follow the season of the others."""
    weeks = pd.date_range("2010-11-29", periods=53, freq="7D")
    spring = np.where((weeks.month >= 2) & (weeks.month <= 4), 40, 20)
    history = pd.DataFrame([spring, np.where(np.arange(53) >= 26, 1, 0)], index=["a", "b"], columns=weeks)
    mean_demand, _, _ = script.forecast(history)
    # Week 15 is the one of 19 March; the forecast starts on 5 December. It is far enough from the edges of the season.
    assert mean_demand[1, 15] / mean_demand[1, 2] == pytest.approx(2, rel=0.1)


def test_week_without_any_sales_is_a_closed_shop(script: ModuleType) -> None:
    """A closed week at Christmas does not pull the next one's forecast to zero."""
    weeks = pd.date_range("2010-11-29", periods=53, freq="7D")
    history = pd.DataFrame([[10] * 4 + [0] + [10] * 48], index=["a"], columns=weeks)
    mean_demand, _, _ = script.forecast(history)
    assert mean_demand.min() == pytest.approx(10, rel=0.03)


def test_lateness_by_vendor(script: ModuleType, tmp_path: Path) -> None:
    """Lead times run from order to delivery, lateness from schedule to delivery; lines without an order are left out."""
    # Orders of V take 30, 40 and 60 days; the last is 20 days late, the only one by more than 14.
    rows = [
        ("V", "12/1/2006", "31-Dec-06", "31-Dec-06"),
        ("V", "1/1/07", "5-Feb-07", "10-Feb-07"),
        ("V", "1/1/2007", "10-Feb-07", "2-Mar-07"),
        ("V", "Date Not Captured", "1-Jan-07", "1-Dec-07"),
        ("W", "N/A - From RDC", "1-Jan-07", "1-Jan-07"),
    ]
    columns = ["Vendor", "PO Sent to Vendor Date", "Scheduled Delivery Date", "Delivered to Client Date"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "deliveries.csv", index=False)
    table = script.lateness_by_vendor(tmp_path / "deliveries.csv")
    assert table.index.tolist() == ["V"]
    assert table.loc["V"].tolist() == pytest.approx([3, 40, 1 / 3, 20])


def test_another_table_than_that_of_deliveries_is_refused(script: ModuleType, tmp_path: Path) -> None:
    """It is said which file it is and which columns it lacks."""
    (tmp_path / "derived.csv").write_text("Vendor,median_days\nV,40\n", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"derived\.csv has no column PO Sent to Vendor Date, Scheduled"):
        script.lateness_by_vendor(tmp_path / "derived.csv")


def test_lead_times_in_weeks(script: ModuleType) -> None:
    """A third of the days, in whole weeks from 1 to 8."""
    assert script.lead_time_weeks(np.array([0.0, 63, 92, 400])).tolist() == [1, 3, 4, 8]


@pytest.mark.skipif(not DATA.is_dir(), reason="The published data are not part of the repository.")
def test_real_files(tmp_path: Path) -> None:
    """The script makes a valid instance of 500 items, 26 weeks and 81 scenarios, and states its assumptions."""
    sales = DATA / "online_retail_weekly"
    command: list[str | Path] = [
        *(sys.executable, SCRIPT, "--out", tmp_path),
        *("--weekly", sales / "weekly_units_revenue_top500.csv", "--items", sales / "items_top500.csv"),
        *("--deliveries", DATA / "supplier_deliveries" / "scms_delivery_history_utf8.csv"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "gross margin of 33%" in done.stdout
    assert "gross margin of 33%" in (tmp_path / "README.md").read_text()
    instance = load(tmp_path)
    assert instance.mean_demand.shape == (500, 26)
    assert len(build_tree(instance).leaves) == 81
    assert {"15056BL", "22423"} <= set(instance.item_index)
    # The import is made of items as they are sold: many in single units, hundreds of them a week.
    single = instance.item_column("lot_size") == 1
    assert single.sum() > 200
    assert instance.mean_demand[single].mean(axis=1).max() > 300
    assert np.count_nonzero(build_tree(instance).delay_periods.max(axis=1)) >= 3
