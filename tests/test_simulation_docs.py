"""docs/simulation.md tells the truth: its table is what is simulated, and its program prints what the page shows."""

import contextlib
import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

from stockrail.simulation.paths import DemandPaths
from stockrail.simulation.physics import simulate
from stockrail.simulation.policies import PlannedOrders
from stockrail.simulation.world import World
from tests.builders import make_instance

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"\d[\d,]*\.?\d*")


def test_the_example_by_hand() -> None:
    """Every row of the table; received and expedited follow from the others."""
    instance = make_instance(
        demand=(10, 2),
        items={"lead_time_periods": 1, "expedite_share": 0.4, "expedite_premium": 1},
        segments={"lost_share": 0.5, "backorder_cost_share_of_price_per_period": 0.2},
    )
    paths = DemandPaths.of_demand(instance, instance.mean_demand[None])
    outcome = simulate(World.of(instance), paths, PlannedOrders(np.array([[10, 0]])))

    def line(metric: str) -> list[float]:
        return [round(float(value), 9) for value in outcome.metric(metric)[0]]

    expected = {
        "demanded": line("demand"),
        "received": [0, 10],
        "short": line("short"),
        "expedited": line("expedite_spend"),  # at a premium of 1
        "lost": line("lost"),
        "waiting at the end": line("waiting"),
        "served": line("served_units"),
        "in stock at the end": [value / 6 for value in line("inventory_value")],
    }
    table = PAGE.split("| | period 0 | period 1 |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table]
    assert {name: [float(first), float(second)] for name, first, second in cells} == expected


def test_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are the same; numbers are, but for rounding."""
    monkeypatch.chdir(ROOT)
    file = tmp_path / "program.py"
    file.write_text(PAGE.split("```python\n")[1].split("```")[0], encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        runpy.run_path(str(file))
    shown = PAGE.split("prints\n\n")[1].split("\n\n")[0]
    assert NUMBER.sub("#", said.getvalue()).split() == NUMBER.sub("#", shown).split()
    numbers, expected = (
        [float(text.replace(",", "")) for text in NUMBER.findall(text)] for text in (said.getvalue(), shown)
    )
    assert numbers == pytest.approx(expected, rel=2e-3, abs=1)
