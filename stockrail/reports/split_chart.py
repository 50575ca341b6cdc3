"""The chart of stock by purpose over time."""

import altair as alt
import pandas as pd

from stockrail.inventory.stock_split import PURPOSES
from stockrail.reports.chart_parts import Chart, Timeline, amount_axis, assemble, data, date_tooltip

COLOURS = {"safety": "var(--c1)", "cycle": "var(--c6)", "build": "var(--c5)", "excess": "var(--c2)"}
"""Of each purpose, from the bottom of the bars upwards."""


def split_chart(split: pd.DataFrame, currency: str, timeline: Timeline) -> Chart:
    """Draw the expected value of stock on hand by period, stacked by purpose.

    Parameters
    ----------
    split : `stockrail.inventory.stock_split.stock_split`, by segment and period.
    """
    total = split.groupby(["period", "date"], as_index=False)[
        [f"{purpose}_value" for purpose in PURPOSES]
    ].sum()
    layers = []
    level = pd.Series(0.0, index=total.index)
    for purpose in PURPOSES:
        rows = total.assign(
            amount=total[f"{purpose}_value"], bottom=level, top=level + total[f"{purpose}_value"]
        )
        level = rows["top"]
        values = timeline.spans(data(rows, ["amount", "bottom", "top"]), rows["date"])
        bars = alt.Chart(alt.InlineData(values=values)).mark_rect(color=COLOURS[purpose])
        layers.append(
            bars.encode(
                x=timeline.bar_axis(),
                x2=alt.X2(field="end"),
                y=alt.Y(field="bottom", type="quantitative", axis=amount_axis(currency)),
                y2=alt.Y2(field="top"),
                tooltip=[
                    date_tooltip(),
                    alt.Tooltip(
                        field="amount",
                        type="quantitative",
                        format=",.0f",
                        title=f"{purpose} stock ({currency})",
                    ),
                ],
            )
        )
    words = "Expected value of stock on hand by period and purpose: safety, cycle, build and excess. The table has the numbers."
    return assemble("stock-split", words, layers, 240)
