"""The command line where items are planned in blocks."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import stockrail as sr
from stockrail.cli import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small instance with a limit on working capital."""
    target = tmp_path_factory.mktemp("instance")
    sr.write(sr.generate(60, 12, (3, 3), 3, guardrail_share=0.8), target)
    return target


def test_a_plan_in_blocks_is_kept_and_verified(folder: Path, tmp_path: Path) -> None:
    """The plan is proven, the independent checker agrees, and the file of the run is used by the same command."""
    run, out = tmp_path / "run.npz", tmp_path / "plan"
    asked = ["plan", str(folder), "--out", str(out), "--resume", str(run), "--workers", "1", "--gap", "0.02"]
    first = CliRunner().invoke(app, asked)
    assert first.exit_code == 0, first.output
    numbers = json.loads((out / "plan.json").read_text())
    assert numbers["solver"] == "blocks"
    assert numbers["gap"] <= 0.02
    assert "ask for it with --prices" in " ".join(first.output.split())
    checked = CliRunner().invoke(app, ["verify", str(out)])
    assert checked.exit_code == 0, checked.output
    kept = run.read_bytes()
    again = CliRunner().invoke(app, asked)
    assert again.exit_code == 0, again.output
    assert json.loads((out / "plan.json").read_text())["objective"] == numbers["objective"]
    assert len(run.read_bytes()) == len(kept)


def test_a_run_of_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    """A file that is no checkpoint is named, with what to do."""
    run = tmp_path / "run.npz"
    run.write_text("nothing")
    result = CliRunner().invoke(app, ["plan", str(folder), "--resume", str(run), "--workers", "1"])
    assert result.exit_code == 2
    assert "cannot be read as a checkpoint: delete it, or name another file" in " ".join(
        result.output.split()
    )
