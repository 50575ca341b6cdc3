"""The commands for Excel; docs/excel.md shows what a person sees."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.model import apply, load
from stockrail.model.what_if import what_ifs
from stockrail.workbench import scenarios
from stockrail.workbench.baselines import import_folder, instance
from stockrail.workbench.store import Store
from tests.stockrail.workbench.excel.books import imported
from tests.stockrail.workbench.people import write_people

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "excel.md").read_text(encoding="utf-8")
FOLDER = "instances/calibration-example"
IMPORT = f"stockrail excel import book.xlsx {FOLDER}"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The instance of the page in a working folder, with its workbook as exported."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    assert run(f"stockrail excel export {FOLDER} --out book.xlsx").exit_code == 0
    return tmp_path


def run(command: str) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, command.split()[1:])


def shown(command: str) -> str:
    """What the page shows below a command."""
    block = PAGE.split(f"    $ {command}\n")[1].split("\n\n")[0]
    return "\n".join(line[4:] for line in block.splitlines()) + "\n"


def edit(change: Callable[[Any], None]) -> None:
    book = openpyxl.load_workbook("book.xlsx")
    change(book)
    book.save("book.xlsx")


def with_mistakes(book: Any) -> None:
    book["items"]["H4"].value = 26.5
    book["items"]["H8"].value = "18,5"
    book["demand"]["C3"].value = None
    book["guardrails"].append(
        ["service", "fill_rate", "all", None, 4, 15, 0.97, None, "expected", None, "average"]
    )
    book["policy_options"].delete_rows(13)


def put_right(book: Any) -> None:
    book["items"]["H8"].value = 18.5
    book["demand"]["C3"].value = 90


def test_example(example: Path) -> None:
    """All that the page shows, and the accepted what-if makes what the workbook shows."""
    (example / "book.xlsx").unlink()
    command = f"stockrail excel export {FOLDER} --out book.xlsx"
    assert run(command).output == shown(command)
    edit(with_mistakes)
    refused = run(IMPORT)
    assert (refused.output, refused.exit_code) == (shown(IMPORT), 2)
    edit(put_right)
    command = f"{IMPORT} --accept --name dearer --out scenarios.yaml"
    done = run(command)
    assert (done.output, done.exit_code) == (shown(command), 0)
    entry = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])[0]
    assert yaml.safe_load(Path("scenarios.yaml").read_text())["what_ifs"][0]["changes"][0] == entry
    shutil.copy("scenarios.yaml", FOLDER)
    made = apply(load(FOLDER), what_ifs(FOLDER)[1])
    assert made.items[1].unit_cost == 26.5
    assert made.mean_demand[0, 0] == 90
    assert (len(made.guardrails), len(made.policy_options)) == (2, 10)
    # The workbook on what it makes: nothing is left to change but in the eyes of the version it was made from.
    assert imported((example / "book.xlsx").read_bytes(), made).changes == ()


def test_nothing_is_overwritten(example: Path) -> None:
    """A workbook that is there may have edits; a file of what-ifs that is there is added to, once for each name."""
    again = run(f"stockrail excel export {FOLDER} --out book.xlsx")
    assert (again.exit_code, "--overwrite" in again.output) == (2, True)
    edit(lambda book: put_right(book))
    Path("scenarios.yaml").write_text(
        "# ours\nwhat_ifs:\n- name: high\n  reason: why not\n", encoding="utf-8"
    )
    accept = f"{IMPORT} --accept --name mine --out scenarios.yaml"
    assert run(accept).exit_code == 0
    text = Path("scenarios.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ours\nwhat_ifs:\n- name: high\n")
    assert [row["name"] for row in yaml.safe_load(text)["what_ifs"]] == ["high", "mine"]
    twice = run(accept)
    assert (twice.exit_code, "has a what-if mine" in twice.output) == (2, True)
    assert Path("scenarios.yaml").read_text(encoding="utf-8") == text


def test_list_as_a_file(example: Path) -> None:
    """All changes and problems in one table."""
    edit(with_mistakes)
    run(f"{IMPORT} --csv list.csv")
    table = pd.read_csv("list.csv", keep_default_na=False)
    assert table["kind"].tolist() == ["set", "add", "remove", "problem", "problem"]
    assert table[["sheet", "cell", "found"]].iloc[3].tolist() == [
        "items",
        "H8",
        "the text '18,5', which is not a number",
    ]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"stockrail excel export {FOLDER} --out book.csv", "a workbook's name ends in .xlsx"),
        (f"stockrail excel export {FOLDER} --out b.xlsx --table item", "no table item; allowed: items"),
        (f"stockrail excel export {FOLDER} --out b.xlsx --plan .", "has no plan.json"),
        (f"{IMPORT} --out x.yaml", "need --accept"),
        (f"{IMPORT} --accept --scenario x", "is for a baseline of the store"),
        (f"{IMPORT} --conflicts mine", "expected refuse, workbook, baseline"),
        (f"{IMPORT} --name base", "choose one with --name"),
        (f"stockrail excel import none.xlsx {FOLDER}", "No such file"),
    ],
)
def test_refused(example: Path, command: str, message: str) -> None:
    """What cannot be done is said plainly, with exit code 2."""
    result = run(command)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
    assert "Traceback" not in result.output


def test_no_change(example: Path) -> None:
    """An unedited workbook says what the baseline says."""
    result = run(IMPORT)
    assert result.output == "No change in book.xlsx: it says what the baseline says.\n"
    assert result.exit_code == 0


def test_baseline_of_the_store(example: Path) -> None:
    """A workbook of a baseline becomes a scenario of the store, saved by somebody who may, over the version that was looked at."""
    with Store.create(example / "store") as store:
        write_people(store)
        import_folder(store, "otto", FOLDER, "first")
    Path("book.xlsx").unlink()
    assert run("stockrail excel export 1 --out book.xlsx --store store").exit_code == 0
    edit(put_right)
    accept = "stockrail excel import book.xlsx 1 --accept --scenario dearer --store store --as"
    refused = run(f"{accept} edna")
    assert (refused.exit_code, "edna may not do this" in " ".join(refused.output.split())) == (2, True)
    saved = run(f"{accept} otto")
    assert saved.exit_code == 0
    assert saved.output.endswith("Accepted: scenario dearer, version 1, on baseline 1.\n")
    assert run(f"{accept} otto").exit_code == 2  # somebody has saved it: it is not new any more
    assert run(f"{accept} otto --replaces 1").exit_code == 0
    with Store.open(example / "store") as store:
        scenario = scenarios.get(store, "dearer")
        made = instance(store, 1, scenario.id)
    assert (scenario.version, made.items[5].unit_cost, made.mean_demand[0, 0]) == (2, 18.5, 90)
    missing = run("stockrail excel import book.xlsx 7 --store store")
    assert (missing.exit_code, "There is no baseline 7" in missing.output) == (2, True)
