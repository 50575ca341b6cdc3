"""The numbers of the example in docs/evaluation.md are those that the code computes."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from stockrail.cli import app
from stockrail.evaluation.baselines import FORESIGHT, NAMES
from stockrail.evaluation.demand_facts import DemandFacts
from stockrail.evaluation.levels import (
    critical_ratio,
    economic_lot,
    newsvendor_levels,
    one_factor,
    textbook_levels,
)
from stockrail.evaluation.paired import paired_difference
from stockrail.model.scenarios import build_tree
from stockrail.model.tables import Tables
from tests.builders import make_instance

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def facts() -> DemandFacts:
    """The item of the page."""
    instance = make_instance(
        demand=(100.0,) * 4,
        sigma=(10.0,) * 4,
        items={"lead_time_periods": 1, "order_cost": 12},
        settings={"cost_of_capital_rate_per_year": 0.25},
        segments={"lost_share": 1},
    )
    return DemandFacts.of(Tables.build(instance, build_tree(instance)))


def test_levels_of_the_example(facts: DemandFacts) -> None:
    """Critical ratio, base stock, economic lot and reorder points."""
    assert f"= {critical_ratio(facts)[0]:.3f}, and" in PAGE
    assert f"= {newsvendor_levels(facts, 1.0).order_up_to[0, 0]:.1f}." in PAGE
    assert f"= {economic_lot(facts)[0]:.0f}." in PAGE
    stated, half = (textbook_levels(facts, one_factor(facts), scale) for scale in (2.0, 1.5))
    assert (
        f"= {stated.reorder_point[0, 0]:.1f}, and with half the safety stock at {half.reorder_point[0, 0]:.1f}."
        in PAGE
    )


def test_interval_of_the_example() -> None:
    """Three differences."""
    found = paired_difference(np.array([11.0, 22.0, 33.0]), np.array([10.0, 20.0, 30.0]))
    assert (
        f"{found.mean:.0f} on average, with an interval from {found.lower:.2f} to {found.upper:.2f}." in PAGE
    )


def test_statistical_gap_of_the_example() -> None:
    """The sentence that `--replications 2` adds, which does not depend on paths."""
    arguments = ["evaluate", str(ROOT / "instances" / "three-items"), "--replications", "2", "--paths", "4"]
    quick = ["--training-paths", "4", "--foresight-paths", "0", "--baseline", "textbook"]
    result = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*arguments, *quick])
    assert result.exit_code == 0, result.output
    block = PAGE.split("`--replications 2` says\n\n")[1].split("\n\n")[0]
    assert "\n".join(line[4:] for line in block.splitlines()) in result.stdout


def test_every_contestant_is_told() -> None:
    """The table of baselines has all of them, in their order."""
    section = PAGE.split("## What is compared")[1].split("## ")[0]
    listed = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert listed == [*NAMES, FORESIGHT]
