"""The numbers of docs/tornado.md are those of the code."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.comparisons.tornado_drivers import FACTORS, SCALED

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "tornado.md").read_text(encoding="utf-8")
THREE_ITEMS = ROOT / "instances" / "three-items"


def test_example_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of the table, bars and all."""
    monkeypatch.setenv("COLUMNS", "80")
    printed = CliRunner().invoke(app, ["tornado", str(THREE_ITEMS), "--gap", "0"])
    assert printed.exit_code == 0, printed.output
    example = re.search(r"^     driver .+?(?=\n\n)", PAGE, re.MULTILINE | re.DOTALL)
    assert example is not None
    table = re.sub("^    ", "", example[0], flags=re.MULTILINE)
    assert table in printed.output
    assert [line for line in printed.output.splitlines() if len(line) > 80] == []


def test_numbers_by_hand() -> None:
    """The sums on the page give the bars: tenths of revenue less what waits, of orders, of what waits, of half of holding."""
    waiting = 3 * (0.085 + 0.833 + 3.989)
    expected = {
        "price": 0.1 * (600 + 1800 + 300 - waiting),
        "cost of an order": 0.1 * (10 + 4 + 2),
        "cost of a shortage": 0.1 * waiting,
        "cost of capital": 0.1 * (2 + 4 + 3.49) / 2,
        "storage and insurance": 0.1 * (2 + 4 + 3.49) / 2,
    }
    for words, amount in expected.items():
        bar = re.search(rf"^     {words} +\+-10% +([+-][\d.]+) +([+-][\d.]+)", PAGE, re.MULTILINE)
        assert bar is not None, words
        assert [abs(float(side)) for side in bar.groups()] == pytest.approx([amount] * 2, abs=0.006), words


def test_every_driver_is_on_the_page() -> None:
    """And the settings that uncertainty moves."""
    for name in (*(name for name, _, _ in SCALED), "demand-uncertainty", "lead-time"):
        assert f"`{name}`" in PAGE, name
    for factor in FACTORS:
        assert f"`tree.{factor}`" in PAGE


def test_sizes_and_names_that_are_wrong() -> None:
    """All told at once, with the exit code of bad input; a list of drivers needs no solve."""
    runner = CliRunner()
    wrong = runner.invoke(app, ["tornado", str(THREE_ITEMS), "--driver", "weather", "--change", "demand=2"])
    assert wrong.exit_code == 2
    assert "no driver 'weather'" in wrong.output
    assert "demand cannot move by 2" in wrong.output
    unreadable = runner.invoke(app, ["tornado", str(THREE_ITEMS), "--change", "demand"])
    assert unreadable.exit_code == 2
    assert "expected DRIVER=SIZE" in unreadable.output
    listed = runner.invoke(app, ["tornado", str(THREE_ITEMS), "--list"])
    assert listed.exit_code == 0
    assert "limit:inventory-cap" in listed.output
