"""Three items with freight, and what happened, for tests of master data.

Kettles and filters come from works, fans from the importer with 5 % freight and 5 % duty: a fan of 20 is worth 22.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from stockrail.model import Instance, load
from stockrail.workbench.monitoring.actuals import as_frame
from stockrail.workbench.monitoring.actuals_files import MODELS
from stockrail.workbench.monitoring.observed import Frames
from stockrail.workbench.store.tables import ActualKind
from tests.stockrail.workbench.folders import THREE_ITEMS

START = dt.date(2027, 1, 4)
DAYS = 73
"""Of a period; there are three."""


@cache
def three_items() -> Instance:
    """The instance; importer with 5 % freight and 5 % duty."""
    return changed(load(THREE_ITEMS), "suppliers", "importer", freight_rate=0.05, duty_rate=0.05)


def changed(instance: Instance, table: str, name: str, **values: Any) -> Instance:
    """The instance with cells of one row replaced."""
    rows = getattr(instance, table)
    key = {"items": "item", "suppliers": "supplier"}[table]
    assert any(getattr(row, key) == name for row in rows)
    new: Any = {
        table: tuple(row.model_copy(update=values) if getattr(row, key) == name else row for row in rows)
    }
    return replace(instance, **new)


def day(number: int) -> dt.date:
    """A day, counted from the first one of period 0."""
    return START + dt.timedelta(days=number)


def receipt(item: str, number: int, units: float, **others: Any) -> dict[str, Any]:
    """A receipt on a day, from nobody in particular."""
    return {"item": item, "supplier": "", "date": day(number), "units": units, **others}


def freight(number: int, money: float, supplier: str = "", item: str = "") -> dict[str, Any]:
    """Freight that was booked."""
    row = {"account": "freight", "date": day(number), "money": money}
    return {**row, "item": item, "supplier": supplier}


def frames(**rows: Iterable[Mapping[str, Any]]) -> Frames:
    """Tables of actuals, as a store gives them; kinds that are not given have no rows."""

    def made(kind: ActualKind) -> pd.DataFrame:
        columns = list(MODELS[kind].model_fields)
        return as_frame(kind, [[row.get(name) for name in columns] for row in rows.get(kind, ())])

    return {kind: made(kind) for kind in MODELS}
