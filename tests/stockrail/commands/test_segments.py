"""The command for segments, and what plans say of them; docs/segmentation.md shows what a person sees."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.model.writer import write
from tests.model.segment_example import NEXT_HALF_YEAR, SEGMENTS, example

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "segmentation.md").read_text(encoding="utf-8")


@pytest.fixture
def two_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example of the page now and half a year later, in the working folder."""
    monkeypatch.chdir(tmp_path)
    write(example(), tmp_path / "pumps")
    later = example(
        start=NEXT_HALF_YEAR, items={"pump": {"unit_price": 65.0}}, segments=(*SEGMENTS, "B-Z", "C-X")
    )
    write(later, tmp_path / "pumps-july")
    write(example(customers={}), tmp_path / "pumps-buyers")
    return tmp_path


def stockrail(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "80"}).invoke(app, [str(argument) for argument in arguments])


def shown(command: str) -> str:
    """What the page shows below a command."""
    block = PAGE.split(f"    $ {command}\n")[1].split("\n\n")[0]
    return "\n".join(line[4:] for line in block.splitlines())


@pytest.mark.parametrize(
    "command",
    [
        "stockrail segment pumps --out january",
        "stockrail segment pumps-july --since january --out july",
        "stockrail segment pumps-buyers --out january",
    ],
)
def test_the_page_shows_what_is_printed(two_runs: Path, command: str) -> None:
    """All commands of the page print what it says."""
    stockrail("segment", "pumps", "--out", "january")
    result = stockrail(*command.split()[1:])
    assert result.exit_code == 0
    assert result.output.rstrip() == shown(command)


def test_files_of_a_run(two_runs: Path) -> None:
    """Segments and moves are there as CSV and JSON; a run without an earlier one has no moves."""
    stockrail("segment", "pumps-july", "--since", "pumps", "--out", "run")
    frame = pd.read_csv("run/item_segments.csv", keep_default_na=False)
    assert frame["segment"].tolist() == ["A-X", "B-Z", "B-Y", "C-X"]
    record = json.loads(Path("run/segmentation.json").read_text())
    assert [row["segment"] for row in record["items"]] == frame["segment"].tolist()
    assert record["rules"]["own_segments"] == ["new"]
    assert [row["item"] for row in record["item_moves"]] == ["hose", "clip"]
    assert pd.read_csv("run/item_moves.csv")["item"].tolist() == ["hose", "clip"]
    stockrail("segment", "pumps-july", "--out", "run")
    assert json.loads(Path("run/segmentation.json").read_text())["item_moves"] is None
    assert not Path("run/item_moves.csv").exists()


def test_bad_input_ends_with_2(two_runs: Path) -> None:
    """An instance whose segments have no costs, and an earlier run that is none, are refused."""
    write(example(segments=("A-X",)), two_runs / "bad")
    result = stockrail("segment", "bad")
    assert result.exit_code == 2
    assert "3 problems in the instance" in result.output
    result = stockrail("segment", "pumps", "--since", "nowhere", "--out", "run")
    assert result.exit_code == 2
    assert "nowhere is no earlier run" in result.output
    assert not Path("run").exists()


def test_given_segments_are_told_with_what_rules_would_say() -> None:
    """Without rules the command says so, and the default rules are a column."""
    result = stockrail("segment", Path(__file__).resolve().parents[3] / "instances" / "three-items")
    assert result.exit_code == 0
    assert "Segments are given in items" in result.output


def test_a_plan_says_what_moved_since_the_plan_before(two_runs: Path) -> None:
    """Planning into the same folder compares segments with those of the plan that was there."""
    first = stockrail("plan", "pumps", "--out", "plan", "--no-prices", "--time-limit", "20")
    assert first.exit_code == 0, first.output
    assert "earlier run" not in first.output
    second = stockrail("plan", "pumps-july", "--out", "plan", "--no-prices", "--time-limit", "20")
    assert "Since the earlier run: 2 items moved." in second.output
    assert pd.read_csv("plan/item_moves.csv")["item"].tolist() == ["hose", "clip"]
