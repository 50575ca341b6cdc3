"""The numbers of docs/stochastic-measures.md are those of the code."""

import re
from pathlib import Path

import pytest

from stockrail.measures.measures import measure
from stockrail.measures.rows import BEST, EVPI, MEAN, VARIABILITY, VSS, WAIT
from tests.stockrail.measures.newsvendor import newsvendor

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "stochastic-measures.md").read_text(encoding="utf-8")


def test_example() -> None:
    """The worked example's table has the first row of each measure, and the text its parts."""
    found = measure(newsvendor(), gap=0.0, replications=0)
    first = found.frame().groupby("measure", sort=False)["value"].first()
    for name in (BEST, MEAN, VSS, VARIABILITY, WAIT, EVPI):
        cell = re.search(rf"^\| {name} \| (\S+) \|$", PAGE, re.MULTILINE)
        assert cell is not None, name
        assert float(cell[1]) == pytest.approx(first[name]), name
    # "That earns 230 if demand is high and loses 190 if it is low."
    assert found.scenarios()["plan"].tolist() == pytest.approx([-190.0, 230.0])
    assert found.mean_plans[0].held[0].optimum.value == pytest.approx(5.0)
    assert found.plan[0, 0] * found.tables.lot_size[0] == 100
