"""The command `measures`: what it prints and writes, its exit codes, and the gap that it puts beside a plan's."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.commands.common import EXIT_BAD_INPUT, EXIT_INFEASIBLE, EXIT_OK
from stockrail.measures.statistical_gap import NOT_COMPUTED
from stockrail.model import write
from stockrail.verification.verify import verify
from tests.stockrail.measures.newsvendor import newsvendor

THREE_ITEMS = Path(__file__).resolve().parents[3] / "instances" / "three-items"


def test_three_items_in_a_process(tmp_path: Path) -> None:
    """A real process on three items: tables within 80 columns, files, and the numbers that are known.

    docs/stochastic-measures.md: wait and see is 3 more than the best plan, which knows only in period 1 which of two scenarios it is.
    """
    command = [sys.executable, "-m", "stockrail.cli", "measures", str(THREE_ITEMS), "--gap", "0"]
    command += [
        "--replications",
        "3",
        "--out",
        str(tmp_path / "out"),
        "--json",
        str(tmp_path / "numbers.json"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "80"}, check=False
    )
    assert done.returncode == EXIT_OK, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for words in (
        "value of the stochastic solution",
        "demand alone",
        "hot-end",
        "Solver's gap",
        "Statistical gap",
    ):
        assert words in done.stdout
    record = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    values = {(row["measure"], row["detail"]): row["value"] for row in record["measures"]}
    assert values["value of perfect information", "all"] == pytest.approx(3.0)
    assert values["value of perfect information", "lead time"] == 0.0
    assert record["statistical_gap"]["trees"] == 3
    assert (tmp_path / "out" / "measures.csv").is_file()
    assert (tmp_path / "out" / "measures.json").read_text() == (tmp_path / "numbers.json").read_text()


def run(*arguments: object):  # type: ignore[no-untyped-def]
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_gap_of_a_plan(tmp_path: Path) -> None:
    """A plan's terminal, plan.json and report say that the gap is not computed, until `measures --plan` puts it there.

    Nothing else of the report changes, and the plan still passes the independent checker. A plan made again has none.
    """
    folder, plan = tmp_path / "instance", tmp_path / "plan"
    write(newsvendor(), folder)
    made = run("plan", folder, "--out", plan)
    assert NOT_COMPUTED in made.output
    before = (plan / "report.html").read_text(encoding="utf-8").splitlines()
    assert json.loads((plan / "plan.json").read_text(encoding="utf-8"))["statistical_gap"] is None
    result = run("measures", folder, "--plan", plan, "--replications", 4)
    assert result.exit_code == EXIT_OK, result.output
    after = (plan / "report.html").read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1
    assert NOT_COMPUTED in changed[0][0]
    assert "from 4 fresh trees" in changed[0][1]
    certificate = json.loads((plan / "plan.json").read_text(encoding="utf-8"))
    assert certificate["statistical_gap"]["trees"] == 4
    measured = json.loads((plan / "measures.json").read_text(encoding="utf-8"))
    assert measured["plan_created"] == certificate["created"]
    assert measured["statistical_gap"] == certificate["statistical_gap"]
    assert verify(plan, folder).passed
    run("plan", folder, "--out", plan)
    assert NOT_COMPUTED in (plan / "report.html").read_text(encoding="utf-8")


def test_a_plan_of_something_else_is_refused(tmp_path: Path) -> None:
    """A folder without a plan, and a plan of another state of the instance, are bad input with the way out."""
    folder, plan = tmp_path / "instance", tmp_path / "plan"
    write(newsvendor(), folder)
    missing = run("measures", folder, "--plan", tmp_path)
    assert missing.exit_code == EXIT_BAD_INPUT
    assert "plan.json" in missing.output
    run("plan", folder, "--out", plan)
    certificate = json.loads((plan / "plan.json").read_text(encoding="utf-8"))
    told = {**certificate, "announced_from": {"plan": "another"}}
    (plan / "plan.json").write_text(json.dumps(told), encoding="utf-8")
    announced = run("measures", folder, "--plan", plan)
    assert announced.exit_code == EXIT_BAD_INPUT
    assert "announced_orders" in announced.output
    (plan / "plan.json").write_text(json.dumps(certificate), encoding="utf-8")
    write(newsvendor(order_cost=1.0), folder)
    other = run("measures", folder, "--plan", plan)
    assert other.exit_code == EXIT_BAD_INPUT
    assert "plan it again" in " ".join(other.output.split())


def test_no_plan_keeps_the_limits(tmp_path: Path) -> None:
    """An infeasible instance ends with the exit code of one, and the message names the limit."""
    limit = {"guardrail": "hopeless", "metric": "inventory_value", "lower": 90_000}
    write(newsvendor(guardrails=limit), tmp_path / "instance")
    result = run("measures", tmp_path / "instance")
    assert result.exit_code == EXIT_INFEASIBLE
    assert "hopeless" in result.output
