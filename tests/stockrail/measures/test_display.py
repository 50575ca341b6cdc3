"""What is printed: within the width, and honest where there is no number."""

from dataclasses import replace
from pathlib import Path

import pytest

from stockrail.measures.display import measure_lines
from stockrail.measures.measures import measure
from stockrail.model import load
from tests.builders import make_instance
from tests.stockrail.measures.newsvendor import newsvendor

GUARDRAILS = Path(__file__).resolve().parents[3] / "instances" / "guardrails-example"


def test_value_that_is_not_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean plan's orders leave too much stock in the low scenario: no amount, and the limit is named."""
    monkeypatch.setenv("COLUMNS", "80")
    limit = {"metric": "inventory_value", "first_period": 1, "upper": 150}
    found = measure(newsvendor(order_cost=0.0, guardrails=limit), gap=0.0, replications=0)
    lines = measure_lines(found)
    tables = [line for line in lines if line.startswith(" ")]
    assert max(map(len, tables)) <= 80
    assert sum("not finite" in line for line in tables) == 3
    assert any("breaks G (upper)" in line and "no amount of money" in line for line in lines)
    assert any("not asked for" in line for line in lines)


def test_mean_without_a_plan() -> None:
    """A limit that only the mean breaks: nobody can order 70 in lots of 20 exactly, but 40 and 100 in their scenarios.

    Stock of less than a lot's worth is allowed nowhere, and shortage neither: orders of 40 and 100 arrive at once.
    """
    base = newsvendor(order_cost=0.0, guardrails={"metric": "inventory_value", "first_period": 1, "upper": 0})
    rows = [
        *base.guardrails,
        base.guardrails[0].model_copy(
            update={"guardrail": "S", "metric": "fill_rate", "upper": None, "lower": 1.0}
        ),
    ]
    items = tuple(row.model_copy(update={"lead_time_periods": 0, "lot_size": 20.0}) for row in base.items)
    found = measure(replace(base, items=items, guardrails=tuple(rows)), gap=0.0, replications=0)
    assert found.optimum.value == pytest.approx(280.0)
    lines = measure_lines(found)
    assert any("Not even for the mean of everything" in line for line in lines)
    assert any("no plan" in line for line in lines)


def test_one_path_has_nothing_uncertain() -> None:
    """On a single path all measures are 0, and that is said."""
    found = measure(make_instance(), gap=0.0, replications=2)
    assert found.expected_value_of_perfect_information().value == 0.0
    assert any("single path" in line for line in measure_lines(found))


def test_example_with_guardrails() -> None:
    """The shipped example with a limit in every scenario prints all its scenarios, and its values are in order."""
    found = measure(load(GUARDRAILS), gap=0.0, replications=0)
    text = "\n".join(measure_lines(found))
    assert all(f"\n {name} " in text for name in "abcd")
    assert found.expected_value_of_perfect_information().value >= -1e-6


def test_limits_that_are_sampled_with_the_trees() -> None:
    """A limit on an expectation is estimated on each tree, too, so the gap's direction is not guaranteed, and that is said."""
    limit = {
        "guardrail": "room",
        "metric": "inventory_value",
        "first_period": 1,
        "upper": 900,
        "holds": "expected",
    }
    found = measure(newsvendor(order_cost=0.0, guardrails=limit), gap=0.0, replications=2)
    assert any("room" in line and "no guaranteed direction" in line for line in measure_lines(found))
    without = measure(newsvendor(order_cost=0.0), gap=0.0, replications=2)
    assert not any("no guaranteed direction" in line for line in measure_lines(without))
