"""The commands for calibrations of the store; what docs/calibration.md shows of them is what they print."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.workbench.store import Store
from tests.stockrail.workbench.calibrations.cases import add_calibration, add_example, calibrated
from tests.stockrail.workbench.folders import ROOT
from tests.stockrail.workbench.people import write_people

PAGE = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## In the workbench: decided segment by segment")[1].split("\n## ")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store that has the calibration of the page, run 1."""
    monkeypatch.chdir(tmp_path)
    with Store.create("workbench") as store:
        write_people(store)
        assert add_calibration(store, add_example(store)) == 1
    return tmp_path


def stockrail(command: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))


def shown(command: str) -> str:
    """What the page shows below a command."""
    found = re.search(
        rf"^    \$ stockrail {re.escape(command)}\n((?:    (?!\$).*\n)*)", SECTION, re.MULTILINE
    )
    assert found is not None, command
    return re.sub("^    ", "", found.group(1), flags=re.MULTILINE)


def test_the_page_shows_what_is_printed(folder: Path) -> None:
    """Show, accept, reject and export, in their order."""
    assert stockrail("calibration show 1").output == shown("calibration show 1")
    accepted = stockrail('calibration accept 1 staples --reason "Less stock." --as ben')
    assert shown('calibration accept 1 staples --reason "Less stock." --as ben') == ""
    assert "ben (supply_planning) accepted the targets of staples of run 1" in accepted.output
    assert "EUR 6,354 on average" in SECTION and "EUR 6,354 on average" in accepted.output.replace("\n", " ")
    assert "This breaks stock-cap" in accepted.output
    rejected = stockrail('calibration reject 1 extras --reason "Too little service." --as carla')
    assert "carla (finance) rejected the targets of extras of run 1" in rejected.output
    assert stockrail("calibration export 1 targets.csv").output == shown("calibration export 1 targets.csv")
    written = (folder / "targets.csv").read_text(encoding="utf-8").splitlines()
    assert written[:4] == calibrated()[1]["targets.csv"].decode().splitlines()[:4]
    assert "Less stock." in stockrail("calibration show 1").output


def test_the_list(folder: Path) -> None:
    """How far the calibration is decided on."""
    stockrail("calibration accept 1 staples --reason x --as ben")
    header, row = stockrail("calibration list").output.splitlines()
    assert header.split() == ["run", "state", "as", "of", "asked", "by", "accepted", "rejected", "open"]
    assert row.split() == ["1", "finished", "2027-01-04", "anna", "1", "0", "1"]


def test_without_any(tmp_path: Path) -> None:
    """It says how to get one."""
    with Store.create(tmp_path / "store"):
        pass
    assert (
        "stockrail run start --kind calibrate"
        in stockrail(f"calibration list --store {tmp_path / 'store'}").output
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("calibration accept 1 staples --reason x --as dora", "permission target.approve"),
        ("calibration accept 1 spares --reason x --as ben", "it has those of staples, extras"),
        ("calibration accept 1 staples --reason ' ' --as ben", "Say why"),
        ("calibration export 1 targets.csv", "Nothing of calibration 1 has been accepted"),
        ("calibration show 7", "There is no run 7"),
    ],
)
def test_what_is_refused(folder: Path, command: str, said: str) -> None:
    """A sentence that says what to do, and the exit code of bad input."""
    result = stockrail(command)
    assert result.exit_code == 2
    assert said in result.output.replace("\n", " ")
