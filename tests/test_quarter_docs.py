"""docs/quarter.md: the quarter is played from the command line as the page says, and prints what the page quotes."""

import datetime as dt
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.workbench.governance.exceptions import open_after_run
from stockrail.workbench.runs import queue
from stockrail.workbench.runs.claim import Claim
from stockrail.workbench.runs.execute import execute
from stockrail.workbench.runs.identity import ProcessIdentity
from stockrail.workbench.store import Store
from tests.played_pages import Clock
from tests.quarter_page import missing, quoted

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "quarter.md").read_text(encoding="utf-8")
DATA = ROOT / "instances" / "distributor" / "quarter"


def run_here(store: Store, run_id: int) -> int:
    """In place of a process for a run, so that its exceptions are of the page's day; tests of runs have real processes."""
    with Store.open(store.location) as own:
        claim = Claim.take(own, run_id, ProcessIdentity.own(), queue.at_once(own))
        assert claim is not None
        execute(claim)
        open_after_run(own, run_id)
    return os.getpid()


def printed(command: str) -> str:
    """What a command of the page prints, errors included; it may be one that is refused."""
    name, *rest = shlex.split(command)
    if name == "python":
        done = subprocess.run([sys.executable, *rest], capture_output=True, text=True, check=True)
        return done.stdout + done.stderr
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, rest)
    assert result.exception is None or isinstance(result.exception, SystemExit), command
    return result.output


def tolerance() -> float:
    """What the page says of its numbers."""
    found = re.search(r"differ by up to (\d+) %", PAGE)
    assert found is not None
    return int(found[1]) / 100.0


def test_the_quarter_as_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command, in its order and on its day, prints what is quoted below it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(queue, "launch", run_here)
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    clock = Clock(monkeypatch)
    commands = list(quoted(PAGE))
    assert len(commands) > 30
    for one in commands:
        clock.set(dt.date.fromisoformat(one.day))
        assert (lacking := missing(one.shown, printed(one.command), tolerance())) is None, (
            f"{one.command}\n{lacking}"
        )


def test_actuals_are_whole() -> None:
    """13 weeks of 200 items, and stock that follows from what came in and went out, but for what was owed and served late.

    Stock at the end of a week is that of the week before, what came in less what was expedited (which leaves at once) and less what
    was served: on time, or late. So stock before + receipts - stock after is at least what was served on time.
    """
    frames = {
        name: pd.read_csv(DATA / f"{name}.csv", parse_dates=["date"])
        for name in ("demand", "receipts", "stock")
    }
    assert all((frames[name].groupby("date")["item"].nunique() == 200).all() for name in ("demand", "stock"))
    items = pd.read_csv(ROOT / "instances" / "distributor" / "items.csv").set_index("item")
    weeks = sorted(frames["demand"]["date"].unique())
    assert len(weeks) == 13
    stock = frames["stock"].pivot_table(index="item", columns="date", values="units")
    served = frames["demand"].pivot_table(index="item", columns="date", values="served_units")
    receipts = frames["receipts"]
    before = items["opening_stock_units"]
    for week in weeks:
        came = receipts[(receipts["date"] <= week) & (receipts["date"] > week - pd.Timedelta(days=7))]
        left = (
            before + came.groupby("item")["units"].sum().reindex(before.index, fill_value=0.0) - stock[week]
        )
        assert (left >= served[week] - 0.05).all()
        before = stock[week]
    assert sum(file.stat().st_size for file in DATA.rglob("*") if file.is_file()) < 300_000
