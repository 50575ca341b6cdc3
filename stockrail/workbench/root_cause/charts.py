"""Charts of misses: money by cause, and how many began in each period by cause."""

from collections.abc import Sequence

import altair as alt

from stockrail.reports.chart_parts import AMOUNT_LABEL, Chart, assemble
from stockrail.workbench.root_cause.classification import Cause
from stockrail.workbench.root_cause.counts import causes_by_period, money_by_cause
from stockrail.workbench.store.tables import Miss

COLOURS: dict[Cause, str] = {
    Cause.NOT_DECIDED: "var(--limit)",
    Cause.DECIDED_LATE: "var(--c2)",
    Cause.DECIDED_BY_OTHERS: "var(--c7)",
    Cause.DECIDED: "var(--c5)",
    Cause.DEMAND: "var(--c1)",
    Cause.LEAD_TIME: "var(--c4)",
    Cause.QUANTITY: "var(--c6)",
    Cause.COST: "var(--edge)",
    Cause.RISK_TAKEN: "var(--c3)",
    Cause.NOT_FOLLOWED: "var(--band)",
    Cause.UNKNOWN: "var(--other)",
}
"""A colour for each cause, whichever of them there are."""


def money_chart(misses: Sequence[Miss], currency: str) -> Chart | None:
    """Money of misses by cause, the most first; None where the money of none is known."""
    rows = [row for row in money_by_cause(misses).to_dict("records") if row["money"] == row["money"]]
    values = [
        {
            "cause": row["cause"],
            "money": round(float(row["money"]), 2),
            "misses": int(row["misses"]),
            "colour": COLOURS[Cause(row["cause"])],
        }
        for row in sorted(rows, key=lambda row: -row["money"])
    ]
    if not values:
        return None
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            y=alt.Y(
                field="cause",
                type="nominal",
                sort=None,
                axis=alt.Axis(title=None, labelLimit=200, domain=False, ticks=False),
            ),
            x=alt.X(
                field="money",
                type="quantitative",
                axis=alt.Axis(title=currency, labelExpr=AMOUNT_LABEL, tickCount=4, domain=False, ticks=False),
            ),
            color=alt.Color(field="colour", type="nominal", scale=None),
            tooltip=[
                alt.Tooltip(field="cause", type="nominal"),
                alt.Tooltip(field="money", type="quantitative", format=",.0f", title=currency),
                alt.Tooltip(field="misses", type="quantitative"),
            ],
        )
    )
    return assemble("causes", "Money of misses by cause, the most first.", [bars], 30 * len(values) + 10)


def period_chart(misses: Sequence[Miss]) -> Chart | None:
    """How many misses began in each period, by cause; None where all began in one."""
    frame = causes_by_period(misses)
    if len(frame) < 2:
        return None
    there = [cause for cause in Cause if frame[str(cause)].any()]
    values = [
        {"until": row["date"].isoformat(), "cause": str(cause), "misses": int(row[str(cause)])}
        for row in frame.to_dict("records")
        for cause in there
        if row[str(cause)]
    ]
    bars = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            x=alt.X(
                field="until",
                type="ordinal",
                axis=alt.Axis(
                    title="last day of the period",
                    labelAngle=-45,
                    labelOverlap="greedy",
                    domain=False,
                    ticks=False,
                ),
            ),
            y=alt.Y(
                field="misses",
                type="quantitative",
                axis=alt.Axis(title="misses", tickMinStep=1, tickCount=5, domain=False, ticks=False),
            ),
            color=alt.Color(
                field="cause",
                type="nominal",
                scale=alt.Scale(domain=[str(cause) for cause in there], range=[COLOURS[c] for c in there]),
                legend=alt.Legend(
                    title=None, orient="bottom", columns=2, labelLimit=220, labelColor="var(--text)"
                ),
            ),
            tooltip=[
                alt.Tooltip(field="until", type="nominal"),
                alt.Tooltip(field="cause", type="nominal"),
                alt.Tooltip(field="misses", type="quantitative"),
            ],
        )
    )
    return assemble("periods", "How many misses began in each period, by cause.", [bars], 200)
