"""What the charts of the report share: one look, one axis of time, and rows of data frames as a chart's data.

Colours are CSS variables of the page, so that charts follow light, dark and print without being drawn again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from stockrail import formats

# The chart's numbers as people write them: 1.2 m instead of 1.2M or 1,200,000.
AMOUNT_LABEL = (
    "abs(datum.value) >= 1e9 ? format(datum.value / 1e9, ',.2~f') + ' bn' : "
    "abs(datum.value) >= 1e6 ? format(datum.value / 1e6, ',.2~f') + ' m' : "
    "abs(datum.value) >= 1e4 ? format(datum.value / 1e3, ',.1~f') + ' k' : "
    "abs(datum.value) >= 1 ? format(datum.value, ',.2~f') : format(datum.value, '.3~g')"
)

# The page's own fonts: Vega must measure labels with the font that draws them, or they are cut off.
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_MOST_TICKS = 8
_BAR_SHARE = 0.9  # of a period, so that neighbours do not touch


@dataclass(frozen=True)
class Chart:
    """A chart of the page: where it goes, what a screen reader says, and its Vega-Lite specification."""

    key: str
    description: str
    specification: dict[str, Any]


@dataclass(frozen=True)
class Timeline:
    """The periods of a plan, which all charts over time share."""

    start: pd.Timestamp
    periods: int
    period_length_days: float

    def point_axis(self) -> alt.X:
        """The axis for one point a period, as far as there are points."""
        return self._axis(alt.Scale(padding=4))

    def bar_axis(self) -> alt.X:
        """The axis for one bar a period, over the whole horizon."""
        # Vega-Lite warns of a conflict where `domain` is given in dates; its two ends may be.
        start, end = self._moment(0), self._moment(self.periods)
        return self._axis(alt.Scale(padding=4, domainMin=start, domainMax=end, nice=False))

    def spans(self, values: list[dict[str, Any]], dates: pd.Series) -> list[dict[str, Any]]:
        """Give each row the end of its bar."""
        ends = pd.to_datetime(dates) + pd.Timedelta(hours=24 * _BAR_SHARE * self.period_length_days)
        return [
            value | {"end": end.strftime("%Y-%m-%dT%H:%M:%S")}
            for value, end in zip(values, ends, strict=True)
        ]

    def _axis(self, scale: alt.Scale) -> alt.X:
        """An axis with ticks where periods begin."""
        step = max(1, math.ceil(self.periods / _MOST_TICKS))
        ticks = [self._moment(period) for period in range(0, self.periods, step)]
        return alt.X(
            field="date",
            type="temporal",
            scale=scale,
            axis=alt.Axis(
                title=None, format="%d %b %y", values=ticks, grid=False,
                labelOverlap="greedy", labelSeparation=12, labelFlush=24,
            ),
        )  # fmt: skip

    def _moment(self, period: int) -> alt.DateTime:
        at = self.start + pd.Timedelta(hours=24 * self.period_length_days * period)
        return alt.DateTime(year=at.year, month=at.month, date=at.day, hours=at.hour)


def data(rows: pd.DataFrame, numbers: Sequence[str], names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Rows as a chart's data: the date, rounded numbers (None where missing) and names."""
    # A time of day makes browsers read the date in the reader's own time zone; a bare date would shift by a day.
    columns: dict[str, list[Any]] = {"date": [f"{formats.day(date)}T00:00:00" for date in rows["date"]]}
    for name in numbers:
        columns[name] = [_rounded(value) for value in rows[name]]
    for name in names:
        columns[name] = [str(value) for value in rows[name]]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def assemble(key: str, description: str, layers: Sequence[alt.Chart], height: int) -> Chart:
    """Put layers into one responsive chart in the page's colours."""
    chart = (
        alt.layer(*layers)
        .properties(width="container", height=height, description=description, background="transparent")
        .configure(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"), font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--muted)", titleColor="var(--muted)", gridColor="var(--rule)", domainColor="var(--rule)",
            tickColor="var(--rule)", labelFontSize=12, titleFontSize=12, titleFontWeight="normal",
        )
    )  # fmt: skip
    # Checking against the schema takes longer than all the rest of a page; tests do it.
    specification = chart.to_dict(validate=False)
    # The address of the schema is the one outside address in a specification, and nothing reads it.
    specification.pop("$schema", None)
    return Chart(key, description, specification)


def amount_axis(unit: str) -> alt.Axis:
    """The axis of amounts, its unit above it."""
    return alt.Axis(
        title=unit, labelExpr=AMOUNT_LABEL, tickCount=5, domain=False, ticks=False,
        titleAngle=0, titleAlign="left", titleAnchor="end", titleY=-10, titleX=0,
    )  # fmt: skip


def date_tooltip() -> alt.Tooltip:
    """The line of a tooltip that names the period."""
    return alt.Tooltip(field="date", type="temporal", format="%Y-%m-%d", title="period from")


def _rounded(value: Any) -> float | None:
    """Round to what a chart can show; the file stays small."""
    number = formats.finite(value)
    return None if number is None else float(f"{number:.7g}")
