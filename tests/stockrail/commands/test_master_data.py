"""The commands for master data; docs/master-data.md shows most of what a person sees, tests/test_master_data_docs.py plays it."""

import json
import shlex
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.workbench import baselines
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.store import Store
from tests.stockrail.workbench.folders import THREE_ITEMS, three_items
from tests.stockrail.workbench.people import write_people

BALANCES = "account,date,balance,currency\n1400,2027-01-03,{},EUR\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a store of the three items, one account, and a folder with dearer kettles and fans."""
    monkeypatch.chdir(tmp_path)
    with Store.create("workbench") as store:
        write_people(store)
        text = store.governance_file.read_text(encoding="utf-8")
        accounts = '  accounts: [{account: "1400", book: inventory}]\n'
        store.governance_file.write_text(text.replace("  accounts: []\n", accounts), encoding="utf-8")
        baselines.import_folder(store, "otto", THREE_ITEMS, "first")
    three_items(
        tmp_path / "dearer",
        ("items.csv", "importer,EUR,40,20", "importer,EUR,40,21"),
        ("items.csv", "works,EUR,20,10", "works,EUR,20,10.1"),
    )
    return tmp_path


def stockrail(command: str) -> Result:
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["master-data", *shlex.split(command)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_drift_within_tolerance(folder: Path) -> None:
    """10.10 in place of 10 is 1%: it is counted, shown with --all, and in the files."""
    found = stockrail("drift 1 ./dearer")
    assert found.exit_code == 1
    assert "1 drift beyond tolerance, 1 within." in " ".join(found.output.split())
    assert "kettle" not in found.output
    shown = stockrail("drift 1 ./dearer --all --out drift.csv --json drift.json").output
    assert "kettle (within tolerance)  10      10.1   EUR 3.00" in shown
    table = pd.read_csv("drift.csv")
    assert table[["subject", "money", "is_beyond"]].to_numpy().tolist() == [
        ["fan", 45.0, True],
        ["kettle", pytest.approx(3.0), False],
    ]
    record = json.loads(Path("drift.json").read_text())
    assert [(one["check"], one["is_beyond"]) for one in record["drifts"]] == [
        ("unit_cost", True),
        ("unit_cost", False),
    ]


def test_nothing_drifted(folder: Path) -> None:
    """Exit code 0, one sentence, nothing to open."""
    found = stockrail("drift 1 1")
    assert (found.exit_code, found.output) == (0, "Baseline 1 to 1: nothing drifted.\n")


def test_decided_drift_is_not_opened_again(folder: Path) -> None:
    """Opened, resolved, and the same again: it says so."""
    with Store.open("workbench") as store:
        baselines.import_folder(store, "otto", "dearer", "prices")
    assert "It waits for ben, otto, paula" in " ".join(stockrail("drift 1 2 --open --as anna").output.split())
    runner = CliRunner(env={"COLUMNS": "80"})
    assert runner.invoke(app, shlex.split("exceptions resolve 1 --reason agreed --as ben")).exit_code == 0
    assert "was decided before" in stockrail("drift 1 2 --open --as anna").output


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("drift", "stockrail actuals import"),
        ("drift 7 1", "There is no baseline 7"),
        ("drift 1 ./dearer --open --as ben", "import the folder first"),
        ("drift 1 ./dearer --first 2027-01-04", "Days are those of actuals"),
        ("drift 1 1 --open --as edna", "baseline.import"),
        ("reconcile nothing.csv", "1 problem in the trial balance"),
        ("reconcile old.csv", "the first day that it can be held against is 2027-01-03"),
    ],
)
def test_refusals_say_what_to_do(folder: Path, command: str, message: str) -> None:
    """Each ends with exit code 2."""
    (folder / "old.csv").write_text(BALANCES.format(5).replace("01-03", "01-02"), encoding="utf-8")
    refused = stockrail(command)
    assert refused.exit_code == 2
    assert message in " ".join(refused.output.split())


def test_reconciliation_to_the_cent(folder: Path) -> None:
    """250.00 in stock on 3 January: the same is exit code 0 and no line; a cent less is exit code 1, and text in the files."""
    (folder / "same.csv").write_text(BALANCES.format("250"), encoding="utf-8")
    same = stockrail("reconcile same.csv")
    assert (same.exit_code, "unexplained" in same.output) == (0, False)
    (folder / "less.csv").write_text(BALANCES.format("249.99"), encoding="utf-8")
    less = stockrail("reconcile less.csv --date 2027-01-03 --baseline 1 --out lines.csv --json less.json")
    assert less.exit_code == 1
    record = json.loads((folder / "less.json").read_text())
    assert (record["difference"], record["unexplained"]) == ("-0.01", "-0.01")
    assert (folder / "lines.csv").read_text().splitlines() == [
        "book,scope_value,accounts,kind,subject,amount,text",
        "inventory,,1400,unexplained,,-0.01,look at the postings of the account",
    ]
    assert "It waits for" in stockrail("reconcile less.csv --open --as carla").output


def test_many_lines_are_cut_on_the_terminal(folder: Path) -> None:
    """Twelve foreign items of 1 to 12: the ten largest are shown, the rest of 0.50 as well, and all are in the file."""
    rows = [f"foreign-{number},2027-01-03,1,{number}" for number in range(1, 13)]
    (folder / "actuals").mkdir()
    (folder / "actuals" / "stock.csv").write_text(
        "\n".join(["item,date,units,money", *rows]), encoding="utf-8"
    )
    with Store.open("workbench") as store:
        import_actuals(store, "ben", folder / "actuals")
    (folder / "more.csv").write_text(BALANCES.format("328.50"), encoding="utf-8")  # 250 + 78 + 0.50
    shown = stockrail("reconcile more.csv --out lines.csv").output
    assert "foreign-3 " in shown
    assert "foreign-2 " not in shown
    assert "0.50   unexplained" in shown
    assert "13 lines; add --out FILE or --json FILE" in shown
    table = pd.read_csv("lines.csv", dtype=str)
    assert sum(Decimal(amount) for amount in table["amount"]) == Decimal("78.50")
