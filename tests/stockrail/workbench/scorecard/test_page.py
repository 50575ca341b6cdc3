"""What the charts of the scorecard's page show."""

from types import SimpleNamespace
from typing import Any, cast

from stockrail.workbench.scorecard.page import split_chart
from stockrail.workbench.scorecard.score import Score
from stockrail.workbench.scorecard.scorecard import Row
from stockrail.workbench.scorecard.scoring import ALL_METRICS


def bars(**numbers: tuple[float, float, float]) -> dict[tuple[str, str], float]:
    """Share by title of the metric and part, of metrics with plan, re-valued plan and actual."""
    metrics = {metric.name: metric for metric in ALL_METRICS}
    rows = [Row(Score(metrics[name], "", *values, items=1), None) for name, values in numbers.items()]
    chart = split_chart(cast(Any, SimpleNamespace(rows=rows, currency="EUR")))
    if chart is None:
        return {}
    (values,) = chart.specification["datasets"].values()
    return {(row["metric"], row["part"]): row["share"] for row in values}


def test_parts_are_shares_of_the_plan() -> None:
    """A plan of 100 that demand makes 110 and what was done makes 105: 10% and -5%."""
    assert bars(gross_margin=(100.0, 110.0, 105.0)) == {
        ("gross margin", "the market's part"): 0.1,
        ("gross margin", "controllable"): -0.05,
    }


def test_money_that_is_next_to_nothing_is_left_out() -> None:
    """EUR 2 of old stock that are gone would be the longest bar, -100%, beside a margin of EUR 1.7 m; EUR 20,000 are one."""
    margin = (1_701_000.0, 1_856_000.0, 1_845_000.0)
    small = bars(gross_margin=margin, aged_stock=(2.0, 0.0, 0.0))
    assert {metric for metric, _ in small} == {"gross margin"}
    large = bars(gross_margin=margin, aged_stock=(20_000.0, 0.0, 0.0))
    assert large["aged stock", "the market's part"] == -1.0
