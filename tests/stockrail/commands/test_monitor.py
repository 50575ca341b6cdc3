"""The commands for actuals and monitoring; docs/monitoring.md shows most of what a person sees, tests/test_monitoring_docs.py plays it."""

import json
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.workbench.store import Store
from tests.played_pages import Clock
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.root_cause.cases import day
from tests.stockrail.workbench.root_cause.stores import BEFORE, approved_plan, happened, with_baseline


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store: more kettles were asked for than the plan held possible, three times."""
    monkeypatch.chdir(tmp_path)
    clock = Clock(monkeypatch)
    clock.set(BEFORE)
    with Store.create("workbench") as store:
        write_people(store)
        approved_plan(store, with_baseline(store, tmp_path / "in"))
        happened(store, tmp_path / "actuals", {"kettle": [(14, 10), (25, 10), (16, 10)]})
    clock.set(day(3))
    return tmp_path


def stockrail(command: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))


def test_rows_of_actuals(folder: Path) -> None:
    """Counted, of one kind, of some days, of an item, as a file."""
    assert stockrail("actuals list").output.split() == (
        ["actuals", "rows", "from", "to", "demand", "3", "2027-01-11", "2027-06-06"]
    )
    last = stockrail("actuals list demand --rows 1").output
    assert "kettle  2027-06-06  16.0   10.0" in last
    assert "The latest 1 of 3 rows" in last
    assert "2027-01-11" not in stockrail("actuals list demand --from 2027-02-01").output
    assert "There are no such demand actuals" in stockrail("actuals list demand --item fan").output
    assert "3 rows in all.csv" in stockrail("actuals list demand --out all.csv").output
    assert pd.read_csv("all.csv")["units"].tolist() == [14, 25, 16]
    assert stockrail("actuals list --out all.csv").exit_code == 2


def test_the_same_actuals_again(folder: Path) -> None:
    """Say so; corrections are refused with what to do."""
    assert "Everything was there already" in stockrail("actuals import actuals --as anna").output
    demand = Path("actuals/demand.csv")
    demand.write_text(demand.read_text().replace(",25.0,", ",26.0,").replace(",25,", ",26,"))
    refused = stockrail("actuals import actuals --as anna")
    assert (refused.exit_code, "found '26'; allowed: 25, as imported before" in refused.output) == (2, True)
    taken = stockrail("actuals import actuals --as anna --replace")
    assert taken.output.splitlines()[1].split()[-3:] == ["0", "2", "1"]


def test_only_looking(folder: Path) -> None:
    """An auditor may, and opens nothing; without it she is refused before anything is shown."""
    looked = stockrail("monitor --as edna --only-look --json look.json")
    assert looked.exit_code == 0
    assert json.loads(Path("look.json").read_text())["exceptions"][0]["subject"] == "item kettle"
    assert "Nothing waits" in stockrail("exceptions list").output
    refused = stockrail("monitor --as edna")
    assert (refused.exit_code, "actuals.import" in refused.output, "kettle" in refused.output) == (
        2,
        True,
        False,
    )


def test_options_that_exclude_each_other(folder: Path) -> None:
    """Starting a run changes something; a baseline is for the run that is started."""
    assert stockrail("monitor --as ben --only-look --start").exit_code == 2
    assert stockrail("monitor --as ben --baseline 1").exit_code == 2


def test_before_anything_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No actuals, no plan: each says what comes first."""
    monkeypatch.chdir(tmp_path)
    Clock(monkeypatch).set(BEFORE)
    with Store.create("workbench") as store:
        write_people(store)
    assert "stockrail actuals import FOLDER" in stockrail("actuals list").output
    shown = stockrail("monitor --as anna")
    assert (shown.exit_code, "No plan is approved yet" in shown.output) == (0, True)
