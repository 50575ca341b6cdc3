"""The command `compare`: what it prints, what it writes, and its exit codes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.commands.common import EXIT_BAD_INPUT, EXIT_INFEASIBLE, EXIT_OK
from stockrail.model import write
from tests.stockrail.what_if_cases import one_order

WHAT_IFS = """
what_ifs:
- name: high
  kind: event
  changes:
  - {table: demand, column: mean_units, multiply: 2}
- name: impossible
  changes:
  - table: guardrails
    add_rows:
    - {guardrail: too much, metric: served_units, scope: all, first_period: 0, last_period: 0, lower: 1000, upper: null,
       holds: every scenario, soft_price: null}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One period, one item, two what-ifs."""
    instance, _ = one_order()
    write(instance, tmp_path / "instance")
    (tmp_path / "instance" / "scenarios.yaml").write_text(WHAT_IFS, encoding="utf-8")
    return tmp_path / "instance"


def test_all_what_ifs_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without names all are compared; lines of tables fit into 80 columns; the infeasible one is explained."""
    monkeypatch.setenv("COLUMNS", "80")
    result = CliRunner().invoke(app, ["compare", str(folder), "--gap", "0", "--regret"])
    assert result.exit_code == EXIT_OK, result.output
    assert max(map(len, result.output.splitlines())) <= 80
    assert "impossible has no plan (infeasible)" in result.output
    assert "first buys of base are the safest" in result.output


def test_files_are_written(folder: Path, tmp_path: Path) -> None:
    """With --out the brief and the tables are there, and the last line says where."""
    result = CliRunner().invoke(
        app, ["compare", str(folder), "base", "high", "--gap", "0", "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == EXIT_OK, result.output
    assert (tmp_path / "out" / "brief.html").is_file()
    assert "brief.html" in result.output.splitlines()[-1]


def test_wrong_names_and_no_plan(folder: Path) -> None:
    """A wrong name is bad input and lists the right ones; nothing but infeasible what-ifs has an exit code of its own."""
    wrong = CliRunner().invoke(app, ["compare", str(folder), "hgh"])
    assert wrong.exit_code == EXIT_BAD_INPUT
    assert "one of: base, high, impossible" in wrong.output
    none = CliRunner().invoke(app, ["compare", str(folder), "impossible"])
    assert none.exit_code == EXIT_INFEASIBLE
