"""The chart of stock by purpose: bars on top of each other that add up to the stock."""

import pandas as pd

from stockrail.reports.chart_parts import Timeline
from stockrail.reports.split_chart import COLOURS, split_chart


def test_bars_stand_on_each_other() -> None:
    """Two segments in one period: safety 1 + 2, cycle 10, build 5 + 0, excess 4; the top of the last bar is 22."""
    split = pd.DataFrame(
        {
            "segment": ["a", "b"], "period": [0, 0], "date": ["2027-01-04"] * 2, "safety_value": [1.0, 2.0],
            "cycle_value": [10.0, 0.0], "build_value": [5.0, 0.0], "excess_value": [0.0, 4.0], "on_hand_value": [16.0, 6.0],
        }
    )  # fmt: skip
    chart = split_chart(split, "EUR", Timeline(pd.Timestamp("2027-01-04"), 1, 7.0))
    layers = chart.specification["layer"]
    assert [layer["mark"]["color"] for layer in layers] == list(COLOURS.values())
    rows = [chart.specification["datasets"][layer["data"]["name"]][0] for layer in layers]
    assert [(row["bottom"], row["top"]) for row in rows] == [(0, 3), (3, 13), (13, 18), (18, 22)]
    assert [row["amount"] for row in rows] == [3, 10, 5, 4]
