"""Three items, a plan of them by hand, and what happened, for tests of causes.

Periods have 73 days from 4 January 2027 on. Kettles and filters come in the period in which they are ordered, fans one period later.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pandas as pd

from stockrail.model import Instance, load
from stockrail.workbench.governance.schema_root_cause import RootCauseRules
from stockrail.workbench.monitoring.observed import observed
from stockrail.workbench.root_cause.case import Case
from tests.stockrail.workbench.folders import THREE_ITEMS

START = dt.date(2027, 1, 4)
DAYS = 73

LOTS = {
    "kettle": {"now": 1, "cool": 1, "hot": 1, "cool-end": 1, "hot-end": 1},
    "fan": {"now": 2, "cool": 2, "hot": 1},
    "filter": {"now": 1, "cool": 1, "hot": 1, "cool-end": 1, "hot-end": 1},
}
"""Lots of ten. The mean of demand is covered: ten of each item in each period, of fans 10, 20 and 15."""

Units = Mapping[str, Sequence[float]]
"""By item, period after period."""


def day(period: float) -> dt.date:
    """A day of a period: 1.5 is in the middle of period 1."""
    return START + dt.timedelta(days=int(period * DAYS))


@cache
def three_items() -> Instance:
    """The instance."""
    return load(THREE_ITEMS)


def orders(lots: Mapping[str, Mapping[str, int]] = LOTS) -> pd.DataFrame:
    """A plan: item, node, lots."""
    rows = [(item, node, count) for item, by_node in lots.items() for node, count in by_node.items()]
    return pd.DataFrame(rows, columns=["item", "node", "lots"])


def case(
    *,
    demand: Units | None = None,
    served: Units | None = None,
    stock: Units | None = None,
    receipts: Iterable[Mapping[str, object]] = (),
    spend: Mapping[str, Sequence[float]] | None = None,
    lots: Mapping[str, Mapping[str, int]] = LOTS,
    rules: RootCauseRules | None = None,
    instance: Instance | None = None,
) -> Case:
    """What happened in as many periods as there is demand for.

    Parameters
    ----------
    receipts : rows with item, date, units, and money and ordered_on where known.
    """
    made = three_items() if instance is None else instance
    asked = _rows(demand or {}, "units")
    if served:
        asked = asked.merge(_rows(served, "served_units"), how="left", on=["item", "date"])
    booked = [
        {"account": account, "date": day(period), "money": money}
        for account, by_period in (spend or {}).items()
        for period, money in enumerate(by_period)
    ]
    frames = {
        "demand": asked,
        "stock": _rows(stock or {}, "units", 0.9),
        "receipts": pd.DataFrame(list(receipts)),
        "spend": pd.DataFrame(booked),
    }
    seen = observed(made, {kind: frame for kind, frame in frames.items() if len(frame)})  # type: ignore[misc]
    return Case(made, orders(lots), seen, rules or RootCauseRules(), 0, seen.n_periods)


def received(
    item: str, ordered: float, came: float, units: float, money: float | None = None
) -> dict[str, object]:
    """A receipt, by the periods in which it was ordered and came."""
    return {"item": item, "date": day(came), "units": units, "money": money, "ordered_on": day(ordered)}


def with_item(instance: Instance, name: str, **changes: object) -> Instance:
    """The instance with other columns of an item."""
    items = tuple(row.model_copy(update=changes) if row.item == name else row for row in instance.items)
    return replace(instance, items=items)


def _rows(units: Units, column: str, at: float = 0.1) -> pd.DataFrame:
    rows = [
        (item, day(period + at), value)
        for item, by_period in units.items()
        for period, value in enumerate(by_period)
    ]
    return pd.DataFrame(rows, columns=["item", "date", column])
