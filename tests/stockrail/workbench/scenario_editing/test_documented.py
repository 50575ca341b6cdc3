"""The examples of docs/baselines-and-scenarios.md."""

import pytest

from stockrail.model import WhatIf, apply, load
from stockrail.workbench.data_health.health import findings
from stockrail.workbench.scenario_editing.bulk_changes import Condition, bulk_change
from stockrail.workbench.scenario_editing.edits import CellPlace, Edits, both_changed, reapplied
from stockrail.workbench.scenario_editing.words import place_words, words_of
from stockrail.workbench.uploads import received
from tests.stockrail.workbench.folders import ROOT, THREE_ITEMS

TEXT = (ROOT / "docs" / "baselines-and-scenarios.md").read_text(encoding="utf-8")


def test_a_tenth_more() -> None:
    """The form gives the sentence, and 11 kettles."""
    instance = load(THREE_ITEMS)
    conditions = [Condition("product_group", "kitchen"), Condition("period", "1 to 2")]
    change = bulk_change(instance, "demand", "mean_units", "multiply", "1.1", conditions)
    assert f"    {words_of(change)}\n" in TEXT
    after = apply(instance, WhatIf.model_validate({"name": "x", "changes": [change]}))
    assert after.mean_demand[0].tolist() == pytest.approx([10.0, 11.0, 11.0])


def test_lead_time() -> None:
    """A spend of 750."""
    (found,) = (one for one in findings(load(THREE_ITEMS)) if one.key == "without_lead_time")
    assert found.money == 750.0
    assert "EUR 750" in TEXT


def test_two_people() -> None:
    """Ben's price and Ben's cost, on top of Anna's version."""
    price = CellPlace("items", ("kettle",), "unit_price")
    cost = CellPlace("items", ("fan",), "unit_cost")
    anna, ben = Edits(cells={price: 21.0}), Edits(cells={price: 22.0, cost: 19.0})
    (both,) = both_changed(Edits(), ben, anna)
    assert f"| {place_words(both.place)} | as in the baseline | {both.theirs:g} | {both.mine:g} |" in TEXT
    assert reapplied(Edits(), ben, anna).cells == {price: 22.0, cost: 19.0}


def test_limits_of_uploads() -> None:
    """As documented."""
    megabytes = received.MOST_UNPACKED // received.MEGABYTE
    assert f"more than {received.MOST_FILES} files or {megabytes} MB when unpacked" in TEXT
    assert f"more than {received.MOST_LINES:,} lines" in TEXT
