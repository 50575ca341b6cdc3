"""The commands for governance; docs/governance.md shows most of what a person sees, tests/test_governance_docs.py plays it."""

import shlex
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.workbench.governance.exceptions import open_of_run
from stockrail.workbench.store import Store
from tests.stockrail.workbench.governance.runs import RULES, finished_run, govern
from tests.stockrail.workbench.people import write_people

CALENDAR = {
    "events": [
        {"event": "close", "kind": "close", "owner": "finance", "every": "month", "working_day": -1},
        {
            "event": "hold",
            "kind": "supply_freeze",
            "owner": "supply_planning",
            "dates": ["2027-01-04"],
            "lasts_days": 7,
        },
    ]
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store in which two runs broke rules: run 1 of Ben the band, run 2 of Otto the budget."""
    monkeypatch.chdir(tmp_path)
    with Store.create("workbench") as store:
        write_people(store)
        govern(store, RULES, CALENDAR)
        open_of_run(store, "ben", finished_run(store, inventory=130))
        open_of_run(store, "otto", finished_run(store, requested_by="otto", expedite=60))
    return tmp_path


def stockrail(command: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))


def numbers(command: str) -> list[str]:
    """Numbers of the exceptions that a list shows."""
    lines = stockrail(f"exceptions list {command}").output.splitlines()
    return [line.split()[0] for line in lines if line.split()[0].isdigit()]


def test_lists_by_run_role_and_state(folder: Path) -> None:
    """Open ones by default, the others with --all; what is decided is no longer open."""
    assert numbers("") == ["1", "2"]
    assert numbers("--run 2") == numbers("--role executive") == ["2"]
    assert stockrail("exceptions waive 2 --reason once --as dora").output == (
        "Exception 2 is waived by dora.\nNothing blocks the plan of run 2.\n"
    )
    assert numbers("") == ["1"]
    assert numbers("--all") == ["1", "2"]
    assert stockrail("exceptions list --run 2").output == "Nothing waits for a decision.\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("approve 1 --reason go --as ben", "ben started run 1"),
        ("approve 1 --reason go --as anna", "anna may not do this"),
        ("approve 1 --reason go --as dora", "The plan of run 1 waits for 1 decision first"),
        ("approve 9 --reason go --as dora", "There is no run 9"),
        ("reject 2 --reason no --as mallory", "governance.yaml does not name mallory"),
        ("exceptions resolve 1 --reason no --as ben", "it belongs to finance"),
        ("exceptions show 9", "There is no exception 9"),
        ("governance accept missing.yaml --reason x --as dora", "missing.yaml"),
    ],
)
def test_refusals_end_with_a_message(folder: Path, command: str, message: str) -> None:
    """No trace of the program, exit code 2, within 80 columns."""
    result = stockrail(command)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
    assert max(len(line) for line in result.output.splitlines()) <= 80


def test_reject(folder: Path) -> None:
    """The run's exception is closed with it."""
    assert stockrail("reject 1 --reason no --as dora").output == "The plan of run 1 is rejected by dora.\n"
    assert numbers("") == ["2"]


def test_escalate(folder: Path) -> None:
    """Ben asks for a decision on his plan of run 1, which waits for finance and then for an executive as well."""
    said = stockrail('escalate 1 --reason "A bet." --as ben').output.replace("\n", " ")
    assert "The plan of run 1 is escalated: exception 3 waits for executive (dora" in said
    assert sorted(numbers("--role executive")) == ["2", "3"]
    refused = stockrail("escalate 1 --reason again --as anna")
    assert refused.exit_code == 2
    assert "escalated already: exception 3" in refused.output.replace("\n", " ")


def test_calendar_shows_what_is_on_and_what_is_next(folder: Path) -> None:
    """On Wednesday the 6th the freeze is on until Sunday; January closes on Friday the 29th, 23 days later."""
    result = stockrail("calendar --on 2027-01-06 --days 30")
    assert result.output == (
        "from        until       when        event  owner            people\n"
        "2027-01-04  2027-01-10  now         hold   supply_planning  ben, otto, paula\n"
        "2027-01-29              in 23 days  close  finance          carla, carl, otto...\n"
        "A freeze or a lock is on: plans that start meanwhile keep the orders of the\n"
        "approved plan.\n"
    )
    assert stockrail("calendar --on 2027-01-11 --days 3").output.startswith(
        "Nothing is on or comes in the 3 days"
    )


def test_show_says_who_may_what(folder: Path) -> None:
    """Roles with people and rules with owners; the file was put there by other means than accept, and that shows."""
    result = stockrail("governance show --as anna")
    assert "demand_planning  anna, otto, paula" in result.output
    assert "inventory_band   finance          blocks    3 working days" in result.output
    assert "anna (demand_planning) may: baseline.import" in result.output
    assert "not the one that was accepted last" in result.output
    assert "mallory has no role and may look only." in stockrail("governance show --as mallory").output


def test_write_check_accept(folder: Path) -> None:
    """The packaged file as it is names nobody; with a person in it, it is accepted by her and in force."""
    assert stockrail("governance write new.yaml").exit_code == 0
    assert stockrail("governance write new.yaml").exit_code == 2
    checked = stockrail("governance check new.yaml")
    assert checked.exit_code == 0
    assert "new.yaml: ok. 0 people, 5 roles, 3 rules, 2 events." in checked.output
    assert "Nobody has the role finance" in checked.output
    assert stockrail("governance check").exit_code == 1  # in force is a file that nobody accepted
    file = folder / "new.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("people: {}", "people: {dora: [executive]}"),
        encoding="utf-8",
    )
    assert stockrail("governance accept new.yaml --reason new --as dora").exit_code == 0
    assert stockrail("governance check").exit_code == 0
    in_force = yaml.safe_load((folder / "workbench" / "governance.yaml").read_text(encoding="utf-8"))
    assert in_force["people"] == {"dora": ["executive"]}


def test_check_lists_every_problem(folder: Path) -> None:
    """With line, place, value and what is allowed."""
    (folder / "bad.yaml").write_text(
        "people: {anna: [boss]}\nroles: {finance: {}}\nownership: {finance: [rest]}\nruns: {at_once: 0}\n"
    )
    result = stockrail("governance check bad.yaml")
    assert result.exit_code == 2
    assert result.output.splitlines()[0] == "2 problems in the governance file:"
    assert "bad.yaml, row 4, column runs.at_once: found '0'; allowed: a whole" in result.output
