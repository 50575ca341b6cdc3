"""The commands `evaluate` and `backtest`: what they print, what they write, and their exit codes."""

import csv
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.commands.common import EXIT_BAD_INPUT, EXIT_OK
from stockrail.generation import generate
from stockrail.model import write
from stockrail.model.instance import Instance

THREE_ITEMS = str(Path(__file__).parents[3] / "instances" / "three-items")
QUICK = ["--paths", "40", "--training-paths", "20", "--foresight-paths", "3", "--workers", "1"]


def test_evaluate_in_a_process_of_its_own(tmp_path: Path) -> None:
    """The table fits into 80 columns, there is a verdict on each baseline, and the files are written."""
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "stockrail.cli", "evaluate", THREE_ITEMS, *QUICK, "--out", str(out)],
        capture_output=True,
        text=True,
        env={"COLUMNS": "80", "PATH": ""},
        check=False,
    )
    assert done.returncode == EXIT_OK, done.stderr
    lines = done.stdout.splitlines()
    # A path that the test was given may be longer than a line.
    assert max(len(line) for line in lines if str(out) not in line) <= 80
    text = " ".join(done.stdout.split())
    for name in ("textbook", "one-level", "min-max", "newsvendor", "mean-plan", "foresight"):
        assert (
            f"than {name} (95%:" in text or f"less {name} is" in text or f"and {name} earn the same" in text
        )
    assert "Today's settings are not compared: the instance has no table current_targets." in text
    record = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    assert record["paths"] == 40 and record["table"][0]["name"] == "plan"
    names = {file.name for file in out.iterdir()}
    assert names == {
        "evaluation.json", "evaluation.csv", "evaluation_paths.csv", "evaluation_breaches.csv", "evaluation.html"
    }  # fmt: skip


def test_a_plan_that_was_made_is_the_same_plan(tmp_path: Path) -> None:
    """`--plan` evaluates the orders of the folder: with the same gap and seed the same margin as a plan that is made."""
    runner, folder = CliRunner(), tmp_path / "plan"
    assert runner.invoke(app, ["plan", THREE_ITEMS, "--gap", "0", "--out", str(folder)]).exit_code == EXIT_OK
    common = ["evaluate", THREE_ITEMS, *QUICK, "--baseline", "textbook", "--gap", "0"]
    margins = []
    for more in ([], ["--plan", str(folder)]):
        file = tmp_path / f"{len(more)}.json"
        assert runner.invoke(app, [*common, *more, "--json", str(file)]).exit_code == EXIT_OK
        table = json.loads(file.read_text(encoding="utf-8"))["table"]
        assert [row["name"] for row in table] == ["plan", "textbook", "foresight"]
        margins.append(table[0]["margin"])
    assert margins[0] == margins[1]


def test_bad_input(tmp_path: Path) -> None:
    """A folder without a plan, orders of another instance, a name that is no baseline."""
    runner = CliRunner()
    missing = runner.invoke(app, ["evaluate", THREE_ITEMS, "--plan", str(tmp_path)])
    assert missing.exit_code == EXIT_BAD_INPUT
    assert "plan.json: missing" in missing.output.replace("\n    ", " ").replace("\n", " ")
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    (tmp_path / "orders.csv").write_text("item,node,lots\nchair,now,1\n", encoding="utf-8")
    other = runner.invoke(app, ["evaluate", THREE_ITEMS, "--plan", str(tmp_path)])
    assert other.exit_code == EXIT_BAD_INPUT and "chair" in other.output
    unknown = runner.invoke(app, ["evaluate", THREE_ITEMS, "--baseline", "habit"])
    assert unknown.exit_code == EXIT_BAD_INPUT and "habit: no such baseline" in unknown.output


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Instance]:
    """Four items, and 24 weeks of their sales before the start."""
    instance = generate(4, 6, (), 2)
    folder = tmp_path_factory.mktemp("small")
    write(instance, folder / "instance")
    random = np.random.default_rng(4)
    with (folder / "history.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["item", "date", "units"])
        for i, row in enumerate(instance.items):
            mean = instance.mean_demand[i].mean()
            for week in range(24, 0, -1):
                day = instance.settings.start - timedelta(days=7 * week)
                rows.writerow([row.item, day, round(mean * random.lognormal(-0.05, 0.3), 1)])
    return folder / "instance", folder / "history.csv", instance


def test_backtest(small: tuple[Path, Path, Instance], tmp_path: Path) -> None:
    """Six weeks from the 19th on, by number and by date: the same answer, and the report beside it."""
    folder, history, instance = small
    day = instance.settings.start - timedelta(days=7 * 6)
    tables = []
    for k, (first, last) in enumerate(
        (("18", "23"), (str(day), str(instance.settings.start - timedelta(days=1))))
    ):
        done = CliRunner().invoke(
            app,
            ["backtest", str(folder), "--history", str(history), "--from", first, "--to", last, "--every", "3",
             "--branching", "2", "--training-paths", "10", "--baseline", "textbook", "--workers", "1",
             "--out", str(tmp_path / str(k))],
        )  # fmt: skip
        assert done.exit_code == EXIT_OK, done.output
        assert "planned again every 3 periods" in " ".join(done.output.split())
        assert (tmp_path / str(k) / "backtest.html").is_file()
        tables.append((tmp_path / str(k) / "backtest.csv").read_text(encoding="utf-8"))
    assert tables[0] == tables[1]
    assert [line.split(",")[0] for line in tables[0].splitlines()] == [
        "name",
        "plan",
        "textbook",
        "foresight",
    ]


def test_backtest_refuses_what_it_cannot_play(small: tuple[Path, Path, Instance], tmp_path: Path) -> None:
    """Too little to learn from, a period beyond the history, a gap in it: all with what is allowed."""
    folder, history, _ = small
    runner = CliRunner()
    common = ["backtest", str(folder), "--history"]
    early = runner.invoke(app, [*common, str(history), "--from", "3", "--to", "40"])
    text = " ".join(early.output.split())
    assert early.exit_code == EXIT_BAD_INPUT
    assert "--from: found '3'; allowed: a period from 8 on" in text
    assert "--to: found '40'; allowed: a period from --from on to 23" in text
    lines = history.read_text(encoding="utf-8").splitlines()
    gap = tmp_path / "gap.csv"
    gap.write_text("\n".join(lines[:5] + lines[6:]) + "\n", encoding="utf-8")
    missing = runner.invoke(app, [*common, str(gap), "--from", "18", "--to", "23"])
    assert missing.exit_code == EXIT_BAD_INPUT
    assert "say --missing-is-zero" in " ".join(missing.output.split())
