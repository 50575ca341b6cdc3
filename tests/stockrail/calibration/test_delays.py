"""Deliveries against what the last calibration counted on: each number by hand."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from stockrail.calibration.delays import delay_findings, lateness, unjudged
from stockrail.calibration.finding import Thresholds
from stockrail.model import InstanceError
from stockrail.model.instance import Instance
from stockrail.model.schema_settings import Branching, SupplierEvent, TreeSpecification
from stockrail.trees.deliveries import Delivery
from tests.builders import make_instance

START = dt.date(2024, 1, 1)


def weekly(**settings: Any) -> Instance:
    """Item A, 10 a week for 8 weeks, from the only supplier."""
    return make_instance(demand=(10,) * 8, settings={"period_length_days": 7, **settings})


def came(*days_late: int, first_week: int = 0, supplier: str | None = None) -> list[Delivery]:
    """One delivery a week, promised for Mondays."""
    name = supplier or weekly().suppliers[0].supplier
    promised = [START + dt.timedelta(days=7 * (first_week + k)) for k in range(len(days_late))]
    return [
        Delivery(supplier=name, promised=day, delivered=day + dt.timedelta(days=late))
        for day, late in zip(promised, days_late, strict=True)
    ]


def sentences(before: Instance, deliveries: list[Delivery], **limits: Any) -> list[str]:
    found = lateness(before, deliveries)
    return [row.sentence for row in delay_findings(before, weekly(), found, Thresholds(**limits))]


def test_a_sustained_shift() -> None:
    """5 + 9 + 7 + 7 = 28 days in 4 weeks are 7 in the mean, at the threshold; deviations 2, 2, 0, 0 give a standard error of
    sqrt(8 / 3) / 2 = 0.82. All four round to a period of 7 days.
    """
    (said,) = sentences(weekly(), came(5, 9, 7, 7))
    assert "delivers 7.0 days later than the calibration counted on" in said
    assert "of 4 deliveries since, 100% were late by a period or more. Items: A." in said
    assert sentences(weekly(), came(5, 9, 7, 6)) == []  # 27 / 4 = 6.75
    assert sentences(weekly(), came(5, 9, 7, 6), delivery_days=6.75) != []
    (early,) = sentences(weekly(), came(-7, -7, -8, -6))
    assert "7.0 days earlier" in early


@pytest.mark.parametrize(
    "days_late",
    [
        (30, 30, 30, -1),  # the last week is on the other side
        (
            1,
            1,
            1,
            40,
        ),  # mean 10.75, but deviations of 9.75 and 29.25: 19.5 over sqrt(4) is 9.75, and twice that is more
        (20, 20, 20),  # three weeks are too few
    ],
)
def test_what_is_not_sustained(days_late: tuple[int, ...]) -> None:
    """One late delivery, or too few weeks, call for nothing."""
    assert sentences(weekly(), came(*days_late)) == []


def test_delays_that_were_counted_on() -> None:
    """With probability one half the supplier is a week late in 4 of 8 weeks: 7 * 0.5 * 4 / 8 = 1.75 days are counted on."""
    supplier = weekly().suppliers[0].supplier
    event = SupplierEvent(period=4, branch=1, supplier=supplier, duration_periods=4, delay_periods=1)
    before = weekly(tree=TreeSpecification(branchings=(Branching(period=4, width=2),), events=(event,)))
    (row,) = lateness(before, came(8, 8, 8, 8))
    np.testing.assert_allclose(row.shift, 6.25)
    assert sentences(before, came(8, 8, 8, 8)) == []
    assert sentences(before, came(8, 8, 8, 8), delivery_days=6.25) != []


def test_what_is_left_out() -> None:
    """Deliveries promised before the calibration, or of others, do not count; where none is left, that is refused."""
    rows = [*came(9, 9, 9, 9, first_week=-2), *came(9, supplier="nobody")]
    (row,) = lateness(weekly(), rows)
    assert row.period.tolist() == [0, 1]
    assert unjudged(weekly(), [row], Thresholds()) == (weekly().suppliers[0].supplier,)
    with pytest.raises(InstanceError, match="promised for 2024-01-01 or later"):
        lateness(weekly(), came(9, supplier="nobody"))
