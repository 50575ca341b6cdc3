"""Small plans and what happened, for tests of monitoring. Periods are weeks from Monday 4 January 2027 on."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stockrail.model.instance import Instance
from stockrail.workbench.monitoring.actuals import as_frame
from stockrail.workbench.monitoring.observed import Observed, observed
from stockrail.workbench.store.tables import ActualKind
from tests.builders import Changes, make_instance

START = dt.date(2027, 1, 4)
WEEKLY: Changes = {"start": START, "period_length_days": 7}

FORK: Sequence[Changes] = (
    {"node": "now", "parent": "", "period": 0, "probability": 1},
    {"node": "low", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 0.5},
    {"node": "high", "parent": "now", "period": 1, "probability": 0.5, "demand_factor": 1.5},
)
"""Two periods; of a mean of 10 the second one has 5 or 15."""


def weekly(**tables: Any) -> Instance:
    """An instance of weeks."""
    return make_instance(settings=WEEKLY, **tables)


def day(week: float) -> dt.date:
    """A day of a week: 1 is the Monday of week 1, 1.9 its Sunday."""
    return START + dt.timedelta(days=int(week * 7))


def by_week(item: str, units: Sequence[float | None]) -> list[tuple[Any, ...]]:
    """Rows of demand.csv, one a week; None is a week without a row."""
    return [(item, day(week), value, None) for week, value in enumerate(units) if value is not None]


def seen_by_week(instance: Instance, units: Mapping[str, Sequence[float | None]], **rows: Any) -> Observed:
    """What happened: demand by item and week, and rows of other kinds in the columns of their files."""
    demand = [row for item, values in units.items() for row in by_week(item, values)]
    return observed(instance, frames(demand=demand, **rows))


def frames(**rows: Sequence[Sequence[Any]]) -> dict[ActualKind, pd.DataFrame]:
    """Tables by kind."""
    return {kind: as_frame(kind, given) for kind, given in rows.items()}  # type: ignore[misc,arg-type]
