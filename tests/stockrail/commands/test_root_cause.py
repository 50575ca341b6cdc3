"""The commands for root causes; docs/root-cause.md shows most of what a person sees, tests/test_root_cause_docs.py plays it."""

import json
import shlex
from pathlib import Path

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
    """A working folder with a store: 15 of 25 kettles were not served in period 1."""
    monkeypatch.chdir(tmp_path)
    clock = Clock(monkeypatch)
    clock.set(BEFORE)
    with Store.create("workbench") as store:
        write_people(store)
        approved_plan(store, with_baseline(store, tmp_path / "in"))
        happened(store, tmp_path / "actuals", {"kettle": [(10, 10), (25, 10)]})
    clock.set(day(2))
    return tmp_path


def stockrail(command: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))


def test_nothing_was_found_yet(folder: Path) -> None:
    """Looking only finds nothing, and says what does."""
    for command in ("list", "count"):
        assert "stockrail root-cause find looks for them" in stockrail(f"root-cause {command}").output
    assert stockrail("root-cause show 1").exit_code == 2


def test_files_and_filters(folder: Path) -> None:
    """JSON has the evidence; the list is that of a cause, or of a run."""
    found = stockrail("root-cause find --as anna --json found.json --out tables")
    assert found.exit_code == 0
    [miss] = json.loads(Path("found.json").read_text())["misses"]
    assert (miss["cause"], miss["evidence"]["assumptions"]["demand"]["actual"]) == (
        "demand outside the fan",
        25,
    )
    assert sorted(file.name for file in Path("tables").iterdir()) == [
        "causes.csv",
        "causes_by_period.csv",
        "misses.csv",
    ]
    assert "item kettle" in stockrail('root-cause list --cause "demand outside the fan"').output
    assert "No misses" in stockrail('root-cause list --cause "not known"').output
    assert "item kettle" in stockrail("root-cause list --run 1").output
    assert "No misses" in stockrail("root-cause count --run 2").output


def test_refusals_say_who_may(folder: Path) -> None:
    """Executives do not bring in actuals, and a run that was not approved has no misses."""
    assert "actuals.import" in stockrail("root-cause find --as dora").output
    assert "Run 9 has no approved plan" in stockrail("root-cause find --run 9 --as anna").output
