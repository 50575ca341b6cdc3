"""`--replications` of the commands: the statistical gap is computed, and is the same whichever command computes it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.commands.common import EXIT_OK
from stockrail.model import write
from tests.stockrail.measures.newsvendor import newsvendor

THREE_ITEMS = Path(__file__).resolve().parents[3] / "instances" / "three-items"
QUICK = ["--paths", "4", "--training-paths", "4", "--foresight-paths", "0", "--baseline", "textbook"]

EXACT = ["--gap", "0", "--workers", "1"]


def run(*arguments: object) -> str:
    """What a command prints, as one line; it ends well."""
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == EXIT_OK, result.output
    return " ".join(result.output.split())


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def test_three_items(tmp_path: Path) -> None:
    """`evaluate` computes what `measures` computes for the same plan on the same trees, and reads it from its folder afterwards."""
    plan = tmp_path / "plan"
    run("plan", THREE_ITEMS, *EXACT, "--out", plan)
    evaluate = ["evaluate", THREE_ITEMS, "--plan", plan, *QUICK, *EXACT]
    before = run(*evaluate, "--json", tmp_path / "none.json")
    assert "Statistical gap: not computed: add --replications 10" in before
    assert read(tmp_path / "none.json")["plan"]["statistical_gap"] is None
    computed = run(*evaluate, "--replications", 2, "--json", tmp_path / "two.json")
    assert "Statistical gap from 2 fresh trees" in computed
    found = read(tmp_path / "two.json")["plan"]["statistical_gap"]
    assert read(plan / "plan.json")["statistical_gap"] is None  # evaluate writes nothing into it
    run("measures", THREE_ITEMS, "--plan", plan, "--replications", 2, *EXACT)
    measured = read(plan / "plan.json")["statistical_gap"]
    for name in ("as_a_policy", "first_orders"):
        assert found[name] == pytest.approx(measured[name])
    run(*evaluate, "--json", tmp_path / "read.json")
    assert read(tmp_path / "read.json")["plan"]["statistical_gap"] == measured


def test_newsvendor(tmp_path: Path) -> None:
    """`calibrate` and `compare` on the newsvendor with two scenarios of tests/stockrail/measures/newsvendor.py.

    The best plan orders 100. On a tree with two low branches that misses 190, on any other nothing: so the gap of 2 trees is 0, 95 or 190.
    """
    folder, targets, out = tmp_path / "instance", tmp_path / "targets", tmp_path / "compare"
    write(newsvendor(), folder)
    text = run("calibrate", folder, *EXACT, "--replications", 2, "--out", targets)
    assert "Statistical gap from 2 fresh trees, drawn from the scenarios of the tree itself" in text
    gaps = read(targets / "calibration.json")["statistical_gap"]
    assert set(gaps) >= {"rule", "band", "free"}
    free = gaps["free"]["as_a_policy"]["gap"]
    assert min(abs(free - gap) for gap in (0, 95, 190)) == pytest.approx(0, abs=1e-6)
    # All strategies are held against the same bounds, so what one reaches less than another its gap is larger by.
    for name in ("rule", "band"):
        reached = gaps["free"]["policy"] - gaps[name]["policy"]
        assert gaps[name]["as_a_policy"]["gap"] == pytest.approx(free + reached)
        assert read(targets / name / "plan.json")["statistical_gap"] == gaps[name]
    (folder / "scenarios.yaml").write_text(
        "what_ifs:\n- name: dearer\n  changes:\n  - {table: items, column: unit_price, set: 11}\n",
        encoding="utf-8",
    )
    text = run("compare", folder, "base", "dearer", *EXACT, "--replications", 2, "--out", out)
    assert "Statistical gap from 2 fresh trees" in text and "stat. gap, as a policy" in text
    base, dearer = read(out / "comparison.json")["what_ifs"]
    # The same plan of the same instance on the same trees.
    assert base["statistical_gap"]["as_a_policy"]["gap"] == pytest.approx(free, abs=1e-6)
    # At 11 a unit 100 is best as well, 90 on average: low 11 * 40 - 6 * 100 + 3 * 60 - 170 = -150, high 330. If demand is low for
    # certain, an order of 40 earns 11 * 40 - 6 * 40 - 170 = 30, so trees with two low branches miss 180 where they missed 190.
    assert dearer["statistical_gap"]["as_a_policy"]["gap"] == pytest.approx(free * 180 / 190, abs=1e-6)
    assert free > 0, "a seed without two low branches would test nothing"
