"""Margin bridges add up, and their two steps are what they say."""

from itertools import permutations

import pandas as pd
import pytest

from stockrail.comparisons.comparison import compare
from stockrail.comparisons.margin_bridge import BOTH, DECISIONS, FACTS
from stockrail.generation import generate
from tests.stockrail.what_if_cases import growing, what_if


def _amounts(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Amounts that are not 0, by step and part."""
    rows = frame.to_dict("records")
    return {(row["step"], row["part"]): row["amount"] for row in rows if abs(row["amount"]) > 1e-9}


def test_bridge_by_hand() -> None:
    """From 120 to 200: the same orders earn 30 more at the new price; ten more units add 110 of revenue, 60 of cost."""
    instance, what_ifs = growing()
    frame = compare(instance, what_ifs, gap=0.0).bridge_between("base", "growth")
    amounts = _amounts(frame)
    assert amounts == pytest.approx(
        {(FACTS, "revenue"): 30, (DECISIONS, "revenue"): 110, (DECISIONS, "landed_cost"): -60}
    )


def test_the_way_back_is_another_one() -> None:
    """From 200 to 120: 40 units held where 30 are asked for lose 10 sales at 11 and 30 at one less; ten fewer save 60."""
    instance, what_ifs = growing()
    frame = compare(instance, what_ifs, gap=0.0).bridge_between("growth", "base")
    amounts = _amounts(frame)
    assert amounts == pytest.approx({(FACTS, "revenue"): -140, (DECISIONS, "landed_cost"): 60})


def test_bridges_add_up_to_the_cent() -> None:
    """On a generated instance every bridge adds up to the difference of the two expected margins."""
    instance = generate(12, 8, (2, 2), 3, guardrail_share=0.95)
    what_ifs = [
        what_if("base"),
        what_if("dear", {"table": "suppliers", "column": "freight_rate", "add": 0.05}),
        what_if("soft", {"table": "guardrails", "column": "soft_price", "set": 0.01}),
        what_if("lots", {"table": "items", "column": "lot_size", "multiply": 1.5}),
        what_if(
            "tree", {"table": "settings", "column": "tree.branchings", "set": [{"period": 4, "width": 3}]}
        ),
    ]
    result = compare(instance, what_ifs, gap=0.02)
    margin = {row.name: row.expected_margin for row in result.outcomes}
    for origin, target in permutations(margin, 2):
        frame = result.bridge_between(origin, target)
        assert frame["amount"].sum() == pytest.approx(margin[target] - margin[origin], abs=0.005)
        assert set(frame["step"]) == ({BOTH} if "tree" in (origin, target) else {FACTS, DECISIONS})
