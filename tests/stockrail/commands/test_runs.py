"""The commands for runs, as somebody uses them: what they print and how they end."""

import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.workbench.runs.cancel import cancel
from stockrail.workbench.runs.lookup import get
from stockrail.workbench.runs.submit import submit
from stockrail.workbench.store import Store
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.runs.cases import LONG, add_long, add_three_items, no_process_left

RUNNER = CliRunner()
QUICK = ("--time-limit", "10", "--workers", "1", "--solver", "decomposition", "--prices", "none")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a store with people, which the commands use as ben."""
    folder = tmp_path / "store"
    with Store.create(folder) as store:
        write_people(store)
    monkeypatch.setenv("STOCKRAIL_STORE", str(folder))
    monkeypatch.setenv("STOCKRAIL_USER", "ben")
    monkeypatch.setenv("COLUMNS", "80")
    return folder


def run(*words: str, code: int = 0) -> str:
    """What a command prints, errors included; its exit code must be `code`."""
    result = RUNNER.invoke(app, ["run", *words])
    assert result.exit_code == code, result.output
    assert all(len(line) <= 80 for line in result.stdout.splitlines()), result.stdout
    return result.output


def test_a_run_from_the_command_line(there: Path, tmp_path: Path) -> None:
    """Started and waited for, listed, shown with its files, and given back the second time."""
    assert "There is no run yet" in run("list")
    with Store.open(there) as store:
        add_three_items(store, tmp_path / "in")
    shown = run("start", *QUICK, "--wait")
    assert "Run 1 waits for its turn." in shown
    # Three items: 1,549.81 is the best plan that keeps 500 of stock (tests/stockrail/test_cli.py).
    assert re.search(r"expected margin +EUR 1,550\n", shown)
    assert re.search(r"gap +0\.06\d% \(proven; asked for 0\.3%\)", shown)
    assert "checks of the independent checker, all passed" in shown
    again = run("start", *QUICK)
    assert "Run 1 has the same inputs and is finished: no other one is started." in again
    (header, row) = run("list").splitlines()
    assert header.split() == ["run", "kind", "state", "gap", "time", "by", "on", "of"]
    assert row.split()[:4] == ["1", "plan", "finished", "0.06%"]
    out = tmp_path / "out"
    assert "12 files in" in run("show", "1", "--out", str(out), "--json", str(tmp_path / "c.json")).replace(
        "\n", " "
    )
    assert (out / "orders.csv").is_file()
    assert '"status": "proven"' in (tmp_path / "c.json").read_text(encoding="utf-8")
    assert "is finished already: there is nothing to cancel" in run("cancel", "1", code=2).replace("\n", " ")
    assert "is finished: start another one with a longer" in run("resume", "1", code=2).replace("\n", " ")


def test_a_frontier_and_a_tornado_from_the_command_line(there: Path, tmp_path: Path) -> None:
    """Both wait, go and are shown like any run; 5 % of 2,685.28 that the price decides are 134.26 (docs/tornado.md)."""
    with Store.open(there) as store:
        add_three_items(store, tmp_path / "in")
    asked = ("--guardrail", "inventory-cap", "--from", "450", "--to", "600", "--points", "3", "--gap", "0.01")
    shown = run("start", "--kind", "frontier", *asked, "--wait")
    assert "inventory-cap (upper), 3 from 450 to 600" in shown
    assert "largest gap" in shown
    wanted = ("--driver", "price", "--change", "price=0.05", "--gap", "0")
    shown = run("start", "--kind", "tornado", *wanted, "--wait").replace("\n", " ")
    assert "-5% costs EUR 134.26 and +5% earns EUR 134.26" in shown
    out = tmp_path / "out"
    run("show", "2", "--out", str(out))
    assert {file.name for file in out.iterdir()} == {
        "tornado.csv",
        "tornado.json",
        "tornado.html",
        "scenarios.yaml",
    }
    refused = run("start", "--kind", "frontier", "--guardrail", "cash", "--from", "1", "--to", "2", code=2)
    assert "inventory-cap (upper)" in refused


def test_what_cannot_be_is_refused_with_what_can(there: Path, tmp_path: Path) -> None:
    """No baseline, no such run, no such option, no permission."""
    assert "stockrail baseline import FOLDER comes first" in run("start", code=2).replace("\n", " ")
    with Store.open(there) as store:
        add_three_items(store, tmp_path / "in")
    assert "There is no run 3; there is none yet" in run("show", "3", code=2)
    assert "one of: auto, extensive" in run("start", "--solver", "magic", code=2).replace("\n", " ")
    assert "edna may not do this" in run("start", "--as", "edna", code=2)


def test_the_end_of_waiting_is_not_the_end_of_the_run(there: Path, tmp_path: Path) -> None:
    """Ctrl-C of `run wait` leaves the run going; `run cancel` ends it, and `run show` has the plan checked."""
    with Store.open(there) as store, no_process_left(store):
        asked = submit(store, "ben", "plan", add_long(store, tmp_path / "in"), options=LONG)
        waiting = subprocess.Popen(
            [sys.executable, "-m", "stockrail.cli", "run", "wait", str(asked.id)],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # What started the tests may ignore Ctrl-C, as a shell does for what it has in the background.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no other threads
        )
        assert waiting.stderr is not None
        assert any("plan EUR" in line for line in waiting.stderr)
        os.kill(waiting.pid, signal.SIGINT)
        _, told = waiting.communicate()
        assert waiting.returncode == 1
        assert f"Run {asked.id} goes on." in told
        assert get(store, asked.id).state == "running"
        assert "is cancelled. Its best plan is kept" in run("cancel", str(asked.id))
        shown = run("show", str(asked.id))
        assert "checks of the independent checker, all passed" in shown
        assert f"Next: stockrail run resume {asked.id} goes on; its best plan is kept." in shown


def test_a_run_that_waits_leaves_the_queue(there: Path, tmp_path: Path) -> None:
    """It had no plan, and comes back when it is resumed."""
    with Store.open(there) as store:
        asked = submit(store, "ben", "plan", add_three_items(store, tmp_path / "in"))
        assert cancel(store, "ben", asked.id).state == "cancelled"
    shown = run("show", str(asked.id))
    assert "state                    cancelled" in shown
    assert f"Next: stockrail run resume {asked.id} goes on; it had no plan yet." in shown
    assert "Run 1 waits for its turn." in run("resume", str(asked.id), "--wait")
