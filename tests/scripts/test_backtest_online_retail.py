"""The backtest of real items: it skips without data, and its instance knows the training weeks only."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "backtest_online_retail.py"
DATA = ROOT / "../shared/data"
WEEKLY, ITEMS = "weekly_units_revenue_top500.csv", "items_top500.csv"


def test_skips_without_data(tmp_path: Path) -> None:
    """A machine without the data is told which file there is none of, and that is no failure."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--data", str(tmp_path), "--deliveries", str(tmp_path / "none.csv")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Skipped: there is no ") and "none.csv" in done.stdout


@pytest.mark.skipif(not (DATA / "online_retail_weekly" / WEEKLY).is_file(), reason="data are not here")
def test_instance_knows_the_training_weeks_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sales after week 39 that are a hundred times as large change what is played back, and nothing else."""
    monkeypatch.syspath_prepend(SCRIPT.parent)
    import importlib

    script = importlib.import_module("backtest_online_retail")
    folder, deliveries = (
        DATA / "online_retail_weekly",
        DATA / "supplier_deliveries" / "scms_delivery_history_utf8.csv",
    )
    instance, window = script.real_case(folder, deliveries)
    assert (window.first, window.periods, len(instance.items)) == (39, 13, 500)
    assert instance.settings.start == window.date(39)
    sales = pd.read_csv(folder / WEEKLY, dtype={"StockCode": str}, parse_dates=["week"])
    sales.loc[sales["week"] >= pd.Timestamp(window.date(39)), "units"] *= 100
    sales.to_csv(tmp_path / WEEKLY, index=False)
    (tmp_path / ITEMS).write_bytes((folder / ITEMS).read_bytes())
    other, changed = script.real_case(tmp_path, deliveries)
    assert other.items == instance.items
    assert (other.mean_demand == instance.mean_demand).all() and (other.sigma == instance.sigma).all()
    assert (changed.known(0) == window.known(0)).all()
    assert changed.played.sum() == pytest.approx(100 * window.played.sum())
