"""docs/scorecard.md: its example is played from its own tables, its metrics are those of the code."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.model import load
from stockrail.planning import Plan, plan
from stockrail.workbench import baselines
from stockrail.workbench.governance import approvals
from stockrail.workbench.monitoring.actuals import import_actuals
from stockrail.workbench.scorecard.metric import GROUPS
from stockrail.workbench.scorecard.of_store import scorecard
from stockrail.workbench.scorecard.scoring import ALL_METRICS
from stockrail.workbench.store import Store
from tests.stockrail.workbench.governance.runs import add_run
from tests.stockrail.workbench.people import write_people

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def best() -> Plan:
    return plan(load(ROOT / "instances" / "three-items"), gap=0.0)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, best: Plan) -> Iterator[Store]:
    """The store of the page: the plan of run 1 is approved, and the page's actuals are imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STOCKRAIL_STORE", raising=False)
    actuals = tmp_path / "actuals"
    actuals.mkdir()
    tables = re.findall(r"`(\w+\.csv)`:\n\n```csv\n(.*?)```", PAGE, flags=re.DOTALL)
    assert [name for name, _ in tables] == ["demand.csv", "receipts.csv", "stock.csv", "spend.csv"]
    for name, text in tables:
        (actuals / name).write_text(text, encoding="utf-8")
    with Store.create("workbench") as store:
        write_people(store)
        baselines.import_folder(store, "otto", ROOT / "instances" / "three-items", "first")
        folder = best.write(tmp_path / "plan")
        files = {file.name: store.artifacts.put(file) for file in folder.iterdir()}
        assert add_run(store, files, best.certificate) == 1
        approvals.approve(store, "dora", 1, "Go.")
        import_actuals(store, "otto", actuals)
        yield store


def stockrail(command: str) -> str:
    """What a command prints, in 80 columns."""
    shell = CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command))
    assert shell.exit_code == 0, shell.output
    return shell.output


def test_the_example_as_played(example: Store) -> None:
    """The command of the page prints what the page shows."""
    shown = re.search(r"^    \$ stockrail scorecard\n((?:    .*\n|\n(?=    ))+)", PAGE, re.MULTILINE)
    assert shown is not None
    expected = [line[4:] for line in shown[1].splitlines()]
    printed = stockrail("scorecard").splitlines()
    assert printed[: len(expected)] == expected
    assert printed[len(expected) :] == ["Add --out FOLDER to write the table and the page."]


def test_the_numbers_of_the_text(example: Store) -> None:
    """What the page says in words, by hand where it can be: see its section on how to read it.

    10 of 50 units are short; on the demand that came none would be. Plan: stock of the quarter's end is 0 kettles, 20 fans in the cool
    half of cases (200) and 10 filters and their backlog. On actual demand 8 filters are left (40), customers owe half of 200 + 1,200 + 100, and the
    importer is owed half of 600: 40 + 750 - 300 = 490. In fact 40 + (200 + 800 + 100) / 2 - 400 / 2 = 390.
    """
    card = scorecard(example)
    fill = card.of("fill_rate").now
    assert fill.actual == pytest.approx(40 / 50)
    assert fill.revalued == pytest.approx(1)
    capital = card.of("working_capital").now
    assert capital.revalued == pytest.approx(490)
    assert capital.actual == pytest.approx(390)
    margin = card.of("gross_margin").now
    assert margin.controllable == pytest.approx(-10 * 20)
    freight = card.of("premium_freight").now
    assert (freight.market, freight.controllable) == (0, 60)
    assert fill.market is not None and fill.controllable is not None and fill.plan is not None
    line = f"{fill.actual:.1%} = {fill.plan:.1%} {fill.market:+.1%} {fill.controllable:+.1%}"
    assert f"`{line}`" in PAGE


def test_every_metric_is_in_its_table() -> None:
    """Titles, names, units, directions and definitions, group by group, in their order."""
    for group, heading in GROUPS.items():
        part = PAGE.split(f"**{heading}**\n\n")[1].split("\n\n")[0]
        rows = [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in part.splitlines()[2:]]
        assert rows == [
            (metric.title, f"`{metric.name}`", metric.unit, metric.better, metric.definition)
            for metric in ALL_METRICS
            if metric.group == group
        ]


def test_the_python_example_runs(example: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """The code of the page prints what the page says."""
    code = PAGE.split("## In Python\n\n```python\n")[1].split("```")[0]
    exec(compile(code, "scorecard.md", "exec"), {})  # noqa: S102
    assert f"prints `{capsys.readouterr().out.strip()}`" in PAGE


def test_files(example: Store, tmp_path: Path) -> None:
    """`--out` writes a table with a row for each metric and scope, and a page that needs no network; `--json` all of it."""
    output = stockrail("scorecard --out reports --json reports/all.json --quarter 2027-02-01")
    assert "2027-01-04 to 2027-03-17" in output
    table = (tmp_path / "reports" / "scorecard.csv").read_text(encoding="utf-8")
    assert table.startswith("group,metric,title,scope,unit,better")
    assert '"segment noisy"' in table or "segment noisy" in table
    page = (tmp_path / "reports" / "scorecard.html").read_text(encoding="utf-8")
    assert "Cash conversion cycle" in page
    assert not re.search(r'(src|href)="http', page)
    assert '"market"' in (tmp_path / "reports" / "all.json").read_text(encoding="utf-8")
