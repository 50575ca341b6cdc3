"""Lead times and deliveries on time, by hand."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from stockrail.workbench.scorecard.supply import Deliveries
from tests.builders import make_instance

INSTANCE = make_instance(
    demand=[[1] * 4, [1] * 4],
    settings={"start": dt.date(2027, 1, 4), "period_length_days": 7},
    items=[
        {"item": "a", "unit_cost": 2, "lead_time_periods": 1},
        {"item": "b", "unit_cost": 10, "lead_time_periods": 2, "supplier": "W"},
    ],
    suppliers=[{}, {"supplier": "W"}],
)


def deliveries(*rows: tuple[str, str, str, float, str | None]) -> Deliveries:
    """Receipts: item, supplier, day, units, day of the order."""
    frame = pd.DataFrame(rows, columns=["item", "supplier", "date", "units", "ordered_on"])
    dated = frame.assign(date=pd.to_datetime(frame["date"]), ordered_on=pd.to_datetime(frame["ordered_on"]))
    return Deliveries.of(INSTANCE, INSTANCE.item_column("unit_cost"), dated, 1, 3)


def test_means_by_value() -> None:
    """Of a, 30 units at 2 took 9 days and came one period after their order, as agreed; of b, 4 at 10 took 22 days and came 3 periods after, one late.

    Receipts of week 0, and those that nobody dated, are not looked at.
    """
    made = deliveries(
        ("a", "V", "2027-01-13", 30, "2027-01-04"),
        ("b", "", "2027-01-26", 4, "2027-01-04"),
        ("a", "V", "2027-01-05", 99, "2027-01-04"),
        ("a", "V", "2027-01-14", 99, None),
        ("c", "V", "2027-01-14", 99, "2027-01-04"),
    )
    assert made.mean(made.days) == pytest.approx((60 * 9 + 40 * 22) / 100)
    assert made.mean(made.standard_days) == pytest.approx((60 * 7 + 40 * 14) / 100)
    assert made.mean(made.is_on_time) == pytest.approx(0.6)
    assert list(made.supplier) == ["V", "W"]  # where none was booked it is that of the instance
    assert made.of_supplier("W").mean(made.of_supplier("W").days) == 22
    assert made.items == 2


def test_without_receipts_there_is_no_mean() -> None:
    """None, not 0."""
    made = deliveries(("a", "V", "2027-01-14", 9, None))
    assert made.mean(np.ones(0)) is None
    assert made.items == 0
