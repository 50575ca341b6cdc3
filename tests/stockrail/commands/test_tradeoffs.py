"""The commands for trade-off records; docs/tradeoffs.md shows most of what a person sees, tests/test_tradeoffs_docs.py plays it."""

import datetime as dt
import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.workbench.store import Store
from stockrail.workbench.tradeoffs import records
from tests.played_pages import Clock
from tests.stockrail.workbench.people import write_people
from tests.stockrail.workbench.tradeoffs.records import at, complete

FAR = "2999-01-04"
"""A review date that is ahead whenever the test runs."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store that has one record."""
    monkeypatch.chdir(tmp_path)
    with Store.create("workbench") as store:
        write_people(store)
        at(store, store.clock().date())
        records.add(store, "carla", complete(review_date=FAR))
    return tmp_path


def stockrail(command: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))


def test_options_take_the_place_of_the_file(folder: Path) -> None:
    """The file has everything for spring; the option makes it autumn, of which no limits know a build."""
    lines = [f"{name}: {value}" for name, value in complete(review_date=FAR).items()]
    (folder / "record.yaml").write_text("\n".join(lines))
    again = stockrail("tradeoff add --file record.yaml --as ben")
    assert again.exit_code == 2
    assert "record.yaml, row 2, column name: found 'spring'" in again.output
    added = stockrail("tradeoff add --file record.yaml --name autumn --expected-money 5 --as ben")
    assert added.output == (
        f"Trade-off 2 is added: carla reviews it by {FAR}.\n"
        "No limits in force or proposed have a build named autumn; builds there are:\nthere is none.\n"
    )
    assert "expected money   5.00" in stockrail("tradeoff show 2").output


def test_json_has_every_field(folder: Path) -> None:
    """Of open records, and with --all of closed ones, what they brought, too."""
    assert stockrail('tradeoff close 1 --result "Sold." --result-money 7 --as carla').exit_code == 0
    assert stockrail("tradeoff list --json open.json").output == "No trade-off record is open.\n"
    assert json.loads(Path("open.json").read_text())["records"] == []
    stockrail("tradeoff list --all --json all.json")
    [record] = json.loads(Path("all.json").read_text())["records"]
    assert (record["name"], record["state"], record["result"], record["result_money"]) == (
        "spring",
        "closed",
        "Sold.",
        7,
    )
    assert record["review_date"] == FAR
    assert record["customer_message"] == complete()["customer_message"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("review 1 --result x --as carla", "--next DATE"),
        ("review --result x --as carla", "tradeoff review NO"),
        (f"review 1 --next {FAR} --as carla", "Say what came of it"),
        ("review --as edna", "tradeoff.edit"),
        ("close 7 --result x --as carla", "There is no trade-off 7"),
        ("show 7", "There is no trade-off 7"),
    ],
)
def test_refusals_say_what_to_do(folder: Path, command: str, message: str) -> None:
    """Each ends with exit code 2 and changes nothing."""
    refused = stockrail(f"tradeoff {command}")
    assert refused.exit_code == 2
    assert message in refused.output
    with Store.open("workbench") as store, store.read() as session:
        assert [row.state for row in records.listed(session)] == ["open"]


def test_nothing_is_overdue(folder: Path) -> None:
    """The review is ahead."""
    assert stockrail("tradeoff review --as ben").output == "No review is overdue.\n"


def test_monitoring_sees_to_overdue_reviews(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the day after the review Anna, who brings in actuals, looks at the plan: the record's owner has an exception."""
    Clock(monkeypatch).set(dt.date(2999, 1, 5))
    line = f"Exception 1: trade-off 1, spring, review was due on {FAR}. It waits for\ncarla.\n"
    assert line not in stockrail("monitor --only-look --as anna").output
    assert line in stockrail("monitor --as anna").output
