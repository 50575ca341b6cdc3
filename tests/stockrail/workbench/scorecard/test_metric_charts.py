"""Charts of one metric."""

from stockrail.workbench.scorecard.metric_charts import scope_chart, trend_chart


def test_scopes_side_by_side() -> None:
    """Two bars of each scope that has both; what is not known is no bar, and one scope alone is no chart."""
    rows = [("steady", 0.98, 1.0), ("seasonal", 0.9, None)]
    chart = scope_chart("Fill rate", "share", "EUR", rows)
    assert chart is not None
    assert (chart.key, chart.description) == ("scopes", "Fill rate: plan and actual side by side.")
    (values,) = chart.specification["datasets"].values()
    assert [(one["scope"], one["column"], one["value"]) for one in values] == [
        ("steady", "plan", 0.98), ("steady", "actual", 1.0), ("seasonal", "plan", 0.9),
    ]  # fmt: skip
    assert scope_chart("Fill rate", "share", "EUR", rows[:1]) is None


def test_a_trend_needs_two_quarters_with_actuals() -> None:
    """A plan without an actual is drawn where there are two others, and is no trend by itself."""
    rows = [("2026-10-01", None, 5.0), ("2027-01-01", 4.0, None)]
    assert trend_chart("Turns", "per year", "EUR", rows) is None
    chart = trend_chart("Turns", "per year", "EUR", [*rows, ("2027-04-01", 4.0, 6.0)])
    assert chart is not None
    (values,) = chart.specification["datasets"].values()
    assert [one["value"] for one in values if one["column"] == "actual"] == [5.0, 6.0]
    axis = chart.specification["layer"][0]["encoding"]["y"]["axis"]
    assert axis["title"] == "a year"
