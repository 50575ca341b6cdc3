"""Delivery history: how late each supplier delivers, and the disruptions that stand for it in a tree."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stockrail.model.generator import branching_periods
from stockrail.model.instance import Instance
from stockrail.model.problems import Problem
from stockrail.model.schema_values import Name, Row
from stockrail.trees.disruptions import Disruption
from stockrail.trees.tables import refuse

LEAST_DELIVERIES = 20
"""Deliveries of a supplier from which its lateness is judged; with fewer, one late delivery decides."""

MOST_DISRUPTIONS = 4
"""Suppliers that get a disruption, unless another number is asked for: each one doubles the branches where it begins."""

LONGEST_SHARE = 0.25
"""Share of the horizon that a disruption lasts at most."""


class Delivery(Row):
    """A row of a delivery history: when it was promised and when it came."""

    supplier: Name
    promised: dt.date
    delivered: dt.date


@dataclass(frozen=True)
class DelayDistribution:
    """How late a supplier delivers.

    Attributes
    ----------
    deliveries : how many it rests on.
    share : by periods of delay, share of the deliveries; early and punctual ones are 0 periods late. Days are rounded to the
        nearest whole period, half a period up.
    """

    supplier: str
    deliveries: int
    share: dict[int, float]

    @property
    def late_share(self) -> float:
        """Share of the deliveries that are late by a period or more."""
        return 1.0 - self.share.get(0, 0.0)

    @property
    def delay_periods(self) -> int:
        """Median delay of the late ones, at least 1; 0 where none is late."""
        return self.quantile(1.0 - self.late_share / 2.0) if self.late_share > 0 else 0

    @property
    def mean_delay_periods(self) -> float:
        """Mean delay of all deliveries."""
        return sum(delay * share for delay, share in self.share.items())

    def quantile(self, probability: float) -> int:
        """The smallest delay that is not exceeded with this probability."""
        total = 0.0
        for delay in sorted(self.share):
            total += self.share[delay]
            if total >= probability - 1e-12:
                return delay
        return max(self.share)


def delay_distributions(
    deliveries: Sequence[Delivery], period_length_days: int
) -> tuple[DelayDistribution, ...]:
    """Delays by supplier, most deliveries first."""
    delays: dict[str, Counter[int]] = {}
    for row in deliveries:
        days = (row.delivered - row.promised).days
        periods = max(0, int(np.floor(days / period_length_days + 0.5)))
        delays.setdefault(row.supplier, Counter())[periods] += 1
    found = [
        DelayDistribution(supplier, counts.total(), {d: counts[d] / counts.total() for d in sorted(counts)})
        for supplier, counts in delays.items()
    ]
    return tuple(sorted(found, key=lambda row: (-row.deliveries, row.supplier)))


def delay_disruptions(
    distributions: Sequence[DelayDistribution], instance: Instance, most: int = MOST_DISRUPTIONS
) -> tuple[Disruption, ...]:
    """Disruptions that make suppliers as late as they were: those that lose most periods by it, one each.

    A disruption delays orders by the median delay of the late deliveries. It lasts, and is as probable, as makes the
    expected share of periods with late orders the share of late deliveries: as long as a quarter of the horizon at most, and as
    improbable as that allows. They begin one after another, spread over the first half of the horizon after the first.
    A delay is cut where an order of the first period would not arrive within the horizon.
    """
    horizon = instance.settings.periods
    lead_time = {
        row.supplier: max(
            (item.lead_time_periods for item in instance.items if item.supplier == row.supplier), default=0
        )
        for row in instance.suppliers
    }
    late = [
        row
        for row in distributions
        if row.supplier in lead_time
        and row.deliveries >= LEAST_DELIVERIES
        and row.delay_periods > 0
        and lead_time[row.supplier] < horizon - 1
    ]
    late = sorted(late, key=lambda row: (-row.late_share * row.delay_periods, row.supplier))
    late = late[: min(most, horizon - 1)]
    found = []
    for row, period in zip(late, branching_periods(len(late), horizon) if late else [], strict=True):
        duration = max(1, min(int(horizon * LONGEST_SHARE), horizon - period))
        probability = min(row.late_share * horizon / duration, 0.95)
        found.append(
            Disruption(
                disruption=f"{row.supplier} late",
                supplier=row.supplier,
                probability=round(probability, 4),
                period=period,
                duration_periods=duration,
                delay_periods=min(row.delay_periods, horizon - 1 - lead_time[row.supplier]),
            )
        )
    return tuple(found)


def delays_frame(distributions: Sequence[DelayDistribution]) -> pd.DataFrame:
    """As a table: supplier, deliveries, late_share, mean_delay_periods, delay_periods (median of the late), p90, most."""
    return pd.DataFrame(
        [
            {
                "supplier": row.supplier,
                "deliveries": row.deliveries,
                "late_share": row.late_share,
                "mean_delay_periods": row.mean_delay_periods,
                "delay_periods": row.delay_periods,
                "p90_delay_periods": row.quantile(0.9),
                "most_delay_periods": max(row.share),
            }
            for row in distributions
        ]
    )


@dataclass(frozen=True)
class DeliveryColumns:
    """Names of the columns in a file of deliveries, and how its days are written.

    `day_format` is that of `datetime.strptime`, by default year-month-day.
    """

    supplier: str = "supplier"
    promised: str = "promised"
    delivered: str = "delivered"
    day_format: str = "%Y-%m-%d"


def read_deliveries(path: Path, columns: DeliveryColumns | None = None) -> tuple[Delivery, ...]:
    """Read deliveries, one row each; other columns are left unread.

    Raises
    ------
    InstanceError
        With every problem of the file.
    """
    columns = columns or DeliveryColumns()
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        refuse([Problem(path.name, None, None, str(error), "a CSV file in UTF-8 that can be read")])
    names = (columns.supplier, columns.promised, columns.delivered)
    refuse(
        [
            Problem(path.name, 1, name, None, f"this column, or its name with --columns; found: {', '.join(map(str, frame))}")
            for name in names
            if name not in frame
        ]
    )  # fmt: skip
    problems: list[Problem] = []
    rows: list[Delivery] = []
    for k, (supplier, promised, delivered) in enumerate(frame[list(names)].itertuples(index=False), start=2):
        days: list[dt.date] = []
        for name, text in ((names[1], promised), (names[2], delivered)):
            try:
                days.append(dt.datetime.strptime(text.strip(), columns.day_format).date())
            except ValueError:
                allowed = f"a day of the form {columns.day_format}, such as {dt.date(2027, 1, 4).strftime(columns.day_format)}"
                problems.append(Problem(path.name, k, name, text or None, allowed))
        if not supplier.strip():
            problems.append(Problem(path.name, k, names[0], None, "the name of a supplier"))
        elif len(days) == 2:
            rows.append(Delivery(supplier=supplier.strip(), promised=days[0], delivered=days[1]))
    refuse(problems)
    if not rows:
        refuse([Problem(path.name, None, None, None, "at least one row")])
    return tuple(rows)
