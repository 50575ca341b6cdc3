"""The command `stockrail calibrate`: exit codes, and messages in place of tracebacks."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from stockrail.cli import app
from stockrail.model.instance import Instance
from stockrail.model.writer import write
from tests.stockrail.calibration_case import lamp, two_items


def run(tmp_path: Path, instance: Instance, *arguments: str) -> Result:
    write(instance, tmp_path / "instance")
    return CliRunner(env={"COLUMNS": "80"}).invoke(
        app, ["calibrate", str(tmp_path / "instance"), "--out", str(tmp_path / "out"), *arguments]
    )


def test_rule_alone(tmp_path: Path) -> None:
    """Targets and no other strategy; without today's targets the command says how to get the changes."""
    result = run(tmp_path, lamp(), "--strategy", "rule")
    assert result.exit_code == 0, result.output
    assert "There is no table current_targets" in result.output
    assert " band" not in result.output
    assert (tmp_path / "out" / "targets.csv").is_file()
    assert not (tmp_path / "out" / "band").exists()


def test_since(tmp_path: Path) -> None:
    """The folder may be that of the earlier run; what is none is a sentence."""
    run(tmp_path, lamp(), "--strategy", "rule")
    again = run(tmp_path, lamp(), "--strategy", "rule", "--since", str(tmp_path / "out"))
    assert again.exit_code == 0, again.output
    assert "Nothing moved since the earlier run." in again.output
    assert "Targets of 0 of 1 item change." in again.output
    nothing = run(tmp_path, lamp(), "--since", str(tmp_path / "nowhere"))
    assert (nothing.exit_code, "is no earlier run" in nothing.output) == (2, True)


@pytest.mark.parametrize(
    ("upper", "first_period", "code"),
    [
        (1.0, 1, 1),  # a plan without orders keeps it, no rule does
        (0.5, 0, 3),  # 10 units are there, 10 wanted, error 4: 1.6 units are left, whatever is ordered
    ],
)
def test_infeasible(tmp_path: Path, upper: float, first_period: int, code: int) -> None:
    """In words which limit and by how much; the code tells whether anything keeps it."""
    instance = two_items(upper)
    row = instance.guardrails[0].model_copy(update={"first_period": first_period})
    result = run(tmp_path, replace(instance, guardrails=(row,)), "--gap", "0.05")
    assert result.exit_code == code, result.output
    text = " ".join(result.output.split())
    assert "No choice of options keeps all hard guardrails." in text
    assert "stock-cap: inventory EUR" in text
    assert ("does keep them" in text) == (code == 1)
    assert ("No other plan keeps them either." in text) == (code == 3)
    assert "targets_breaking_guardrails.csv" in text
    assert "Traceback" not in text


def test_messages(tmp_path: Path) -> None:
    """No time, today's targets of some items only, a folder that is a file: a sentence and an exit code."""
    late = run(tmp_path, two_items(45), "--time-limit", "0")
    assert late.exit_code == 1
    assert "Allow more time" in late.output
    instance = two_items()
    some = run(tmp_path, replace(instance, current_targets=instance.current_targets[:1]))
    assert some.exit_code == 2
    assert "1 item without one: B" in some.output
    (tmp_path / "out").write_text("a file")
    blocked = run(tmp_path, instance)
    assert blocked.exit_code == 2
    assert "is a file, not a folder" in blocked.output
